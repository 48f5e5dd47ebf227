/* listing: the tasks of a session, or of all, as the broker lists them: page by page. */
#ifndef MAILROOM_CLI_LISTING_H
#define MAILROOM_CLI_LISTING_H

#include <stdio.h>

#include "clients/cli/call.h"

struct listing_task {
    uint8_t uuid[UUID_SIZE];
    unsigned state; /* enum task_state */
    uint64_t total, ended, attempts;
    uint64_t age;        /* ms */
    char *name, *client; /* as they came: for JSON and, by out_peer_text, for people */
};

struct listing {
    bool all; /* of all sessions; for an admin */
    struct listing_task *tasks;
    size_t count;
    uint64_t place; /* with `all`: where the next page begins, as the broker said it */
};

/* Asks the broker; what was there before is dropped. Returns the exit code. */
int listing_get(struct invocation *invocation, struct listing *listing);

void listing_free(struct listing *listing);

/* Writes the heads of the columns, and the line of a task. */
void listing_print_heads(const struct listing *listing, FILE *file);
void listing_print(const struct listing *listing, const struct listing_task *task, FILE *file);

/* Writes a task as JSON to standard output. */
void listing_print_json(const struct listing *listing, const struct listing_task *task);

#endif
