/* boss_times: when tasks were taken in and given out, and how long they waited and ran; see boss.h. Only of
 * tasks whose client asks for it (task->timed), or where somebody serves these numbers (boss->timed). */
#include "common/boss/boss.h"

/* A power of two of managers shares, so that not all are told of each that comes. */
void boss_ask_traces(struct boss *boss)
{
    struct roster *roster = &boss->roster;
    uint64_t shares = 1;
    while (shares < roster->count)
        shares *= 2;
    struct message message = {.kind = KIND_TRACE};
    message.trace.count = boss->traced / shares + (boss->traced > 0 && boss->traced < shares);
    for (uint32_t i = 0; i < roster->count; i++) {
        struct employee *employee = roster_at(roster, roster->present[i]);
        bool takes = employee->peer->role == ROLE_MANAGER && employee->peer->features & FEATURE_TRACE;
        if (!takes || !employee->started || employee->traced == message.trace.count)
            continue;
        employee->traced = message.trace.count;
        post_send(&boss->post, employee->peer, &message, SLICE_NONE);
    }
}

/* The times of a task's runtime. Its place in the table may have had another name before. */
static struct runtime_times *times_of(struct boss *boss, uint32_t task)
{
    unsigned runtime = ledger_task(&boss->ledger, task)->runtime;
    struct runtime_times *times = &boss->by_runtime[runtime];
    uint32_t born = boss->runtimes.table[runtime].born;
    if (times->born != born)
        *times = (struct runtime_times){.born = born};
    return times;
}

void boss_note_taken(struct boss *boss, uint32_t task)
{
    slab_reach(&boss->times, task);
    *boss_times(boss, task) = (struct task_times){(uint32_t)boss->now, (uint32_t)boss->now};
}

void boss_note_given(struct boss *boss, uint32_t task)
{
    struct task_times *times = boss_times(boss, task);
    times->given = (uint32_t)boss->now;
    lapses_add(&times_of(boss, task)->waited, times->given - times->taken);
}

void boss_note_ended(struct boss *boss, uint32_t task)
{
    lapses_add(&times_of(boss, task)->ran, (uint32_t)boss->now - boss_times(boss, task)->given);
}
