/* fault: what goes wrong in a run, and when. The faults come at random while there is work, and stop at last,
 * so that all that is left must come to its end. */
#include "common/link/post.h"
#include "tests/sim/client.h"
#include "tests/sim/look.h"
#include "tests/sim/world.h"

enum { STREAM_FAULTS = 300, BETWEEN = 4000 /* ms, at most, from one to the next */ };

void fault_begin(struct world *world)
{
    world->faults = rng_of(world->plan.seed, STREAM_FAULTS);
    world->faults_left = rng_below(&world->faults, world->plan.faults + 1);
    world->quiet = world->faults_left == 0;
    if (!world->quiet)
        world_later(world, 1000 + rng_below(&world->faults, BETWEEN), HAPPENS_FAULT, 0, 0, 0);
}

/* A living process of these kinds (a bit each), or NULL. */
static struct process *any(struct world *world, unsigned kinds)
{
    struct process *found = NULL;
    uint32_t seen = 0;
    for (unsigned i = 0; i < world->process_count; i++) {
        struct process *process = world->processes[i];
        if (process->alive && kinds >> process->kind & 1 && rng_below(&world->faults, ++seen) == 0)
            found = process;
    }
    return found;
}

static struct wire *any_wire(struct world *world)
{
    struct wire *found = NULL;
    uint32_t seen = 0;
    for (uint32_t i = 0; i < world->wire_count; i++) {
        struct wire *wire = world->wires[i];
        if (wire->used && !wire->cut && wire->ends[0].open && wire->ends[1].open &&
            rng_below(&world->faults, ++seen) == 0)
            found = wire;
    }
    return found;
}

static void blip(struct world *world, struct wire *wire)
{
    world_trace(world, "fault: the connection of %s and %s breaks", wire->ends[0].process->name,
                wire->ends[1].process->name);
    world->tally.blips++;
    net_cut(wire);
}

static void silence(struct world *world, struct wire *wire)
{
    unsigned side = rng_below(&world->faults, 2);
    uint32_t ms = rng_below(&world->faults, 10000);
    world_trace(world, "fault: %s does not hear %s for %u ms", wire->ends[side].process->name,
                wire->ends[!side].process->name, ms);
    world->tally.blips++;
    net_silence(wire, side, ms);
}

/* Longer than the links' expiry now and then: `losses` says that they may have ended. */
static uint32_t duration(struct world *world, bool may_lose)
{
    uint64_t expiry = world->settings.expiry;
    bool lose = may_lose && rng_chance(&world->faults, 1, 3);
    world->tally.losses += lose;
    return rng_below(&world->faults, lose ? (uint32_t)expiry * 2 : (uint32_t)expiry / 4);
}

static void part(struct world *world, struct process *process, bool may_lose)
{
    uint32_t ms = duration(world, may_lose);
    world_trace(world, "fault: %s is cut off for %u ms", process->name, ms);
    world->tally.partitions++;
    process->island = 1 + (uint32_t)process->number;
    world_later(world, ms, HAPPENS_HEALED, (uint32_t)process->number, 0, process->incarnation);
}

static void stall(struct world *world, struct process *process, bool may_lose)
{
    world->tally.stalls++;
    process_stop(process, duration(world, may_lose));
}

static void jump(struct world *world, struct process *process)
{
    uint32_t ms = rng_below(&world->faults, (uint32_t)world->settings.expiry);
    world_trace(world, "fault: the clock of %s jumps by %u ms", process->name, ms);
    world->tally.jumps++;
    world->tally.jumped += ms;
    process->skew += ms;
    process_unsteady(process);
    process_rearm(process);
}

static void kill(struct world *world, unsigned kind)
{
    struct process *process = any(world, 1u << kind);
    if (process == NULL)
        return;
    world->tally.kills++;
    process_kill(process, "was killed by signal 9 (Killed)");
}

/* SIGTERM. */
static void leave(struct world *world)
{
    struct process *shim = any(world, 1u << PROCESS_SHIM);
    struct event event = {.kind = EVENT_LEAVE};
    if (shim == NULL || shim->stopped)
        return;
    world_trace(world, "fault: %s is told to leave", shim->name);
    world->tally.losses++; /* what runs there when its time is up is lost */
    process_give(shim, &event);
}

/* The key of a peer that breaks protocol, or where there is none that of a client, is not let in any more:
 * each core ends what it has of it. It comes again, as if the key were let in anew. */
static void revoke(struct world *world)
{
    const struct process *peer = any(world, 1u << PROCESS_ROGUE | 1u << PROCESS_HOARDER);
    if (peer == NULL)
        peer = any(world, 1u << PROCESS_CLIENT);
    if (peer == NULL || !world->settings.keys)
        return;
    world_trace(world, "fault: the key of %s is revoked", peer->name);
    for (unsigned i = 0; i < world->process_count; i++) {
        struct process *process = world->processes[i];
        struct event event = {.kind = EVENT_REVOKED, .key = &peer->key};
        bool core = process->kind == PROCESS_BROKER || process->kind == PROCESS_SHIM;
        if (!core || !process->alive || process->stopped)
            continue;
        process_give(process, &event);
        look_revoked(world, process, &peer->key);
    }
}

static void one(struct world *world, enum fault_kind kind)
{
    enum {
        CORES = 1u << PROCESS_BROKER | 1u << PROCESS_SHIM,
        ALL = CORES | 1u << PROCESS_WORKER | 1u << PROCESS_CLIENT
    };
    bool may_lose = world->plan.kinds >> FAULT_SHIM & 1;
    struct wire *wire = any_wire(world);
    struct process *process = any(world, kind == FAULT_PART ? ALL & ~(1u << PROCESS_WORKER) : ALL);
    if ((kind <= FAULT_SILENCE && wire == NULL) || process == NULL)
        return;
    switch (kind) {
    case FAULT_BLIP: blip(world, wire); break;
    case FAULT_SILENCE: silence(world, wire); break;
    case FAULT_PART: part(world, process, may_lose); break;
    case FAULT_STALL: stall(world, process, may_lose); break;
    case FAULT_JUMP: jump(world, process); break;
    case FAULT_WORKER: kill(world, PROCESS_WORKER); break;
    case FAULT_SHIM: kill(world, PROCESS_SHIM); break;
    case FAULT_CLIENT: kill(world, PROCESS_CLIENT); break;
    case FAULT_BROKER: kill(world, PROCESS_BROKER); break;
    case FAULT_LEAVE: leave(world); break;
    case FAULT_ROGUE: revoke(world); break;
    case FAULT_LIMIT: break;
    }
}

void fault_next(struct world *world)
{
    uint32_t kinds = world->plan.kinds;
    world->trouble = world->now;
    if (world->faults_left == 0 || kinds == 0) {
        world->quiet = true;
        return;
    }
    world->faults_left--;
    uint32_t kind = rng_below(&world->faults, FAULT_LIMIT);
    while (!(kinds >> kind & 1))
        kind = (kind + 1) % FAULT_LIMIT;
    one(world, (enum fault_kind)kind);
    world_later(world, rng_below(&world->faults, rng_chance(&world->faults, 1, 3) ? 100 : BETWEEN),
                HAPPENS_FAULT, 0, 0, 0);
}
