/* below: workers and managers join and are lost (BQSKit's spawn_workers, connect_to_workers,
 * connect_to_managers, handle_disconnect). */
#include <stdio.h>

#include "worker-shim/core/shim_inner.h"

static void join_worker(struct shim *shim, struct peer *peer)
{
    struct boss *boss = &shim->boss;
    struct worker_slot *slot = slots_find(shim, peer->name);
    if (!shim->config.only_connect && (slot == NULL || slot->employee || slot->killed)) {
        post_refuse(&boss->post, peer,
                    "this manager starts its workers itself (start it with -x to have workers connect)",
                    boss->outbox);
        return;
    }
    post_welcome(&boss->post, peer, NULL, boss->outbox);
    struct employee *employee = boss_hire(boss, peer);
    employee->ids_wanted = 1;
    if (slot) {
        slot->employee = employee;
        employee->slot = (uint32_t)(slot - shim->slots);
    }
    boss_give_ids(boss, employee);
}

void below_join(struct shim *shim, struct peer *peer)
{
    if (peer->role == ROLE_WORKER) {
        join_worker(shim, peer);
        return;
    }
    struct boss *boss = &shim->boss;
    struct employee *employee = boss_hire(boss, peer);
    employee->ids_wanted = peer->ids;
    outbox_log(boss->outbox, LOG_INFO, "manager %s (%s, %s) is connected",
               post_line_name(&boss->post, peer->line), peer->name, peer->software);
    if (peer->ids >= WORKER_LIMIT) {
        outbox_log(boss->outbox, LOG_ERROR,
                   "manager %s asks for %llu worker ids, more than there are: it is dropped", peer->name,
                   (unsigned long long)peer->ids);
        boss_dismiss(boss, employee, false);
        return;
    }
    boss_give_ids(boss, employee);
}

void below_give_ids(struct shim *shim)
{
    struct roster *roster = &shim->boss.roster;
    for (uint32_t i = 0; i < roster->count; i++)
        boss_give_ids(&shim->boss, roster_at(roster, roster->present[i]));
}

void below_lost(struct shim *shim, struct employee *employee, const char *why)
{
    struct boss *boss = &shim->boss;
    bool worker = employee->peer->role == ROLE_WORKER;
    char text[320];
    snprintf(text, sizeof(text),
             worker ? "the worker that had the task is gone: %s%s"
                    : "manager %s, which had the task, is gone: %s",
             worker ? "" : employee->peer->name, why);
    employee->gone = true;
    while (employee->held != NO_RECORD) {
        const struct task *task = ledger_task(&boss->ledger, employee->held);
        struct address root = ledger_root_address(task);
        above_send_error(shim, worker ? CODE_WORKER_EXITED : CODE_MANAGER_LOST, span_text(text),
                         &task->address, &root, SLICE_NONE);
        boss_end_root(boss, task->root, NULL);
    }
    if (employee->slot != NO_RECORD)
        slots_replace(shim, &shim->slots[employee->slot], false);
    boss_dismiss(boss, employee, true);
}
