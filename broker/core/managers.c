/* managers: those that have shaken hands, by their processes, as the journal has them: another process of
 * this broker waits for them, lets them keep what they have, and tells those to leave again that an admin has
 * told so. And the worker ids that managers get: no process of this broker gives one that another has given.
 */
#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

enum { BLOCK_OF_IDS = 1 << 14 };

static struct known_manager *find(const struct broker *broker, const uint8_t *boot)
{
    const struct journal *journal = &broker->journal;
    for (uint32_t i = 0; i < journal->manager_count; i++) {
        if (memcmp(journal->managers[i].boot, boot, UUID_SIZE) == 0)
            return &journal->managers[i];
    }
    return NULL;
}

static struct known_manager *add(struct journal *journal, const uint8_t *boot)
{
    if (journal->manager_count == journal->manager_capacity) {
        journal->manager_capacity = journal->manager_count ? 2 * journal->manager_count : 8;
        journal->managers =
            mem_resize(journal->managers, journal->manager_capacity, sizeof *journal->managers);
    }
    struct known_manager *manager = &journal->managers[journal->manager_count++];
    *manager = (struct known_manager){0};
    memcpy(manager->boot, boot, UUID_SIZE);
    return manager;
}

static void take_out(struct broker *broker, struct known_manager *manager)
{
    struct journal *journal = &broker->journal;
    records_end_manager(broker, manager->boot);
    journal->awaited -= manager->awaited;
    *manager = journal->managers[--journal->manager_count];
}

void managers_load(struct broker *broker, const struct record *record)
{
    struct known_manager *manager = add(&broker->journal, record->manager.boot);
    manager->draining = record->manager.draining;
    manager->grace = record->manager.grace;
    manager->awaited = true;
    broker->journal.awaited++;
}

void managers_join(struct broker *broker, struct employee *employee)
{
    struct known_manager *manager = find(broker, employee->peer->boot);
    if (!broker->journal.kept)
        return;
    if (manager == NULL)
        manager = add(&broker->journal, employee->peer->boot);
    records_manager(broker, employee->peer, manager);
    employee->known_at = broker->boss.post.records;
}

bool managers_awaits(const struct broker *broker, const struct peer *peer)
{
    const struct known_manager *manager = find(broker, peer->boot);
    return manager && manager->awaited;
}

void managers_arrived(struct broker *broker, const struct peer *peer)
{
    struct known_manager *manager = find(broker, peer->boot);
    if (manager == NULL || !manager->awaited)
        return;
    manager->awaited = false;
    broker->journal.awaited--;
}

void managers_drain(struct broker *broker, const struct peer *peer, uint64_t grace)
{
    struct known_manager *manager = find(broker, peer->boot);
    if (manager == NULL)
        return;
    manager->draining = true;
    manager->grace = grace;
    records_manager(broker, peer, manager);
}

bool managers_drains(const struct broker *broker, const struct peer *peer, uint64_t *grace)
{
    const struct known_manager *manager = find(broker, peer->boot);
    if (manager == NULL || !manager->draining)
        return false;
    *grace = manager->grace;
    return true;
}

void managers_end(struct broker *broker, const struct peer *peer)
{
    struct known_manager *manager = find(broker, peer->boot);
    if (manager)
        take_out(broker, manager);
}

void managers_give_up(struct broker *broker)
{
    for (uint32_t at = broker->journal.manager_count; at-- > 0;) {
        if (broker->journal.managers[at].awaited)
            take_out(broker, &broker->journal.managers[at]);
    }
}

/* Some ids more are reserved: they may be given when that is on the disk. */
static void reserve(struct broker *broker)
{
    struct journal *journal = &broker->journal;
    if (journal->ids_at != 0 || journal->ids == WORKER_LIMIT)
        return;
    journal->ids = journal->ids < WORKER_LIMIT - BLOCK_OF_IDS ? journal->ids + BLOCK_OF_IDS : WORKER_LIMIT;
    records_ids(broker, journal->ids);
    journal->ids_at = broker->boss.post.records;
}

/* Tells a manager that asks for more than there are. */
static void refuse(struct broker *broker, struct employee *employee)
{
    struct boss *boss = &broker->boss;
    roster_want_ids(&boss->roster, employee, 0);
    outbox_log(boss->outbox, LOG_ERROR, "manager %s asks for more worker ids than are left",
               employee->peer->name);
    post_send_error(&boss->post, employee->peer, CODE_REFUSED, "there are not so many worker ids left",
                    NO_NUMBER);
}

void managers_give_ids(struct broker *broker)
{
    struct boss *boss = &broker->boss;
    struct journal *journal = &broker->journal;
    journal->ids_wanted = false;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (employee->ids_wanted == 0 || employee->holds_due || employee->gone)
            continue;
        bool known = employee->known_at <= boss->post.committed;
        if (known && boss_give_ids(boss, employee)) {
            employee_has_ids(broker, employee);
            continue;
        }
        reserve(broker);
        if (known && journal->ids_at == 0)
            refuse(broker, employee);
        else
            journal->ids_wanted = true;
    }
}

void managers_committed(struct broker *broker, uint64_t records)
{
    struct journal *journal = &broker->journal;
    if (journal->ids_at != 0 && journal->ids_at <= records) {
        roster_fill_pool(&broker->boss.roster, journal->safe_ids, journal->ids);
        journal->safe_ids = journal->ids;
        journal->ids_at = 0;
        broker->boss.roster.beyond = WORKER_LIMIT - journal->safe_ids;
    }
    if (journal->ids_wanted)
        managers_give_ids(broker);
}
