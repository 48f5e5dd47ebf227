/* Tests of common/boss/queue: who is next. The last one holds it to a list that is searched from end to end.
 */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "common/boss/queue.h"
#include "tasks.h"

struct desk {
    struct ledger ledger;
    struct queue queue;
    uint64_t mailbox;
};

static void open_desk(struct desk *desk)
{
    ledger_init(&desk->ledger, 1);
    queue_init(&desk->queue, &desk->ledger);
    desk->mailbox = 0;
}

static void close_desk(struct desk *desk)
{
    queue_free(&desk->queue);
    ledger_free(&desk->ledger);
}

/* Queues a new task. Its depth and priority are set in the record: what they come from is the ledger's test.
 */
static uint32_t push(struct desk *desk, uint32_t flow, unsigned runtime, uint8_t priority, uint8_t depth)
{
    struct task_header header = tasks_header(tasks_root(++desk->mailbox, 0));
    uint32_t number = ledger_add(&desk->ledger, &header, SLICE_NONE, runtime);
    struct task *task = ledger_task(&desk->ledger, number);
    task->owner = flow; /* for pop_flow */
    task->priority = priority;
    task->depth = depth;
    queue_push(&desk->queue, number, flow);
    return number;
}

static void push_many(struct desk *desk, uint32_t flow, unsigned runtime, unsigned count)
{
    while (count-- > 0)
        push(desk, flow, runtime, 128, 0);
}

/* Takes the next task out, forgets it and says whose it was; NO_RECORD: there was none. */
static uint32_t pop_flow(struct desk *desk, uint32_t mask)
{
    uint32_t number = queue_pop(&desk->queue, mask);
    if (number == NO_RECORD)
        return NO_RECORD;
    uint32_t flow = ledger_task(&desk->ledger, number)->owner;
    ledger_remove(&desk->ledger, number);
    return flow;
}

/* Forgets tasks of the runtime as queue_any names them; how many there were. */
static unsigned forget_all(struct desk *desk, unsigned runtime)
{
    unsigned count = 0;
    for (uint32_t number; (number = queue_any(&desk->queue, runtime)) != NO_RECORD; count++) {
        cr_assert_eq(ledger_task(&desk->ledger, number)->runtime, runtime);
        queue_remove(&desk->queue, number);
        ledger_remove(&desk->ledger, number);
    }
    return count;
}

Test(queue, any_finds_all_of_a_runtime_also_those_held_back_and_aside)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), b = queue_open_flow(&desk.queue);
    cr_assert_eq(queue_any(&desk.queue, 3), NO_RECORD);
    push_many(&desk, a, 3, 4);
    push_many(&desk, a, 5, 2);
    push_many(&desk, b, 3, 2);
    queue_set_aside(&desk.queue, queue_pop(&desk.queue, 1u << 5), a);
    queue_set_aside(&desk.queue, queue_pop(&desk.queue, 1u << 3), a);
    queue_ration(&desk.queue, a, 0);
    cr_assert_eq(forget_all(&desk, 3), 6);
    cr_assert_eq(forget_all(&desk, 5), 2);
    cr_assert_eq(desk.queue.count, 0);
    queue_close_flow(&desk.queue, a);
    queue_close_flow(&desk.queue, b);
    close_desk(&desk);
}

/* Gives out `count` tasks; the flows `a` and `b` must have had equal shares at each moment. */
static void share_evenly(struct desk *desk, uint32_t mask, uint32_t a, uint32_t b, unsigned count)
{
    int lead = 0;
    for (unsigned i = 0; i < count; i++) {
        uint32_t flow = pop_flow(desk, mask);
        cr_assert_neq(flow, NO_RECORD);
        lead += flow == a ? 1 : flow == b ? -1 : 0;
        cr_assert(lead >= -1 && lead <= 1, "after %u: %d ahead", i, lead);
    }
}

Test(queue, an_empty_one_has_nothing)
{
    struct desk desk;
    open_desk(&desk);
    cr_assert_eq(queue_pop(&desk.queue, ~0u), NO_RECORD);
    uint32_t flow = queue_open_flow(&desk.queue);
    cr_assert_eq(queue_pop(&desk.queue, ~0u), NO_RECORD);
    queue_close_flow(&desk.queue, flow);
    close_desk(&desk);
}

Test(queue, priority_then_depth_then_first_come)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t flow = queue_open_flow(&desk.queue);
    uint32_t low = push(&desk, flow, 0, 0, 64), first = push(&desk, flow, 0, 128, 1),
             deep = push(&desk, flow, 0, 128, 3), second = push(&desk, flow, 0, 128, 1),
             high = push(&desk, flow, 0, 255, 0), third = push(&desk, flow, 0, 128, 1);
    const uint32_t expected[] = {high, deep, first, second, third, low, NO_RECORD};
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        cr_assert_eq(queue_pop(&desk.queue, ~0u), expected[i], "task %zu", i);
    cr_assert_eq(desk.queue.count, 0);
    cr_assert_eq(desk.queue.mask, 0);
    close_desk(&desk);
}

Test(queue, busy_flows_have_equal_shares)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), b = queue_open_flow(&desk.queue);
    push_many(&desk, a, 0, 1000);
    push_many(&desk, b, 0, 400);
    share_evenly(&desk, 1, a, b, 800);
    for (unsigned i = 0; i < 600; i++)
        cr_assert_eq(pop_flow(&desk, 1), a); /* what the other one does not want is his */
    cr_assert_eq(pop_flow(&desk, 1), NO_RECORD);
    close_desk(&desk);
}

Test(queue, priority_gives_no_greater_share)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), b = queue_open_flow(&desk.queue);
    push_many(&desk, a, 0, 100);
    for (unsigned i = 0; i < 100; i++)
        push(&desk, b, 0, 255, 60);
    share_evenly(&desk, 1, a, b, 200);
    close_desk(&desk);
}

Test(queue, a_flow_that_was_idle_does_not_catch_up)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), b = queue_open_flow(&desk.queue);
    push_many(&desk, a, 0, 5000);
    push_many(&desk, b, 0, 10);
    share_evenly(&desk, 1, a, b, 20);
    for (unsigned i = 0; i < 1000; i++)
        cr_assert_eq(pop_flow(&desk, 1), a);
    push_many(&desk, b, 0, 500);
    share_evenly(&desk, 1, a, b, 1000);
    uint32_t late = queue_open_flow(&desk.queue);
    push_many(&desk, b, 0, 500);
    push_many(&desk, late, 0, 500);
    share_evenly(&desk, 1, b, late, 1500);
    close_desk(&desk);
}

Test(queue, nor_does_it_pay_for_what_it_had_while_alone)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), b = queue_open_flow(&desk.queue);
    push_many(&desk, a, 0, 2000);
    for (unsigned i = 0; i < 1000; i++)
        cr_assert_eq(pop_flow(&desk, 1), a);
    push_many(&desk, b, 0, 500);
    share_evenly(&desk, 1, a, b, 1000);
    close_desk(&desk);
}

Test(queue, a_flow_that_nobody_can_serve_does_not_set_the_clock_back)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), waits = queue_open_flow(&desk.queue);
    push_many(&desk, waits, 1, 100);
    push_many(&desk, a, 0, 2000);
    for (unsigned i = 0; i < 1000; i++)
        cr_assert_eq(pop_flow(&desk, 1), a);
    cr_assert_eq(pop_flow(&desk, 2), waits); /* one employee for it comes */
    uint32_t late = queue_open_flow(&desk.queue);
    push_many(&desk, late, 0, 500);
    share_evenly(&desk, 1, a, late, 1000);
    close_desk(&desk);
}

Test(queue, an_employee_gets_only_what_it_can_run)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t flow = queue_open_flow(&desk.queue);
    uint32_t plain = push(&desk, flow, 0, 128, 0), python = push(&desk, flow, 5, 128, 0),
             last = push(&desk, flow, 31, 128, 0);
    cr_assert_eq(desk.queue.mask, 1u | 1u << 5 | 1u << 31);
    cr_assert_eq(queue_pop(&desk.queue, 1u << 4), NO_RECORD);
    cr_assert_eq(queue_pop(&desk.queue, 1u << 31), last);
    cr_assert_eq(queue_pop(&desk.queue, 1u << 31), NO_RECORD);
    cr_assert_eq(queue_pop(&desk.queue, 1u << 5 | 1u << 6), python);
    cr_assert_eq(queue_pop(&desk.queue, 0), NO_RECORD);
    cr_assert_eq(queue_pop(&desk.queue, ~0u), plain);
    close_desk(&desk);
}

Test(queue, a_flow_can_be_closed_and_its_number_used_again)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), b = queue_open_flow(&desk.queue);
    push_many(&desk, a, 0, 2);
    push_many(&desk, a, 3, 2);
    push_many(&desk, b, 3, 1);
    uint32_t task = push(&desk, a, 3, 255, 0);
    queue_remove(&desk.queue, task);
    cr_assert(!ledger_task(&desk.ledger, task)->queued);
    for (unsigned i = 0; i < 5; i++)
        cr_assert_neq(pop_flow(&desk, ~0u), NO_RECORD);
    queue_close_flow(&desk.queue, a);
    uint32_t again = queue_open_flow(&desk.queue);
    cr_assert_eq(again, a);
    cr_assert_eq(queue_pop(&desk.queue, ~0u), NO_RECORD);
    close_desk(&desk); /* with an idle flow that has been busy, b, and one that never was */
}

/* The model: all that is queued in the order it came, and each flow's virtual time. */

enum { FLOWS = 6, RUNTIMES = 4, MOST = 400 };

struct model {
    struct desk desk;
    uint32_t flows[FLOWS];
    uint64_t times[FLOWS], time; /* as in common/boss/queue.h */
    struct queued {
        uint32_t number;
        unsigned flow, runtime;
        uint32_t rank;
    } queued[MOST];
    unsigned count;
    uint64_t seed;
};

static unsigned count_of(const struct model *model, unsigned flow)
{
    unsigned count = 0;
    for (unsigned i = 0; i < model->count; i++)
        count += model->queued[i].flow == flow;
    return count;
}

/* The lowest virtual time of a flow with something queued for the runtimes of `mask`; UINT64_MAX: none. */
static uint64_t lowest_time(const struct model *model, uint32_t mask)
{
    uint64_t lowest = UINT64_MAX;
    for (unsigned i = 0; i < model->count; i++) {
        if (mask >> model->queued[i].runtime & 1 && model->times[model->queued[i].flow] < lowest)
            lowest = model->times[model->queued[i].flow];
    }
    return lowest;
}

static void model_push(struct model *model)
{
    if (model->count == MOST)
        return;
    struct queued queued = {.flow = (unsigned)tasks_roll(&model->seed, FLOWS),
                            .runtime = (unsigned)tasks_roll(&model->seed, RUNTIMES)};
    uint8_t priority = (uint8_t)(127 + tasks_roll(&model->seed, 3)),
            depth = (uint8_t)tasks_roll(&model->seed, 4);
    uint64_t present = lowest_time(model, 1u << queued.runtime);
    if (present == UINT64_MAX)
        present = model->time;
    if (count_of(model, queued.flow) == 0 && model->times[queued.flow] < present)
        model->times[queued.flow] = present;
    queued.rank = (uint32_t)priority << 8 | depth;
    queued.number = push(&model->desk, model->flows[queued.flow], queued.runtime, priority, depth);
    model->queued[model->count++] = queued;
}

static void forget(struct model *model, unsigned at)
{
    ledger_remove(&model->desk.ledger, model->queued[at].number);
    for (model->count--; at < model->count; at++)
        model->queued[at] = model->queued[at + 1];
}

static void model_pop(struct model *model)
{
    uint32_t mask = (uint32_t)tasks_roll(&model->seed, 1u << RUNTIMES);
    uint32_t number = queue_pop(&model->desk.queue, mask);
    uint64_t lowest = lowest_time(model, mask);
    if (number == NO_RECORD) {
        cr_assert_eq(lowest, UINT64_MAX);
        return;
    }
    unsigned at = 0;
    while (at < model->count && model->queued[at].number != number)
        at++;
    cr_assert_lt(at, model->count);
    const struct queued *popped = &model->queued[at];
    cr_assert(mask >> popped->runtime & 1);
    cr_assert_eq(model->times[popped->flow], lowest);
    for (unsigned i = 0; i < model->count; i++) {
        const struct queued *other = &model->queued[i];
        if (other->flow == popped->flow && other->runtime == popped->runtime)
            cr_assert(other->rank < popped->rank || (other->rank == popped->rank && i >= at));
    }
    model->time = model->times[popped->flow]++;
    forget(model, at);
}

static void model_remove(struct model *model)
{
    if (model->count == 0)
        return;
    unsigned at = (unsigned)tasks_roll(&model->seed, model->count);
    queue_remove(&model->desk.queue, model->queued[at].number);
    forget(model, at);
}

Test(queue, does_what_a_list_does)
{
    static struct model model;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        model = (struct model){.seed = seed};
        open_desk(&model.desk);
        for (unsigned i = 0; i < FLOWS; i++)
            model.flows[i] = queue_open_flow(&model.desk.queue);
        for (unsigned step = 0; step < 20000; step++) {
            uint64_t what = tasks_roll(&model.seed, 10), busy = step / 1000 % 2;
            if (what < (busy ? 6u : 4u))
                model_push(&model);
            else if (what < 9)
                model_pop(&model);
            else
                model_remove(&model);
            cr_assert_eq(model.desk.queue.count, model.count);
            cr_assert_eq(model.desk.ledger.tasks.used, model.count);
        }
        close_desk(&model.desk); /* with what is still queued */
    }
}

Test(queue, a_ration_is_all_that_comes)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), b = queue_open_flow(&desk.queue);
    push_many(&desk, a, 0, 4);
    push_many(&desk, a, 1, 4);
    queue_ration(&desk.queue, a, 0);
    cr_assert_eq(desk.queue.mask, 0);
    cr_assert_eq(desk.queue.count, 8);
    push_many(&desk, a, 2, 1); /* into what is held */
    push_many(&desk, b, 1, 1);
    cr_assert_eq(desk.queue.mask, 1u << 1);
    cr_assert_eq(pop_flow(&desk, ~0u), b);
    cr_assert_eq(pop_flow(&desk, ~0u), NO_RECORD);
    queue_ration(&desk.queue, a, 2);
    cr_assert_eq(desk.queue.mask, 7);
    cr_assert_eq(pop_flow(&desk, 1), a);
    cr_assert_eq(pop_flow(&desk, 2), a);
    cr_assert_eq(pop_flow(&desk, ~0u), NO_RECORD);
    cr_assert_eq(desk.queue.mask, 0);
    queue_ration_no_more(&desk.queue, a);
    for (unsigned i = 0; i < 7; i++)
        cr_assert_eq(pop_flow(&desk, ~0u), a);
    cr_assert_eq(pop_flow(&desk, ~0u), NO_RECORD);
    close_desk(&desk);
}

Test(queue, who_was_held_neither_catches_up_nor_pays)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), b = queue_open_flow(&desk.queue);
    push_many(&desk, a, 0, 200);
    push_many(&desk, b, 0, 400);
    queue_ration(&desk.queue, a, 0);
    for (unsigned i = 0; i < 200; i++)
        cr_assert_eq(pop_flow(&desk, 1), b);
    queue_ration_no_more(&desk.queue, a);
    share_evenly(&desk, 1, a, b, 400);
    close_desk(&desk);
}

Test(queue, who_is_behind_comes_when_nobody_else_wants)
{
    struct desk desk;
    open_desk(&desk);
    uint32_t a = queue_open_flow(&desk.queue), b = queue_open_flow(&desk.queue),
             c = queue_open_flow(&desk.queue);
    push_many(&desk, a, 0, 10);
    queue_put_behind(&desk.queue, a, true);
    push_many(&desk, b, 0, 5);
    push_many(&desk, a, 1, 1);
    for (unsigned i = 0; i < 5; i++)
        cr_assert_eq(pop_flow(&desk, ~0u), b);
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(pop_flow(&desk, ~0u), a);
    push_many(&desk, c, 0, 3); /* one that comes new is not put behind with it */
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(pop_flow(&desk, ~0u), c);
    push_many(&desk, b, 0, 20);
    queue_put_behind(&desk.queue, a, false);
    share_evenly(&desk, ~0u, a, b, 16);
    close_desk(&desk);
}
