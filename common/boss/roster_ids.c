/* roster_ids: which worker ids are whose, and which are lost; the other half of the roster, see roster.h. */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/boss/roster.h"

/* Where a range that begins at `lower` is, or would be. */
static uint32_t place_of(const struct id_ranges *ranges, uint32_t lower)
{
    uint32_t low = 0, high = ranges->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ranges->at[middle].lower < lower) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The range that an id is in, or NULL. */
static const struct id_range *range_of(const struct id_ranges *ranges, uint32_t id)
{
    uint32_t place = place_of(ranges, id);
    if (place == ranges->count || ranges->at[place].lower != id) {
        if (place == 0)
            return NULL;
        place--;
    }
    const struct id_range *range = &ranges->at[place];
    return id >= range->lower && id < range->upper ? range : NULL;
}

static bool overlaps(const struct id_ranges *ranges, uint32_t lower, uint32_t upper)
{
    uint32_t place = place_of(ranges, lower);
    return range_of(ranges, lower) != NULL || (place < ranges->count && ranges->at[place].lower < upper);
}

bool roster_knows_ids(const struct roster *roster, uint32_t lower, uint32_t upper)
{
    for (uint32_t i = 0; i < roster->pool_count; i++) {
        if (roster->pool[i].lower < upper && lower < roster->pool[i].upper)
            return true;
    }
    return overlaps(&roster->given, lower, upper) || overlaps(&roster->lost, lower, upper);
}

/* Puts ids into the pool, to its neighbours if there are any; false: there is no room. */
static bool put_in(struct roster *roster, uint32_t lower, uint32_t upper)
{
    for (uint32_t i = 0; i < roster->pool_count; i++) {
        struct id_range *free = &roster->pool[i];
        if (free->lower != upper && free->upper != lower)
            continue;
        free->lower = free->lower == upper ? lower : free->lower;
        free->upper = free->upper == lower ? upper : free->upper;
        return true;
    }
    if (roster->pool_count == MAX_POOL)
        return false;
    roster->pool = mem_resize(roster->pool, roster->pool_count + 1, sizeof(*roster->pool));
    roster->pool[roster->pool_count++] = (struct id_range){lower, upper, NO_RECORD};
    return true;
}

bool roster_fill_pool(struct roster *roster, uint32_t lower, uint32_t upper)
{
    assert(lower < upper && upper <= WORKER_LIMIT && !roster_knows_ids(roster, lower, upper));
    return put_in(roster, lower, upper);
}

static void remove_at(struct id_ranges *ranges, uint32_t place, uint32_t count)
{
    struct id_range *at = ranges->at + place;
    memmove(at, at + count, (ranges->count - place - count) * sizeof(*at));
    ranges->count -= count;
}

/* Adds a range that overlaps none. Neighbours of the same employee become one, so whoever asks for ids one by
 * one, or loses its workers one by one, takes no more memory. */
static void note_range(struct id_ranges *ranges, struct id_range range)
{
    uint32_t place = place_of(ranges, range.lower);
    if (place < ranges->count && ranges->at[place].lower == range.upper &&
        ranges->at[place].employee == range.employee) {
        range.upper = ranges->at[place].upper;
        remove_at(ranges, place, 1);
    }
    if (place > 0 && ranges->at[place - 1].upper == range.lower &&
        ranges->at[place - 1].employee == range.employee) {
        ranges->at[place - 1].upper = range.upper;
        return;
    }
    if (ranges->count == ranges->capacity) {
        ranges->capacity = ranges->capacity ? 2 * ranges->capacity : 16;
        ranges->at = mem_resize(ranges->at, ranges->capacity, sizeof(*ranges->at));
    }
    memmove(ranges->at + place + 1, ranges->at + place, (ranges->count - place) * sizeof(*ranges->at));
    ranges->at[place] = range;
    ranges->count++;
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
        note_range(&roster->given, (struct id_range){*lower, *upper, employee->number});
        employee->has_ids = true;
        free->lower = *upper;
        if (free->lower == free->upper)
            *free = roster->pool[--roster->pool_count];
        return true;
    }
    return false;
}

bool roster_take_ids(struct roster *roster, struct employee *employee, uint32_t lower, uint32_t upper)
{
    if (roster_knows_ids(roster, lower, upper))
        return false;
    note_range(&roster->given, (struct id_range){lower, upper, employee->number});
    employee->has_ids = employee->worked = true;
    employee->ids_given += upper - lower;
    return true;
}

bool roster_next_unknown(const struct roster *roster, uint32_t below, uint32_t *lower, uint32_t *upper)
{
    const struct id_ranges *sets[] = {&roster->given, &roster->lost};
    uint32_t at = *upper;
    for (bool moved = true; moved;) { /* over what is known */
        moved = false;
        for (unsigned i = 0; i < 2; i++) {
            const struct id_range *range = range_of(sets[i], at);
            at = range ? range->upper : at;
            moved |= range != NULL;
        }
    }
    if (at >= below)
        return false;
    *lower = at;
    *upper = below;
    for (unsigned i = 0; i < 2; i++) {
        uint32_t place = place_of(sets[i], at);
        if (place < sets[i]->count && sets[i]->at[place].lower < *upper)
            *upper = sets[i]->at[place].lower;
    }
    return true;
}

uint64_t roster_spare_ids(const struct roster *roster)
{
    uint64_t spare = roster->beyond;
    for (uint32_t i = 0; i < roster->pool_count; i++)
        spare += roster->pool[i].upper - roster->pool[i].lower;
    return spare;
}

bool roster_give_back(struct roster *roster, struct employee *employee)
{
    struct id_ranges *given = &roster->given;
    uint32_t ranges = 0;
    for (uint32_t i = 0; i < given->count; i++) {
        const struct id_range *range = &given->at[i];
        if (range->employee != employee->number)
            continue;
        ranges++;
        if (overlaps(&roster->lost, range->lower, range->upper))
            return false;
    }
    if (roster->pool_count + ranges > MAX_POOL)
        return false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < given->count; i++) {
        if (given->at[i].employee == employee->number)
            put_in(roster, given->at[i].lower, given->at[i].upper);
        else
            given->at[kept++] = given->at[i];
    }
    given->count = kept;
    employee->has_ids = false;
    return true;
}

struct employee *roster_most_pieces(const struct roster *roster, uint32_t *going)
{
    struct employee *most = NULL;
    *going = 0;
    for (uint32_t i = 0; i < roster->count; i++)
        roster_at(roster, roster->present[i])->pieces = 0;
    for (uint32_t i = 0; i < roster->given.count; i++) {
        const struct id_range *range = &roster->given.at[i];
        struct employee *employee = roster_at(roster, range->employee);
        uint32_t pieces = place_of(&roster->lost, range->upper) - place_of(&roster->lost, range->lower);
        if (employee->losing) {
            *going += pieces > 0 ? pieces - 1 : 0;
            continue;
        }
        employee->pieces += pieces;
        if (employee->pieces > (most ? most->pieces : 0))
            most = employee;
    }
    return most;
}

void roster_forget_ids(struct roster *roster)
{
    assert(roster->losing == 0);
    roster->given.count = roster->lost.count = 0;
    roster->pool_count = 0;
}

bool roster_owns(const struct roster *roster, const struct employee *employee, uint32_t lower, uint32_t upper)
{
    while (lower < upper) {
        const struct id_range *range = range_of(&roster->given, lower);
        if (range == NULL || range->employee != employee->number)
            return false;
        lower = range->upper;
    }
    return true;
}

uint32_t roster_given_from(const struct roster *roster, uint32_t id)
{
    const struct id_ranges *given = &roster->given;
    uint32_t place = place_of(given, id);
    return place > 0 && given->at[place - 1].upper > id ? place - 1 : place;
}

uint32_t roster_lost_behind(const struct roster *roster, uint32_t id)
{
    return roster->lost.count - place_of(&roster->lost, id);
}

struct employee *roster_next_of(const struct roster *roster, uint32_t *lower, uint32_t upper)
{
    const struct id_ranges *given = &roster->given;
    for (uint32_t i = roster_given_from(roster, *lower); i < given->count && given->at[i].lower < upper;
         i++) {
        struct employee *employee = roster_at(roster, given->at[i].employee);
        *lower = given->at[i].upper;
        if (!employee->losing)
            return employee;
    }
    return NULL;
}

bool roster_lose(struct roster *roster, uint32_t lower, uint32_t upper)
{
    struct id_ranges *lost = &roster->lost;
    const struct id_range *known = range_of(lost, lower);
    if (known && known->upper >= upper)
        return false;
    uint32_t place = place_of(lost, lower);
    if (place > 0 && lost->at[place - 1].upper > lower)
        place--;
    uint32_t end = place;
    while (end < lost->count && lost->at[end].lower < upper) /* what overlaps becomes a part of it */
        end++;
    if (end > place) {
        lower = lost->at[place].lower < lower ? lost->at[place].lower : lower;
        upper = lost->at[end - 1].upper > upper ? lost->at[end - 1].upper : upper;
        remove_at(lost, place, end - place); /* at once: there may be tens of thousands */
    }
    note_range(lost, (struct id_range){lower, upper, NO_RECORD});
    return true;
}

bool roster_is_lost(const struct roster *roster, uint32_t worker)
{
    if (!roster_has_lost(roster) || worker == WORKER_NIL)
        return false;
    if (range_of(&roster->lost, worker) != NULL)
        return true;
    const struct id_range *range = roster->losing > 0 ? range_of(&roster->given, worker) : NULL;
    return range && roster_at(roster, range->employee)->losing;
}

void roster_begin_loss(struct roster *roster, struct employee *employee)
{
    employee->losing = true;
    roster->losing++;
}

void roster_drop_ids(struct roster *roster, struct employee *employee)
{
    struct id_ranges *given = &roster->given;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < given->count; i++) {
        if (given->at[i].employee != employee->number)
            given->at[kept++] = given->at[i];
    }
    given->count = kept;
    employee->losing = employee->has_ids = false;
    roster->losing--;
}

struct employee *roster_responsible_for(const struct roster *roster, uint32_t worker)
{
    const struct id_range *range = range_of(&roster->given, worker);
    struct employee *employee = range ? roster_at(roster, range->employee) : NULL;
    return employee && !employee->losing ? employee : NULL;
}
