/* desk: see desk.h. */
#include "desk.h"

#include "tasks.h"

void desk_open(struct desk *desk)
{
    ledger_init(&desk->ledger, 1);
    queue_init(&desk->queue, &desk->ledger);
    desk->mailbox = 0;
    desk->party = queue_open_party(&desk->queue);
    queue_serve(&desk->queue, ~0u);
}

void desk_close(struct desk *desk)
{
    queue_free(&desk->queue);
    ledger_free(&desk->ledger);
}

uint32_t desk_push(struct desk *desk, uint32_t flow, unsigned runtime, uint8_t priority, uint8_t depth)
{
    struct task_header header = tasks_header(tasks_root(++desk->mailbox, 0));
    uint32_t number = ledger_add(&desk->ledger, &header, NO_SHARE, SLICE_NONE, runtime);
    struct task *task = ledger_task(&desk->ledger, number);
    task->owner = flow;
    task->priority = priority;
    task->depth = depth;
    queue_push(&desk->queue, number, flow);
    return number;
}
