/* task_names: the names of tasks, live and ended. Each text is kept once, whatever the number of tasks that
 * have it: most tasks of a session are calls of few functions. */
#ifndef MAILROOM_TASK_NAMES_H
#define MAILROOM_TASK_NAMES_H

#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/wire/message.h"

#define NO_NAME NO_RECORD

struct task_names {
    uint64_t seed;
    struct slab slab; /* struct name */
    struct index by_text;
    uint32_t last; /* used last, or NO_NAME: the next one is often the same */
};

void task_names_init(struct task_names *names, uint64_t seed);

/* Frees all of them, used or not. */
void task_names_free(struct task_names *names);

/* The number of this text, with one more use; NO_NAME for an empty one. */
uint32_t task_names_use(struct task_names *names, struct span text);

/* One more use of a number. */
void task_names_share(struct task_names *names, uint32_t number);

/* One use less; the last one forgets it. NO_NAME is ignored. */
void task_names_drop(struct task_names *names, uint32_t number);

/* The text, borrowed; empty for NO_NAME. */
struct span task_names_text(const struct task_names *names, uint32_t number);

/* What a name costs in an account, each time that it is used: whose use will be the last one is not known. */
enum { NAME_COST = 32 /* bytes beside its own: its record, and its place in the index */ };
size_t task_names_cost(const struct task_names *names, uint32_t number);

#endif
