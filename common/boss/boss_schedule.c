/* boss_schedule: which task goes to which employee, and when (BQSKit's assign_tasks, schedule_tasks). What is
 * next is the queue's affair, who is next the roster's. A task whose body is too large for the employee whose
 * turn it is waits aside for one that takes it; it fails when there is none. */
#include <stdio.h>

#include "common/boss/boss_alike.h"
#include "common/boss/boss_own.h"

enum {
    ASIDE_MOST = 64,   /* tasks that were set aside which places are made for in a turn */
    ASIDE_PART = 4,    /* one part of so many of its work is for looking at those that were set aside */
    PREFER_MOST = 256, /* workers that are looked at for one that knows a session's code */
    BEHIND_MOST = 16   /* tasks that an employee was given last which are looked at for a newer one */
};

/* A task that was taken out of the queue of a flow: from now on others may speak of it. */
static struct task *begin(struct boss *boss, uint32_t number, uint32_t flow)
{
    struct task *task = ledger_task(&boss->ledger, number);
    ledger_list(&boss->ledger, number);
    if (!task->joined)
        task->begun_flow = flow;
    return task;
}

/* `before`: a task that was the last thing sent to the employee, and is still here; or NO_RECORD. */
static void dispatch(struct boss *boss, struct employee *employee, uint32_t number, uint32_t flow,
                     uint32_t before)
{
    struct task *task = begin(boss, number, flow);
    if (task->joined)
        ledger_touch(ledger_root_of(&boss->ledger, task), employee->number);
    paths_tell(boss, employee, boss_session_of(boss, task));
    roster_hold(&boss->ledger, employee, number);
    if (task->timed)
        boss_note_given(boss, number);
    if (boss->journals)
        boss_note_moved(boss, &task->address);
    employee->worked = true;
    if (before == NO_RECORD ||
        !boss_send_alike(boss, employee->peer, task, ledger_task(&boss->ledger, before)))
        boss_send_task(boss, employee->peer, task);
    employee->recalled = 0;
    employee->own_queued = true; /* of this root, there may be some */
}

void boss_assume(struct boss *boss, struct employee *employee, uint32_t number)
{
    struct task *task = ledger_task(&boss->ledger, number);
    if (task->queued) {
        uint32_t flow = task->flow;
        queue_remove(&boss->queue, number);
        begin(boss, number, flow);
    }
    if (task->joined)
        ledger_touch(ledger_root_of(&boss->ledger, task), employee->number);
    paths_tell(boss, employee, boss_session_of(boss, task));
    roster_hold(&boss->ledger, employee, number);
    roster_reorder_later(&boss->roster, employee);
    boss_note_moved(boss, &task->address);
    employee->worked = employee->own_queued = true;
}

static size_t size_of(const struct boss *boss, const struct task *task)
{
    return boss_body_size(boss, ledger_share(task), ledger_body(task).size);
}

static bool takes_body(const struct boss *boss, const struct employee *employee, const struct task *task)
{
    return link_accepts(&employee->peer->link, size_of(boss, task));
}

/* All employees are looked at: there may be thousands, and it may be so for each task. */
static void look_at_all(struct boss *boss)
{
    boss_spend(boss, boss->roster.count * (uint64_t)WORK_LOOK);
}

/* Why the task can be given to nobody, NULL: to somebody it can, now or later. */
static const char *unfit(struct boss *boss, const struct task *task)
{
    size_t size = size_of(boss, task);
    uint64_t most = 0, able = 0;
    if (boss->renewing) /* who takes it may have left for it */
        return NULL;
    look_at_all(boss);
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

void boss_note_connections(struct boss *boss)
{
    for (const struct peer *peer = boss->post.touched; peer; peer = peer->next_touched) {
        bool employed = peer->role == ROLE_MANAGER || peer->role == ROLE_WORKER;
        struct employee *employee = employed ? peer->owner : NULL;
        if (employee && (employee->counted != roster_credit(employee) ||
                         employee->counted_idle != roster_idle(employee) ||
                         employee->counted_own != roster_own_credit(employee)))
            roster_reorder(&boss->roster, employee);
    }
}

static uint64_t session_of(const struct boss *boss, const struct task *task)
{
    return task->joined ? ledger_root_of(&boss->ledger, task)->session : 0;
}

/* Whether a worker may have a task of this session where no worker has those of two: it has had none yet, or
 * of the same one. */
static bool suits(const struct boss *boss, const struct employee *employee, const struct task *task)
{
    if (!boss->apart || employee->peer->role != ROLE_WORKER || !employee->worked)
        return true;
    return employee->session == session_of(boss, task);
}

/* How many tasks more it takes, if they are like this one; what is its own has room of its own. */
static uint32_t credit_for(const struct boss *boss, const struct employee *employee, const struct task *task)
{
    uint32_t own = roster_own_credit(employee), credit = roster_credit(employee);
    if (own > 0 && roster_takes_own(employee) >> task->runtime & 1 && boss_is_own(boss, employee, task))
        return credit + own;
    return roster_takes(employee) >> task->runtime & 1 ? credit : 0;
}

/* The employee with most credit that takes a task which others do not. */
static struct employee *choose_for(struct boss *boss, const struct task *task)
{
    struct employee *best = NULL;
    uint32_t most = 0;
    look_at_all(boss);
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (!takes_body(boss, employee, task) || !suits(boss, employee, task))
            continue;
        uint32_t credit = credit_for(boss, employee, task);
        if (credit > most) {
            best = employee;
            most = credit;
        }
    }
    return best;
}

/* The idle worker that had a task of the same session last, in place of another one whose turn it is: it need
 * not change over to this session's code. No task waits for it, so no session keeps a worker by it. */
static struct employee *prefer(const struct boss *boss, struct employee *employee, const struct task *task)
{
    if (employee->peer->role != ROLE_WORKER)
        return employee;
    uint64_t session = session_of(boss, task);
    if (session == 0 || employee->session == session)
        return employee;
    uint32_t looks = boss->roster.count < PREFER_MOST ? boss->roster.count : PREFER_MOST;
    for (uint32_t i = 0; i < looks; i++) {
        struct employee *other = roster_at(&boss->roster, boss->roster.present[i]);
        if (other->session == session && roster_ready(other) > 0 && roster_credit(other) > 0 &&
            roster_takes(other) >> task->runtime & 1 && takes_body(boss, other, task))
            return other;
    }
    return employee;
}

/* Gives a task that was taken out of the queue to the employee, to another one that takes it, or sets it
 * aside until there is one. `*last`: what the employee was given just before, NO_RECORD: nothing; then this
 * task, or NO_RECORD. */
static void give(struct boss *boss, struct employee *employee, uint32_t number, uint32_t flow, uint32_t *last)
{
    const struct task *task = ledger_task(&boss->ledger, number);
    struct employee *other = prefer(boss, employee, task);
    if (other == employee && takes_body(boss, employee, task) && suits(boss, employee, task)) {
        dispatch(boss, employee, number, flow, *last);
        *last = number;
        return;
    }
    *last = NO_RECORD;
    if (other == employee && (other = choose_for(boss, task)) == NULL)
        queue_set_aside(&boss->queue, number, flow);
    if (other) {
        dispatch(boss, other, number, flow, NO_RECORD);
        roster_reorder(&boss->roster, other);
    }
}

/* For each runtime, the largest body that somebody takes: at all, and now. */
struct takers {
    uint64_t ever[MAX_RUNTIMES], now[MAX_RUNTIMES];
};

static void note_taker(uint64_t *most, uint32_t runtimes, uint64_t body)
{
    for (uint32_t left = runtimes; left; left &= left - 1) {
        unsigned runtime = (unsigned)__builtin_ctz(left);
        most[runtime] = body > most[runtime] ? body : most[runtime];
    }
}

static void find_takers(struct boss *boss, struct takers *takers)
{
    *takers = (struct takers){0};
    look_at_all(boss);
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        uint64_t body = employee->peer->link.peer_max_body;
        uint32_t now = roster_credit(employee) > 0 ? roster_takes(employee) : 0;
        if (roster_own_credit(employee) > 0)
            now |= roster_takes_own(employee);
        note_taker(takers->ever, employee->gone ? 0 : employee->runtimes, body);
        note_taker(takers->now, now, body);
    }
}

/* Whether a task that was set aside stays there: nobody takes it now, but may later. All that are looked at
 * may be such in each turn, so for none of them the employees are gone through. */
static bool stays_aside(const struct boss *boss, const struct takers *takers, const struct task *task)
{
    uint64_t size = size_of(boss, task);
    bool fails = boss->roster.runtimes >> task->runtime & 1 && size > takers->ever[task->runtime];
    return size > takers->now[task->runtime] && !fails;
}

/* The next one of those that were set aside, NO_RECORD: the round is over, or the work for it done. */
static uint32_t next_aside(struct boss *boss, uint32_t *looks)
{
    bool done = (*looks)++ > 0 && boss->post.spent >= boss->post.allowed / ASIDE_PART;
    return done ? NO_RECORD : queue_next_aside(&boss->queue);
}

/* Tasks that were set aside come first where somebody has room for them. One that fails is returned. */
static uint32_t schedule_aside(struct boss *boss, const char **why)
{
    uint32_t looks = 0;
    struct takers takers;
    find_takers(boss, &takers);
    if (queue_look_aside(&boss->queue))
        boss->aside_at = boss->roster.changes;
    for (uint32_t number; (number = next_aside(boss, &looks)) != NO_RECORD;) {
        const struct task *task = ledger_task(&boss->ledger, number);
        if (boss_is_doomed(boss, task)) {
            boss_forget(boss, number);
            continue;
        }
        if (stays_aside(boss, &takers, task))
            continue;
        struct employee *employee = choose_for(boss, task);
        *why = employee ? fault_of(boss, employee, task) : unfit(boss, task);
        if (!employee && !*why)
            continue;
        uint32_t flow = task->flow;
        queue_remove(&boss->queue, number);
        begin(boss, number, flow);
        if (*why)
            return number;
        dispatch(boss, employee, number, flow, NO_RECORD);
        roster_reorder(&boss->roster, employee);
    }
    return NO_RECORD;
}

bool boss_has_place(const struct boss *boss, const struct task *task)
{
    for (uint32_t i = 0; i < boss->roster.count; i++) {
        const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (!employee->gone && employee->runtimes >> task->runtime & 1 && takes_body(boss, employee, task) &&
            suits(boss, employee, task) && (!roster_is_bound(employee) || boss_is_own(boss, employee, task)))
            return true;
    }
    return false;
}

/* Has idle workers of other sessions leave for the tasks that were set aside, one for each that nobody may
 * have, less those whose next process is about to come anyway. The owner ends them: see boss_next_spent. */
static void make_places(struct boss *boss)
{
    uint32_t looks = 0, needed = 0;
    for (uint32_t number = boss->queue.aside.first; number != NO_RECORD && looks < ASIDE_MOST; looks++) {
        const struct task *task = ledger_task(&boss->ledger, number);
        number = task->next;
        if (choose_for(boss, task) || ++needed <= boss->coming)
            continue;
        for (uint32_t i = 0; i < boss->roster.count; i++) {
            struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
            if (employee->num_tasks > 0 || roster_ready(employee) == 0 || suits(boss, employee, task) ||
                !(roster_takes(employee) >> task->runtime & 1) || !takes_body(boss, employee, task))
                continue;
            employee->spent = true;
            roster_reorder(&boss->roster, employee);
            boss->coming++;
            break;
        }
        boss->stuck |= needed > boss->coming;
    }
}

struct employee *boss_next_spent(const struct boss *boss)
{
    for (uint32_t i = 0; boss->apart && i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (employee->spent)
            return employee;
    }
    return NULL;
}

/* What nobody else takes goes to an employee whose own it is. `*given`: some did. */
static uint32_t give_own(struct boss *boss, struct employee *employee, bool *given, const char **why)
{
    while (roster_own_credit(employee) > 0 && !boss->unscheduled) {
        uint32_t number = boss_find_own(boss, employee);
        if (number == NO_RECORD)
            return NO_RECORD;
        uint32_t flow = ledger_task(&boss->ledger, number)->flow, last = NO_RECORD;
        queue_remove(&boss->queue, number);
        *why = fault_of(boss, employee, begin(boss, number, flow));
        if (*why)
            return number;
        give(boss, employee, number, flow, &last);
        *given = true;
        roster_reorder(&boss->roster, employee);
        boss->unscheduled = !boss_spend(boss, WORK_TASK);
    }
    if (roster_own_credit(employee) == 0)
        boss_stop_search(boss, employee);
    return NO_RECORD;
}

/* The same for all that take their own, first for the one with which the last turn ended. */
static uint32_t schedule_own(struct boss *boss, bool *given, const char **why)
{
    if (boss->roster.own_credit == 0 || boss->queue.count == 0)
        return NO_RECORD;
    uint32_t failed = NO_RECORD;
    if (boss->searcher != NO_RECORD)
        failed = give_own(boss, roster_at(&boss->roster, boss->searcher), given, why);
    for (uint32_t i = 0; failed == NO_RECORD && !boss->unscheduled && i < boss->roster.count; i++)
        failed = give_own(boss, roster_at(&boss->roster, boss->roster.present[i]), given, why);
    return failed;
}

/* Whether what is next would wait at the employee behind a newer task, which may be long. So it is with what
 * was handed back, where newer ones have gone out meanwhile. It waits here for one that is idle, or has
 * nothing newer. */
static bool would_wait(const struct boss *boss, const struct employee *employee)
{
    if (boss->queue.again_count == 0 || roster_idle(employee) > 0)
        return false; /* as nearly always */
    uint32_t number = queue_next(&boss->queue, roster_takes(employee)), given = employee->held;
    const struct task *task = number == NO_RECORD ? NULL : ledger_task(&boss->ledger, number), *other;
    for (uint32_t i = 0; task && task->again && given != NO_RECORD && i < BEHIND_MOST;
         i++, given = other->next) {
        other = ledger_task(&boss->ledger, given);
        if (other->priority == task->priority && other->depth == task->depth)
            return queue_is_older(task, other);
    }
    return false;
}

/* Who is next, NULL: nobody has room. Those who were passed over are looked at again when something was given
 * out since. */
static struct employee *choose(struct boss *boss, bool *given)
{
    struct employee *employee = roster_choose(&boss->roster, boss->queue.mask);
    if (employee)
        return employee;
    roster_settle(&boss->roster);
    if (!*given)
        return NULL;
    *given = false;
    return roster_choose(&boss->roster, boss->queue.mask);
}

/* A task that was taken out of the queue, and is not to be given out any more. */
static void drop(struct boss *boss, uint32_t number)
{
    boss_forget(boss, number);
    boss->unscheduled = !boss_spend(boss, WORK_END);
}

/* Those with credit for anything get what is next, a run each. `*passed`: somebody was passed over. */
static uint32_t schedule_runs(struct boss *boss, bool *passed, const char **why)
{
    struct employee *employee;
    for (bool given = false; (employee = choose(boss, &given)) != NULL;) {
        uint32_t last = NO_RECORD,
                 run = roster_credit(employee) > 0; /* none: its connection was given up in this turn */
        if (boss->queue.count >= boss->roster.credit || roster_is_only(&boss->roster))
            run = roster_credit(employee) < RUN_MOST ? roster_credit(employee) : RUN_MOST;
        bool waits = false;
        for (; run > 0 && !boss->unscheduled && !(waits = would_wait(boss, employee)); run--) {
            uint32_t flow, number = queue_pop_of(&boss->queue, roster_takes(employee), &flow);
            if (number == NO_RECORD)
                break;
            given = true;
            if (boss_is_doomed(boss, ledger_task(&boss->ledger, number))) {
                drop(boss, number);
                continue;
            }
            *why = fault_of(boss, employee, ledger_task(&boss->ledger, number));
            if (*why) {
                begin(boss, number, flow);
                roster_reorder(&boss->roster, employee);
                return number;
            }
            give(boss, employee, number, flow, &last);
            boss->unscheduled = !boss_spend(boss, WORK_TASK);
        }
        roster_reorder(&boss->roster, employee);
        if (waits) {
            roster_pass_over(&boss->roster, employee);
            *passed = true;
        }
        if (boss->unscheduled)
            break;
    }
    return NO_RECORD;
}

static uint32_t schedule(struct boss *boss, const char **why)
{
    bool passed, given;
    boss_note_connections(boss);
    roster_settle(&boss->roster);
    uint32_t failed = NO_RECORD;
    if (boss->queue.aside_count > 0)
        failed = schedule_aside(boss, why);
    else
        boss->aside_at = boss->roster.changes; /* nobody has room for what is set aside from now on */
    if (failed != NO_RECORD)
        return failed;
    do { /* what is next is another task when one that goes before it went to whose own it is */
        passed = given = false;
        failed = schedule_runs(boss, &passed, why);
        if (failed != NO_RECORD || boss->unscheduled)
            return failed;
        failed = schedule_own(boss, &given, why);
    } while (failed == NO_RECORD && passed && given && !boss->unscheduled);
    if (failed == NO_RECORD && boss->apart && boss->queue.aside_count > 0)
        make_places(boss);
    return failed;
}

/* Whether it is to go on with what was set aside: it has not looked at all of it, or somebody takes more
 * since it began to. So does a worker of what is its own, once it was given a session's task. */
static bool looks_aside(const struct boss *boss)
{
    return boss->queue.aside_count > 0 &&
           (queue_looks_aside(&boss->queue) || boss->roster.changes != boss->aside_at);
}

/* A queue may be full of tasks that fail: all calls of a turn have one turn's work. */
uint32_t boss_schedule(struct boss *boss, const char **why)
{
    boss->stuck = false;
    if (!boss->fails)
        post_begin_own(&boss->post, boss->post.config.work);
    boss->unscheduled = boss->fails && !boss_spend(boss, WORK_SAY + WORK_END);
    uint32_t failed = boss->unscheduled ? NO_RECORD : schedule(boss, why);
    boss->unscheduled |= looks_aside(boss);
    boss->fails = failed != NO_RECORD;
    return failed;
}
