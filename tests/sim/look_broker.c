/* look_broker: what is in a broker's tables; see look.h. */
#include "broker/core/broker_inner.h"
#include "tests/sim/look_inner.h"

const struct boss *look_broker_boss(const struct broker *broker)
{
    return &broker->boss;
}

bool look_broker_ends(const struct broker *broker)
{
    return broker->ending;
}

uint64_t look_bytes(const struct boss *boss)
{
    uint64_t bytes = boss->account.bytes;
    for (uint32_t i = 0; i < boss->roster.count; i++)
        bytes += (uint64_t)roster_at(&boss->roster, boss->roster.present[i])->account.owed;
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&boss->origins.by_name, &place)) != NO_RECORD;)
        bytes += (uint64_t)origins_account(&boss->origins, number)->owed;
    return bytes;
}

/* What peers have sent that waits for its turn: windows bound it, and not the room that there is. And what
 * stands on links that end with the next event, for that. */
static uint64_t waiting(const struct post *post)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < post->peers.fresh; i++) {
        const struct peer *peer = slab_at(&post->peers, i);
        if (peer->number != i + 1)
            continue;
        if (link_deadline(&peer->link) == 0) { /* inbox and all */
            bytes += peer->link.charged;
            continue;
        }
        for (const struct inbox_item *item = peer->inbox.first; item; item = item->next)
            bytes += inbox_cost(item);
    }
    return bytes;
}

uint64_t look_kept(const struct boss *boss)
{
    uint64_t bytes = look_bytes(boss), waits = waiting(&boss->post);
    return bytes > waits ? bytes - waits : 0; /* sessions have told of it in lumps */
}

uint64_t look_broker_left(const struct broker *broker, const char **what)
{
    const struct {
        const char *what;
        uint64_t count;
    } tables[] = {
        {"sessions", broker->sessions.used},
        {"tokens", index_count(&broker->by_token)},
        {"absent sessions", broker->absent_count},
        {"names", index_count(&broker->boss.ledger.names.by_text)},
        {"shared parts", broker->boss.post.shares.used},
        {"jobs", broker->jobs.used},
        {"uuids", index_count(&broker->by_uuid)},
        {"users", broker->users.used},
        {"bytes in the books", look_bytes(&broker->boss)},
        {"flows", broker->boss.queue.flows.used},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        *what = tables[i].what;
        if (tables[i].count > 0)
            return tables[i].count;
    }
    return 0;
}

uint32_t look_broker_of_key(const struct broker *broker, const struct key *key)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        const struct session *session = session_at(broker, i);
        count += session->number == i && !session->over && key_same(&session->key, key);
    }
    return count;
}

uint32_t look_broker_clients(const struct broker *broker)
{
    return broker->sessions.used;
}

uint64_t look_broker_most_tasks(const struct broker *broker)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        const struct session *session = session_at(broker, i);
        if (session->number == i && session->tasks > most)
            most = session->tasks;
    }
    return most;
}

bool look_broker_told(const struct broker *broker)
{
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        const struct session *session = session_at(broker, i);
        if (session->number == i && session->peer && session->peer->conn != NO_CONN &&
            session->logs.over_rate > 0)
            return false;
    }
    return true;
}
