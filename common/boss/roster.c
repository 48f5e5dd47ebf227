/* roster: employees, their credit and their choice; see roster.h. Worker ids are roster_ids.c's. */
#include "common/boss/roster.h"

#include <assert.h>

#include "common/base/mem.h"

void roster_init(struct roster *roster)
{
    *roster = (struct roster){.stale = NO_RECORD};
    slab_init(&roster->employees, sizeof(struct employee));
}

void roster_free(struct roster *roster)
{
    for (uint32_t i = 0; i < roster->team_count; i++)
        heap_free(&roster->teams[i].heap);
    mem_free(roster->teams);
    mem_free(roster->present);
    mem_free(roster->given.at);
    mem_free(roster->lost.at);
    mem_free(roster->pool);
    slab_clear(&roster->employees);
}

struct employee *roster_add(struct roster *roster, struct peer *peer)
{
    uint32_t number = slab_take(&roster->employees);
    struct employee *employee = roster_at(roster, number);
    employee->number = number;
    employee->peer = peer;
    employee->slot = employee->held = employee->look = NO_RECORD;
    if (roster->count == roster->capacity) {
        roster->capacity = roster->capacity ? 2 * roster->capacity : 8;
        roster->present = mem_resize(roster->present, roster->capacity, sizeof(*roster->present));
    }
    employee->place = roster->count;
    roster->present[roster->count++] = number;
    return employee;
}

/* Takes it out of its team, if it is in one. */
static void leave_team(struct roster *roster, struct employee *employee)
{
    if (!heap_has(&employee->node))
        return;
    struct team *team = &roster->teams[employee->team];
    team->credit -= employee->counted;
    heap_remove(&team->heap, &employee->node);
}

static void set_runtimes(struct roster *roster, struct employee *employee, uint32_t runtimes)
{
    for (uint32_t left = runtimes & ~employee->runtimes; left; left &= left - 1)
        roster->having[__builtin_ctz(left)]++;
    roster->runtimes |= runtimes;
    for (uint32_t left = employee->runtimes & ~runtimes; left; left &= left - 1) {
        if (--roster->having[__builtin_ctz(left)] == 0)
            roster->runtimes &= ~(left & -left);
    }
    employee->runtimes = runtimes;
    roster->changes++;
}

void roster_leave(struct roster *roster, struct employee *employee)
{
    roster_settle(roster);
    leave_team(roster, employee);
    roster->credit -= employee->counted;
    roster->own_credit -= employee->counted_own;
    roster->idle -= employee->counted_idle;
    roster->total_workers -= employee->total_workers;
    roster_want_ids(roster, employee, 0);
    roster->queued -= employee->counted_queued;
    if (employee->has_ids && !employee->losing)
        roster_begin_loss(roster, employee);
    uint32_t last = roster->present[--roster->count];
    roster->present[employee->place] = last;
    roster_at(roster, last)->place = employee->place;
    set_runtimes(roster, employee, 0);
    roster->retired++;
}

void roster_give_number(struct roster *roster, uint32_t number)
{
    roster->retired--;
    slab_give(&roster->employees, number);
}

void roster_remove(struct roster *roster, struct employee *employee)
{
    uint32_t number = employee->number;
    roster_leave(roster, employee);
    for (uint32_t i = 0; employee->losing && i < roster->given.count; i++) {
        const struct id_range *range = &roster->given.at[i];
        if (range->employee == number)
            roster_lose(roster, range->lower, range->upper);
    }
    if (employee->losing)
        roster_drop_ids(roster, employee);
    roster_give_number(roster, number);
}

static uint32_t team_for(struct roster *roster, uint32_t runtimes)
{
    for (uint32_t i = 0; i < roster->team_count; i++) {
        if (roster->teams[i].runtimes == runtimes)
            return i;
    }
    for (uint32_t i = 0; i < roster->team_count; i++) { /* an empty one is used again */
        if (roster->teams[i].heap.count > 0)
            continue;
        roster->teams[i].runtimes = runtimes;
        return i;
    }
    roster->teams = mem_resize(roster->teams, roster->team_count + 1, sizeof(*roster->teams));
    roster->teams[roster->team_count] = (struct team){.runtimes = runtimes};
    return roster->team_count++;
}

uint32_t roster_idle(const struct employee *employee)
{
    uint32_t sent = employee->peer->tasks_sent;
    return !roster_is_bound(employee) && employee->peer->link.connected && employee->idle > sent
               ? employee->idle - sent
               : 0;
}

uint32_t roster_credit(const struct employee *employee)
{
    uint32_t sent = employee->peer->tasks_sent;
    bool takes =
        employee->started && employee->peer->link.connected && !employee->draining && !employee->spent;
    return takes && !roster_is_bound(employee) && employee->room > sent ? employee->room - sent : 0;
}

uint32_t roster_own_credit(const struct employee *employee)
{
    uint64_t room = (uint64_t)employee->room + employee->own_room;
    uint32_t sent = employee->peer->tasks_sent;
    if (!employee->started || !employee->peer->link.connected || room <= sent)
        return 0;
    uint64_t own = roster_is_bound(employee) ? room : employee->own_room;
    return (uint32_t)(room - sent < own ? room - sent : own);
}

enum manager_state roster_state(const struct employee *employee)
{
    return !employee->peer->link.connected ? MANAGER_AWAY
           : !employee->started            ? MANAGER_STARTS
           : employee->draining            ? MANAGER_DRAINS
                                           : MANAGER_READY;
}

uint32_t roster_ready(const struct employee *employee)
{
    return !employee->gone && roster_credit(employee) > 0 ? roster_idle(employee) : 0;
}

static uint64_t key_of(const struct employee *employee)
{
    return (uint64_t)(UINT32_MAX - roster_idle(employee)) << 32 | employee->num_tasks;
}

uint32_t roster_queued(const struct employee *employee)
{
    uint32_t sent = employee->peer->tasks_sent;
    uint64_t begun = (uint64_t)employee->idle + employee->own_room;
    if (employee->peer->role == ROLE_WORKER && !employee->gives_back)
        return 0;
    return employee->queued + (sent > begun ? (uint32_t)(sent - begun) : 0);
}

void roster_reorder(struct roster *roster, struct employee *employee)
{
    uint32_t credit = roster_credit(employee), queued = roster_queued(employee);
    uint32_t own = roster_own_credit(employee), idle = roster_idle(employee);
    roster->idle += idle;
    roster->idle -= employee->counted_idle;
    employee->counted_idle = idle;
    roster->queued += queued;
    roster->queued -= employee->counted_queued;
    employee->counted_queued = queued;
    roster->changes += credit > employee->counted || own > employee->counted_own;
    roster->own_credit += own;
    roster->own_credit -= employee->counted_own;
    employee->counted_own = own;
    if (credit == 0)
        leave_team(roster, employee);
    roster->credit += credit;
    roster->credit -= employee->counted;
    if (credit > 0) {
        bool in_one = heap_has(&employee->node);
        if (!in_one)
            employee->team = team_for(roster, roster_takes(employee));
        struct team *team = &roster->teams[employee->team];
        team->credit += credit;
        team->credit -= in_one ? employee->counted : 0;
        heap_set(&team->heap, &employee->node, key_of(employee));
    }
    employee->counted = credit;
}

void roster_reorder_later(struct roster *roster, struct employee *employee)
{
    if (employee->stale || employee->peer == NULL)
        return;
    employee->stale = true;
    employee->next_stale = roster->stale;
    roster->stale = employee->number;
}

void roster_pass_over(struct roster *roster, struct employee *employee)
{
    leave_team(roster, employee);
    roster_reorder_later(roster, employee);
}

void roster_settle(struct roster *roster)
{
    while (roster->stale != NO_RECORD) {
        struct employee *employee = roster_at(roster, roster->stale);
        roster->stale = employee->next_stale;
        employee->stale = false;
        roster_reorder(roster, employee);
    }
}

void roster_started(struct roster *roster, struct employee *employee, uint32_t total_workers,
                    uint32_t runtimes)
{
    leave_team(roster, employee);
    roster->total_workers += total_workers;
    roster->total_workers -= employee->total_workers;
    employee->total_workers = total_workers;
    set_runtimes(roster, employee, runtimes);
    employee->own_queued = true;
    employee->started = true;
    roster_reorder(roster, employee);
}

void roster_full(struct roster *roster, struct employee *employee, uint32_t full)
{
    if (employee->full == full)
        return;
    leave_team(roster, employee);
    roster->changes++;
    employee->full = full;
}

void roster_want_ids(struct roster *roster, struct employee *employee, uint64_t count)
{
    roster->ids_wanted += count;
    roster->ids_wanted -= employee->ids_wanted;
    employee->ids_wanted = count;
}

void roster_own_room(struct employee *employee, uint32_t own_room)
{
    employee->own_room = own_room;
    employee->own_queued = own_room > 0;
}

void roster_begun(struct employee *employee, uint64_t begun, const struct address *running)
{
    bool dead = employee->word.source == WORD_SEEN; /* and this was on its way meanwhile */
    if (begun == 0 || employee->peer->role != ROLE_WORKER)
        return;
    employee->gives_back = true;
    if (dead)
        return;
    employee->word = (struct worker_word){
        .source = WORD_SAID, .word = {.begun = begun, .state = running ? PAGE_RUNS : PAGE_WAITS}};
    if (running)
        employee->word.word.task = *running;
}

void roster_waiting(struct roster *roster, struct employee *employee, uint32_t idle, uint32_t room,
                    uint32_t queued, uint64_t receipt)
{
    uint32_t sent = post_sent_since(employee->peer, receipt);
    if (employee->given - employee->read > sent)
        employee->read = employee->given - sent;
    employee->queued = queued;
    employee->gives_back |= room > idle;
    employee->idle = idle;
    employee->room = room;
    roster_reorder(roster, employee);
}

struct employee *roster_choose(const struct roster *roster, uint32_t mask)
{
    struct heap_node *best = NULL;
    for (uint32_t i = 0; i < roster->team_count; i++) {
        if ((roster->teams[i].runtimes & mask) == 0)
            continue;
        struct heap_node *node = heap_first(&roster->teams[i].heap);
        if (node && (best == NULL || node->key < best->key))
            best = node;
    }
    return best ? heap_owner(best, struct employee, node) : NULL;
}

uint64_t roster_credit_for(const struct roster *roster, uint32_t mask)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < roster->team_count; i++)
        sum += roster->teams[i].runtimes & mask ? roster->teams[i].credit : 0;
    return sum;
}

uint32_t roster_open(const struct roster *roster)
{
    uint32_t mask = 0;
    for (uint32_t i = 0; i < roster->team_count; i++) {
        struct heap_node *first = heap_first(&roster->teams[i].heap); /* nobody there has more idle workers */
        if (first && roster_ready(heap_owner(first, struct employee, node)) > 0)
            mask |= roster->teams[i].runtimes;
    }
    return mask;
}

uint64_t roster_idle_of(const struct roster *roster, uint32_t mask)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < roster->count; i++) {
        const struct employee *employee = roster_at(roster, roster->present[i]);
        sum += roster_takes(employee) & mask ? roster_ready(employee) : 0;
    }
    return sum;
}

uint64_t roster_idle_sum(const struct roster *roster)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < roster->count; i++)
        sum += roster_idle(roster_at(roster, roster->present[i]));
    return sum;
}

void roster_hold(struct ledger *ledger, struct employee *employee, uint32_t number)
{
    struct task *task = ledger_task(ledger, number);
    assert(ledger_holder(task) == NO_RECORD && !task->queued);
    task->holder = employee->number;
    task->previous = NO_RECORD;
    task->next = employee->held;
    if (employee->held != NO_RECORD)
        ledger_task(ledger, employee->held)->previous = number;
    employee->held = number;
    employee->num_tasks++;
    if (employee->peer->role != ROLE_WORKER)
        return;
    task->ordinal = employee->given++;
}

/* Numbers of tasks go round: it was given since the last WAITING that it read. */
static bool is_fresh(const struct employee *employee, const struct task *task)
{
    return employee->given - task->ordinal <= employee->given - employee->read;
}

/* A task leaves the hands of one that is gone otherwise than by being taken back. */
static void step_over(struct employee *employee, uint32_t number, const struct task *task)
{
    struct taking *taking = &employee->taking;
    if (taking->at == number)
        taking->at = taking->round == TAKE_UNBEGUN ? task->previous : task->next;
    if (taking->last == number)
        taking->last = task->previous;
}

void roster_release(struct ledger *ledger, struct employee *employee, uint32_t number)
{
    struct task *task = ledger_task(ledger, number);
    assert(ledger_holder(task) == employee->number);
    if (employee->gone)
        step_over(employee, number, task);
    if (employee->look == number)
        employee->look = task->next;
    if (task->previous == NO_RECORD) {
        employee->held = task->next;
    } else {
        ledger_task(ledger, task->previous)->next = task->next;
    }
    if (task->next != NO_RECORD)
        ledger_task(ledger, task->next)->previous = task->previous;
    task->next = task->previous = task->holder = NO_RECORD;
    employee->num_tasks--;
}

/* Numbers of tasks go round: of two the later one is less than half of all ahead. */
static bool is_begun(const struct employee *employee, const struct task *task)
{
    return (int32_t)((uint32_t)employee->word.word.begun - task->ordinal) > 0;
}

/* Whether it holds the task that it said runs, and no result of that has come. */
static bool still_runs(const struct ledger *ledger, const struct employee *employee)
{
    uint32_t number = ledger_find(ledger, &employee->word.word.task);
    return employee->word.word.state == PAGE_RUNS && number != NO_RECORD &&
           ledger_holder(ledger_task(ledger, number)) == employee->number;
}

/* The oldest that it has not begun, by what it last said, is the last of those in its list that are not. */
static bool is_next(const struct ledger *ledger, const struct employee *employee, const struct task *task)
{
    return task->next == NO_RECORD || is_begun(employee, ledger_task(ledger, task->next));
}

void roster_judge(const struct ledger *ledger, struct employee *employee, bool spared)
{
    const struct task *newest = employee->held == NO_RECORD ? NULL : ledger_task(ledger, employee->held);
    bool worker = employee->peer->role == ROLE_WORKER;
    employee->taking = (struct taking){
        .round = spared   ? TAKE_ALL
                 : worker ? TAKE_BLAMED
                          : TAKE_LOST,
        .at = employee->held,
        .last = NO_RECORD,
        .next = NO_RECORD,
        .worker = worker,
        .late = employee->word.source == WORD_SAID && !still_runs(ledger, employee),
        .newest_begun = newest && is_begun(employee, newest),
        .any_fresh = newest && is_fresh(employee, newest),
    };
}

/* What it said is a moment old: where nothing is known to run, the next one may have begun since. */
static enum return_reason blame_by_word(const struct ledger *ledger, const struct employee *employee,
                                        const struct task *task)
{
    const struct page_word *word = &employee->word.word;
    const struct taking *taking = &employee->taking;
    if (!is_begun(employee, task)) {
        bool next = taking->late && taking->round == TAKE_BLAMED && is_next(ledger, employee, task);
        return next ? RETURN_TO_BLAME : RETURN_UNBEGUN;
    }
    if (taking->late && !taking->newest_begun)
        return RETURN_LOST; /* that one is to blame */
    if (word->state == PAGE_RUNS)
        return address_equal(&word->task, &task->address) ? RETURN_TO_BLAME : RETURN_LOST;
    return word->state == PAGE_WAITS ? RETURN_TO_BLAME : RETURN_LOST;
}

enum return_reason roster_blame(const struct ledger *ledger, const struct employee *employee, uint32_t number)
{
    const struct task *task = ledger_task(ledger, number);
    if (!employee->taking.worker)
        return RETURN_LOST;
    if (employee->word.source != WORD_NONE)
        return blame_by_word(ledger, employee, task);
    return !employee->taking.any_fresh || is_fresh(employee, task) ? RETURN_TO_BLAME : RETURN_LOST;
}

/* They queue in their order: what it never began is looked at from the oldest on, which is the last. */
static void begin_round(struct employee *employee)
{
    struct taking *taking = &employee->taking;
    if (taking->round < TAKE_ALL)
        taking->round++;
    taking->at = taking->round == TAKE_UNBEGUN ? taking->last : employee->held;
    taking->last = NO_RECORD;
}

uint32_t roster_next_lost(const struct ledger *ledger, struct employee *employee, enum return_reason *reason)
{
    static const enum return_reason reasons[] = {RETURN_TO_BLAME, RETURN_LOST, RETURN_UNBEGUN,
                                                 RETURN_UNBEGUN};
    struct taking *taking = &employee->taking;
    if (taking->at == NO_RECORD)
        begin_round(employee);
    uint32_t number = taking->at;
    if (number == NO_RECORD)
        return NO_RECORD;
    const struct task *task = ledger_task(ledger, number);
    *reason = reasons[taking->round];
    bool now = taking->round >= TAKE_UNBEGUN || roster_blame(ledger, employee, number) == *reason;
    taking->at = taking->round == TAKE_UNBEGUN ? task->previous : task->next;
    taking->last = now ? taking->last : number;
    return now ? number : NO_RECORD;
}
