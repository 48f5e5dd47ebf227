/* store_kind: what a store is made of; for store.c and the stores themselves. */
#ifndef MAILROOM_JOURNAL_STORE_KIND_H
#define MAILROOM_JOURNAL_STORE_KIND_H

#include "broker/journal/store.h"

/* A store begins with this. */
struct store {
    const struct store_kind *kind;
    struct store_numbers numbers;
    bool lost;
    bool later; /* what could not be loaded may be there later */
};

/* Its functions, as store.h says what they do; what is NULL there is nothing to do for. `kind` is set by who
 * calls `open`. */
struct store_kind {
    struct store *(*open)(const struct store_plan *plan, struct store_identity *identity, char *why);
    bool (*load)(struct store *store, void (*row)(void *self, const struct record *record), void *self,
                 char *why);
    bool (*commit)(struct store *store, const struct group *group, char *why);
    bool (*tidy)(struct store *store);
    bool (*look)(struct store *store, char *why);
    void (*close)(struct store *store);
};

/* ms since 1970: when a row is written. */
uint64_t store_now(void);

extern const struct store_kind sqlite_kind, postgresql_kind;

bool sqlite_verify(const char *place, void (*say)(void *self, const char *what), void *self, char *why);

#endif
