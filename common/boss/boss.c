/* boss: tasks; see boss.h. Employees' own mail is boss_staff.c's. */
#include "common/boss/boss.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/mem.h"

void boss_init(struct boss *boss, const struct post_config *config, const char *const *lines,
               size_t line_count, uint64_t now)
{
    *boss = (struct boss){0};
    post_init(&boss->post, config, lines, line_count, now);
    boss->post.account = &boss->account;
    ledger_init(&boss->ledger, config->seed);
    queue_init(&boss->queue, &boss->ledger);
    roster_init(&boss->roster);
    origins_init(&boss->origins, config->seed, &boss->account);
    paths_init(&boss->paths);
    slab_init(&boss->times, sizeof(struct task_times));
    boss->swept.first = boss->swept.last = boss->left.first = boss->left.last = NO_RECORD;
    boss->searcher = NO_RECORD;
    fifo_init(&boss->cancels, sizeof(struct held_cancel), CANCELS_STAY);
}

void boss_free(struct boss *boss)
{
    boss_forget_left(boss);
    boss_sweep_nothing(boss);
    queue_free(&boss->queue);
    ledger_free(&boss->ledger);
    post_free(&boss->post); /* what links keep is counted to employees */
    roster_free(&boss->roster);
    origins_free(&boss->origins);
    paths_free(&boss->paths);
    slab_clear(&boss->times);
    mem_free(boss->losses.at);
    boss_free_notes(boss);
    mem_free(boss->text);
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
                        const struct slice *body, struct account *account, bool refused)
{
    struct slice kept = refused ? *body : slice_keep(body->blob, body->offset, body->size);
    const char *why = post_share_open(&boss->post, peer, message->share.number, kept, account, refused);
    if (!refused)
        slice_drop(&kept);
    uint32_t share;
    if (why == NULL && boss->left_out > 0 && post_share_find(peer, message->share.number, &share))
        post_share_at(&boss->post, share)->size = boss->left_out; /* how large it would have been */
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

static uint32_t take_in(struct boss *boss, const struct task_header *header, uint32_t share,
                        struct slice body, uint32_t flow, uint32_t owner)
{
    struct account *account = queue_account(&boss->queue, flow);
    const void *whose = account && account->above ? account->above : (const void *)boss;
    unsigned runtime = runtimes_use(&boss->runtimes, header->runtime, whose);
    if (runtime == NO_RUNTIME) {
        slice_drop(&body);
        return NO_RECORD;
    }
    uint32_t number = ledger_add(&boss->ledger, header, share, body, runtime);
    struct task *task = ledger_task(&boss->ledger, number);
    task->owner = owner;
    post_share_use(&boss->post, share);
    if (header->attempt > 0)
        ledger_set_attempts(&boss->ledger, task, header->attempt,
                            header->attempt < boss->max_attempts ? header->attempt : boss->max_attempts - 1);
    task->timed |= boss->timed;
    account_add(account, ledger_cost(task));
    if (task->timed)
        boss_note_taken(boss, number);
    return number;
}

uint32_t boss_accept_own(struct boss *boss, const struct task_header *header, uint32_t share,
                         struct slice body, uint32_t flow, uint32_t owner)
{
    uint32_t number = take_in(boss, header, share, body, flow, owner);
    if (number == NO_RECORD)
        return NO_RECORD;
    queue_push(&boss->queue, number, flow);
    boss_spend(boss, queue_work(&boss->queue));
    return number;
}

uint32_t boss_take_in(struct boss *boss, const struct task_header *header, uint32_t share, struct slice body,
                      uint32_t flow, uint32_t owner)
{
    uint32_t number = take_in(boss, header, share, body, flow, owner);
    if (number != NO_RECORD)
        ledger_list(&boss->ledger, number);
    if (number != NO_RECORD && header->breadcrumbs.count == 0)
        ledger_task(&boss->ledger, number)->begun_flow = flow;
    return number;
}

uint32_t boss_accept(struct boss *boss, const struct task_header *header, uint32_t share, struct slice body,
                     uint32_t flow, uint32_t owner)
{
    uint32_t number = boss_accept_own(boss, header, share, body, flow, owner);
    if (number != NO_RECORD)
        ledger_list(&boss->ledger, number);
    return number;
}

void boss_change_runtime(struct boss *boss, uint32_t number, struct span name)
{
    struct task *task = ledger_task(&boss->ledger, number);
    uint32_t flow = task->flow;
    unsigned runtime = runtimes_use(&boss->runtimes, name, NULL);
    assert(runtime != NO_RUNTIME);
    queue_remove(&boss->queue, number);
    runtimes_drop(&boss->runtimes, task->runtime);
    task->runtime = (uint8_t)runtime & 0x3f;
    queue_restore(&boss->queue, number, flow);
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
    account_take(boss_account_of(boss, task), ledger_cost(task));
    if (task->queued) {
        queue_remove(&boss->queue, number);
        boss_spend(boss, queue_work(&boss->queue));
    }
    if (ledger_holder(task) != NO_RECORD) {
        struct employee *employee = roster_at(&boss->roster, ledger_holder(task));
        roster_release(&boss->ledger, employee, number);
        roster_reorder_later(&boss->roster, employee);
    }
    if (task->written)
        boss_note_gone(boss, &task->address);
    runtimes_drop(&boss->runtimes, task->runtime);
    post_share_drop(&boss->post, ledger_share(task));
    ledger_remove(&boss->ledger, number);
}

void boss_send_task(struct boss *boss, struct peer *peer, const struct task *task)
{
    struct task_header header;
    struct slice body = ledger_body(task);
    const struct task_past *past = ledger_past(task);
    ledger_header(&boss->ledger, task, runtimes_name(&boss->runtimes, task->runtime), &header);
    header.session = boss_session_of(boss, task);
    post_send_task(&boss->post, peer, &header, ledger_share(task), slice_ref(&body));
    if (past == NULL || past->message_count == 0)
        return;
    builder_reset(&boss->list);
    builder_address(&boss->list, &task->address);
    struct message message = {.kind = KIND_COMMUNICATE};
    message.addresses.addresses = builder_list(&boss->list);
    boss_spend(boss, past->message_count * (uint64_t)WORK_SAY);
    for (uint32_t i = 0; i < past->message_count; i++)
        post_send(&boss->post, peer, &message, slice_ref(&past->messages[i]));
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
    struct result_header bare = {.return_address = result->return_address,
                                 .completed_by = result->completed_by}; /* times are for those above */
    post_send_result(&boss->post, employee->peer, &bare, body);
    return true;
}

void boss_send_cancel(struct boss *boss, const struct employee *employee, const struct address *root,
                      struct list addresses)
{
    if (employee->gone)
        return;
    if (boss->journals)
        boss_hold_cancel(boss, employee, root, addresses);
    else
        boss_say_cancel(boss, employee, root, addresses);
}

void boss_cancel(struct boss *boss, uint32_t root, struct list addresses)
{
    for (struct address address; list_next_address(&addresses, &address);)
        ledger_note_cancelled(&boss->ledger, root, &address);
    boss_sweep_root(boss, root);
}

/* The task with this address that is not about to go, or NO_RECORD. */
static uint32_t find(const struct boss *boss, const struct address *address)
{
    uint32_t number = ledger_find(&boss->ledger, address);
    bool doomed = number != NO_RECORD && boss_is_doomed(boss, ledger_task(&boss->ledger, number));
    return doomed ? NO_RECORD : number;
}

bool boss_holds(const struct boss *boss, const struct employee *employee, const struct address *address,
                uint32_t *number)
{
    *number = find(boss, address);
    return *number != NO_RECORD && ledger_holder(ledger_task(&boss->ledger, *number)) == employee->number;
}

/* Keeps a message for a task, which may have to be given out (again), where its account has room for it. */
static void keep_message(struct boss *boss, struct task *task, const struct slice *body)
{
    struct account *account = boss_account_of(boss, task);
    bool room = account_has_room(account, blob_cost(body->blob), NULL);
    account_take(account, ledger_cost(task));
    if (room)
        ledger_keep_message(&boss->ledger, task, slice_ref(body));
    else
        ledger_keep_no_messages(&boss->ledger, task);
    account_add(account, ledger_cost(task));
}

/* A task that a message is for, and who has it. */
struct reached {
    uint32_t holder, place; /* among those that the message names */
    struct address address;
};

static int compare_reached(const void *one, const void *other)
{
    const struct reached *a = one, *b = other;
    if (a->holder != b->holder)
        return a->holder < b->holder ? -1 : 1;
    return a->place < b->place ? -1 : 1;
}

/* Sends a message to those who have these tasks: to each once, for all that it has. */
static void send_message(struct boss *boss, struct reached *reached, uint32_t count, const struct slice *body)
{
    struct message message = {.kind = KIND_COMMUNICATE};
    if (count > 0)
        qsort(reached, count, sizeof *reached, compare_reached);
    for (uint32_t i = 0; i < count;) {
        uint32_t holder = reached[i].holder;
        builder_reset(&boss->list);
        for (; i < count && reached[i].holder == holder; i++)
            builder_address(&boss->list, &reached[i].address);
        message.addresses.addresses = builder_list(&boss->list);
        post_send(&boss->post, roster_at(&boss->roster, holder)->peer, &message, slice_ref(body));
        boss_spend(boss, WORK_SAY);
    }
}

void boss_communicate(struct boss *boss, struct list addresses, const struct slice *body,
                      struct builder *elsewhere)
{
    struct slice kept = slice_keep(body->blob, body->offset, body->size);
    struct reached *reached = mem_alloc((addresses.count + 1) * sizeof *reached);
    uint32_t count = 0;
    for (struct address address; list_next_address(&addresses, &address);) {
        uint32_t number = find(boss, &address);
        struct task *task = number == NO_RECORD ? NULL : ledger_task(&boss->ledger, number);
        if (task == NULL || (elsewhere && task->from_above)) {
            if (elsewhere)
                builder_address(elsewhere, &address);
            continue;
        }
        keep_message(boss, task, &kept);
        uint32_t holder = ledger_holder(task);
        if (holder != NO_RECORD && !roster_at(&boss->roster, holder)->gone) {
            reached[count] = (struct reached){holder, count, address};
            count++;
        }
    }
    send_message(boss, reached, count, &kept);
    mem_free(reached);
    slice_drop(&kept);
}
