/* Bars in rows. */
#include "broker/http/lanes.h"

#include <criterion/criterion.h>

enum { MOST = 600 };

static struct trace_end ends[MOST];
static struct bar bars[MOST];
static uint32_t order[MOST];

/* A bar of the task `number`, which the task `parent` has submitted; 0: nobody has. */
static void put(uint32_t at, uint32_t number, uint32_t parent, unsigned depth, uint64_t begun, uint64_t ended)
{
    ends[at] = (struct trace_end){
        .address = {number, 0, number}, .parent = {parent, 0, parent}, .depth = (uint8_t)depth};
    bars[at] = (struct bar){.end = &ends[at], .begun = begun, .ended = ended};
    order[at] = at;
}

/* In each lane two lie beside each other, or one within the other. */
static void check(uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < i; j++) {
            const struct bar *a = &bars[i], *b = &bars[j];
            if (a->lane != b->lane || a->group != b->group)
                continue;
            bool beside = a->ended <= b->begun || b->ended <= a->begun;
            bool within = (a->begun >= b->begun && a->ended <= b->ended) ||
                          (b->begun >= a->begun && b->ended <= a->ended);
            cr_assert(beside || within, "%u and %u", i, j);
        }
    }
}

Test(lanes, children_lie_within_their_parent_and_beside_each_other)
{
    put(0, 2, 1, 1, 20, 60);
    put(1, 1, 0, 0, 10, 100);
    put(2, 3, 1, 1, 40, 80); /* with the one before it */
    put(3, 4, 1, 1, 60, 90);
    put(4, 5, 2, 2, 20, 60);
    lanes_find_parents(bars, 5);
    lanes_lay(bars, order, 5, false);
    cr_assert_eq(bars[1].lane, 0);
    cr_assert_eq(bars[0].lane, 0);
    cr_assert_eq(bars[4].lane, 0);
    cr_assert_eq(bars[2].lane, 1);
    cr_assert_eq(bars[3].lane, 0);
    cr_assert_eq(bars[4].parent, 0);
    check(5);
}

Test(lanes, what_is_told_late_is_put_within_its_parent)
{
    put(0, 1, 0, 0, 10, 50);
    put(1, 2, 1, 1, 5, 55);
    put(2, 3, 2, 2, 1, 3); /* before its parent and that one's */
    put(3, 4, 9, 1, 1, 3); /* whose parent is not here */
    lanes_find_parents(bars, 4);
    cr_assert_eq(bars[1].begun, 10);
    cr_assert_eq(bars[1].ended, 50);
    cr_assert_eq(bars[2].begun, 10);
    cr_assert_eq(bars[2].ended, 10);
    cr_assert_eq(bars[3].begun, 1);
    cr_assert_eq(bars[3].parent, NO_BAR);
}

Test(lanes, nobody_is_his_own_ancestor)
{
    put(0, 1, 2, 1, 10, 50);
    put(1, 2, 1, 1, 10, 50);
    put(2, 3, 3, 4, 10, 50);
    lanes_find_parents(bars, 3);
    for (unsigned i = 0; i < 3; i++)
        cr_assert_eq(bars[i].parent, NO_BAR);
}

Test(lanes, groups_have_lanes_of_their_own_and_any_bar_fits_where_there_is_room)
{
    for (uint32_t i = 0; i < MOST; i++) {
        uint64_t begun = i * 7919 % 1000;
        put(i, i + 1, 0, 0, begun, begun + 1 + i * 104729 % 97);
        bars[i].group = i % 3;
        bars[i].parent = NO_BAR;
    }
    lanes_lay(bars, order, MOST, true);
    check(MOST);
    for (uint32_t i = 1; i < MOST; i++)
        cr_assert_geq(bars[order[i]].group, bars[order[i - 1]].group);
}

Test(lanes, more_at_a_time_than_there_are_lanes_lie_across_each_other)
{
    for (uint32_t i = 0; i < MOST; i++) {
        put(i, i + 1, 0, 0, i, i + 10000);
        bars[i].parent = NO_BAR;
    }
    lanes_lay(bars, order, MOST, true);
    for (uint32_t i = 0; i < MOST; i++)
        cr_assert_eq(bars[i].lane, i < MOST_LANES ? i : MOST_LANES - 1);
}
