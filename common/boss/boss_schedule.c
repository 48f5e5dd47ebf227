/* boss_schedule: which task goes to which employee, and when (BQSKit's assign_tasks, schedule_tasks). What is
 * next is the queue's affair, who is next the roster's. A task whose body is too large for the employee whose
 * turn it is waits aside for one that takes it; it fails when there is none. */
#include <stdio.h>

#include "common/boss/boss.h"

enum { ASIDE_MOST = 64 /* tasks that were set aside which are looked at in a turn */ };

static void dispatch(struct boss *boss, struct employee *employee, uint32_t number)
{
    struct task *task = ledger_task(&boss->ledger, number);
    if (task->root == NO_RECORD) {
        struct address address = ledger_root_address(task);
        ledger_join_root(&boss->ledger, number, ledger_begin_root(&boss->ledger, &address));
    }
    ledger_touch(ledger_root(&boss->ledger, task->root), employee->number);
    roster_hold(&boss->ledger, employee, number);
    employee->worked = true;
    boss_send_task(boss, employee->peer, task);
    employee->recalled = 0;
    employee->own_queued = true; /* of this root, there may be some */
}

static size_t size_of(const struct boss *boss, const struct task *task)
{
    return boss_body_size(boss, ledger_share(task), ledger_body(task).size);
}

static bool takes_body(const struct boss *boss, const struct employee *employee, const struct task *task)
{
    return link_accepts(&employee->peer->link, size_of(boss, task));
}

/* Why the task can be given to nobody, NULL: to somebody it can, now or later. */
static const char *unfit(struct boss *boss, const struct task *task)
{
    size_t size = size_of(boss, task);
    uint64_t most = 0, able = 0;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (employee->gone || !(employee->runtimes >> task->runtime & 1))
            continue;
        if (takes_body(boss, employee, task))
            return NULL;
        able++;
        most = employee->peer->link.peer_max_body > most ? employee->peer->link.peer_max_body : most;
    }
    if (able == 0)
        return NULL;
    snprintf(
        boss->unfit_text, sizeof boss->unfit_text,
        "the task's body of %zu bytes is larger than any manager or worker here that has its runtime accepts, "
        "which is %llu bytes at most (setting max-body of their links)",
        size, (unsigned long long)most);
    return boss->unfit_text;
}

/* Why the task fails that was about to be given to this employee, NULL: it does not, but it may have to be
 * somebody else's. */
static const char *fault_of(struct boss *boss, const struct employee *employee, const struct task *task)
{
    if (!takes_body(boss, employee, task))
        return unfit(boss, task);
    if (ledger_past(task) && ledger_past(task)->too_many)
        return "more messages were sent to the task than can be kept for it until it is given out";
    return NULL;
}

/* Connections break and come back without a word to the owner of the peers: credit goes and comes with them.
 */
static void note_connections(struct boss *boss)
{
    for (const struct peer *peer = boss->post.touched; peer; peer = peer->next_touched) {
        bool employed = peer->role == ROLE_MANAGER || peer->role == ROLE_WORKER;
        struct employee *employee = employed ? peer->owner : NULL;
        if (employee && (employee->counted != roster_credit(employee) ||
                         employee->counted_own != roster_own_credit(employee)))
            roster_reorder(&boss->roster, employee);
    }
}

/* The employee with most credit that takes a task which others do not. */
static struct employee *choose_for(const struct boss *boss, const struct task *task)
{
    struct employee *best = NULL;
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (roster_takes(employee) >> task->runtime & 1 && takes_body(boss, employee, task) &&
            roster_credit(employee) > (best ? roster_credit(best) : 0))
            best = employee;
    }
    return best;
}

/* Gives a task that was taken out of the queue to the employee, to another one that takes it, or sets it
 * aside until there is one. */
static void give(struct boss *boss, struct employee *employee, uint32_t number, uint32_t flow)
{
    struct employee *other = NULL;
    const struct task *task = ledger_task(&boss->ledger, number);
    if (takes_body(boss, employee, task))
        dispatch(boss, employee, number);
    else if ((other = choose_for(boss, task)) == NULL)
        queue_set_aside(&boss->queue, number, flow);
    if (other) {
        dispatch(boss, other, number);
        roster_reorder(&boss->roster, other);
    }
}

/* Tasks that were set aside come first where somebody has room for them. One that fails is returned. */
static uint32_t schedule_aside(struct boss *boss, const char **why)
{
    uint32_t next, looks = 0;
    for (uint32_t number = boss->queue.aside.first; number != NO_RECORD && looks < ASIDE_MOST;
         number = next, looks++) {
        const struct task *task = ledger_task(&boss->ledger, number);
        next = task->next;
        struct employee *employee = choose_for(boss, task);
        *why = employee ? fault_of(boss, employee, task) : unfit(boss, task);
        if (!employee && !*why)
            continue;
        queue_remove(&boss->queue, number);
        if (*why)
            return number;
        dispatch(boss, employee, number);
        roster_reorder(&boss->roster, employee);
    }
    return NO_RECORD;
}

/* What nobody else takes goes to employees that take their own. */
static uint32_t schedule_own(struct boss *boss, const char **why)
{
    for (uint32_t i = 0; boss->roster.own_credit > 0 && boss->queue.count > 0 && i < boss->roster.count;
         i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        while (roster_own_credit(employee) > 0) {
            uint32_t number = boss_find_own(boss, employee);
            if (number == NO_RECORD)
                break;
            uint32_t flow = ledger_task(&boss->ledger, number)->flow;
            queue_remove(&boss->queue, number);
            *why = fault_of(boss, employee, ledger_task(&boss->ledger, number));
            if (*why)
                return number;
            give(boss, employee, number, flow);
        }
        if (employee->counted_own != roster_own_credit(employee))
            roster_reorder(&boss->roster, employee);
    }
    return NO_RECORD;
}

uint32_t boss_schedule(struct boss *boss, const char **why)
{
    struct employee *employee;
    note_connections(boss);
    roster_settle(&boss->roster);
    uint32_t failed = boss->queue.aside_count > 0 ? schedule_aside(boss, why) : NO_RECORD;
    if (failed != NO_RECORD)
        return failed;
    while ((employee = roster_choose(&boss->roster, boss->queue.mask)) != NULL) {
        uint32_t run = roster_credit(employee) > 0; /* none: its connection was given up in this turn */
        if (boss->queue.count >= boss->roster.credit)
            run = roster_credit(employee) < RUN_MOST ? roster_credit(employee) : RUN_MOST;
        for (; run > 0; run--) {
            uint32_t flow, number = queue_pop_of(&boss->queue, roster_takes(employee), &flow);
            if (number == NO_RECORD)
                break;
            *why = fault_of(boss, employee, ledger_task(&boss->ledger, number));
            if (*why) {
                roster_reorder(&boss->roster, employee);
                return number;
            }
            give(boss, employee, number, flow);
        }
        roster_reorder(&boss->roster, employee);
    }
    return schedule_own(boss, why);
}
