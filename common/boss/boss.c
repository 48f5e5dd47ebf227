/* boss: tasks; see boss.h. Employees' own mail is boss_staff.c's. */
#include "common/boss/boss.h"

#include <assert.h>
#include <stdio.h>

#include "common/base/mem.h"

void boss_init(struct boss *boss, const struct post_config *config, const char *const *lines,
               size_t line_count, uint64_t now)
{
    *boss = (struct boss){0};
    post_init(&boss->post, config, lines, line_count, now);
    ledger_init(&boss->ledger, config->seed);
    queue_init(&boss->queue, &boss->ledger);
    roster_init(&boss->roster);
    index_init(&boss->by_path);
}

void boss_free(struct boss *boss)
{
    queue_free(&boss->queue);
    ledger_free(&boss->ledger);
    roster_free(&boss->roster);
    post_free(&boss->post);
    for (uint32_t i = 0; i < boss->path_count; i++)
        mem_free(boss->paths[i]);
    mem_free(boss->paths);
    mem_free(boss->text);
    index_free(&boss->by_path);
    builder_free(&boss->list);
}

bool boss_find_share(struct boss *boss, const struct peer *peer, const struct task_header *header,
                     uint32_t *share)
{
    if (post_share_find(peer, header->shared, share))
        return true;
    boss_complain(boss, CODE_MALFORMED, "SUBMIT: a task names the shared part %llu, which there is not",
                  (unsigned long long)header->shared);
    return false;
}

enum verdict boss_share(struct boss *boss, struct peer *peer, const struct message *message,
                        const struct slice *body, uint64_t *charge, bool refused)
{
    struct slice kept = refused ? *body : slice_keep(body->blob, body->offset, body->size);
    const char *why = post_share_open(&boss->post, peer, message->share.number, kept, charge, refused);
    if (!refused)
        slice_drop(&kept);
    return why ? boss_complain(boss, CODE_MALFORMED, "%s", why) : HANDLED;
}

enum verdict boss_unshare(struct boss *boss, struct peer *peer, const struct message *message)
{
    const char *why = post_share_close(&boss->post, peer, message->share.number);
    return why ? boss_complain(boss, CODE_MALFORMED, "%s", why) : HANDLED;
}

size_t boss_body_size(const struct boss *boss, uint32_t share, size_t size)
{
    return share == NO_SHARE ? size : post_share_at(&boss->post, share)->size + size;
}

uint32_t boss_accept(struct boss *boss, const struct task_header *header, uint32_t share, struct slice body,
                     uint32_t flow, uint32_t owner)
{
    unsigned runtime = runtimes_use(&boss->runtimes, header->runtime, true);
    if (runtime == NO_RUNTIME) {
        slice_drop(&body);
        return NO_RECORD;
    }
    uint32_t number = ledger_add(&boss->ledger, header, body, runtime);
    struct task *task = ledger_task(&boss->ledger, number);
    task->owner = owner;
    ledger_set_share(&boss->ledger, task, share);
    post_share_use(&boss->post, share);
    if (header->attempt > 0)
        ledger_set_attempts(&boss->ledger, task, header->attempt,
                            header->attempt < boss->max_attempts ? header->attempt : boss->max_attempts - 1);
    queue_push(&boss->queue, number, flow);
    return number;
}

void boss_change_runtime(struct boss *boss, uint32_t number, struct span name)
{
    struct task *task = ledger_task(&boss->ledger, number);
    uint32_t flow = task->flow;
    unsigned runtime = runtimes_use(&boss->runtimes, name, false);
    assert(runtime != NO_RUNTIME);
    queue_remove(&boss->queue, number);
    runtimes_drop(&boss->runtimes, task->runtime);
    task->runtime = (uint8_t)runtime & 0x3f;
    queue_push(&boss->queue, number, flow);
}

bool boss_is_too_deep(struct boss *boss, const struct task_header *header, struct span *text)
{
    if (header->breadcrumbs.count <= boss->max_breadcrumbs)
        return false;
    snprintf(boss->complaint_text, sizeof boss->complaint_text,
             "a task is nested %u deep, and at most %llu are allowed (setting limits/breadcrumbs)",
             header->breadcrumbs.count, (unsigned long long)boss->max_breadcrumbs);
    *text = span_text(boss->complaint_text);
    return true;
}

void boss_forget(struct boss *boss, uint32_t number)
{
    struct task *task = ledger_task(&boss->ledger, number);
    if (task->queued)
        queue_remove(&boss->queue, number);
    if (ledger_holder(task) != NO_RECORD) {
        struct employee *employee = roster_at(&boss->roster, ledger_holder(task));
        roster_release(&boss->ledger, employee, number);
        roster_reorder_later(&boss->roster, employee);
    }
    runtimes_drop(&boss->runtimes, task->runtime);
    post_share_drop(&boss->post, ledger_share(task));
    ledger_remove(&boss->ledger, number);
}

void boss_send_task(struct boss *boss, struct peer *peer, const struct task *task)
{
    struct task_header header;
    struct slice body = ledger_body(task);
    const struct task_past *past = ledger_past(task);
    ledger_header(&boss->ledger, task, boss->runtimes.table[task->runtime].name, &header);
    post_send_task(&boss->post, peer, &header, ledger_share(task), slice_ref(&body));
    if (past == NULL || past->message_count == 0)
        return;
    builder_reset(&boss->list);
    builder_address(&boss->list, &task->address);
    struct message message = {.kind = KIND_COMMUNICATE};
    message.addresses.addresses = builder_list(&boss->list);
    for (uint32_t i = 0; i < past->message_count; i++)
        post_send(&boss->post, peer, &message, slice_ref(&past->messages[i]));
}

bool boss_holds(const struct boss *boss, const struct employee *employee, const struct address *address,
                uint32_t *number)
{
    *number = ledger_find(&boss->ledger, address);
    return *number != NO_RECORD && ledger_holder(ledger_task(&boss->ledger, *number)) == employee->number;
}

bool boss_has_children(const struct boss *boss, const struct employee *employee, struct list addresses)
{
    for (struct address address; list_next_address(&addresses, &address);) {
        if (roster_responsible_for(&boss->roster, address.worker) != employee)
            return false;
    }
    return true;
}

bool boss_accepts_result(const struct boss *boss, const struct result_header *result, size_t size)
{
    const struct employee *employee = roster_responsible_for(&boss->roster, result->return_address.worker);
    return employee == NULL || link_accepts(&employee->peer->link, size);
}

bool boss_send_result_down(struct boss *boss, const struct result_header *result, struct slice body)
{
    struct employee *employee = roster_responsible_for(&boss->roster, result->return_address.worker);
    if (employee == NULL || !link_accepts(&employee->peer->link, body.size)) {
        slice_drop(&body);
        return false;
    }
    post_send_result(&boss->post, employee->peer, result, body);
    return true;
}

void boss_send_cancel(struct boss *boss, const struct employee *employee, const struct address *root,
                      struct list addresses)
{
    if (employee->gone)
        return;
    struct message message = {.kind = KIND_CANCEL};
    message.cancel.corr = message.cancel.state = NO_NUMBER;
    message.cancel.addresses = addresses;
    message.cancel.has_root = true;
    message.cancel.root = *root;
    post_send(&boss->post, employee->peer, &message, SLICE_NONE);
}

void boss_cancel(struct boss *boss, const struct address *root_address, struct list addresses)
{
    uint32_t root_number = ledger_find_root(&boss->ledger, root_address);
    if (root_number == NO_RECORD)
        return;
    struct root *root = ledger_root(&boss->ledger, root_number);
    struct list each = addresses;
    for (struct address address; list_next_address(&each, &address);)
        ledger_note_cancelled(&boss->ledger, root_number, &address);
    struct root holders = {
        0}; /* each is told once, of all of them: it may have kept descendants that are not in this ledger */
    for (uint32_t number = root->tasks, next; number != NO_RECORD; number = next) {
        struct task *task = ledger_task(&boss->ledger, number);
        next = task->root_next;
        if (!ledger_is_task_cancelled(&boss->ledger, task))
            continue;
        if (ledger_holder(task) != NO_RECORD) {
            ledger_touch(&holders, ledger_holder(task));
            root->revoked = true;
        }
        boss_forget(boss, number);
    }
    for (uint32_t i = 0; ledger_next_touched(&holders, &i); i++)
        boss_send_cancel(boss, roster_at(&boss->roster, i), root_address, addresses);
    mem_free(holders.touched_more);
}

void boss_end_root(struct boss *boss, uint32_t root_number, const struct employee *but)
{
    struct root *root = ledger_root(&boss->ledger, root_number);
    struct address address = root->address;
    struct builder list = {0};
    if (root->revoked) /* a task may have come to `but` after it had ended the root, and begun it there anew
                        */
        but = NULL;
    for (uint32_t i = 0; ledger_next_touched(root, &i);
         i++) { /* a worker that holds nothing has nothing to forget */
        const struct employee *employee = roster_at(&boss->roster, i);
        if (employee == but || employee->number != i || employee->peer->role == ROLE_WORKER)
            ledger_untouch(root, i);
    }
    while (root->tasks != NO_RECORD) {
        const struct task *task = ledger_task(&boss->ledger, root->tasks);
        if (ledger_holder(task) != NO_RECORD)
            ledger_touch(root, ledger_holder(task));
        boss_forget(boss, root->tasks);
    }
    for (uint32_t i = 0; ledger_next_touched(root, &i); i++) {
        if (list.count == 0)
            builder_address(&list, &address);
        boss_send_cancel(boss, roster_at(&boss->roster, i), &address, builder_list(&list));
    }
    builder_free(&list);
    ledger_end_root(&boss->ledger, root_number);
}

/* Sends a message to one employee, for those of the named tasks that it holds; `own`: not for those that came
 * from above. */
static void send_message(struct boss *boss, const struct employee *employee, struct list addresses, bool own,
                         const struct slice *body)
{
    builder_reset(&boss->list);
    for (struct address address; list_next_address(&addresses, &address);) {
        uint32_t task;
        if (boss_holds(boss, employee, &address, &task) &&
            !(own && ledger_task(&boss->ledger, task)->from_above))
            builder_address(&boss->list, &address);
    }
    struct message message = {.kind = KIND_COMMUNICATE};
    message.addresses.addresses = builder_list(&boss->list);
    post_send(&boss->post, employee->peer, &message, slice_ref(body));
}

void boss_communicate(struct boss *boss, struct list addresses, const struct slice *body,
                      struct builder *elsewhere)
{
    struct root holders = {0}; /* each gets it once, for all the tasks that it holds */
    struct list each = addresses;
    for (struct address address; list_next_address(&each, &address);) {
        uint32_t number = ledger_find(&boss->ledger, &address);
        struct task *task = number == NO_RECORD ? NULL : ledger_task(&boss->ledger, number);
        if (task == NULL || (elsewhere && task->from_above)) {
            if (elsewhere)
                builder_address(elsewhere, &address);
            continue;
        }
        ledger_keep_message(&boss->ledger, task, slice_ref(body)); /* it may have to be given out (again) */
        if (ledger_holder(task) != NO_RECORD)
            ledger_touch(&holders, ledger_holder(task));
    }
    for (uint32_t i = 0; ledger_next_touched(&holders, &i); i++)
        send_message(boss, roster_at(&boss->roster, i), addresses, elsewhere != NULL, body);
    mem_free(holders.touched_more);
}
