/* drains: the managers that an admin has told to leave, which another process of this broker tells so again:
 * by their processes, for a manager that is started anew has been told nothing. */
#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

enum { FORGOTTEN = 7 * 24 * 3600 * 1000 /* ms after which one that has not come back is not waited for */ };

static uint32_t find(const struct journal *journal, const uint8_t *boot)
{
    uint32_t at = 0;
    while (at < journal->drain_count && memcmp(journal->drains[at].boot, boot, UUID_SIZE) != 0)
        at++;
    return at;
}

static void note(struct journal *journal, const uint8_t *boot, uint64_t grace)
{
    uint32_t at = find(journal, boot);
    if (at == journal->drain_count) {
        if (at == journal->drain_capacity) {
            journal->drain_capacity = at ? 2 * at : 8;
            journal->drains = mem_resize(journal->drains, journal->drain_capacity, sizeof *journal->drains);
        }
        journal->drain_count++;
    }
    memcpy(journal->drains[at].boot, boot, UUID_SIZE);
    journal->drains[at].grace = grace;
    journal->drains[at].old = false;
}

void drains_add(struct broker *broker, const struct peer *peer, uint64_t grace)
{
    if (!broker->journal.kept)
        return;
    note(&broker->journal, peer->boot, grace);
    records_drain(broker, peer, grace);
}

void drains_load(struct broker *broker, const struct record *record)
{
    note(&broker->journal, record->manager.boot, record->manager.grace);
    broker->journal.drains[find(&broker->journal, record->manager.boot)].old = record->age >= FORGOTTEN;
}

static void take_out(struct broker *broker, uint32_t at)
{
    struct journal *journal = &broker->journal;
    records_end_drain(broker, journal->drains[at].boot);
    journal->drains[at] = journal->drains[--journal->drain_count];
}

void drains_loaded(struct broker *broker)
{
    for (uint32_t at = broker->journal.drain_count; at-- > 0;) {
        if (broker->journal.drains[at].old)
            take_out(broker, at);
    }
}

bool drains_has(const struct broker *broker, const struct peer *peer, uint64_t *grace)
{
    uint32_t at = find(&broker->journal, peer->boot);
    if (at == broker->journal.drain_count)
        return false;
    *grace = broker->journal.drains[at].grace;
    return true;
}

void drains_end(struct broker *broker, const struct peer *peer)
{
    uint32_t at = find(&broker->journal, peer->boot);
    if (at < broker->journal.drain_count)
        take_out(broker, at);
}
