/* employee: managers join and are lost (BQSKit's connect_to_managers, handle_disconnect). */
#include <stdio.h>

#include "broker/core/broker_inner.h"

void employee_join(struct broker *broker, struct peer *peer)
{
    struct boss *boss = &broker->boss;
    struct employee *employee = boss_hire(boss, peer);
    employee->ids_wanted = peer->ids;
    outbox_log(boss->outbox, LOG_INFO, "manager %s (%s, %s) is connected",
               post_line_name(&boss->post, peer->line), peer->name, peer->software);
    if (!boss_give_ids(boss, employee)) {
        outbox_log(boss->outbox, LOG_ERROR,
                   "manager %s asks for %llu worker ids, more than are left: it is dropped", peer->name,
                   (unsigned long long)peer->ids);
        boss_dismiss(boss, employee, false);
    }
}

void employee_lost(struct broker *broker, struct employee *employee, const char *why, bool redial)
{
    char text[320];
    snprintf(text, sizeof(text), "manager %s, which had the task, is gone: %s", employee->peer->name, why);
    struct fault fault = {.code = CODE_MANAGER_LOST, .text = span_text(text)};
    employee->gone = true;
    while (employee->held != NO_RECORD) {
        const struct task *task = ledger_task(&broker->boss.ledger, employee->held);
        struct address root = ledger_root_address(task);
        fault.task = task->address;
        if (!job_root_failed(broker, &root, &fault))
            boss_forget(&broker->boss, employee->held);
    }
    boss_dismiss(&broker->boss, employee, redial);
}
