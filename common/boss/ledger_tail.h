/* ledger_tail: see ledger_tail.c; inside the ledger only. */
#ifndef MAILROOM_LEDGER_TAIL_H
#define MAILROOM_LEDGER_TAIL_H

#include "common/boss/ledger.h"

/* The tail of a task with this header, whose body begins with `share`; NULL where it needs none. */
struct task_tail *tail_take(struct ledger *ledger, const struct task_header *header, uint32_t share);

/* One task more has it; false: it is one task's own, or of too many. */
bool tail_share(struct task_tail *tail);

/* One task less has it; NULL is ignored. */
void tail_drop(struct ledger *ledger, struct task_tail *tail);

/* There are none yet; frees the memory of all of them. */
void tails_init(struct ledger *ledger);
void tails_free(struct ledger *ledger);

#endif
