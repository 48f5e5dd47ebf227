/* boss_alike: tasks of a map that differ in their slots and bodies only. What they have in common is looked
 * at, and written, for the first of them. */
#ifndef MAILROOM_BOSS_ALIKE_H
#define MAILROOM_BOSS_ALIKE_H

#include "common/boss/boss.h"

/* Accepts a client's own task that differs from another one in its slot and its body only: that one was just
 * accepted by boss_accept_own, or so, and is still queued. Takes over `body`; NO_RECORD, with `body` as it
 * was: it is to be accepted by itself. */
uint32_t boss_accept_alike(struct boss *boss, uint32_t other, uint32_t slot, struct slice body);

/* Sends a task, as boss_send_task does, right behind `before`, which is still here. False: they are not
 * alike, or that one has left already; it is to be sent by itself. */
bool boss_send_alike(struct boss *boss, struct peer *peer, const struct task *task,
                     const struct task *before);

#endif
