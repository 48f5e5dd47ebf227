/* check: what must be true of the cluster: while it runs, and when all is done. It looks into the cores. */

#include "tests/sim/client.h"
#include "tests/sim/database.h"
#include "tests/sim/hand.h"
#include "tests/sim/hoarder.h"
#include "tests/sim/look.h"
#include "tests/sim/world.h"

enum {
    HEALED = 25000,   /* ms after the last trouble until all links are back */
    STALE = 1500,     /* ms without news in which work must not wait for a worker that rests */
    LONGEST = 3600000 /* ms that a run may take: more means that something waits for ever */
};

static bool all_left(const struct world *world)
{
    for (unsigned i = 0; i < world->process_count; i++) {
        const struct client *client = world->processes[i]->client;
        if (client && !client->left)
            return false;
    }
    return true;
}

/* A broker whose journal another one has, and which does not know yet: nobody is to obey it, so what it has
 * waits. */
static bool is_over(const struct process *core)
{
    return core->kind == PROCESS_BROKER && database_is_fenced(core);
}

/* Whether everybody has been well for long enough that links have come back. */
static bool is_calm(struct world *world)
{
    for (unsigned i = 0; i < world->process_count; i++) {
        const struct process *process = world->processes[i];
        bool well = process->alive || (process->client && process->client->left);
        if (!well || hoarder_crowds(process) || (process->epoch > 0 && is_over(process)) ||
            process->stopped || process->island != 0 || world->now < process->cut_until)
            world->trouble = world->now;
    }
    /* a boss that was killed unseen is followed, and a worker that connected by itself missed, when its link
     * is over */
    return world->now - world->trouble > HEALED + world->settings.expiry;
}

/* The lowest manager above a worker that takes nothing new, NULL: there is none. */
static const struct process *drains_above(const struct world *world, const struct process *worker)
{
    const struct process *shim = world->processes[worker->boss];
    for (; shim->kind == PROCESS_SHIM; shim = world->processes[shim->boss]) {
        if (shim->shim && look_drains(shim->shim))
            return shim;
    }
    return NULL;
}

/* The runtime of a task that waits at `core` for no reason while `worker` rests, NULL: there is none. A
 * manager that drains is given nothing but what descends from its own tasks. */
static const char *waits_for(const struct world *world, const struct process *core,
                             const struct process *worker)
{
    const struct process *drains = drains_above(world, worker);
    if (is_over(core))
        return NULL;
    if (drains == NULL || core == drains)
        return look_waiting(core, worker);
    return core->number == database_boss(world, drains->boss) ? look_own_waiting(core, worker) : NULL;
}

/* Once mail has settled nothing waits while a worker that could do it rests. It could not where it has tasks
 * of another session. */
static void check_idle(struct world *world)
{
    for (unsigned i = 0; i < world->process_count && !world->settings.apart; i++) {
        const struct process *worker = world->processes[i];
        if (!worker->alive || !worker->hand || !worker->hand->begun || worker->stopped ||
            worker->hand->resting_since == NEVER || world->now - worker->hand->resting_since < STALE)
            continue;
        for (unsigned j = 0; j < world->process_count; j++) {
            const struct process *core = world->processes[j];
            const char *runtime = core->hand ? look_ahead(core, worker) : waits_for(world, core, worker);
            if (runtime)
                world_fail(world, "a task for %s waits at %s, and %s rests", runtime, core->name,
                           worker->name);
        }
    }
}

/* A shim that is to leave, and has nothing left to do, does not wait for its grace time to end. */
static void check_drained(struct world *world)
{
    for (unsigned i = 0; i < world->process_count; i++) {
        const struct process *process = world->processes[i];
        if (process->shim && look_has_drained(process->shim))
            world_fail(world, "%s has drained, and is still there", process->name);
    }
}

void check_step(struct world *world)
{
    for (unsigned i = 0; i < world->process_count; i++)
        look_bounds(world, world->processes[i]);
    if (world->now - WORLD_START > LONGEST && !world->failed && !all_left(world)) {
        look_print(world);
        world_fail(world, "it does not come to its end");
    }
    if (world->now - world->last_news > STALE && world->now - world->looked > STALE) {
        world->looked = world->now;
        if (is_calm(world)) {
            check_idle(world);
            check_drained(world);
            for (unsigned i = 0; i < world->process_count && !world->failed; i++) {
                look_dropped(world, world->processes[i]);
                if (!is_over(world->processes[i]))
                    look_needless(world, world->processes[i]);
                if (world->processes[i]->shim)
                    look_unknown(world, world->processes[i]);
            }
        }
    }
    world->done = all_left(world) && world->quiet;
}

void check_end(struct world *world)
{
    for (unsigned i = 0; i < world->process_count && !world->failed; i++)
        look_rest(world, world->processes[i]);
}
