/* origins: how many there are of each key, and without keys of each host: of connections, or of employees,
 * with what is kept for these together. */
#ifndef MAILROOM_ORIGINS_H
#define MAILROOM_ORIGINS_H

#include "common/base/account.h"
#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/link/key.h"

struct origins {
    uint64_t seed; /* of hashes */
    struct slab all;
    struct index by_name;
    struct account *above; /* of each one's, or NULL */
};

/* `above` (may be NULL): whose share each one's account has. */
void origins_init(struct origins *origins, uint64_t seed, struct account *above);
void origins_free(struct origins *origins);

/* How many there are of that key, or without one (role KEY_NONE) of that host. */
uint32_t origins_count(const struct origins *origins, const struct key *key, uint64_t host);

/* One more of them; returns the origin's number. And one less, by that, or by its name. */
uint32_t origins_add(struct origins *origins, const struct key *key, uint64_t host);
void origins_leave(struct origins *origins, uint32_t number);
void origins_take(struct origins *origins, const struct key *key, uint64_t host);

/* What is kept for all of an origin; it is there as long as there are any. */
struct account *origins_account(const struct origins *origins, uint32_t number);

#endif
