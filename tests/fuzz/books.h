/* books: what must be true of a core's tables, whatever has happened to it. */
#ifndef MAILROOM_FUZZ_BOOKS_H
#define MAILROOM_FUZZ_BOOKS_H

#include "common/boss/boss.h"

struct broker;
struct shim;

/* Fails where the tables of a boss contradict each other. To be called after a turn. */
void books_check(const struct boss *boss);

/* The same of a broker and of a shim, with what they have beside that: a broker's sessions and their jobs;
 * and what each keeps is counted, byte for byte, and within its bounds. */
void books_check_broker(struct broker *broker);
void books_check_shim(const struct shim *shim);

/* What is kept in the tables of a boss and counted to this account, not to one below it: tasks, sub-tasks
 * that are noted as cancelled, and shared parts; and what links keep. */
uint64_t books_cost(const struct boss *boss, const struct account *account);
uint64_t books_unread(const struct boss *boss, const struct account *account);

/* Fails where any task, root or cancelled sub-task is left. */
void books_check_empty(const struct boss *boss);

#endif
