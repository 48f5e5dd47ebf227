/* boss_own: what is an employee's own: what descends from tasks that run below it. An employee that is to
 * leave takes nothing new, but what runs there ends only when its children have; see boss.h. */
#include "common/boss/boss.h"

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

/* The newest queued task of a root that is the employee's own, or NO_RECORD. */
static uint32_t find_in_root(const struct boss *boss, const struct employee *employee,
                             const struct root *root)
{
    const struct task *task;
    for (uint32_t number = root->over ? NO_RECORD : root->tasks; number != NO_RECORD;
         number = ledger_next_of_root(&boss->ledger, number)) {
        task = ledger_task(&boss->ledger, number);
        if (task->queued && !task->aside && !boss_is_doomed(boss, task) &&
            roster_takes_own(employee) >> task->runtime & 1 && boss_is_own(boss, employee, task))
            return number;
    }
    return NO_RECORD;
}

uint32_t boss_find_own(struct boss *boss, struct employee *employee)
{
    const struct task *task;
    boss->looks++;
    for (uint32_t held = employee->held; employee->own_queued && held != NO_RECORD; held = task->next) {
        task = ledger_task(&boss->ledger, held);
        struct root *root = ledger_root_of(&boss->ledger, task);
        if (root == NULL || (!root->swept && root->looked == boss->looks))
            continue;
        if (!root->swept)
            root->looked = boss->looks;
        uint32_t number = find_in_root(boss, employee, root);
        if (number != NO_RECORD)
            return number;
    }
    employee->own_queued = false; /* until there may be one again */
    return NO_RECORD;
}
