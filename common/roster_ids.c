/* roster_ids: which worker ids are whose; the other half of the roster, see roster.h. */
#include <assert.h>
#include <string.h>

#include "common/mem.h"
#include "common/roster.h"

void roster_fill_pool(struct roster *roster, uint32_t lower, uint32_t upper)
{
    assert(lower < upper && upper <= WORKER_LIMIT);
    roster->pool = mem_resize(roster->pool, roster->pool_count + 1, sizeof(*roster->pool));
    roster->pool[roster->pool_count++] = (struct id_range){lower, upper, NO_RECORD};
}

/* Where a range that begins at `lower` is, or would be. */
static uint32_t place_of(const struct roster *roster, uint32_t lower)
{
    uint32_t low = 0, high = roster->range_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (roster->ranges[middle].lower < lower) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void note_range(struct roster *roster, struct id_range range)
{
    uint32_t place = place_of(roster, range.lower);
    if (place > 0 && roster->ranges[place - 1].upper == range.lower &&
        roster->ranges[place - 1].employee == range.employee) {
        roster->ranges[place - 1].upper =
            range.upper; /* whoever asks for ids one by one takes no more memory */
        return;
    }
    if (roster->range_count == roster->range_capacity) {
        roster->range_capacity = roster->range_capacity ? 2 * roster->range_capacity : 16;
        roster->ranges = mem_resize(roster->ranges, roster->range_capacity, sizeof(*roster->ranges));
    }
    memmove(roster->ranges + place + 1, roster->ranges + place,
            (roster->range_count - place) * sizeof(*roster->ranges));
    roster->ranges[place] = range;
    roster->range_count++;
}

bool roster_give_ids(struct roster *roster, struct employee *employee, uint64_t count, uint32_t *lower,
                     uint32_t *upper)
{
    for (uint32_t i = 0; i < roster->pool_count; i++) {
        struct id_range *free = &roster->pool[i];
        if (count == 0 || free->upper - free->lower < count)
            continue;
        *lower = free->lower;
        *upper = free->lower + (uint32_t)count;
        note_range(roster, (struct id_range){*lower, *upper, employee->number});
        employee->has_ids = true;
        free->lower = *upper;
        if (free->lower == free->upper)
            *free = roster->pool[--roster->pool_count];
        return true;
    }
    return false;
}

void roster_forget_ids(struct roster *roster)
{
    roster->range_count = 0;
    roster->pool_count = 0;
}

struct employee *roster_responsible_for(const struct roster *roster, uint32_t worker)
{
    uint32_t place = place_of(roster, worker);
    if (place == roster->range_count || roster->ranges[place].lower != worker) {
        if (place == 0)
            return NULL;
        place--;
    }
    const struct id_range *range = &roster->ranges[place];
    if (worker < range->lower || worker >= range->upper || range->employee == NO_RECORD)
        return NULL;
    return roster_at(roster, range->employee);
}
