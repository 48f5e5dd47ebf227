/* Tests of common/boss/queue: who is next. queue_model_test.c holds it to a list. */
#include <criterion/criterion.h>

#include "desk.h"

/* A flow of the party that all of them have. */
static uint32_t open_flow(struct desk *desk)
{
    return queue_open_flow(&desk->queue, desk->party);
}

/* A flow that has a party of its own. */
static uint32_t open_stranger(struct desk *desk)
{
    return queue_open_flow(&desk->queue, queue_open_party(&desk->queue));
}

static void push_many(struct desk *desk, uint32_t flow, unsigned runtime, unsigned count)
{
    while (count-- > 0)
        desk_push(desk, flow, runtime, 128, 0);
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
    desk_open(&desk);
    uint32_t a = open_flow(&desk), b = open_flow(&desk);
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
    desk_close(&desk);
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
    desk_open(&desk);
    cr_assert_eq(queue_pop(&desk.queue, ~0u), NO_RECORD);
    uint32_t flow = open_flow(&desk);
    cr_assert_eq(queue_pop(&desk.queue, ~0u), NO_RECORD);
    queue_close_flow(&desk.queue, flow);
    desk_close(&desk);
}

Test(queue, priority_then_depth_then_first_come)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t flow = open_flow(&desk);
    uint32_t low = desk_push(&desk, flow, 0, 0, 64), first = desk_push(&desk, flow, 0, 128, 1),
             deep = desk_push(&desk, flow, 0, 128, 3), second = desk_push(&desk, flow, 0, 128, 1),
             high = desk_push(&desk, flow, 0, 255, 0), third = desk_push(&desk, flow, 0, 128, 1);
    const uint32_t expected[] = {high, deep, first, second, third, low, NO_RECORD};
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
        cr_assert_eq(queue_pop(&desk.queue, ~0u), expected[i], "task %zu", i);
    cr_assert_eq(desk.queue.count, 0);
    cr_assert_eq(desk.queue.mask, 0);
    desk_close(&desk);
}

Test(queue, busy_flows_have_equal_shares)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t a = open_flow(&desk), b = open_flow(&desk);
    push_many(&desk, a, 0, 1000);
    push_many(&desk, b, 0, 400);
    share_evenly(&desk, 1, a, b, 800);
    for (unsigned i = 0; i < 600; i++)
        cr_assert_eq(pop_flow(&desk, 1), a); /* what the other one does not want is his */
    cr_assert_eq(pop_flow(&desk, 1), NO_RECORD);
    desk_close(&desk);
}

Test(queue, priority_gives_no_greater_share)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t a = open_flow(&desk), b = open_flow(&desk);
    push_many(&desk, a, 0, 100);
    for (unsigned i = 0; i < 100; i++)
        desk_push(&desk, b, 0, 255, 60);
    share_evenly(&desk, 1, a, b, 200);
    desk_close(&desk);
}

Test(queue, a_flow_that_was_idle_does_not_catch_up)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t a = open_flow(&desk), b = open_flow(&desk);
    push_many(&desk, a, 0, 5000);
    push_many(&desk, b, 0, 10);
    share_evenly(&desk, 1, a, b, 20);
    for (unsigned i = 0; i < 1000; i++)
        cr_assert_eq(pop_flow(&desk, 1), a);
    push_many(&desk, b, 0, 500);
    share_evenly(&desk, 1, a, b, 1000);
    uint32_t late = open_flow(&desk);
    push_many(&desk, b, 0, 500);
    push_many(&desk, late, 0, 500);
    share_evenly(&desk, 1, b, late, 1500);
    desk_close(&desk);
}

Test(queue, nor_does_it_pay_for_what_it_had_while_alone)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t a = open_flow(&desk), b = open_flow(&desk);
    push_many(&desk, a, 0, 2000);
    for (unsigned i = 0; i < 1000; i++)
        cr_assert_eq(pop_flow(&desk, 1), a);
    push_many(&desk, b, 0, 500);
    share_evenly(&desk, 1, a, b, 1000);
    desk_close(&desk);
}

Test(queue, a_flow_that_nobody_can_serve_does_not_set_the_clock_back)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t a = open_flow(&desk), waits = open_flow(&desk);
    push_many(&desk, waits, 1, 100);
    push_many(&desk, a, 0, 2000);
    for (unsigned i = 0; i < 1000; i++)
        cr_assert_eq(pop_flow(&desk, 1), a);
    cr_assert_eq(pop_flow(&desk, 2), waits); /* one employee for it comes */
    uint32_t late = open_flow(&desk);
    push_many(&desk, late, 0, 500);
    share_evenly(&desk, 1, a, late, 1000);
    desk_close(&desk);
}

/* Who keeps a task that nobody here can run, while `a` has a thousand: then he wants what `a` has. */
static void wants_after_waiting(struct desk *desk, uint32_t a, uint32_t sly)
{
    push_many(desk, sly, 1, 1);
    push_many(desk, a, 0, 2000);
    for (unsigned i = 0; i < 1000; i++)
        cr_assert_eq(pop_flow(desk, 1), a);
    push_many(desk, sly, 0, 500);
    share_evenly(desk, 1, a, sly, 1000);
}

Test(queue, who_waits_for_what_nobody_has_does_not_catch_up)
{
    for (unsigned strangers = 0; strangers < 2; strangers++) {
        struct desk desk;
        desk_open(&desk);
        queue_serve(&desk.queue, 1);
        uint32_t a = open_flow(&desk), sly = strangers ? open_stranger(&desk) : open_flow(&desk);
        wants_after_waiting(&desk, a, sly);
        desk_close(&desk);
    }
}

Test(queue, nor_does_who_has_waited_when_somebody_comes_who_has_it)
{
    for (unsigned strangers = 0; strangers < 2; strangers++) {
        struct desk desk;
        desk_open(&desk);
        queue_serve(&desk.queue, 1);
        uint32_t a = open_flow(&desk), waits = strangers ? open_stranger(&desk) : open_flow(&desk);
        push_many(&desk, waits, 1, 500);
        push_many(&desk, a, 0, 2000);
        for (unsigned i = 0; i < 1000; i++)
            cr_assert_eq(pop_flow(&desk, 1), a);
        queue_serve(&desk.queue, 3);
        share_evenly(&desk, 3, a, waits, 1000); /* an employee has both */
        desk_close(&desk);
    }
}

Test(queue, who_waits_for_two_that_are_served_pays_for_none)
{
    struct desk desk;
    desk_open(&desk);
    queue_serve(&desk.queue, 3);
    uint32_t a = open_stranger(&desk), b = open_stranger(&desk);
    push_many(&desk, b, 1, 100);
    push_many(&desk, a, 0, 100);
    for (unsigned i = 0; i < 50; i++)
        cr_assert_eq(pop_flow(&desk, 1), a);
    push_many(&desk, b, 0, 1); /* its time is not that of those who had their turn */
    cr_assert_eq(pop_flow(&desk, 1), b);
    desk_close(&desk);
}

Test(queue, an_employee_gets_only_what_it_can_run)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t flow = open_flow(&desk);
    uint32_t plain = desk_push(&desk, flow, 0, 128, 0), python = desk_push(&desk, flow, 5, 128, 0),
             last = desk_push(&desk, flow, 31, 128, 0);
    cr_assert_eq(desk.queue.mask, 1u | 1u << 5 | 1u << 31);
    cr_assert_eq(queue_pop(&desk.queue, 1u << 4), NO_RECORD);
    cr_assert_eq(queue_pop(&desk.queue, 1u << 31), last);
    cr_assert_eq(queue_pop(&desk.queue, 1u << 31), NO_RECORD);
    cr_assert_eq(queue_pop(&desk.queue, 1u << 5 | 1u << 6), python);
    cr_assert_eq(queue_pop(&desk.queue, 0), NO_RECORD);
    cr_assert_eq(queue_pop(&desk.queue, ~0u), plain);
    desk_close(&desk);
}

Test(queue, a_flow_can_be_closed_and_its_number_used_again)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t a = open_flow(&desk), b = open_flow(&desk);
    push_many(&desk, a, 0, 2);
    push_many(&desk, a, 3, 2);
    push_many(&desk, b, 3, 1);
    uint32_t task = desk_push(&desk, a, 3, 255, 0);
    queue_remove(&desk.queue, task);
    cr_assert(!ledger_task(&desk.ledger, task)->queued);
    for (unsigned i = 0; i < 5; i++)
        cr_assert_neq(pop_flow(&desk, ~0u), NO_RECORD);
    queue_close_flow(&desk.queue, a);
    uint32_t again = open_flow(&desk);
    cr_assert_eq(again, a);
    cr_assert_eq(queue_pop(&desk.queue, ~0u), NO_RECORD);
    desk_close(&desk); /* with an idle flow that has been busy, b, and one that never was */
}

Test(queue, a_party_gets_no_more_with_more_flows)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t alone = open_stranger(&desk);
    for (unsigned i = 0; i < 300; i++)
        push_many(&desk, open_flow(&desk), i % 3, 10);
    for (unsigned i = 0; i < 50; i++)
        pop_flow(&desk, ~0u);
    push_many(&desk, alone, 1, 100);
    for (unsigned i = 0, his = 0; i < 200; i++) {
        his += pop_flow(&desk, ~0u) == alone;
        cr_assert(his == (i + 1) / 2 || his == i / 2 + 1, "after %u: %u", i, his);
    }
    for (unsigned i = 0; i < 50; i++) { /* one task at a time: each is the next or the one behind it */
        push_many(&desk, alone, 1, 1);
        uint32_t first = pop_flow(&desk, 2);
        cr_assert(first == alone || pop_flow(&desk, 2) == alone);
    }
    desk_close(&desk);
}

Test(queue, a_party_pays_nothing_for_what_nobody_else_wanted)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t left = open_flow(&desk), here = open_flow(&desk), other = open_stranger(&desk);
    push_many(&desk, left, 0, 200);
    queue_put_behind(&desk.queue, left, true);
    for (unsigned i = 0; i < 100; i++)
        cr_assert_eq(pop_flow(&desk, 1), left);
    push_many(&desk, other, 0, 100);
    push_many(&desk, here, 0, 100);
    share_evenly(&desk, 1, here, other, 200);
    for (unsigned i = 0; i < 50; i++)
        cr_assert_eq(pop_flow(&desk, 1), left);
    push_many(&desk, other, 0, 200);
    for (unsigned i = 0; i < 100; i++)
        cr_assert_eq(pop_flow(&desk, 1), other);
    queue_put_behind(&desk.queue, left, false); /* nor does it catch up */
    share_evenly(&desk, 1, left, other, 100);
    desk_close(&desk);
}

Test(queue, a_party_can_be_closed_and_its_number_used_again)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t party = queue_open_party(&desk.queue), flow = queue_open_flow(&desk.queue, party);
    push_many(&desk, flow, 2, 3);
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(pop_flow(&desk, ~0u), flow);
    queue_close_flow(&desk.queue, flow);
    queue_close_party(&desk.queue, party);
    cr_assert_eq(queue_open_party(&desk.queue), party);
    desk_close(&desk);
}

Test(queue, a_ration_is_all_that_comes)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t a = open_flow(&desk), b = open_flow(&desk);
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
    desk_close(&desk);
}

Test(queue, who_was_held_neither_catches_up_nor_pays)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t a = open_flow(&desk), b = open_flow(&desk);
    push_many(&desk, a, 0, 200);
    push_many(&desk, b, 0, 400);
    queue_ration(&desk.queue, a, 0);
    for (unsigned i = 0; i < 200; i++)
        cr_assert_eq(pop_flow(&desk, 1), b);
    queue_ration_no_more(&desk.queue, a);
    share_evenly(&desk, 1, a, b, 400);
    desk_close(&desk);
}

Test(queue, who_is_behind_comes_when_nobody_else_wants)
{
    struct desk desk;
    desk_open(&desk);
    uint32_t a = open_flow(&desk), b = open_flow(&desk), c = open_flow(&desk);
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
    desk_close(&desk);
}
