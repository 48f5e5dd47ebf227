/* look_shim: what is in a shim's tables; see look.h. */
#include "tests/sim/look.h"
#include "tests/sim/look_inner.h"
#include "worker-shim/core/shim_inner.h"

const struct boss *look_shim_boss(const struct shim *shim)
{
    return &shim->boss;
}

uint64_t look_shim_left(const struct shim *shim, const char **what)
{
    *what = "shared parts";
    if (shim->boss.post.shares.used > 0)
        return shim->boss.post.shares.used;
    *what = "flows";
    return shim->boss.queue.flows.used - 1;
}

bool look_shim_ends(const struct shim *shim)
{
    return shim->ending;
}

bool look_drains(const struct shim *shim)
{
    return shim->draining && !shim->ending;
}

uint64_t look_epoch(const struct shim *shim)
{
    return shim->above ? shim->above->epoch : 0;
}

bool look_has_drained(const struct shim *shim)
{
    return look_drains(shim) && shim->boss.ledger.tasks.used == 0;
}

bool look_shim_told(const struct shim *shim)
{
    const struct roster *roster = &shim->boss.roster;
    for (uint32_t i = 0; shim->above && shim->above->conn != NO_CONN && i < roster->count; i++)
        if (roster_at(roster, roster->present[i])->logs.over_rate > 0)
            return false;
    return true;
}
