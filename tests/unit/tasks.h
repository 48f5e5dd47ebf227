/* tasks: task headers, addresses and bodies for the tests of the tables. */
#ifndef MAILROOM_TEST_TASKS_H
#define MAILROOM_TEST_TASKS_H

#include "common/boss/ledger.h"

/* The address of a root, and of a child of a worker. */
struct address tasks_root(uint64_t mailbox, uint32_t slot);
struct address tasks_child(uint32_t worker, uint64_t mailbox, uint32_t slot);

/* A task of the runtime `plain` with nothing but an address. */
struct task_header tasks_header(struct address address);

/* The same with ancestors, which are borrowed from `crumbs`. */
struct task_header tasks_header_below(struct address address, const struct builder *crumbs);

/* A body of `size` bytes that show their places and `start`; and whether it is that. */
struct slice tasks_body(size_t size, uint8_t start);
bool tasks_is_body(const struct slice *body, size_t size, uint8_t start);

/* A random number below `sides`, from a seed of the test's. */
uint64_t tasks_roll(uint64_t *seed, uint64_t sides);

#endif
