/* recv_employee: what managers send (BQSKit's handle_message from BELOW: schedule_tasks, handle_result,
 * handle_error, handle_log, handle_waiting, the broadcasts). */
#include <stdio.h>

#include "broker/core/dispatch.h"
#include "common/boss/boss_crowd.h"
#include "common/boss/boss_own.h"

enum { LEFT_OF_MEMORY = 8 /* one part of so many, which results of who has most do not take */ };

/* More ids may be there for one who waits. */
EMPLOYEE_HANDLER(recv_employee_ids)
{
    (void)body;
    enum verdict verdict = boss_ids(&broker->boss, employee, message);
    if (verdict == HANDLED && broker->journal.kept) {
        managers_give_ids(broker);
    } else if (verdict == HANDLED && !boss_give_ids(&broker->boss, employee)) {
        outbox_log(broker->boss.outbox, LOG_ERROR, "manager %s asks for more worker ids than are left",
                   employee->peer->name);
    }
    return verdict;
}

/* A manager's workers and their runtimes; then, a part at a time, what of the tasks that wait is to fail or
 * to change since there are these. */
EMPLOYEE_HANDLER(recv_employee_started)
{
    (void)body;
    struct headway *headway = broker->boss.post.headway;
    if (headway->stage == 0) {
        uint32_t before = broker->boss.roster.runtimes;
        struct employee *crowd;
        enum verdict verdict;
        while ((verdict = boss_started(&broker->boss, employee, message, &crowd)) == UNFINISHED)
            employee_lost(broker, crowd, TOO_MANY_RUNTIMES, true);
        if (verdict != HANDLED)
            return verdict;
        outbox_log(broker->boss.outbox, LOG_INFO, "manager %s has %u workers", employee->peer->name,
                   employee->total_workers);
        headway->number = broker->boss.roster.runtimes & ~before; /* those that nobody had */
        headway->stage = 1;
    }
    return versions_settle(broker, headway->number) ? HANDLED : UNFINISHED;
}

EMPLOYEE_HANDLER(recv_employee_waiting)
{
    (void)body;
    return boss_waiting(&broker->boss, employee, message);
}

/* Whether a child fits what its client's tasks may take, and what its body begins with was kept; `*text` says
 * that it does not. Nobody could wait for room: the tasks that take it wait for the child. */
static bool has_room_for(struct broker *broker, const struct task *root, const struct task_header *header,
                         uint32_t share, const struct slice *body, struct span *text)
{
    const struct session *session = session_at(broker, job_session(broker, root));
    uint64_t cost = ledger_cost_of(header, blob_cost_kept(body->blob, body->size)) + broker->boss.left_out;
    bool kept = share == NO_SHARE || !post_share_at(&broker->boss.post, share)->refused;
    if (kept && broker->boss.left_out == 0 && account_has_room(&session->account, cost, NULL))
        return true;
    if (kept)
        snprintf(
            broker->text, sizeof broker->text,
            "SUBMIT: with a child of %llu bytes this client's tasks, and results that wait, take more than "
            "they may (settings limits/session-bytes and limits/memory)",
            (unsigned long long)cost);
    else
        snprintf(
            broker->text, sizeof broker->text,
            "SUBMIT: there was no room for the shared part that a child begins with, of %zu bytes (setting "
            "limits/memory)",
            post_share_at(&broker->boss.post, share)->size);
    *text = span_text(broker->text);
    return false;
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
    uint32_t root = boss_find_root(boss, &root_address);
    uint32_t root_task = ledger_find(&boss->ledger, &root_address);
    if (root == NO_RECORD || root_task == NO_RECORD || !boss_wants_child(boss, employee, root, header) ||
        down_has(broker, &header->return_address)) /* it has ended, and another process had heard of it */
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
    if (!has_room_for(broker, of, header, share, body, &fault.text)) {
        job_root_failed(broker, &root_address, &fault);
        return HANDLED;
    }
    uint32_t task = boss_accept(boss, header, share, slice_keep(body->blob, body->offset, body->size),
                                job_flow(broker, of), of->owner);
    if (task == NO_RECORD) {
        fault.text = span_text("SUBMIT: too many different runtimes are in use");
        job_root_failed(broker, &root_address, &fault);
        return HANDLED;
    }
    boss_join_root(boss, task, root);
    records_child(broker, task);
    claims_seek(broker, task);
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_submit)
{
    struct batch *batch = &broker->boss.post.headway->batch;
    struct task_header header;
    struct slice piece;
    if (!boss_resume_batch(&broker->boss, message, body))
        return MISBEHAVED;
    employee->recalled = 0; /* it may be what it was asked for */
    while (batch_next_task(batch, &header, &piece)) {
        enum verdict verdict = take_child(broker, employee, &header, &piece);
        if (verdict == MISBEHAVED)
            return verdict;
        broker->boss.discarded += verdict == DISCARDED;
        if (!boss_spend(&broker->boss, WORK_TASK) && batch->headers.count > 0)
            return UNFINISHED;
    }
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_share)
{
    uint64_t cost = SHARE_COST + blob_cost_kept(body->blob, body->size);
    bool refused = broker->boss.left_out > 0 || !account_has_room(&employee->account, cost, NULL);
    return boss_share(&broker->boss, employee->peer, message, body, &employee->account, refused);
}

EMPLOYEE_HANDLER(recv_employee_unshare)
{
    (void)body;
    return boss_unshare(&broker->boss, employee->peer, message);
}

/* Whether there is room for a root's result. It takes its task's place, and an eighth of all is left for
 * those who have little. There was none, for a child's either, where its pieces were not kept. `*text` says
 * so. */
static bool has_room_for_result(struct broker *broker, uint32_t number, const struct slice *body,
                                struct span *text)
{
    const struct boss *boss = &broker->boss;
    const struct task *task = ledger_task(&boss->ledger, number);
    uint64_t cost = blob_cost_kept(body->blob, body->size), most = boss->account.most;
    bool kept = boss->left_out == 0, child = task->address.worker != WORKER_NIL;
    if (kept && (child || most == 0 || boss->account.bytes + cost <= most - most / LEFT_OF_MEMORY ||
                 cost <= ledger_cost(task)))
        return true;
    if (kept && account_has_room(session_at(broker, job_session(broker, task))->account.above, cost, NULL))
        return true;
    snprintf(
        broker->text, sizeof broker->text,
        "there was no room for its result of %llu bytes: this broker keeps %llu of the %llu bytes that it may "
        "(setting limits/memory)",
        (unsigned long long)(kept ? body->size : boss->left_out), (unsigned long long)boss->account.bytes,
        (unsigned long long)most);
    *text = span_text(broker->text);
    return false;
}

/* Fails the root of a task; for what it returns see job_root_failed. */
static bool fail_root_of(struct broker *broker, uint32_t task, const struct fault *fault)
{
    struct address root = ledger_root_address(ledger_task(&broker->boss.ledger, task));
    return job_root_failed(broker, &root, fault);
}

/* A task is done: of a root the client hears, of a child its parent's worker. Only the employee that holds it
 * can say so. */
static enum verdict take_result(struct broker *broker, struct employee *employee,
                                const struct result_header *result, const struct slice *body)
{
    struct boss *boss = &broker->boss;
    uint32_t task;
    claims_end_copy(broker, employee, &result->return_address);
    if (!boss_holds(boss, employee, &result->return_address, &task)) {
        claims_end_stranger(broker, employee, &result->return_address, NULL);
        return DISCARDED;
    }
    struct fault full = {.code = CODE_TOO_LARGE, .task = result->return_address};
    if (!has_room_for_result(broker, task, body, &full.text)) {
        full.by = result->return_address.worker == WORKER_NIL ? employee : NULL;
        return fail_root_of(broker, task, &full) ? HANDLED : DISCARDED;
    }
    trace_note(broker, task, STATE_DONE, result->completed_by, &result->timing);
    if (result->return_address.worker == WORKER_NIL) {
        job_done(broker, task, result, body, employee);
        return HANDLED;
    }
    if (!boss_accepts_result(boss, result, body->size)) { /* its parent would wait for ever */
        struct fault fault = {.code = CODE_TOO_LARGE,
                              .text = span_text("the result is larger than its parent's manager accepts"),
                              .task = result->return_address};
        return fail_root_of(broker, task, &fault) ? HANDLED : DISCARDED;
    }
    boss_forget(boss, task);
    return down_send(broker, result, body) ? HANDLED : DISCARDED;
}

EMPLOYEE_HANDLER(recv_employee_result)
{
    struct batch *batch = &broker->boss.post.headway->batch;
    struct result_header result;
    struct slice piece;
    if (!boss_resume_batch(&broker->boss, message, body))
        return MISBEHAVED;
    while (batch_next_result(batch, &result, &piece)) {
        broker->boss.discarded += take_result(broker, employee, &result, &piece) == DISCARDED;
        if (!boss_spend(&broker->boss, WORK_RESULT) && batch->headers.count > 0)
            return UNFINISHED;
    }
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_update)
{
    (void)body;
    struct list part = boss_next_addresses(&broker->boss, message->addresses.addresses, WORK_END);
    for (struct address address; list_next_address(&part, &address);) {
        uint32_t task;
        if (address.worker == WORKER_NIL)
            return boss_complain(&broker->boss, CODE_MALFORMED, "UPDATE: a root ends with a RESULT");
        claims_end_copy(broker, employee, &address);
        if (boss_holds(&broker->boss, employee, &address, &task)) {
            trace_note(broker, task, STATE_DONE, WORKER_NIL, NULL);
            boss_forget(&broker->boss, task);
        } else {
            claims_end_stranger(broker, employee, &address, NULL);
            broker->boss.discarded++;
        }
    }
    return boss_is_through(&broker->boss);
}

/* Whether the employee has had part of this live root. */
static bool has_part(struct broker *broker, const struct employee *employee, const struct address *root)
{
    uint32_t number = boss_find_root(&broker->boss, root), i = employee->number;
    return number != NO_RECORD && ledger_next_touched(ledger_root(&broker->boss.ledger, number), &i) &&
           i == employee->number;
}

EMPLOYEE_HANDLER(recv_employee_trace)
{
    (void)body;
    uint32_t root = ledger_find(&broker->boss.ledger, &message->trace.root);
    if (!broker->trace.ends)
        return DISCARDED;
    broker->trace.left_out += message->trace.count;
    if (!message->trace.has_task)
        return HANDLED;
    if (!message->trace.has_parent || !message->trace.has_root || message->trace.depth == 0)
        return boss_complain(&broker->boss, CODE_MALFORMED, "TRACE: a task without a parent or a root");
    if (message->trace.root.worker != WORKER_NIL || root == NO_RECORD ||
        !has_part(broker, employee, &message->trace.root))
        return DISCARDED;
    trace_tell(broker, employee, root, message);
    return HANDLED;
}

/* What a task took that has failed: where it is the root its client hears of it, else it is for those who
 * watch. */
static void note_times(struct broker *broker, const struct employee *employee, const struct message *message,
                       struct fault *fault)
{
    uint32_t task,
        worker = message->error.worker < WORKER_LIMIT ? (uint32_t)message->error.worker : WORKER_NIL;
    if (message->error.timed == TIMING_NONE ||
        !boss_holds(&broker->boss, employee, &message->error.task, &task))
        return;
    if (message->error.task.worker != WORKER_NIL) {
        trace_note(broker, task, STATE_FAILED, worker, &message->error.timing);
        return;
    }
    fault->timing = &message->error.timing;
    fault->worker = worker;
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
    const struct address *within = message->error.has_within ? &message->error.within : &message->error.task;
    claims_end_copy(broker, employee, within);
    if (!boss_error_counts(boss, employee, message, NULL) &&
        !claims_end_stranger(broker, employee, within, &message->error.root))
        return DISCARDED;
    struct fault fault = {.code = CODE_TASK_FAILED, .text = message->error.text, .task = message->error.task};
    if (message->error.code > CODE_NONE && message->error.code < CODE_LIMIT)
        fault.code = (enum error_code)message->error.code;
    uint32_t root = ledger_find(&boss->ledger, &message->error.root);
    note_times(broker, employee, message, &fault);
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

/* What it says has tasks go, a part at a time: it is not safe before all of their records are. */
static void unsettle(struct broker *broker, struct employee *employee)
{
    if (!broker->journal.kept)
        return;
    employee->peer->unsettled = true;
    broker->journal.unsettled = true;
}

EMPLOYEE_HANDLER(recv_employee_cancel)
{
    (void)body;
    struct boss *boss = &broker->boss;
    if (!message->cancel.has_root)
        return boss_complain(boss, CODE_MALFORMED, "CANCEL: a manager names the root");
    if (!has_part(broker, employee, &message->cancel.root))
        return DISCARDED;
    struct list part = boss_next_addresses(boss, message->cancel.addresses, WORK_END), each = part;
    for (struct address address; list_next_address(&each, &address);) {
        if (address.worker == WORKER_NIL)
            return boss_complain(boss, CODE_MALFORMED, "CANCEL: only its client cancels a root");
        if (roster_responsible_for(&boss->roster, address.worker) != employee)
            return boss_complain(boss, CODE_MALFORMED, "CANCEL: not a task of the sender's");
    }
    boss_cancel(boss, boss_find_root(boss, &message->cancel.root), part);
    unsettle(broker, employee);
    return boss_is_through(boss);
}

/* A message for these tasks was not kept as it came in pieces: they would wait for it. */
static void fail_unreached(struct broker *broker, struct list addresses)
{
    snprintf(broker->text, sizeof broker->text,
             "there was no room for a message to it of %llu bytes (setting limits/memory)",
             (unsigned long long)broker->boss.left_out);
    struct fault fault = {.code = CODE_TOO_LARGE, .text = span_text(broker->text)};
    while (list_next_address(&addresses, &fault.task)) {
        uint32_t task = ledger_find(&broker->boss.ledger, &fault.task);
        if (task != NO_RECORD)
            fail_root_of(broker, task, &fault);
    }
}

EMPLOYEE_HANDLER(recv_employee_communicate)
{
    struct list part = boss_next_addresses(&broker->boss, message->addresses.addresses, WORK_NOTE);
    if (!boss_has_children(&broker->boss, employee, part))
        return boss_complain(&broker->boss, CODE_MALFORMED, "COMMUNICATE: not a task of the sender's");
    if (broker->boss.left_out > 0)
        fail_unreached(broker, part);
    else
        boss_communicate(&broker->boss, part, body, NULL);
    return boss_is_through(&broker->boss);
}

/* A worker's end is one for each session that has part in it, however many of its tasks were there. */
static void blame(struct broker *broker, uint32_t task, uint64_t message)
{
    uint32_t number = job_session(broker, ledger_task(&broker->boss.ledger, task));
    struct session *session = session_at(broker, number);
    if (session->kills.message != message)
        kills_note(broker, number, 1);
    session->kills.message = message;
}

EMPLOYEE_HANDLER(recv_employee_return)
{
    (void)body;
    struct boss *boss = &broker->boss;
    if (message->returned.reason > RETURN_TO_BLAME)
        return boss_complain(boss, CODE_MALFORMED, "RETURN: reason is not 0, 1 or 2");
    employee->recalled = 0;
    if (boss->post.headway->stage == 0)
        boss->post.headway->serial = ++broker->blames;
    uint64_t work = message->returned.reason == RETURN_UNBEGUN ? WORK_TASK : WORK_RETURN;
    struct list part = boss_next_addresses(boss, message->returned.addresses, work);
    for (struct address address; list_next_address(&part, &address);) {
        uint32_t task;
        if (boss_holds(boss, employee, &address, &task)) {
            if (message->returned.reason == RETURN_TO_BLAME)
                blame(broker, task, boss->post.headway->serial);
            employee_returns(broker, task, (enum return_reason)message->returned.reason,
                             message->returned.text);
        } else if (!claims_drop_copy(broker, employee, &address) &&
                   !claims_end_stranger(broker, employee, &address, NULL)) {
            boss->discarded++;
        }
    }
    return boss_is_through(boss);
}

EMPLOYEE_HANDLER(recv_employee_workers_lost)
{
    (void)body;
    struct boss *boss = &broker->boss;
    struct employee *crowds = NULL;
    if (boss->post.headway->stage == 0 &&
        boss_may_lose(boss, employee, message->lost.ranges, &crowds) == MISBEHAVED)
        return MISBEHAVED;
    if (crowds)
        employee_lost(broker, crowds, TOO_MANY_PIECES, true);
    unsettle(broker, employee);
    return boss_workers_lost(boss, employee, message->lost.ranges) ? HANDLED : UNFINISHED;
}

EMPLOYEE_HANDLER(recv_employee_leave)
{
    (void)body, (void)message;
    outbox_log(broker->boss.outbox, LOG_INFO, "manager %s leaves", employee->peer->name);
    employee_lost(broker, employee, "it left", true);
    return HANDLED;
}
