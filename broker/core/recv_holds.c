/* recv_holds: HOLDS: what a manager has from another process of this broker. */
#include "broker/core/dispatch.h"

static enum verdict take_ids(struct broker *broker, struct employee *employee, struct list ranges)
{
    if (ranges.count == 0)
        return HANDLED;
    if (!managers_awaits(broker, employee->peer))
        return boss_complain(&broker->boss, CODE_REFUSED,
                             "HOLDS: this manager was given up meanwhile; it may begin anew");
    if (!restart_take_ids(broker, employee, ranges))
        return boss_complain(&broker->boss, CODE_MALFORMED, "HOLDS: ids that are not the sender's");
    return HANDLED;
}

EMPLOYEE_HANDLER(recv_employee_holds)
{
    (void)body;
    struct boss *boss = &broker->boss;
    struct list tasks = message->holds.tasks, roots = message->holds.roots;
    struct list parts = message->holds.parts, ended = message->holds.ended;
    if (!employee->holds_due)
        return boss_complain(boss, CODE_UNEXPECTED,
                             "HOLDS: it is said once, at first, to a boss with a journal");
    if (tasks.count != roots.count)
        return boss_complain(boss, CODE_MALFORMED, "HOLDS: roots is not one for each task");
    if (take_ids(broker, employee, message->holds.ranges) == MISBEHAVED)
        return MISBEHAVED;
    if (!employee->has_ids && (tasks.count > 0 || parts.count > 0 || ended.count > 0))
        return boss_complain(boss, CODE_MALFORMED, "HOLDS: tasks of a manager that has no ids");
    for (struct address task, root; list_next_address(&tasks, &task) && list_next_address(&roots, &root);)
        claims_say(broker, employee, &task, &root);
    for (struct address task; list_next_address(&ended, &task);)
        claims_say(broker, employee, &task, NULL);
    for (struct address root; list_next_address(&parts, &root);)
        claims_part(broker, employee, &root);
    if (message->holds.more == 0)
        employee_begin(broker, employee);
    return HANDLED;
}
