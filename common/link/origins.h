/* origins: how many connections come from where: from each key, and without keys from each host. */
#ifndef MAILROOM_ORIGINS_H
#define MAILROOM_ORIGINS_H

#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/link/key.h"

struct origins {
    uint64_t seed; /* of hashes */
    struct slab all;
    struct index by_name;
};

void origins_init(struct origins *origins, uint64_t seed);
void origins_free(struct origins *origins);

/* How many connections there are of that key, or without one (role KEY_NONE) of that host. */
uint32_t origins_count(const struct origins *origins, const struct key *key, uint64_t host);

/* One more, or one less, of them. */
void origins_add(struct origins *origins, const struct key *key, uint64_t host);
void origins_take(struct origins *origins, const struct key *key, uint64_t host);

#endif
