/* boss_own: what is an employee's own: what descends from tasks that run below it. An employee that is to
 * leave takes nothing new, but what runs there ends only when its children have. */
#ifndef MAILROOM_BOSS_OWN_H
#define MAILROOM_BOSS_OWN_H

#include "common/boss/boss.h"

/* Whether a task is an employee's own, NULL: anybody's here: it descends from a task that runs below it. */
bool boss_is_own(const struct boss *boss, const struct employee *employee, const struct task *task);

/* Counts a task to its root, and its root to all here whose own it is: with one of these it goes. */
void boss_join_root(struct boss *boss, uint32_t task, uint32_t root);

/* A task is queued again: those whose own it is may get it. */
void boss_note_own(struct boss *boss, uint32_t task);

/* A queued task that is the employee's own, and of which it has the runtime: the next one of a search, which
 * the caller takes out of the queue. NO_RECORD: there is none, or the work of the turn is done, as
 * boss->unscheduled says, and the search goes on with the next call. A search looks through the tasks of the
 * roots of what the employee holds, but only after there may have come one. */
uint32_t boss_find_own(struct boss *boss, struct employee *employee);

/* The employee has no room for more: its next search begins with the newest of each root again. */
void boss_stop_search(struct boss *boss, struct employee *employee);

#endif
