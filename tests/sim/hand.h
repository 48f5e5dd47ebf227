/* hand: the process of a simulated worker: its line to the shim, its id, and the time that its tasks take. */
#ifndef SIM_HAND_H
#define SIM_HAND_H

#include "common/wire/page.h"
#include "tests/sim/line.h"
#include "tests/sim/worker.h"
#include "tests/sim/world.h"

struct worker;

struct sim_hand {
    struct process *process;
    struct line line;
    struct sim_worker worker;
    bool begun;             /* it has an id */
    bool gone;              /* it is about to end */
    uint64_t busy_until;    /* NEVER: nothing computes */
    uint64_t resting_since; /* world time; NEVER: it does not rest */
    const char *runtimes[3];
    struct worker
        *core; /* libmailroom's, in place of `line`; NULL: it is as workers were before there was one */
    struct page page;  /* shared with the guardian */
    struct slice part; /* that the children to come begin with */
    uint64_t seq;      /* of the messages that the core's items are given as */
    uint64_t session;  /* whose tasks it has had, 0: nobody's */
};

struct sim_hand *hand_new(struct process *process);
void hand_free(struct sim_hand *hand);
void hand_step(struct sim_hand *hand, const struct event *event, struct outbox *outbox);
uint64_t hand_deadline(const struct sim_hand *hand);

#endif
