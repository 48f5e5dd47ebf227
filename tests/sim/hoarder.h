/* hoarder: a peer that shakes hands and speaks as it should, and has as much of one thing as it gets:
 * connections, worker ids, answers that it does not read, ... It judges what it is let have: no more than the
 * bound. Nobody else may suffer from it. */
#ifndef SIM_HOARDER_H
#define SIM_HOARDER_H

#include "tests/sim/world.h"

enum hoard {
    HOARD_NOTHING,
    HOARD_CONNECTIONS, /* that say something now and then */
    HOARD_IDS,         /* of workers that it does not have */
    HOARD_HEADERS,     /* some of them longer than may be */
    HOARD_BODIES,      /* that say how large they will be, and are larger than may be */
    HOARD_ANSWERS,     /* which it asks for and does not read */
    HOARD_RUNTIMES,    /* with made-up names */
    HOARD_ERRORS,      /* without a handshake */
    HOARD_LIMIT
};

enum { HOARDED_BODY = 64 << 20 /* bytes: what managers may say, where that is hoarded */ };

struct hoarder;

struct hoarder *hoarder_new(struct process *process);
void hoarder_free(struct hoarder *hoarder);
void hoarder_step(struct hoarder *hoarder, const struct event *event, struct outbox *outbox);
uint64_t hoarder_deadline(const struct hoarder *hoarder);

/* Whether it keeps others out for now. */
bool hoarder_crowds(const struct process *process);

#endif
