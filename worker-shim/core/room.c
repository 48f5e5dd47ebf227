/* room: how much this shim may keep (limits/memory), and what happens where that is full: tasks of the boss's
 * go back, and it wants no more until there is room; what nobody can wait for fails. An eighth is left for
 * what comes all the same, so that no worker's link ends for want of room. */
#include <stdio.h>

#include "worker-shim/core/shim_inner.h"

enum { FOR_THE_REST = 8 /* one part of so many */ };

void room_init(struct shim *shim)
{
    uint64_t most = shim->config.max_memory;
    shim->boss.account.most = most;
    shim->kept = (struct account){.most = most - most / FOR_THE_REST, .above = &shim->boss.account};
    queue_set_account(&shim->boss.queue, shim->flow, &shim->kept);
}

bool room_has(const struct shim *shim, uint64_t bytes)
{
    return account_has_room(&shim->kept, bytes, NULL);
}

/* Whether nothing here will make room by itself: nothing runs, and nothing is to be given out. */
static bool is_stuck(const struct shim *shim)
{
    const struct boss *boss = &shim->boss;
    return boss->queue.count == 0 && roster_idle_sum(&boss->roster) >= boss->roster.total_workers;
}

void room_refuse(struct shim *shim, const struct task_header *header, uint64_t cost)
{
    if (!is_stuck(shim)) {
        builder_address(&shim->returns, &header->return_address);
        shim->short_of = cost > shim->short_of ? cost : shim->short_of;
        return;
    }
    char text[200];
    snprintf(
        text, sizeof text,
        "manager %s keeps %llu of the %llu bytes that it may (setting limits/memory), and has no room for a "
        "task of %llu bytes",
        shim->config.name, (unsigned long long)shim->boss.account.bytes,
        (unsigned long long)shim->config.max_memory, (unsigned long long)cost);
    struct address root = ledger_root_of_header(header);
    struct complaint complaint = {.code = CODE_TOO_LARGE,
                                  .text = span_text(text),
                                  .task = &header->return_address,
                                  .root = &root,
                                  .within = &header->return_address};
    above_send_error(shim, &complaint);
}

bool room_is_short(struct shim *shim)
{
    if (shim->short_of > 0 && (room_has(shim, shim->short_of) || is_stuck(shim)))
        shim->short_of = 0;
    return shim->short_of > 0;
}
