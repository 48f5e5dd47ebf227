/* user: who sessions belong to, and what is kept for each: whoever has many sessions is one all the same. */
#include "broker/core/broker_inner.h"

static uint32_t hash_of(const struct broker *broker, const struct key *key, uint64_t host)
{
    return key->role == KEY_NONE ? index_hash(broker->config.seed, host, 0)
                                 : index_hash_bytes(broker->config.seed, key->bytes, KEY_SIZE);
}

static uint32_t find(const struct broker *broker, const struct key *key, uint64_t host, uint32_t hash)
{
    struct index_cursor cursor = index_find(&broker->by_user, hash);
    for (uint32_t number; (number = index_next(&broker->by_user, &cursor)) != NO_RECORD;) {
        const struct user *user = user_at(broker, number);
        if (key_same(&user->key, key) && (user->key.role != KEY_NONE || user->host == host))
            return number;
    }
    return NO_RECORD;
}

uint32_t user_find(const struct broker *broker, const struct peer *peer)
{
    return find(broker, &peer->key, peer->host, hash_of(broker, &peer->key, peer->host));
}

bool user_may_begin(const struct broker *broker, const struct peer *peer)
{
    uint64_t most = broker->config.max_clients, used = broker->sessions.used;
    uint32_t number = user_find(broker, peer);
    uint64_t own = number == NO_RECORD ? 0 : user_at(broker, number)->sessions;
    if (peer->key.role == KEY_ADMIN)
        return used < most;
    if (!peer->admin)
        most -= account_for_admins(most);
    return used < most && own < ACCOUNT_SHARE * (most - used);
}

uint32_t user_take(struct broker *broker, const struct key *key, uint64_t host)
{
    uint32_t hash = hash_of(broker, key, host), number = find(broker, key, host, hash);
    if (number == NO_RECORD) {
        number = slab_take(&broker->users);
        *user_at(broker, number) = (struct user){
            .key = *key,
            .host = key->role == KEY_NONE ? host : 0,
            .hash = hash,
            .party = queue_open_party(&broker->boss.queue),
            .account = {.share = ACCOUNT_SHARE, .above = &broker->boss.account},
        };
        index_add(&broker->by_user, hash, number);
    }
    user_at(broker, number)->sessions++;
    account_add(&user_at(broker, number)->account, SESSION_COST);
    return number;
}

void user_drop(struct broker *broker, uint32_t number)
{
    struct user *user = user_at(broker, number);
    account_take(&user->account, SESSION_COST);
    if (--user->sessions > 0)
        return;
    account_settle(&user->account);
    queue_close_party(&broker->boss.queue, user->party);
    index_remove(&broker->by_user, user->hash, number);
    slab_give(&broker->users, number);
}
