/* recv_employee: what managers send (BQSKit's handle_message from BELOW: schedule_tasks, handle_result,
 * handle_error, handle_log, handle_waiting, the broadcasts). */
#include "broker/core/dispatch.h"

/* More ids may be there for one who waits. */
EMPLOYEE_HANDLER(recv_employee_ids)
{
    (void)body;
    enum verdict verdict = boss_ids(&broker->boss, employee, message);
    if (verdict == HANDLED && !boss_give_ids(&broker->boss, employee)) {
        outbox_log(broker->boss.outbox, LOG_ERROR, "manager %s asks for more worker ids than are left",
                   employee->peer->name);
    }
    return verdict;
}

EMPLOYEE_HANDLER(recv_employee_started)
{
    (void)body;
    uint32_t before = roster_runtimes(&broker->boss.roster);
    enum verdict verdict = boss_started(&broker->boss, employee, message);
    if (verdict != HANDLED)
        return verdict;
    outbox_log(broker->boss.outbox, LOG_INFO, "manager %s has %u workers", employee->peer->name,
               employee->total_workers);
    versions_settle(broker, roster_runtimes(&broker->boss.roster) & ~before);
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_waiting)
{
    (void)body;
    return boss_waiting(&broker->boss, employee, message);
}

/* A running task's child: its root must be live, and the child must come from where some of that root has
 * been: its parent runs there. */
static enum verdict take_child(struct broker *broker, struct employee *employee, struct task_header *header,
                               const struct slice *body)
{
    struct boss *boss = &broker->boss;
    uint32_t share;
    if (header->breadcrumbs.count == 0)
        return boss_complain(boss, CODE_MALFORMED, "SUBMIT: a child has breadcrumbs");
    if (roster_responsible_for(&boss->roster, header->return_address.worker) != employee) {
        return boss_complain(boss, CODE_MALFORMED,
                             "SUBMIT: the return address is not of a worker of this manager");
    }
    if (!boss_find_share(boss, employee->peer, header, &share))
        return MISBEHAVED;
    struct address root_address = ledger_root_of_header(header);
    uint32_t root = ledger_find_root(&boss->ledger, &root_address);
    uint32_t root_task = ledger_find(&boss->ledger, &root_address);
    if (root == NO_RECORD || root_task == NO_RECORD || !boss_wants_child(boss, employee, root, header))
        return DISCARDED;
    struct fault fault = {.code = CODE_TOO_LARGE, .task = header->return_address};
    if (boss_is_too_deep(boss, header, &fault.text)) {
        job_root_failed(broker, &root_address, &fault);
        return HANDLED;
    }
    if (!versions_see(broker, header, &fault.text)) {
        fault.code = CODE_OTHER_VERSION;
        job_root_failed(broker, &root_address, &fault);
        return HANDLED;
    }
    const struct task *of = ledger_task(&boss->ledger, root_task);
    uint32_t task = boss_accept(boss, header, share, slice_keep(body->blob, body->offset, body->size),
                                job_flow(broker, of), of->owner);
    if (task == NO_RECORD) {
        fault.text = span_text("SUBMIT: too many different runtimes are in use");
        job_root_failed(broker, &root_address, &fault);
        return HANDLED;
    }
    boss_join_root(boss, task, root);
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_submit)
{
    struct batch batch;
    struct task_header header;
    struct slice piece;
    if (!boss_open_batch(&broker->boss, &batch, message, body))
        return MISBEHAVED;
    employee->recalled = 0; /* it may be what it was asked for */
    while (batch_next_task(&batch, &header, &piece)) {
        enum verdict verdict = take_child(broker, employee, &header, &piece);
        if (verdict == MISBEHAVED)
            return verdict;
        broker->boss.discarded += verdict == DISCARDED;
    }
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_share)
{
    return boss_share(&broker->boss, employee->peer, message, body, NULL, false);
}

EMPLOYEE_HANDLER(recv_employee_unshare)
{
    (void)body;
    return boss_unshare(&broker->boss, employee->peer, message);
}

/* A task is done: of a root the client hears, of a child its parent's worker. Only the employee that holds it
 * can say so. */
static enum verdict take_result(struct broker *broker, struct employee *employee,
                                const struct result_header *result, const struct slice *body)
{
    struct boss *boss = &broker->boss;
    uint32_t task;
    if (!boss_holds(boss, employee, &result->return_address, &task))
        return DISCARDED;
    if (result->return_address.worker == WORKER_NIL) {
        job_done(broker, task, result, body, employee);
        return HANDLED;
    }
    if (!boss_accepts_result(boss, result, body->size)) { /* its parent would wait for ever */
        struct fault fault = {.code = CODE_TOO_LARGE,
                              .text = span_text("the result is larger than its parent's manager accepts"),
                              .task = result->return_address};
        struct address root = ledger_root_address(ledger_task(&boss->ledger, task));
        return job_root_failed(broker, &root, &fault) ? HANDLED : DISCARDED;
    }
    boss_forget(boss, task);
    return boss_send_result_down(boss, result, slice_ref(body)) ? HANDLED : DISCARDED;
}

EMPLOYEE_HANDLER(recv_employee_result)
{
    struct batch batch;
    struct result_header result;
    struct slice piece;
    if (!boss_open_batch(&broker->boss, &batch, message, body))
        return MISBEHAVED;
    while (batch_next_result(&batch, &result, &piece))
        broker->boss.discarded += take_result(broker, employee, &result, &piece) == DISCARDED;
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_update)
{
    (void)body;
    struct list addresses = message->addresses.addresses;
    for (struct address address; list_next_address(&addresses, &address);) {
        uint32_t task;
        if (address.worker == WORKER_NIL)
            return boss_complain(&broker->boss, CODE_MALFORMED, "UPDATE: a root ends with a RESULT");
        if (boss_holds(&broker->boss, employee, &address, &task)) {
            boss_forget(&broker->boss, task);
        } else {
            broker->boss.discarded++;
        }
    }
    return HANDLED;
}

/* Whether the employee has had part of this live root. */
static bool has_part(const struct broker *broker, const struct employee *employee, const struct address *root)
{
    uint32_t number = ledger_find_root(&broker->boss.ledger, root), i = employee->number;
    return number != NO_RECORD && ledger_next_touched(ledger_root(&broker->boss.ledger, number), &i) &&
           i == employee->number;
}

/* A task raised, or was lost too often: its root fails, the rest of it is cancelled, the client and its other
 * roots go on. It counts if the employee holds the task, or the one within which it is: what descends from a
 * task that was taken from it speaks for nobody any more. */
EMPLOYEE_HANDLER(recv_employee_error)
{
    struct boss *boss = &broker->boss;
    if (!message->error.has_task || !message->error.has_root) { /* about the manager itself */
        outbox_log(boss->outbox, LOG_WARNING, "manager %s says: %.*s", employee->peer->name,
                   (int)(message->error.text.size < 500 ? message->error.text.size : 500),
                   (const char *)message->error.text.data);
        return HANDLED;
    }
    if (!boss_error_counts(boss, employee, message, NULL))
        return DISCARDED;
    struct fault fault = {.code = CODE_TASK_FAILED, .text = message->error.text, .task = message->error.task};
    if (message->error.code > CODE_NONE && message->error.code < CODE_LIMIT)
        fault.code = (enum error_code)message->error.code;
    uint32_t root = ledger_find(&boss->ledger, &message->error.root);
    if (fault.code == CODE_TOO_MANY_ATTEMPTS && root != NO_RECORD) /* a task that a manager had kept */
        kills_note(broker, job_session(broker, ledger_task(&boss->ledger, root)), boss->max_attempts);
    fault.body = slice_keep(body->blob, body->offset, body->size);
    bool live = job_root_failed(broker, &message->error.root, &fault);
    slice_drop(&fault.body);
    return live ? HANDLED : DISCARDED;
}

EMPLOYEE_HANDLER(recv_employee_log)
{
    struct boss *boss = &broker->boss;
    uint32_t number = ledger_find(&boss->ledger, &message->log.root);
    if (message->log.root.worker != WORKER_NIL || number == NO_RECORD ||
        !has_part(broker, employee, &message->log.root))
        return DISCARDED;
    logs_send(broker, number, message, slice_ref(body));
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_cancel)
{
    (void)body;
    struct boss *boss = &broker->boss;
    if (!message->cancel.has_root)
        return boss_complain(boss, CODE_MALFORMED, "CANCEL: a manager names the root");
    if (!has_part(broker, employee, &message->cancel.root))
        return DISCARDED;
    struct list addresses = message->cancel.addresses;
    for (struct address address; list_next_address(&addresses, &address);) {
        if (address.worker == WORKER_NIL)
            return boss_complain(boss, CODE_MALFORMED, "CANCEL: only its client cancels a root");
        if (roster_responsible_for(&boss->roster, address.worker) != employee)
            return boss_complain(boss, CODE_MALFORMED, "CANCEL: not a task of the sender's");
    }
    boss_cancel(boss, &message->cancel.root, message->cancel.addresses);
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_communicate)
{
    if (!boss_has_children(&broker->boss, employee, message->addresses.addresses))
        return boss_complain(&broker->boss, CODE_MALFORMED, "COMMUNICATE: not a task of the sender's");
    boss_communicate(&broker->boss, message->addresses.addresses, body, NULL);
    return HANDLED;
}

/* A worker's end is one for each session that has part in it, however many of its tasks were there. */
static void blame(struct broker *broker, uint32_t task)
{
    uint32_t number = job_session(broker, ledger_task(&broker->boss.ledger, task));
    struct session *session = session_at(broker, number);
    if (session->kills.message != broker->blames)
        kills_note(broker, number, 1);
    session->kills.message = broker->blames;
}

EMPLOYEE_HANDLER(recv_employee_return)
{
    (void)body;
    struct boss *boss = &broker->boss;
    if (message->returned.reason > RETURN_TO_BLAME)
        return boss_complain(boss, CODE_MALFORMED, "RETURN: reason is not 0, 1 or 2");
    employee->recalled = 0;
    broker->blames++;
    struct list addresses = message->returned.addresses;
    for (struct address address; list_next_address(&addresses, &address);) {
        uint32_t task;
        if (boss_holds(boss, employee, &address, &task)) {
            if (message->returned.reason == RETURN_TO_BLAME)
                blame(broker, task);
            employee_returns(broker, task, (enum return_reason)message->returned.reason,
                             message->returned.text);
        } else {
            boss->discarded++;
        }
    }
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_workers_lost)
{
    (void)body;
    if (!boss_owns(&broker->boss, employee, message->lost.ranges))
        return boss_complain(&broker->boss, CODE_MALFORMED, "EMPLOYEE_LOST: ids that are not the sender's");
    boss_workers_lost(&broker->boss, employee, message->lost.ranges);
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_leave)
{
    (void)body, (void)message;
    outbox_log(broker->boss.outbox, LOG_INFO, "manager %s leaves", employee->peer->name);
    employee_lost(broker, employee, "it left", true);
    return HANDLED;
}
