/* employee: managers join and are lost (BQSKit's connect_to_managers, handle_disconnect). */
#include <stdio.h>

#include "broker/core/broker_inner.h"

enum { PART = 4 /* of a turn's work, for taking back what the lost had */ };

static void tell_drain(struct broker *broker, struct employee *employee, uint64_t grace)
{
    struct message message = {.kind = KIND_DRAIN};
    message.drain.corr = NO_NUMBER;
    message.drain.manager = span_text("");
    message.drain.grace = grace;
    post_send(&broker->boss.post, employee->peer, &message, SLICE_NONE);
    employee->draining = true; /* no new tasks from here on */
    roster_reorder(&broker->boss.roster, employee);
}

/* Without a journal: at once, or it is dropped. */
static void give_ids(struct broker *broker, struct employee *employee)
{
    struct boss *boss = &broker->boss;
    if (broker->journal.kept) {
        managers_give_ids(broker);
        return;
    }
    if (boss_give_ids(boss, employee))
        return;
    outbox_log(boss->outbox, LOG_ERROR,
               "manager %s asks for %llu worker ids, more than are left: it is dropped", employee->peer->name,
               (unsigned long long)employee->peer->ids);
    post_send_error(&boss->post, employee->peer, CODE_REFUSED, "there are not so many worker ids left",
                    NO_NUMBER);
    boss_dismiss(boss, employee, false);
}

void employee_has_ids(struct broker *broker, struct employee *employee)
{
    uint64_t grace;
    if (!employee->draining && managers_drains(broker, employee->peer, &grace))
        tell_drain(broker, employee, grace);
}

void employee_begin(struct broker *broker, struct employee *employee)
{
    employee->holds_due = false;
    restart_arrived(broker, employee);
    if (!employee->has_ids) {
        give_ids(broker, employee);
        return;
    }
    roster_want_ids(&broker->boss.roster, employee, 0); /* it has those of another process of this broker */
    employee_has_ids(broker, employee);
}

void employee_join(struct broker *broker, struct peer *peer)
{
    struct boss *boss = &broker->boss;
    struct employee *old;
    if (!boss_meet_manager(boss, peer, &old))
        return;
    if (old)
        employee_lost(broker, old, "its process began a new link", true);
    struct employee *employee = boss_hire_manager(boss, peer);
    peer->link.bounded = true;
    if (boss_refuse_ids(boss, employee))
        return;
    managers_join(broker, employee);
    if (broker->journal.kept && (peer->features & FEATURE_HOLDS))
        employee->holds_due = true;
    else
        employee_begin(broker, employee);
}

/* A warning in the log of the task's client. */
static void tell_client(struct broker *broker, const struct task *task, struct span text)
{
    struct boss *boss = &broker->boss;
    struct message log;
    boss_log_loss(boss, task, text, &log);
    uint32_t number = ledger_find(&boss->ledger, &log.log.root);
    if (log.log.root.worker == WORKER_NIL && number != NO_RECORD)
        logs_send(broker, number, &log, SLICE_NONE);
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
    tell_client(broker, task, text);
}

/* As much as the work goes. */
static void take_back(struct broker *broker, struct employee *employee)
{
    struct boss *boss = &broker->boss;
    enum return_reason reason;
    uint32_t task;
    while ((task = boss_next_lost(boss, employee, &reason)) != NO_RECORD) {
        employee_returns(broker, task, reason, span_text(employee->taking.text));
        if (!boss_spend(boss, WORK_RETURN))
            break;
    }
}

void employee_take_back_more(struct broker *broker)
{
    struct boss *boss = &broker->boss;
    if (boss->left.first == NO_RECORD)
        return; /* as in nearly every turn */
    post_begin_own(&boss->post, broker->config.work / PART);
    for (struct employee *employee; boss_spend(boss, 0) && (employee = boss_first_left(boss)) != NULL;)
        take_back(broker, employee);
}

void employee_lost(struct broker *broker, struct employee *employee, const char *why, bool redial)
{
    struct boss *boss = &broker->boss;
    char text[320];
    snprintf(text, sizeof(text), "manager %s is gone: %s", employee->peer->name, why);
    managers_end(broker, employee->peer);
    boss_lose(boss, employee, text, false);
    down_lost(broker, employee);
    claims_leave(broker, employee);
    take_back(broker, employee);
    boss_dismiss(boss, employee, redial);
}

void employee_drain(struct broker *broker, struct employee *employee, uint64_t grace)
{
    managers_drain(broker, employee->peer, grace);
    tell_drain(broker, employee, grace);
}
