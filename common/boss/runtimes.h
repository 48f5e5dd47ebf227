/* runtimes: the names of runtimes that are in use here, each a bit of a mask, so that a task's need and an
 * employee's offer compare in one step. */
#ifndef MAILROOM_RUNTIMES_H
#define MAILROOM_RUNTIMES_H

#include "common/wire/message.h"

enum { MAX_RUNTIMES = 32, SPARE_RUNTIMES = 16 /* kept for employees */, NO_RUNTIME = MAX_RUNTIMES };

struct runtimes {
    struct {
        char name[MAX_RUNTIME + 1];
        uint8_t size;          /* of the name */
        char version[64];      /* as an employee last said; empty: not known */
        uint32_t uses;         /* tasks and employees that refer to it; 0: free */
        uint32_t born;         /* how many names this place has had */
        const void *needed_by; /* whose task was the first to need it; NULL: an employee has brought it */
    } table[MAX_RUNTIMES];
};

/* The number of the runtime with this name, with one more use; NO_RUNTIME when there is no place for it. A
 * new name that only a task needs, of somebody's (`needed_by`; NULL: an employee brings it), leaves some
 * places free, so that what clients make up keeps no employee out; and of the others nobody may have more
 * than four times what is free, so that it keeps no other client out. */
unsigned runtimes_use(struct runtimes *runtimes, struct span name, const void *needed_by);

/* The number of the runtime with this name if it is in use, NO_RUNTIME otherwise. */
unsigned runtimes_find(const struct runtimes *runtimes, struct span name);

/* The mask of those of these names that are in use; and the names of a mask, appended to `names`. */
uint32_t runtimes_mask(const struct runtimes *runtimes, struct list names);
void runtimes_names(const struct runtimes *runtimes, uint32_t mask, struct builder *names);

/* How a task's runtime is to be had among those of a mask (PROTOCOL.md section 4, versions). */
enum runtime_fit {
    RUNTIME_FITS,  /* as it is, now or when somebody comes who has it */
    RUNTIME_PLAIN, /* without its version: nobody says which one he has */
    RUNTIME_OTHER  /* in other versions only */
};

/* With RUNTIME_PLAIN, `*plain` is its name without the version, a part of `name`. */
enum runtime_fit runtimes_fit(const struct runtimes *runtimes, uint32_t mask, struct span name,
                              struct span *plain);

/* The versions of the same runtime in the mask, as "python/3495 (3.11.7), ..." into `text`, cut to its size.
 */
void runtimes_versions(const struct runtimes *runtimes, uint32_t mask, struct span name, char *text,
                       size_t size);

/* The name of a runtime, borrowed. */
static inline struct span runtimes_name(const struct runtimes *runtimes, unsigned number)
{
    return (struct span){(const uint8_t *)runtimes->table[number].name, runtimes->table[number].size};
}

/* One use more of one that is in use; one less. */
static inline void runtimes_use_again(struct runtimes *runtimes, unsigned number)
{
    runtimes->table[number].uses++;
}

void runtimes_drop(struct runtimes *runtimes, unsigned number);

void runtimes_set_version(struct runtimes *runtimes, unsigned number, struct span version);

#endif
