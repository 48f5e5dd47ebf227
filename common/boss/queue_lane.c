/* queue_lane: the tasks of one rank, first come first served: those that were handed back, the oldest first,
 * and then those that were never given out. See queue.h.
 *
 * Many come back at once, and from several employees at a time, so these are in a heap: a walk to each one's
 * place in a list would take as long as there are others. */
#include "common/base/mem.h"
#include "common/boss/queue_inner.h"

void lane_append(struct ledger *ledger, struct lane *lane, uint32_t number)
{
    struct task *task = ledger_task(ledger, number);
    task->next = NO_RECORD;
    task->previous = lane->last;
    if (lane->last == NO_RECORD) {
        lane->first = number;
    } else {
        ledger_task(ledger, lane->last)->next = number;
    }
    lane->last = number;
}

void lane_unlink(struct ledger *ledger, struct lane *lane, struct task *task)
{
    if (task->previous == NO_RECORD) {
        lane->first = task->next;
    } else {
        ledger_task(ledger, task->previous)->next = task->next;
    }
    if (task->next == NO_RECORD) {
        lane->last = task->previous;
    } else {
        ledger_task(ledger, task->next)->previous = task->previous;
    }
    task->next = task->previous = NO_RECORD;
}

bool queue_is_older(const struct task *task, const struct task *than)
{
    const struct address *a = &task->address, *b = &than->address;
    if (a->mailbox != b->mailbox)
        return a->mailbox < b->mailbox;
    return a->slot != b->slot ? a->slot < b->slot : a->worker < b->worker;
}

static bool goes_before(const struct ledger *ledger, uint32_t number, uint32_t other)
{
    return queue_is_older(ledger_task(ledger, number), ledger_task(ledger, other));
}

static void place_at(struct ledger *ledger, struct lane *lane, uint32_t place, uint32_t number)
{
    lane->again[place] = number;
    ledger_task(ledger, number)->previous = place;
}

/* Puts a task where it belongs from a place on whose own task is gone, up or down. */
static void settle(struct ledger *ledger, struct lane *lane, uint32_t place, uint32_t number)
{
    for (uint32_t up; place > 0; place = up) {
        up = (place - 1) / 2;
        if (!goes_before(ledger, number, lane->again[up]))
            break;
        place_at(ledger, lane, place, lane->again[up]);
    }
    for (uint32_t down; (down = 2 * place + 1) < lane->again_count; place = down) {
        if (down + 1 < lane->again_count && goes_before(ledger, lane->again[down + 1], lane->again[down]))
            down++;
        if (!goes_before(ledger, lane->again[down], number))
            break;
        place_at(ledger, lane, place, lane->again[down]);
    }
    place_at(ledger, lane, place, number);
}

void lane_put_back(struct ledger *ledger, struct lane *lane, uint32_t number)
{
    if (lane->again_count == lane->again_capacity) {
        lane->again_capacity = lane->again_capacity ? 2 * lane->again_capacity : 8;
        lane->again = mem_resize(lane->again, lane->again_capacity, sizeof(*lane->again));
    }
    settle(ledger, lane, lane->again_count++, number);
}

void lane_take(struct ledger *ledger, struct lane *lane, struct task *task)
{
    uint32_t place = task->previous, last = lane->again[--lane->again_count];
    if (place < lane->again_count)
        settle(ledger, lane, place, last);
    task->previous = NO_RECORD;
}

void lane_free(struct lane *lane)
{
    mem_free(lane->again);
    lane->again = NULL;
    lane->again_count = lane->again_capacity = 0;
}
