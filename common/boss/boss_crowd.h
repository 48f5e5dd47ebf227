/* boss_crowd: which employee is to leave where the runtimes in use leave no place for another one's. Then
 * boss_started says UNFINISHED, and who that is in `*crowd`: it is to be lost, and boss_started called again.
 * Else that is NULL, and MISBEHAVED that the sender is the one to leave. */
#ifndef MAILROOM_BOSS_CROWD_H
#define MAILROOM_BOSS_CROWD_H

#include "common/boss/boss.h"

/* Why it is dropped. */
#define TOO_MANY_RUNTIMES \
    "it has more runtimes that are nobody else's than any other, and there is no place left"

/* Who is to leave, so that there is a place for an employee with runtimes of these names: one of the host and
 * key that alone has most, the one with most of these; NULL: nobody has too many, or the employee would have
 * more. */
struct employee *boss_find_crowd(const struct boss *boss, const struct employee *employee, struct list names);

#endif
