/* boss_own: see boss_own.h. */
#include "common/boss/boss_own.h"

/* The workers that a task names: where its result goes, and where its ancestors' results go. */
struct named {
    bool over;
    uint32_t worker;
    struct list more; /* breadcrumbs */
};

/* The next employee here whose workers a task names, maybe not for the first time; NULL: there is none left.
 */
static struct employee *next_named(const struct boss *boss, struct named *named)
{
    while (!named->over) {
        uint32_t worker = named->worker;
        struct address crumb;
        if (list_next_address(&named->more, &crumb))
            named->worker = crumb.worker;
        else
            named->over = true;
        if (worker == WORKER_NIL) /* a root's, as most are at a shim */
            continue;
        struct employee *employee = roster_responsible_for(&boss->roster, worker);
        if (employee)
            return employee;
    }
    return NULL;
}

static struct named named_by(const struct task *task)
{
    return (struct named){.worker = task->address.worker, .more = ledger_breadcrumbs(task)};
}

bool boss_is_own(const struct boss *boss, const struct employee *employee, const struct task *task)
{
    struct named named = named_by(task);
    for (const struct employee *one; (one = next_named(boss, &named)) != NULL;)
        if (one == employee || employee == NULL)
            return true;
    return false;
}

void boss_join_root(struct boss *boss, uint32_t number, uint32_t root_number)
{
    ledger_join_root(&boss->ledger, number, root_number);
    struct named named = named_by(ledger_task(&boss->ledger, number));
    for (struct employee *employee; (employee = next_named(boss, &named)) != NULL;) {
        ledger_touch(ledger_root(&boss->ledger, root_number), employee->number);
        employee->own_queued = true;
    }
}

void boss_note_own(struct boss *boss, uint32_t number)
{
    struct named named = named_by(ledger_task(&boss->ledger, number));
    for (struct employee *employee; (employee = next_named(boss, &named)) != NULL;)
        employee->own_queued = true;
}

/* Whether all that a search may do in this turn is done, after one record more that was looked at. */
static bool is_spent(struct boss *boss)
{
    boss->unscheduled = !boss_spend(boss, WORK_LOOK);
    return boss->unscheduled;
}

/* The next queued task of a root, the newest first, that is the employee's own, or NO_RECORD. */
static uint32_t find_in_root(struct boss *boss, const struct employee *employee, struct root *root)
{
    while (root->look != NO_RECORD) {
        uint32_t number = root->look;
        const struct task *task = ledger_task(&boss->ledger, number);
        root->look = ledger_next_of_root(&boss->ledger, number);
        if (task->queued && !task->aside && !boss_is_doomed(boss, task) &&
            roster_takes_own(employee) >> task->runtime & 1 && boss_is_own(boss, employee, task))
            return number;
        if (is_spent(boss))
            break;
    }
    return NO_RECORD;
}

/* One search at a time: a root says how far it was looked through in the last one only. */
static void begin_search(struct boss *boss, struct employee *employee)
{
    if (boss->searcher != NO_RECORD)
        roster_at(&boss->roster, boss->searcher)->own_queued = true; /* its own was not seen to its end */
    boss->searcher = employee->number;
    boss->searches++;
    employee->own_queued = false; /* until there may be one again */
    employee->look = employee->held;
}

/* The next one of the search, NO_RECORD: there is none, or the turn is spent. */
static uint32_t go_on(struct boss *boss, struct employee *employee)
{
    while (employee->look != NO_RECORD) {
        const struct task *held = ledger_task(&boss->ledger, employee->look);
        struct root *root = ledger_root_of(&boss->ledger, held);
        if (root && root->searched != boss->searches) {
            root->searched = boss->searches;
            root->look = root->over ? NO_RECORD : root->tasks;
        }
        uint32_t number = root ? find_in_root(boss, employee, root) : NO_RECORD;
        if (number != NO_RECORD || boss->unscheduled)
            return number;
        employee->look = held->next;
        if (is_spent(boss))
            return NO_RECORD;
    }
    return NO_RECORD;
}

uint32_t boss_find_own(struct boss *boss, struct employee *employee)
{
    while (boss->searcher == employee->number || employee->own_queued) {
        if (boss->searcher != employee->number)
            begin_search(boss, employee);
        uint32_t number = go_on(boss, employee);
        if (number != NO_RECORD || boss->unscheduled)
            return number;
        boss->searcher = NO_RECORD;
    }
    return NO_RECORD;
}

void boss_stop_search(struct boss *boss, struct employee *employee)
{
    if (boss->searcher != employee->number)
        return;
    boss->searcher = NO_RECORD;
    employee->own_queued = true;
}
