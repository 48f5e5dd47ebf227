/* desk: a queue and the ledger of its tasks, for the tests of common/boss/queue. */
#ifndef MAILROOM_TEST_DESK_H
#define MAILROOM_TEST_DESK_H

#include "common/boss/queue.h"

/* All runtimes are served in it at first. */
struct desk {
    struct ledger ledger;
    struct queue queue;
    uint64_t mailbox;
    uint32_t party; /* one that is there from the start */
};

void desk_open(struct desk *desk);
void desk_close(struct desk *desk);

/* Queues a new task and returns its number; its flow is its owner too. Its depth and priority are set in the
 * record: what they come from is the ledger's test. */
uint32_t desk_push(struct desk *desk, uint32_t flow, unsigned runtime, uint8_t priority, uint8_t depth);

#endif
