/* recv_below: what workers and managers below send (BQSKit's Manager.handle_message from BELOW). */
#include <stdio.h>

#include "common/boss/boss_crowd.h"
#include "common/boss/boss_own.h"
#include "worker-shim/core/dispatch.h"

BELOW_HANDLER(recv_below_started)
{
    (void)body;
    struct employee *crowd;
    enum verdict verdict;
    while ((verdict = boss_started(&shim->boss, employee, message, &crowd)) == UNFINISHED)
        below_lost(shim, crowd, TOO_MANY_RUNTIMES);
    if (verdict == HANDLED) {
        outbox_log(shim->boss.outbox, LOG_INFO, "%s %s has started (%u workers)",
                   role_name(employee->peer->role), employee->peer->name, employee->total_workers);
    }
    return verdict;
}

BELOW_HANDLER(recv_below_ids)
{
    (void)body;
    if (employee->peer->role == ROLE_WORKER)
        return boss_complain(&shim->boss, CODE_UNEXPECTED, "IDS: a worker has one id");
    enum verdict verdict = boss_ids(&shim->boss, employee, message);
    if (verdict == HANDLED)
        boss_give_ids(&shim->boss, employee);
    return verdict;
}

BELOW_HANDLER(recv_below_waiting)
{
    (void)body;
    return boss_waiting(&shim->boss, employee, message);
}

/* Whether the parent of a child runs where the child comes from: a worker's is known here, a manager's may be
 * kept below it. */
static bool parent_is_live(const struct shim *shim, const struct employee *employee,
                           const struct task_header *header)
{
    struct list breadcrumbs = header->breadcrumbs;
    struct address parent;
    uint32_t task;
    while (list_next_address(&breadcrumbs, &parent))
        continue;
    return employee->peer->role != ROLE_WORKER || boss_holds(&shim->boss, employee, &parent, &task);
}

/* A child is larger or deeper than may be: its root fails. */
static void fail_child(struct shim *shim, uint32_t root, const struct task_header *child, struct span text)
{
    struct address root_address = ledger_root(&shim->boss.ledger, root)->address, within;
    struct complaint complaint = {.code = CODE_TOO_LARGE,
                                  .text = text,
                                  .task = &child->return_address,
                                  .root = &root_address,
                                  .within =
                                      above_within_list(shim, child->breadcrumbs, &within) ? &within : NULL};
    above_send_error(shim, &complaint);
}

/* Whether somebody here is idle for a child, or may be soon. */
static bool has_room_for(const struct shim *shim, const struct task_header *header)
{
    const struct boss *boss = &shim->boss;
    unsigned runtime = runtimes_find(&boss->runtimes, header->runtime);
    if (runtime == NO_RUNTIME)
        return false;
    uint64_t queued = boss->queue.counts[runtime], credit = roster_credit_for(&boss->roster, 1u << runtime);
    if (queued < credit)
        return true;
    return queued < credit + shim->config.prefetch && boss->roster.runtimes >> runtime & 1;
}

/* Why there is no room for a child, here or on its way up; NULL: there is. `text` is for it. */
static const char *no_room_for(const struct shim *shim, const struct task_header *header, uint32_t share,
                               const struct slice *body, char *text, size_t size)
{
    uint64_t cost = ledger_cost_of(header, blob_cost_kept(body->blob, body->size));
    const struct share *part = share == NO_SHARE ? NULL : post_share_at(&shim->boss.post, share);
    bool refused = part && part->refused;
    if (!refused && room_has(shim, cost))
        return NULL;
    snprintf(text, size, "SUBMIT: manager %s has no room for %s of %llu bytes (setting limits/memory)",
             shim->config.name, refused ? "the shared part that a child begins with," : "a child",
             (unsigned long long)(refused ? part->size : cost));
    return text;
}

/* Near work stays near: kept for the idle workers here and the prefetch; the rest goes up and is shared by
 * all (BQSKit's send_up_or_schedule_tasks). */
static enum verdict take_child(struct shim *shim, struct employee *employee, struct task_header *header,
                               const struct slice *body)
{
    struct boss *boss = &shim->boss;
    uint32_t share;
    if (header->breadcrumbs.count == 0)
        return boss_complain(boss, CODE_MALFORMED, "SUBMIT: a child has breadcrumbs");
    if (roster_responsible_for(&boss->roster, header->return_address.worker) != employee) {
        return boss_complain(boss, CODE_MALFORMED, "SUBMIT: the return address is not the sender's");
    }
    if (!boss_find_share(boss, employee->peer, header, &share))
        return MISBEHAVED;
    struct address root_address = ledger_root_of_header(header);
    uint32_t number = ledger_find_root(&boss->ledger, &root_address);
    if (number == NO_RECORD || !parent_is_live(shim, employee, header) ||
        !boss_wants_child(boss, employee, number, header))
        return DISCARDED;
    struct span text;
    if (boss_is_too_deep(boss, header, &text)) {
        fail_child(shim, number, header, text);
        return HANDLED;
    }
    char why[200];
    if (no_room_for(shim, header, share, body, why, sizeof why)) {
        fail_child(shim, number, header, span_text(why));
        return HANDLED;
    }
    if (has_room_for(shim, header)) {
        if (endings_wanted(shim))
            header->flags |= TASK_TIMED;
        uint32_t task = boss_accept(boss, header, share, slice_keep(body->blob, body->offset, body->size),
                                    shim->flow, NO_RECORD);
        if (task != NO_RECORD) {
            boss_join_root(boss, task, number);
            return HANDLED;
        }
    }
    if (!link_accepts(&shim->above->link, boss_body_size(boss, share, body->size))) {
        fail_child(shim, number, header,
                   span_text("the task's body is larger than the boss accepts (its max_body)"));
        return HANDLED;
    }
    above_note_raised(shim, number, &header->return_address);
    header->session = ledger_root(&boss->ledger, number)->session;
    post_send_task(&boss->post, shim->above, header, share, slice_ref(body));
    return HANDLED;
}

BELOW_HANDLER(recv_below_submit)
{
    struct batch *batch = &shim->boss.post.headway->batch;
    struct task_header header;
    struct slice piece;
    if (!boss_resume_batch(&shim->boss, message, body))
        return MISBEHAVED;
    employee->recalled = 0; /* it may be what it was asked for */
    while (batch_next_task(batch, &header, &piece)) {
        enum verdict verdict = take_child(shim, employee, &header, &piece);
        if (verdict == MISBEHAVED)
            return verdict;
        shim->boss.discarded += verdict == DISCARDED;
        if (!boss_spend(&shim->boss, WORK_TASK) && batch->headers.count > 0)
            return UNFINISHED;
    }
    return HANDLED;
}

BELOW_HANDLER(recv_below_share)
{
    uint64_t cost = SHARE_COST + blob_cost_kept(body->blob, body->size);
    bool refused = !account_has_room(&employee->account, cost, NULL);
    return boss_share(&shim->boss, employee->peer, message, body, &employee->account, refused);
}

BELOW_HANDLER(recv_below_unshare)
{
    (void)body;
    return boss_unshare(&shim->boss, employee->peer, message);
}

/* A result for this shim's boss. The root that it ends, if it does, ends here too. */
static void pass_result_up(struct shim *shim, struct employee *employee, uint32_t task,
                           const struct result_header *result, const struct slice *body)
{
    struct boss *boss = &shim->boss;
    uint32_t root = ledger_root_number(&boss->ledger, ledger_task(&boss->ledger, task));
    bool ends_root = result->return_address.worker == WORKER_NIL;
    if (!link_accepts(&shim->above->link, body->size)) {
        above_fail(shim, task, CODE_TOO_LARGE,
                   span_text("the result is larger than the boss accepts (its max_body)"));
        return;
    }
    if (!account_has_room(&boss->account, body->size, NULL)) {
        above_fail(shim, task, CODE_TOO_LARGE,
                   span_text("there is no room for the result at its manager (setting limits/memory)"));
        return;
    }
    boss_forget(boss, task);
    post_send_result(&boss->post, shim->above, result, slice_ref(body));
    if (ends_root)
        boss_end_root(boss, root, employee);
}

static enum verdict take_result(struct shim *shim, struct employee *employee,
                                const struct result_header *result, const struct slice *body)
{
    struct boss *boss = &shim->boss;
    uint32_t number;
    if (!boss_holds(boss, employee, &result->return_address, &number))
        return DISCARDED;
    shim->finished++;
    bool from_above = ledger_task(&boss->ledger, number)->from_above;
    if (from_above && roster_responsible_for(&boss->roster, result->return_address.worker) == NULL) {
        pass_result_up(shim, employee, number, result, body);
        return HANDLED;
    }
    bool again = from_above && above_has_come(shim, &result->return_address);
    if (!again && !boss_accepts_result(boss, result, body->size)) { /* its parent would wait for ever */
        above_fail(shim, number, CODE_TOO_LARGE,
                   span_text("the result is larger than its parent's worker accepts (its max_body)"));
        return HANDLED;
    }
    endings_tell(shim, number, STATE_DONE, result->completed_by, result->timed ? &result->timing : NULL);
    boss_forget(boss, number);
    if (from_above) /* the boss's books have it, and the result does not pass there */
        builder_address(&shim->updates, &result->return_address);
    return !again && boss_send_result_down(boss, result, slice_ref(body)) ? HANDLED : DISCARDED;
}

BELOW_HANDLER(recv_below_result)
{
    struct batch *batch = &shim->boss.post.headway->batch;
    struct result_header result;
    struct slice piece;
    if (!boss_resume_batch(&shim->boss, message, body))
        return MISBEHAVED;
    if (body->blob)
        body->blob->passing = true; /* no result stays here */
    while (batch_next_result(batch, &result, &piece)) {
        if (result.timed > TIMING_WORKER) /* the rest is the broker's to say */
            result.timed = TIMING_WORKER;
        shim->boss.discarded += take_result(shim, employee, &result, &piece) == DISCARDED;
        if (!boss_spend(&shim->boss, WORK_RESULT) && batch->headers.count > 0)
            return UNFINISHED;
    }
    return HANDLED;
}

BELOW_HANDLER(recv_below_update)
{
    (void)body;
    struct boss *boss = &shim->boss;
    struct list part = boss_next_addresses(boss, message->addresses.addresses, WORK_END);
    for (struct address address; list_next_address(&part, &address);) {
        uint32_t task;
        if (address.worker == WORKER_NIL)
            return boss_complain(boss, CODE_MALFORMED, "UPDATE: a root ends with a RESULT");
        if (!boss_holds(boss, employee, &address, &task)) {
            boss->discarded++;
            continue;
        }
        if (message->addresses.timed == TIMING_WORKER && employee->peer->role == ROLE_WORKER)
            endings_tell(shim, task, STATE_DONE, address.worker, &message->addresses.timing);
        if (ledger_task(&boss->ledger, task)->from_above) {
            builder_address(&shim->updates, &address);
            ledger_lower(&boss->ledger, &address);
        }
        boss_forget(boss, task);
        shim->finished++;
    }
    return boss_is_through(boss);
}

/* A task raised: the boss hears of it, and cancels the root, here and elsewhere. This shim does not do so by
 * itself: the boss may have given the root out again by now, and it would not run on a worker that once saw
 * it cancelled. */
BELOW_HANDLER(recv_below_error)
{
    struct boss *boss = &shim->boss;
    const struct span text = message->error.text;
    if (!message->error.has_task || !message->error.has_root) {
        outbox_log(boss->outbox, LOG_WARNING, "%s %s says: %.*s", role_name(employee->peer->role),
                   employee->peer->name, (int)(text.size < 500 ? text.size : 500), (const char *)text.data);
        return HANDLED;
    }
    uint32_t task;
    if (!boss_error_counts(boss, employee, message, &task))
        return DISCARDED;
    struct address within;
    bool known = above_within(shim, ledger_task(&boss->ledger, task), &within);
    bool times = message->error.timed >= TIMING_WORKER;
    if (times && !ledger_task(&boss->ledger, task)->from_above &&
        address_equal(&message->error.task, &ledger_task(&boss->ledger, task)->address))
        endings_tell(shim, task, STATE_FAILED, message->error.worker, &message->error.timing);
    enum error_code code = message->error.code > 0 && message->error.code < CODE_LIMIT
                               ? (enum error_code)message->error.code
                               : CODE_TASK_FAILED;
    struct complaint complaint = {.code = code,
                                  .text = text,
                                  .task = &message->error.task,
                                  .root = &message->error.root,
                                  .within = known ? &within : NULL,
                                  .body = *body,
                                  .times = times ? message : NULL};
    above_send_error(shim, &complaint);
    return HANDLED;
}

/* Of a manager's: a worker's results say for themselves what they took. */
BELOW_HANDLER(recv_below_trace)
{
    (void)body;
    if (employee->peer->role == ROLE_WORKER)
        return boss_complain(&shim->boss, CODE_UNEXPECTED, "TRACE: a worker has nobody below it");
    shim->trace.left_out += message->trace.count;
    if (message->trace.has_task)
        endings_pass(shim, message);
    return HANDLED;
}

BELOW_HANDLER(recv_below_log)
{
    if (ledger_find_root(&shim->boss.ledger, &message->log.root) == NO_RECORD)
        return DISCARDED;
    above_log(shim, employee, message, slice_ref(body));
    return HANDLED;
}

BELOW_HANDLER(recv_below_cancel)
{
    (void)body;
    struct boss *boss = &shim->boss;
    if (!message->cancel.has_root)
        return boss_complain(boss, CODE_MALFORMED, "CANCEL: an employee names the root");
    uint32_t number = ledger_find_root(&boss->ledger, &message->cancel.root);
    shim->cancelled += number != NO_RECORD && boss->post.headway->stage == 0;
    struct list part = boss_next_addresses(boss, message->cancel.addresses, WORK_END);
    if (!boss_has_children(boss, employee, part))
        return boss_complain(boss, CODE_MALFORMED, "CANCEL: not a task of the sender's");
    if (number == NO_RECORD)
        return DISCARDED;
    boss_cancel(boss, number, part);
    if (boss_is_through(boss) == HANDLED && ledger_root(&boss->ledger, number)->surplus)
        post_send(&boss->post, shim->above, message, SLICE_NONE);
    return boss_is_through(boss);
}

BELOW_HANDLER(recv_below_communicate)
{
    struct boss *boss = &shim->boss;
    struct builder elsewhere = {0};
    struct list part = boss_next_addresses(boss, message->addresses.addresses, WORK_NOTE);
    if (!boss_has_children(boss, employee, part))
        return boss_complain(boss, CODE_MALFORMED, "COMMUNICATE: not a task of the sender's");
    boss_communicate(boss, part, body, &elsewhere);
    bool room = elsewhere.count == 0 || room_has(shim, body->size);
    if (elsewhere.count > 0 && room) {
        struct message up = {.kind = KIND_COMMUNICATE};
        up.addresses.addresses = builder_list(&elsewhere);
        post_send(&boss->post, shim->above, &up, slice_ref(body));
    }
    builder_free(&elsewhere);
    if (!room)
        return boss_complain(boss, CODE_BUSY,
                             "COMMUNICATE: there is no room for more of them on their way to "
                             "the boss (setting limits/memory)");
    return boss_is_through(boss);
}

BELOW_HANDLER(recv_below_return)
{
    (void)body;
    struct boss *boss = &shim->boss;
    if (message->returned.reason > RETURN_TO_BLAME)
        return boss_complain(boss, CODE_MALFORMED, "RETURN: reason is not 0, 1 or 2");
    enum return_reason reason = (enum return_reason)message->returned.reason;
    struct builder up = {0};
    employee->recalled = 0;
    uint64_t work = reason == RETURN_UNBEGUN ? WORK_TASK : WORK_RETURN;
    struct list part = boss_next_addresses(boss, message->returned.addresses, work);
    for (struct address address; list_next_address(&part, &address);) {
        uint32_t task;
        if (boss_holds(boss, employee, &address, &task)) {
            below_returns(shim, task, reason, message->returned.text, &up);
        } else {
            boss->discarded++;
        }
    }
    above_return(shim, reason, message->returned.text, builder_list(&up));
    builder_free(&up);
    return boss_is_through(boss);
}

BELOW_HANDLER(recv_below_workers_lost)
{
    (void)body;
    struct boss *boss = &shim->boss;
    if (employee->peer->role == ROLE_WORKER)
        return boss_complain(boss, CODE_UNEXPECTED, "EMPLOYEE_LOST: a worker has nobody below it");
    struct employee *crowds = NULL;
    if (boss->post.headway->stage == 0 &&
        boss_may_lose(boss, employee, message->lost.ranges, &crowds) == MISBEHAVED)
        return MISBEHAVED;
    if (crowds)
        below_lost(shim, crowds, TOO_MANY_PIECES);
    return boss_workers_lost(boss, employee, message->lost.ranges) ? HANDLED : UNFINISHED;
}

BELOW_HANDLER(recv_below_holds)
{
    (void)body, (void)message, (void)employee;
    return boss_complain(&shim->boss, CODE_UNEXPECTED, "HOLDS: it is for a boss with a journal");
}

BELOW_HANDLER(recv_below_leave)
{
    (void)body;
    if (message->disconnect.corr != NO_NUMBER) { /* its process ends when it knows that this was read */
        struct message answer = {.kind = KIND_DISCONNECT};
        answer.disconnect.corr = message->disconnect.corr;
        answer.disconnect.text = span_text("good-bye");
        post_send(&shim->boss.post, employee->peer, &answer, SLICE_NONE);
    }
    if (message->disconnect.detach && employee->peer->role == ROLE_WORKER)
        below_renew(shim, employee, "it left, for it is renewed");
    else
        below_lost(shim, employee, "it left");
    return HANDLED;
}
