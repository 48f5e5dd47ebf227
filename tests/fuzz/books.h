/* books: what must be true of a core's tables, whatever has happened to it. */
#ifndef MAILROOM_FUZZ_BOOKS_H
#define MAILROOM_FUZZ_BOOKS_H

#include "common/boss/boss.h"

/* Fails where the tables of a boss contradict each other. To be called after a turn. */
void books_check(const struct boss *boss);

/* The bytes of shared parts that are counted at `charge`. */
uint64_t books_shared(const struct boss *boss, const uint64_t *charge);

/* Fails where any task, root or cancelled sub-task is left. */
void books_check_empty(const struct boss *boss);

#endif
