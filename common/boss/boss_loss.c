/* boss_loss: what happens when workers and managers are lost, or give tasks back; see boss.h. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/boss/boss.h"

enum {
    LONGEST_LOG = 400, /* bytes, of the line about a loss */
};

static bool names_lost(const struct boss *boss, const struct address *address, struct list breadcrumbs)
{
    if (roster_is_lost(&boss->roster, address->worker))
        return true;
    for (struct address crumb; list_next_address(&breadcrumbs, &crumb);) {
        if (roster_is_lost(&boss->roster, crumb.worker))
            return true;
    }
    return false;
}

bool boss_is_orphan(const struct boss *boss, const struct task_header *header)
{
    return boss->roster.lost.count > 0 && names_lost(boss, &header->return_address, header->breadcrumbs);
}

bool boss_wants(const struct boss *boss, uint32_t root, const struct task_header *header)
{
    return !ledger_is_cancelled(&boss->ledger, root, header) && !boss_is_orphan(boss, header) &&
           ledger_find(&boss->ledger, &header->return_address) == NO_RECORD;
}

bool boss_wants_child(const struct boss *boss, const struct employee *employee, uint32_t root,
                      const struct task_header *header)
{
    return ledger_has_touched(ledger_root(&boss->ledger, root), employee->number) &&
           boss_wants(boss, root, header);
}

/* A CANCEL in the making: tasks of one root that one employee holds. */
struct cancel_list {
    struct builder addresses;
    struct address root;
    uint32_t holder;
};

static void send_cancels(struct boss *boss, struct cancel_list *list)
{
    if (list->addresses.count > 0)
        boss_send_cancel(boss, roster_at(&boss->roster, list->holder), &list->root,
                         builder_list(&list->addresses));
    builder_reset(&list->addresses);
}

/* Cancels the orphans of one root, each by its own address: what they descend from runs again under the same
 * one. */
static void cancel_orphans_of(struct boss *boss, struct root *root)
{
    struct cancel_list list = {.root = root->address, .holder = NO_RECORD};
    for (uint32_t number = root->tasks, next; number != NO_RECORD; number = next) {
        struct task *task = ledger_task(&boss->ledger, number);
        next = task->root_next;
        if (!names_lost(boss, &task->address, ledger_breadcrumbs(task)))
            continue;
        uint32_t holder = ledger_holder(task);
        if (holder != NO_RECORD) {
            if (holder != list.holder || list.addresses.count == MAX_ADDRESSES)
                send_cancels(boss, &list);
            list.holder = holder;
            root->revoked = true;
            builder_address(&list.addresses, &task->address);
        }
        boss_forget(boss, number);
    }
    send_cancels(boss, &list);
    builder_free(&list.addresses);
}

static void tell_of_loss(struct boss *boss, const struct employee *but, struct list ranges)
{
    struct message message = {.kind = KIND_EMPLOYEE_LOST};
    message.lost.ranges = ranges;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (employee != but && !employee->gone && employee->has_ids && employee->peer->role == ROLE_MANAGER)
            post_send(&boss->post, employee->peer, &message, SLICE_NONE);
    }
}

void boss_workers_lost(struct boss *boss, const struct employee *through, struct list ranges)
{
    struct list each = ranges;
    bool news = false;
    for (uint32_t lower, upper; list_next_range(&each, &lower, &upper);)
        news |= roster_lose(&boss->roster, lower, upper);
    if (!news)
        return;
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&boss->ledger.by_root, &place)) != NO_RECORD;) {
        struct root *root = ledger_root(&boss->ledger, number);
        if (through == NULL || ledger_has_touched(root, through->number))
            cancel_orphans_of(boss, root);
    }
    tell_of_loss(boss, through, ranges);
}

void boss_lose(struct boss *boss, struct employee *employee, struct builder *ranges)
{
    employee->gone = true;
    roster_ranges(&boss->roster, employee, ranges);
    boss_workers_lost(boss, employee, builder_list(ranges));
}

bool boss_owns(const struct boss *boss, const struct employee *employee, struct list ranges)
{
    if (boss->roster.lost.count + ranges.count > MAX_LOST)
        return false;
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);) {
        if (!roster_owns(&boss->roster, employee, lower, upper))
            return false;
    }
    return true;
}

bool boss_error_counts(const struct boss *boss, const struct employee *employee,
                       const struct message *message, uint32_t *task)
{
    uint32_t number;
    const struct address *within = message->error.has_within ? &message->error.within : &message->error.task;
    if (task == NULL)
        task = &number;
    if (!boss_holds(boss, employee, within, task))
        return false;
    struct address root = ledger_root_address(ledger_task(&boss->ledger, *task));
    return address_equal(&root, &message->error.root);
}

enum taken boss_take_back(struct boss *boss, uint32_t number, enum return_reason reason, struct span text,
                          uint32_t flow)
{
    struct task *task = ledger_task(&boss->ledger, number);
    struct employee *employee = roster_at(&boss->roster, ledger_holder(task));
    roster_release(&boss->ledger, employee, number);
    roster_reorder_later(&boss->roster, employee);
    if (task->from_above && reason != RETURN_UNBEGUN)
        return TAKEN_BACK;
    if (reason != RETURN_UNBEGUN) {
        ledger_note_loss(&boss->ledger, task, text, reason == RETURN_TO_BLAME);
        if (ledger_past(task)->blamed >= boss->max_attempts || ledger_attempts(task) >= boss->max_losses)
            return TAKEN_TOO_OFTEN;
        boss->requeued++;
    }
    queue_push(&boss->queue, number, flow);
    boss_note_own(boss, number);
    return TAKEN_AGAIN;
}

struct span boss_losses(struct boss *boss, uint32_t number)
{
    const struct task *task = ledger_task(&boss->ledger, number);
    const char *losses = ledger_past(task) && ledger_past(task)->losses ? ledger_past(task)->losses : "";
    size_t capacity = strlen(losses) + 100;
    boss->text = mem_resize(boss->text, capacity, 1);
    snprintf(boss->text, capacity, "the task was lost %u times with what ran it, and is given up:\n%s",
             ledger_attempts(task), losses);
    return span_text(boss->text);
}

void boss_log_loss(struct boss *boss, const struct task *task, struct span text, struct message *log)
{
    struct span name = ledger_name(&boss->ledger, task);
    if (name.size == 0)
        name = span_text("a task");
    boss->text = mem_resize(boss->text, LONGEST_LOG, 1);
    snprintf(boss->text, LONGEST_LOG, "%.*s is given out again, for it was lost: %.*s", (int)name.size,
             (const char *)name.data, (int)(text.size < 300 ? text.size : 300), (const char *)text.data);
    *log = (struct message){.kind = KIND_LOG};
    log->log.task = task->address;
    log->log.root = ledger_root_address(task);
    log->log.level = LEVEL_WARNING;
    log->log.logger = span_text("mailroom");
    log->log.text = span_text(boss->text);
}

/* Whom a RECALL is for: the runtimes of the idle workers, and how many there are. */
static uint64_t idle_here(const struct boss *boss, uint32_t *mask)
{
    uint64_t idle = 0;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        uint32_t here = roster_ready(employee);
        idle += here;
        *mask |= here > 0 ? roster_takes(employee) : 0;
    }
    *mask &= ~boss->queue.mask;
    return idle;
}

static void send_recall(struct boss *boss, struct employee *employee, uint64_t idle, uint32_t mask)
{
    builder_reset(&boss->list);
    runtimes_names(&boss->runtimes, mask, &boss->list);
    struct message message = {.kind = KIND_RECALL};
    message.recall.count = idle;
    message.recall.runtimes = builder_list(&boss->list);
    post_send(&boss->post, employee->peer, &message, SLICE_NONE);
    employee->recalled |= mask;
}

/* An employee that has idle workers itself, for the same runtime, is not asked: it would get the tasks back.
 */
void boss_recall(struct boss *boss, uint64_t idle, uint32_t mask)
{
    if (boss->roster.queued == 0 || (idle == 0 && boss->roster.credit == 0))
        return; /* as in nearly every turn */
    if (idle == 0)
        idle = idle_here(boss, &mask);
    for (uint32_t i = 0; idle > 0 && i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        uint32_t of = roster_idle(employee) > 0 ? mask & employee->full : mask;
        if ((of & ~employee->recalled) == 0 || roster_queued(employee) == 0 || employee->gone ||
            !employee->peer->link.connected)
            continue;
        send_recall(boss, employee, idle, of);
    }
}
