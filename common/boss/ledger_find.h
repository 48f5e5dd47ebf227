/* ledger_find: see ledger_find.c; inside the ledger only. */
#ifndef MAILROOM_LEDGER_FIND_H
#define MAILROOM_LEDGER_FIND_H

#include "common/boss/ledger.h"

/* Nothing is listed yet; frees the memory that it takes. */
void ledger_find_init(struct ledger *ledger);
void ledger_find_free(struct ledger *ledger);

/* A task that is listed is found by its address no more. */
void ledger_unlist(struct ledger *ledger, uint32_t number);

#endif
