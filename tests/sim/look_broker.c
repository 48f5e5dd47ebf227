/* look_broker: what is in a broker's tables; see look.h. */
#include "broker/core/broker_inner.h"
#include "tests/sim/look_inner.h"

const struct boss *look_broker_boss(const struct broker *broker)
{
    return &broker->boss;
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
        {"flows", broker->boss.queue.flows.used},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        *what = tables[i].what;
        if (tables[i].count > 0)
            return tables[i].count;
    }
    return 0;
}
