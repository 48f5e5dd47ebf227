/* boss_alike: see boss_alike.h. */
#include "common/boss/boss_alike.h"

uint32_t boss_accept_alike(struct boss *boss, uint32_t other, uint32_t slot, struct slice body)
{
    uint32_t number = ledger_add_alike(&boss->ledger, other, slot, body);
    if (number == NO_RECORD)
        return NO_RECORD;
    const struct task *task = ledger_task(&boss->ledger, number);
    uint32_t flow = ledger_task(&boss->ledger, other)->flow;
    runtimes_use_again(&boss->runtimes, task->runtime);
    post_share_use(&boss->post, ledger_share(task));
    account_add(queue_account(&boss->queue, flow), ledger_cost(task));
    if (task->timed)
        boss_note_taken(boss, number);
    queue_push(&boss->queue, number, flow);
    return number;
}

/* Whether the header of a root that has just begun differs from another one's in its slot only. */
static bool is_alike(const struct task *task, const struct task *other)
{
    return task->depth == 0 && other->depth == 0 && task->address.worker == WORKER_NIL &&
           task->address.mailbox == other->address.mailbox && task->tail == other->tail &&
           ledger_past(task) == NULL && task->runtime == other->runtime &&
           task->priority == other->priority && task->timed == other->timed && !task->joined &&
           !other->joined && task->begun_flow == other->begun_flow;
}

bool boss_send_alike(struct boss *boss, struct peer *peer, const struct task *task, const struct task *before)
{
    if (!is_alike(task, before))
        return false;
    struct slice kept = ledger_body(task), body = slice_ref(&kept);
    bool sent = post_send_task_alike(&boss->post, peer, task->address.slot, ledger_share(task), &body);
    if (!sent)
        slice_drop(&body);
    return sent;
}
