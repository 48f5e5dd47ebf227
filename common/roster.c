/* roster: employees, their credit and their choice; see roster.h. Worker ids are roster_ids.c's. */
#include "common/roster.h"

#include <assert.h>

#include "common/mem.h"

void roster_init(struct roster *roster) {
    *roster = (struct roster){0};
    slab_init(&roster->employees, sizeof(struct employee));
}

void roster_free(struct roster *roster) {
    for (uint32_t i = 0; i < roster->team_count; i++) heap_free(&roster->teams[i].heap);
    mem_free(roster->teams);
    mem_free(roster->present);
    mem_free(roster->ranges);
    mem_free(roster->pool);
    slab_clear(&roster->employees);
}

struct employee *roster_add(struct roster *roster, struct peer *peer) {
    uint32_t number = slab_take(&roster->employees);
    struct employee *employee = roster_at(roster, number);
    employee->number = number;
    employee->peer = peer;
    employee->slot = employee->held = NO_RECORD;
    if (roster->count == roster->capacity) {
        roster->capacity = roster->capacity ? 2 * roster->capacity : 8;
        roster->present = mem_resize(roster->present, roster->capacity, sizeof(*roster->present));
    }
    roster->present[roster->count++] = number;
    return employee;
}

void roster_remove(struct roster *roster, struct employee *employee) {
    assert(employee->held == NO_RECORD);
    roster->credit -= heap_has(&employee->node) ? roster_credit(employee) : 0;
    if (roster->team_count > 0) heap_remove(&roster->teams[employee->team].heap, &employee->node);
    roster->total_workers -= employee->total_workers;
    for (uint32_t i = 0; i < roster->range_count; i++) {
        if (roster->ranges[i].employee == employee->number) roster->ranges[i].employee = NO_RECORD;
    }
    for (uint32_t i = 0; i < roster->count; i++) {
        if (roster->present[i] == employee->number) {
            roster->present[i] = roster->present[--roster->count];
            break;
        }
    }
    slab_give(&roster->employees, employee->number);
}

static uint32_t team_for(struct roster *roster, uint32_t runtimes) {
    for (uint32_t i = 0; i < roster->team_count; i++) {
        if (roster->teams[i].runtimes == runtimes) return i;
    }
    for (uint32_t i = 0; i < roster->team_count; i++) { /* an empty one is used again */
        if (roster->teams[i].heap.count > 0) continue;
        roster->teams[i].runtimes = runtimes;
        return i;
    }
    roster->teams = mem_resize(roster->teams, roster->team_count + 1, sizeof(*roster->teams));
    roster->teams[roster->team_count] = (struct team){.runtimes = runtimes};
    return roster->team_count++;
}

uint32_t roster_idle(const struct employee *employee) {
    uint32_t sent = employee->peer->tasks_sent;
    return employee->idle > sent ? employee->idle - sent : 0;
}

uint32_t roster_credit(const struct employee *employee) {
    uint32_t sent = employee->peer->tasks_sent;
    return employee->started && employee->room > sent ? employee->room - sent : 0;
}
