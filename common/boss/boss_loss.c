/* boss_loss: what happens when workers and managers are lost, or give tasks back; see boss.h. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/boss/boss_own.h"

enum {
    LONGEST_LOG = 1300, /* bytes, of the line about a loss */
    LOST_MOVED = 32,    /* ranges that are moved in one unit of work, to make room for one */
    MOST_RANGES = 4096, /* in one EMPLOYEE_LOST */
    TELL_PART = 4,      /* of a turn's work, for telling of losses */
};

bool boss_names_lost(const struct boss *boss, const struct address *address, struct list breadcrumbs)
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
    return roster_has_lost(&boss->roster) &&
           boss_names_lost(boss, &header->return_address, header->breadcrumbs);
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

/* Notes that a range of ids is lost, which others are to be told of; false: it was known. */
static bool note(struct boss *boss, const struct employee *through, uint32_t lower, uint32_t upper)
{
    struct losses *losses = &boss->losses;
    uint32_t employee = through ? through->number : NO_RECORD;
    if (!roster_lose(&boss->roster, lower, upper))
        return false;
    losses->noted++;
    if (losses->count > 0 && !losses->told) {
        struct id_range *last = &losses->at[losses->count - 1];
        if (last->employee == employee && last->upper == lower) {
            last->upper = upper;
            return true;
        }
    }
    if (losses->count == losses->capacity) {
        losses->capacity = losses->capacity ? 2 * losses->capacity : 16;
        losses->at = mem_resize(losses->at, losses->capacity, sizeof *losses->at);
    }
    losses->at[losses->count++] = (struct id_range){lower, upper, employee};
    losses->told = false;
    return true;
}

bool boss_workers_lost(struct boss *boss, const struct employee *through, struct list ranges)
{
    struct headway *headway = boss->post.headway;
    uint64_t work = WORK_LOST + boss->roster.lost.count / LOST_MOVED;
    bool news = false, more = true;
    if (headway->stage == 0)
        headway->list = ranges;
    headway->stage = 1;
    for (uint32_t lower, upper; more && list_next_range(&headway->list, &lower, &upper);) {
        news |= note(boss, through, lower, upper);
        more = boss_spend(boss, work);
    }
    if (news)
        boss_look_for_orphans(boss, through);
    return headway->list.count == 0;
}

void boss_lose_ids(struct boss *boss, struct list ranges)
{
    bool news = false;
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);)
        news |= note(boss, NULL, lower, upper);
    if (news)
        boss_look_for_orphans(boss, NULL);
}

struct list boss_next_losses(struct boss *boss, uint64_t *told, uint32_t but)
{
    const struct losses *losses = &boss->losses;
    uint64_t at = *told > losses->before ? *told - losses->before : 0;
    builder_reset(&boss->list);
    for (; at < losses->count && boss->list.count < MOST_RANGES; at++) {
        if (losses->at[at].employee != but)
            builder_range(&boss->list, losses->at[at].lower, losses->at[at].upper);
    }
    *told = losses->before + at;
    boss_spend(boss, WORK_SAY + boss->list.count / WORK_LOOKS);
    return builder_list(&boss->list);
}

/* Tells a manager what it has not been told; false: there is more. */
static bool tell(struct boss *boss, struct employee *employee)
{
    uint64_t end = boss_losses_end(boss);
    bool knows = employee->gone || !employee->has_ids || employee->peer->role != ROLE_MANAGER;
    if (knows)
        employee->losses_told = end;
    while (employee->losses_told < end) {
        struct message message = {.kind = KIND_EMPLOYEE_LOST};
        message.lost.ranges = boss_next_losses(boss, &employee->losses_told, employee->number);
        if (message.lost.ranges.count > 0)
            post_send(&boss->post, employee->peer, &message, SLICE_NONE);
        if (!boss_spend(boss, 0))
            return employee->losses_told == end;
    }
    return true;
}

void boss_tell_losses(struct boss *boss)
{
    struct losses *losses = &boss->losses;
    if (losses->count == 0)
        return; /* as in nearly every turn */
    post_begin_own(&boss->post, boss->post.config.work / TELL_PART);
    losses->told = true;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (employee->losses_told < boss_losses_end(boss) && (!tell(boss, employee) || !boss_spend(boss, 0)))
            return;
    }
    losses->before += losses->count;
    losses->count = 0;
}

/* Notes some more ids of one that is gone; false: there are more. */
static bool note_ids(struct boss *boss, struct employee *employee)
{
    struct roster *roster = &boss->roster;
    bool more = true;
    if (!employee->losing)
        return true;
    for (uint32_t i = roster_given_from(roster, employee->taking.ids); i < roster->given.count; i++) {
        struct id_range range = roster->given.at[i];
        uint64_t work = i % WORK_LOOKS == 0 ? WORK_LOOK : 0;
        if (!more)
            return false;
        if (range.employee == employee->number) {
            work += WORK_LOST + roster_lost_behind(roster, range.lower) / LOST_MOVED;
            note(boss, employee, range.lower, range.upper);
        }
        employee->taking.ids = range.upper;
        more = boss_spend(boss, work);
    }
    roster_drop_ids(roster, employee);
    boss_spend(boss, roster->given.count / LOST_MOVED);
    return true;
}

void boss_lose(struct boss *boss, struct employee *employee, const char *text, bool spared)
{
    employee->gone = true;
    roster_judge(&boss->ledger, employee, spared);
    employee->taking.text = mem_text(text, strlen(text));
    if (!employee->worked && employee->peer->role == ROLE_MANAGER &&
        roster_give_back(&boss->roster, employee))
        return; /* nothing descends from its workers */
    roster_begin_loss(&boss->roster, employee);
    boss_look_for_orphans(boss, employee);
    note_ids(boss, employee);
}

uint32_t boss_next_lost(struct boss *boss, struct employee *employee, enum return_reason *reason)
{
    while (employee->held != NO_RECORD && !employee->losing) {
        uint32_t number = roster_next_lost(&boss->ledger, employee, reason);
        bool orphan = number != NO_RECORD && boss_is_doomed(boss, ledger_task(&boss->ledger, number));
        if (number != NO_RECORD && !orphan)
            return number;
        if (orphan)
            boss_forget(boss, number); /* it descends from what ran there: it is nobody's */
        if (!boss_spend(boss, orphan ? WORK_END : WORK_LOOK))
            return NO_RECORD;
    }
    return NO_RECORD;
}

void boss_part_with(struct boss *boss, struct employee *employee)
{
    if (employee->held == NO_RECORD && !employee->losing) {
        mem_free(employee->taking.text);
        boss_retire(boss, employee);
        return;
    }
    employee->taking.next = NO_RECORD;
    if (boss->left.last == NO_RECORD)
        boss->left.first = employee->number;
    else
        roster_at(&boss->roster, boss->left.last)->taking.next = employee->number;
    boss->left.last = employee->number;
}

struct employee *boss_first_left(struct boss *boss)
{
    while (boss->left.first != NO_RECORD) {
        struct employee *employee = roster_at(&boss->roster, boss->left.first);
        if (!note_ids(boss, employee))
            return NULL;
        if (employee->held != NO_RECORD)
            return employee;
        boss->left.first = employee->taking.next;
        if (boss->left.first == NO_RECORD)
            boss->left.last = NO_RECORD;
        boss_part_with(boss, employee);
    }
    return NULL;
}

void boss_forget_left(struct boss *boss)
{
    for (uint32_t left = boss->left.first; left != NO_RECORD;) {
        struct employee *employee = roster_at(&boss->roster, left);
        if (employee->losing)
            roster_drop_ids(&boss->roster, employee);
        left = employee->taking.next;
    }
    for (struct employee *employee; (employee = boss_first_left(boss)) != NULL;)
        boss_forget(boss, employee->held);
}

static struct employee *most_in_pieces(const struct boss *boss, struct list ranges)
{
    uint32_t going;
    if (boss->roster.lost.count + ranges.count <= MAX_LOST)
        return NULL;
    struct employee *most = roster_most_pieces(&boss->roster, &going);
    return boss->roster.lost.count - going + ranges.count <= MAX_LOST ? NULL : most;
}

static bool owns(const struct boss *boss, const struct employee *employee, struct list ranges)
{
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);) {
        if (!roster_owns(&boss->roster, employee, lower, upper))
            return false;
    }
    return true;
}

enum verdict boss_may_lose(struct boss *boss, const struct employee *employee, struct list ranges,
                           struct employee **crowds)
{
    if (!owns(boss, employee, ranges))
        return boss_complain(boss, CODE_MALFORMED, "EMPLOYEE_LOST: ids that are not the sender's");
    *crowds = most_in_pieces(boss, ranges);
    return *crowds == employee ? boss_complain(boss, CODE_TOO_LARGE, TOO_MANY_PIECES) : HANDLED;
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

/* A task that nobody holds is queued again, or was lost too often. It comes before newer ones, but for one
 * that may have killed what ran it: others go on before it does so again. */
static enum taken take_again(struct boss *boss, uint32_t number, enum return_reason reason, struct span text,
                             uint32_t flow)
{
    struct task *task = ledger_task(&boss->ledger, number);
    if (boss->journals)
        boss_note_moved(boss, &task->address);
    if (reason != RETURN_UNBEGUN) {
        struct account *account = boss_account_of(boss, task);
        account_take(account, ledger_cost(task));
        ledger_note_loss(&boss->ledger, task, text, reason == RETURN_TO_BLAME);
        account_add(account, ledger_cost(task));
        if (ledger_past(task)->blamed >= boss->max_attempts || ledger_attempts(task) >= boss->max_losses)
            return TAKEN_TOO_OFTEN;
        boss->requeued++;
    }
    if (reason == RETURN_TO_BLAME)
        queue_push(&boss->queue, number, flow);
    else
        queue_put_back(&boss->queue, number, flow);
    boss_note_own(boss, number);
    return TAKEN_AGAIN;
}

enum taken boss_take_back(struct boss *boss, uint32_t number, enum return_reason reason, struct span text,
                          uint32_t flow)
{
    struct task *task = ledger_task(&boss->ledger, number);
    struct employee *employee =
        ledger_holder(task) == NO_RECORD ? NULL : roster_at(&boss->roster, ledger_holder(task));
    boss_need_root(boss, number); /* this employee has had part of it, too */
    if (employee) {               /* else another process of this boss had given it out */
        roster_release(&boss->ledger, employee, number);
        roster_reorder_later(&boss->roster, employee);
    }
    if (task->from_above && reason != RETURN_UNBEGUN)
        return TAKEN_BACK;
    return take_again(boss, number, reason, text, flow);
}

void boss_queue(struct boss *boss, uint32_t number, uint32_t flow)
{
    queue_put_back(&boss->queue, number, flow);
    boss_note_own(boss, number);
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
             (const char *)name.data, (int)(text.size < 1000 ? text.size : 1000), (const char *)text.data);
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
        bool bound = boss->apart && employee->worked; /* to its session: the tasks would be set aside */
        uint32_t here = bound ? 0 : roster_ready(employee);
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

/* An employee that has idle workers itself, for the same runtime, is not asked, but for all: it would get the
 * tasks back. */
void boss_recall(struct boss *boss, uint64_t idle, uint32_t mask)
{
    if (boss->roster.queued == 0 || (idle == 0 && boss->roster.credit == 0))
        return; /* as in nearly every turn */
    if (idle == 0)
        idle = idle_here(boss, &mask);
    for (uint32_t i = 0; idle > 0 && i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        bool busy = roster_idle(employee) == 0 || idle == UINT32_MAX;
        uint32_t of = busy ? mask : mask & employee->full;
        if ((of & ~employee->recalled) == 0 || roster_queued(employee) == 0 || employee->gone ||
            !employee->peer->link.connected)
            continue;
        send_recall(boss, employee, idle, of);
    }
}
