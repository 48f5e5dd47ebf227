/* lanes: see lanes.h. */
#include "broker/http/lanes.h"

#include <stdlib.h>

#include "common/base/mem.h"

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_address(const void *one, const void *other)
{
    const struct address *a = &(*(const struct bar *const *)one)->end->address;
    const struct address *b = &(*(const struct bar *const *)other)->end->address;
    int order = compare(a->mailbox, b->mailbox);
    order = order ? order : compare(a->worker, b->worker);
    return order ? order : compare(a->slot, b->slot);
}

/* An ancestor has fewer ancestors: whatever was told, nobody is his own. */
static uint32_t find_parent(struct bar *const *sorted, uint32_t count, const struct bar *bars,
                            const struct bar *bar)
{
    struct trace_end wanted = {.address = bar->end->parent};
    struct bar like = {.end = &wanted};
    const struct bar *key = &like;
    if (bar->end->depth == 0)
        return NO_BAR;
    struct bar *const *found = bsearch(&key, sorted, count, sizeof *sorted, by_address);
    return found && (*found)->end->depth < bar->end->depth ? (uint32_t)(*found - bars) : NO_BAR;
}

static int by_depth(const void *one, const void *other)
{
    const struct bar *a = *(const struct bar *const *)one, *b = *(const struct bar *const *)other;
    return compare(a->end->depth, b->end->depth);
}

static void keep_within(struct bar *bar, const struct bar *parent)
{
    bar->begun = bar->begun < parent->begun ? parent->begun : bar->begun;
    bar->begun = bar->begun > parent->ended ? parent->ended : bar->begun;
    bar->ended = bar->ended > parent->ended ? parent->ended : bar->ended;
    bar->ended = bar->ended < bar->begun ? bar->begun : bar->ended;
}

void lanes_find_parents(struct bar *bars, uint32_t count)
{
    struct bar **sorted = mem_alloc((count + 1) * sizeof *sorted);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = &bars[i];
    qsort(sorted, count, sizeof(struct bar *), by_address);
    for (uint32_t i = 0; i < count; i++)
        bars[i].parent = find_parent(sorted, count, bars, &bars[i]);
    qsort(sorted, count, sizeof(struct bar *), by_depth);
    for (uint32_t i = 0; i < count; i++) {
        if (sorted[i]->parent != NO_BAR)
            keep_within(sorted[i], &bars[sorted[i]->parent]);
    }
    mem_free(sorted);
}

/* Which of two is first in a row; what another one may lie within is before it. */
static int by_begin(const void *one, const void *other, void *all)
{
    const struct bar *bars = all;
    const struct bar *a = &bars[*(const uint32_t *)one], *b = &bars[*(const uint32_t *)other];
    int order = compare(a->group, b->group);
    order = order ? order : compare(a->begun, b->begun);
    order = order ? order : compare(b->ended, a->ended);
    order = order ? order : compare(a->end->depth, b->end->depth);
    return order ? order : compare((uintptr_t)a, (uintptr_t)b);
}

/* The last bar of each lane of a group, which lies within the one under it. */
struct lanes {
    uint32_t tops[MOST_LANES], count;
};

static void place(struct bar *bars, uint32_t number, struct lanes *lanes, bool any)
{
    struct bar *bar = &bars[number];
    uint32_t lane =
        lanes->count < MOST_LANES ? lanes->count : MOST_LANES - 1; /* a new one, if there may be */
    for (uint32_t i = lanes->count; i > 0; i--) {
        uint32_t *top = &lanes->tops[i - 1];
        while (*top != NO_BAR && bars[*top].ended <= bar->begun)
            *top = bars[*top].under;
        bool within = *top != NO_BAR && (*top == bar->parent || (any && bars[*top].ended >= bar->ended));
        if (*top == NO_BAR || within)
            lane = i - 1;
        if (within && *top == bar->parent)
            break;
    }
    bar->lane = lane;
    bar->under = lane < lanes->count ? lanes->tops[lane] : NO_BAR;
    lanes->count += lane == lanes->count;
    lanes->tops[lane] = number;
}

void lanes_lay(struct bar *bars, uint32_t *order, uint32_t count, bool any)
{
    struct lanes lanes = {.count = 0};
    qsort_r(order, count, sizeof *order, by_begin, bars);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || bars[order[i]].group != bars[order[i - 1]].group)
            lanes.count = 0;
        place(bars, order[i], &lanes, any);
    }
}
