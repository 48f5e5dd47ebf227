/* boss_counts: what COUNTS says of any boss, be it the broker or a shim; see boss.h. */
#include <stdio.h>

#include "common/boss/boss.h"

/* "runtime NAME": how many employees have it. "queued NAME": how many tasks wait for it, where any do. */
static void count_runtimes(const struct boss *boss, struct builder *counts)
{
    const struct roster *roster = &boss->roster;
    char name[MAX_RUNTIME + 16];
    for (uint32_t mask = roster->runtimes; mask; mask &= mask - 1) {
        unsigned number = (unsigned)__builtin_ctz(mask);
        uint64_t have = 0;
        for (uint32_t i = 0; i < roster->count; i++)
            have += roster_at(roster, roster->present[i])->runtimes >> number & 1;
        snprintf(name, sizeof name, "runtime %s", boss->runtimes.table[number].name);
        builder_count(counts, span_text(name), have);
    }
    for (unsigned number = 0; number < MAX_RUNTIMES; number++) {
        snprintf(name, sizeof name, "queued %s", boss->runtimes.table[number].name);
        if (boss->queue.counts[number] > 0)
            builder_count(counts, span_text(name), boss->queue.counts[number]);
    }
}

void boss_counts(const struct boss *boss, struct builder *counts)
{
    uint64_t managers = 0;
    for (uint32_t i = 0; i < boss->roster.count; i++)
        managers += roster_at(&boss->roster, boss->roster.present[i])->peer->role == ROLE_MANAGER;
    builder_count(counts, span_text("managers"), managers);
    builder_count(counts, span_text("workers"), boss->roster.total_workers);
    builder_count(counts, span_text("idle"), roster_idle_sum(&boss->roster));
    builder_count(counts, span_text("tasks"), boss->ledger.tasks.used);
    builder_count(counts, span_text("queued"), boss->queue.count);
    builder_count(counts, span_text("memory"), boss->memory);
    builder_count(counts, span_text("discarded"), boss->discarded);
    builder_count(counts, span_text("misbehaved"), boss->misbehaved);
    count_runtimes(boss, counts);
}
