/* employee: managers join and are lost (BQSKit's connect_to_managers, handle_disconnect). */
#include <stdio.h>

#include "broker/core/broker_inner.h"

enum { LEVEL_WARNING = 30 /* as Python's logging has it */ };

void employee_join(struct broker *broker, struct peer *peer)
{
    struct boss *boss = &broker->boss;
    struct employee *old;
    if (!boss_meet_manager(boss, peer, &old))
        return;
    if (old)
        employee_lost(broker, old, "its process began a new link", true);
    struct employee *employee = boss_hire_manager(boss, peer);
    if (!boss_give_ids(boss, employee)) {
        outbox_log(boss->outbox, LOG_ERROR,
                   "manager %s asks for %llu worker ids, more than are left: it is dropped", peer->name,
                   (unsigned long long)peer->ids);
        post_send_error(&boss->post, peer, CODE_REFUSED, "there are not so many worker ids left", NO_NUMBER);
        boss_dismiss(boss, employee, false);
    }
}

/* A warning in the log of the task's client. */
static void tell_client(struct broker *broker, const struct task *task, const char *text)
{
    struct boss *boss = &broker->boss;
    struct address root = ledger_root_address(task);
    uint32_t number = ledger_find(&boss->ledger, &root);
    if (root.worker != WORKER_NIL || number == NO_RECORD)
        return;
    struct message log = {.kind = KIND_LOG};
    log.log.task = task->address;
    log.log.root = root;
    log.log.level = LEVEL_WARNING;
    log.log.logger = span_text("mailroom");
    log.log.text = span_text(text);
    job_log(broker, number, &log, SLICE_NONE);
}

void employee_returns(struct broker *broker, uint32_t number, enum return_reason reason, struct span text)
{
    struct boss *boss = &broker->boss;
    const struct task *task = ledger_task(&boss->ledger, number);
    if (boss_take_back(boss, number, reason, text, job_flow(broker, task)) == TAKEN_TOO_OFTEN) {
        struct address root = ledger_root_address(task);
        struct fault fault = {
            .code = CODE_TOO_MANY_ATTEMPTS, .text = boss_losses(boss, number), .task = task->address};
        if (!job_root_failed(broker, &root, &fault))
            boss_forget(boss, number);
        return;
    }
    if (reason == RETURN_UNBEGUN)
        return;
    char line[400];
    struct span name = ledger_name(task);
    if (name.size == 0)
        name = span_text("a task");
    snprintf(line, sizeof line, "%.*s is given out again, for it was lost: %.*s", (int)name.size, name.data,
             (int)(text.size < 300 ? text.size : 300), text.data);
    tell_client(broker, task, line);
}

void employee_lost(struct broker *broker, struct employee *employee, const char *why, bool redial)
{
    struct boss *boss = &broker->boss;
    char text[320];
    int size = snprintf(text, sizeof(text), "manager %s is gone: %s", employee->peer->name, why);
    struct span reason = {(const uint8_t *)text, (size_t)size < sizeof text ? (size_t)size : sizeof text - 1};
    struct builder ranges = {0};
    employee->gone = true;
    roster_ranges(&boss->roster, employee, &ranges);
    boss_workers_lost(boss, employee, builder_list(&ranges));
    builder_free(&ranges);
    while (employee->held != NO_RECORD)
        employee_returns(broker, employee->held, RETURN_LOST, reason);
    boss_dismiss(boss, employee, redial);
}

void employee_drain(struct broker *broker, struct employee *employee, uint64_t grace)
{
    struct message message = {.kind = KIND_DRAIN};
    message.drain.corr = NO_NUMBER;
    message.drain.manager = span_text("");
    message.drain.grace = grace;
    post_send(&broker->boss.post, employee->peer, &message, SLICE_NONE);
    employee->draining = true; /* no new tasks from here on */
    roster_reorder(&broker->boss.roster, employee);
}

const char *employee_line(const struct broker *broker, const struct employee *employee)
{
    uint32_t line = employee->peer->line;
    return line == NO_LINE ? "dialled in" : post_line_name(&broker->boss.post, line);
}
