/* store: which kind of store a place is; see store.h. */
#include "broker/journal/store_kind.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

uint64_t store_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

bool store_is_shared(const char *place)
{
    return strncmp(place, "postgresql://", 13) == 0 || strncmp(place, "postgres://", 11) == 0;
}

/* NULL: this program cannot have it; `why`. */
static const struct store_kind *kind_of(const char *place, char *why)
{
    if (!store_is_shared(place))
        return &sqlite_kind;
#ifdef MAILROOM_POSTGRESQL
    return &postgresql_kind;
#else
    snprintf(
        why, STORE_WHY,
        "this mailroomd was built without libpq, as those of the Python package are: for a journal in PostgreSQL take the "
        "Debian package or an image, or build it where libpq-dev is; a folder as journal needs neither");
    return NULL;
#endif
}

struct store *store_open(const struct store_plan *plan, struct store_identity *identity, char *why)
{
    why[0] = '\0';
    identity->later = false;
    const struct store_kind *kind = kind_of(plan->place, why);
    struct store *store = kind ? kind->open(plan, identity, why) : NULL;
    if (store)
        store->kind = kind;
    return store;
}

bool store_load(struct store *store, void (*row)(void *self, const struct record *record), void *self,
                char *why)
{
    return store->kind->load(store, row, self, why);
}

bool store_may_load_later(const struct store *store)
{
    return store->later;
}

bool store_commit(struct store *store, const struct group *group, char *why)
{
    return store->kind->commit(store, group, why);
}

bool store_tidy(struct store *store)
{
    return store->kind->tidy && store->kind->tidy(store);
}

bool store_look(struct store *store, char *why)
{
    return !store->kind->look || store->kind->look(store, why);
}

bool store_is_lost(const struct store *store)
{
    return store->lost;
}

const struct store_numbers *store_numbers(const struct store *store)
{
    return &store->numbers;
}

void store_close(struct store *store)
{
    if (store)
        store->kind->close(store);
}

bool store_verify(const char *place, void (*say)(void *self, const char *what), void *self, char *why)
{
    if (store_is_shared(place)) {
        snprintf(why, STORE_WHY, "%s", STORE_ELSEWHERE);
        return false;
    }
    return sqlite_verify(place, say, self, why);
}
