/* boss_root: roots that have begun here. Most have one task, which is given out once and comes back as a
 * result: such a root is no more than its task, which notes whose it is (task->begun_flow) and who holds it.
 * It gets a record of its own, with what only that can tell, when something else comes to it: a child, a
 * second employee, a message. */
#include <assert.h>

#include "common/boss/boss.h"

/* Whose a task without a root's record is. */
static uint32_t flow_of(const struct task *task)
{
    return task->queued ? task->flow : task->begun_flow;
}

struct account *boss_account_of(const struct boss *boss, const struct task *task)
{
    return task->joined ? ledger_root_of(&boss->ledger, task)->account
                        : queue_account(&boss->queue, flow_of(task));
}

uint64_t boss_session_of(const struct boss *boss, const struct task *task)
{
    return task->joined ? ledger_root_of(&boss->ledger, task)->session
                        : queue_session(&boss->queue, flow_of(task));
}

uint32_t boss_need_root(struct boss *boss, uint32_t number)
{
    struct task *task = ledger_task(&boss->ledger, number);
    if (task->joined)
        return ledger_kin(&boss->ledger, task)->root;
    assert(task->depth == 0 && !task->queued); /* a child has come with its root */
    uint32_t flow = task->begun_flow, root_number = ledger_begin_root(&boss->ledger, &task->address);
    struct root *root = ledger_root(&boss->ledger, root_number);
    root->account = queue_account(&boss->queue, flow);
    root->session = queue_session(&boss->queue, flow);
    if (ledger_holder(task) != NO_RECORD)
        ledger_touch(root, ledger_holder(task));
    ledger_join_root(&boss->ledger, number, root_number);
    return root_number;
}

uint32_t boss_find_root(struct boss *boss, const struct address *address)
{
    uint32_t number = ledger_find(&boss->ledger, address);
    const struct task *task = number == NO_RECORD ? NULL : ledger_task(&boss->ledger, number);
    if (task == NULL || task->depth > 0 || task->joined)
        return ledger_find_root(&boss->ledger, address);
    return task->queued ? NO_RECORD : boss_need_root(boss, number);
}

void boss_end_root_task(struct boss *boss, uint32_t number, const struct employee *but)
{
    const struct task *task = ledger_task(&boss->ledger, number);
    uint32_t root = ledger_root_number(&boss->ledger, task), holder = ledger_holder(task);
    struct address address = task->address;
    boss_forget(boss, number);
    if (root != NO_RECORD) {
        boss_end_root(boss, root, but);
    } else if (holder != NO_RECORD && (but == NULL || but->number != holder)) {
        builder_reset(&boss->list);
        builder_address(&boss->list, &address);
        boss_send_cancel(boss, roster_at(&boss->roster, holder), &address, builder_list(&boss->list));
    }
}
