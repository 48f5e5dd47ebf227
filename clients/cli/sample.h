/* sample: how the broker is at one moment: its COUNTS, MANAGERS and CLIENTS, kept; and what two of them say
 * of the time between. */
#ifndef MAILROOM_CLI_SAMPLE_H
#define MAILROOM_CLI_SAMPLE_H

#include <jansson.h>

#include "common/wire/message.h"

/* A list that stays when its message is gone. */
struct kept {
    uint8_t *data; /* owned */
    struct list list;
};

struct sample {
    struct kept counts, managers, clients;
    bool sees_clients; /* an admin does */
};

void sample_free(struct sample *sample);

/* Keeps a list in place of what was there. */
void sample_keep(struct kept *kept, struct list list);

uint64_t sample_count(const struct sample *sample, const char *name);

/* How often a second the count of that name has grown since `before`, a sample of the same broker; below 0:
 * that is not known. */
double sample_rate(const struct sample *before, const struct sample *now, const char *name);

/* The same for what a client has submitted and what of it has ended. */
struct client_rates {
    double submitted, ended;
};
struct client_rates sample_client_rates(const struct sample *before, const struct sample *now,
                                        const struct listed_client *client);

/* All of it as one object. */
json_t *sample_json(const struct sample *before, const struct sample *now);

#endif
