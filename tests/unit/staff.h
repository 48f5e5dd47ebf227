/* staff: a boss's tables with employees, for the tests of the roster. */
#ifndef MAILROOM_TEST_STAFF_H
#define MAILROOM_TEST_STAFF_H

#include "common/boss/roster.h"
#include "common/link/post.h"

/* A boss's tables, with peers whose links are connected to nobody. */
struct staff {
    struct post post;
    struct ledger ledger;
    struct roster roster;
    struct outbox outbox;
    uint8_t peers; /* so far: makes link ids */
};

void staff_open(struct staff *staff);
void staff_close(struct staff *staff);

/* An employee that has started, without credit. */
struct employee *staff_hire(struct staff *staff, uint32_t workers, uint32_t runtimes);

#endif
