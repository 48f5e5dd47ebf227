/* origins: see origins.h. */
#include "common/link/origins.h"

struct origin {
    uint32_t count, hash;
    uint64_t host; /* without a key */
    struct key key;
    struct account account;
};

void origins_init(struct origins *origins, uint64_t seed, struct account *above)
{
    origins->seed = seed;
    origins->above = above;
    slab_init(&origins->all, sizeof(struct origin));
    index_init(&origins->by_name);
}

void origins_free(struct origins *origins)
{
    index_free(&origins->by_name);
    slab_clear(&origins->all);
}

static struct origin *origin_at(const struct origins *origins, uint32_t number)
{
    return slab_at(&origins->all, number);
}

static uint32_t hash_of(const struct origins *origins, const struct key *key, uint64_t host)
{
    return key->role == KEY_NONE ? index_hash(origins->seed, host, 0)
                                 : index_hash_bytes(origins->seed, key->bytes, KEY_SIZE);
}

static uint32_t find(const struct origins *origins, const struct key *key, uint64_t host)
{
    struct index_cursor cursor = index_find(&origins->by_name, hash_of(origins, key, host));
    for (uint32_t number; (number = index_next(&origins->by_name, &cursor)) != NO_RECORD;) {
        const struct origin *origin = origin_at(origins, number);
        if (key_same(&origin->key, key) && (key->role != KEY_NONE || origin->host == host))
            return number;
    }
    return NO_RECORD;
}

uint32_t origins_count(const struct origins *origins, const struct key *key, uint64_t host)
{
    uint32_t number = find(origins, key, host);
    return number == NO_RECORD ? 0 : origin_at(origins, number)->count;
}

uint32_t origins_add(struct origins *origins, const struct key *key, uint64_t host)
{
    uint32_t number = find(origins, key, host);
    if (number == NO_RECORD) {
        number = slab_take(&origins->all);
        struct origin *fresh = origin_at(origins, number);
        *fresh = (struct origin){
            .hash = hash_of(origins, key, host),
            .host = host,
            .key = *key,
            .account = {.share = ACCOUNT_SHARE, .above = origins->above},
        };
        index_add(&origins->by_name, fresh->hash, number);
    }
    origin_at(origins, number)->count++;
    return number;
}

void origins_leave(struct origins *origins, uint32_t number)
{
    struct origin *origin = origin_at(origins, number);
    if (--origin->count > 0)
        return;
    account_settle(&origin->account);
    index_remove(&origins->by_name, origin->hash, number);
    slab_give(&origins->all, number);
}

void origins_take(struct origins *origins, const struct key *key, uint64_t host)
{
    origins_leave(origins, find(origins, key, host));
}

struct account *origins_account(const struct origins *origins, uint32_t number)
{
    return &origin_at(origins, number)->account;
}
