/* bounds: see bounds.h. Each group of draws has a stream of its own: other draws of a seed stay what they
 * were. */
#include "tests/sim/bounds.h"

#include "tests/sim/client.h"
#include "tests/sim/hoarder.h"

enum {
    STREAM_TIGHT = 202,
    STREAM_UNREAD = 203,
    STREAM_HOARD = 204,
    STREAM_SHAPE = 205,
    LEAST_MEMORY = 150000,  /* bytes: less has no room for the tasks of all clients, whatever they wait for */
    LEAST_UNREAD = 1 << 20, /* bytes: a 64th may be unread where there is no room */
    LEAST_ASKED = 32 << 10, /* bytes of answers: a client that goes on asks for less than this */
    LEAST_HEADER = 64 << 10, /* bytes: what bosses and managers bundle is no longer */
    LEAST_IDS = 1500         /* of one manager: those of its workers that die are many */
};

/* Bounds of one client, or of all that is kept. */
static void draw_tight(struct world *world)
{
    struct settings *settings = &world->settings;
    struct rng rng = rng_of(world->plan.seed, STREAM_TIGHT);
    if (rng_chance(&rng, 1, 4)) /* less would refuse some maps for good */
        settings->max_tasks = LARGEST_MAP + rng_below(&rng, LARGEST_MAP);
    if (rng_chance(&rng, 1, 4))
        settings->max_bytes = LARGEST_MAP * LARGEST_TASK + rng_below(&rng, LARGEST_MAP * LARGEST_TASK);
    settings->hoards_paths = !settings->max_bytes && rng_chance(&rng, 1, 4);
    settings->renewals = rng_between(&rng, 1, 10);
    if (!settings->max_bytes && !settings->hoards_paths && rng_chance(&rng, 1, 3))
        settings->max_memory = LEAST_MEMORY + rng_below(&rng, LEAST_MEMORY);
    settings->tight = settings->max_bytes || settings->max_memory;
    if (world->plan.clients > 2 && rng_chance(&rng, 1, 3))
        settings->max_clients = (uint32_t)rng_between(&rng, 2, world->plan.clients - 1);
    rng = rng_of(world->plan.seed, STREAM_UNREAD);
    if (settings->max_memory || rng_chance(&rng, 1, 3))
        settings->max_unread = (uint64_t)LEAST_UNREAD << rng_below(&rng, 2);
}

/* A bound that none who keep to the protocol meet, and somebody who fills it. */
static void draw_hoard(struct world *world)
{
    struct settings *settings = &world->settings;
    struct rng rng = rng_of(world->plan.seed, STREAM_HOARD);
    if (!rng_chance(&rng, 1, 3))
        return;
    settings->hoard = rng_between(&rng, HOARD_NOTHING + 1, HOARD_LIMIT - 1);
    switch (settings->hoard) {
    case HOARD_CONNECTIONS: settings->spare_connections = rng_between(&rng, 2, 5); break;
    case HOARD_IDS: settings->max_ids = LEAST_IDS + rng_below(&rng, LEAST_IDS); break;
    case HOARD_HEADERS: settings->max_header = LEAST_HEADER + rng_below(&rng, LEAST_HEADER); break;
    case HOARD_ANSWERS: settings->max_asked = LEAST_ASKED + rng_below(&rng, LEAST_ASKED); break;
    default: break; /* a bound that has no setting */
    }
}

/* Bounds that tasks meet by what they are like: how deep they nest, how much they log, how large they are. */
static void draw_shape(struct world *world)
{
    struct settings *settings = &world->settings;
    struct rng rng = rng_of(world->plan.seed, STREAM_SHAPE);
    if (rng_chance(&rng, 1, 6))
        settings->max_breadcrumbs = rng_between(&rng, 1, 4);
    if (rng_chance(&rng, 1, 5))
        settings->max_logs = rng_between(&rng, 1, 3);
    settings->bulky = rng_chance(&rng, 1, 5);
    if (settings->bulky && rng_chance(&rng, 1, 2))
        settings->max_body = 2 * LEAST_BODY + rng_below(&rng, LEAST_BODY);
}

void bounds_draw(struct world *world)
{
    draw_tight(world);
    draw_hoard(world);
    draw_shape(world);
}

static bool is_boss_of(const struct process *core, const struct process *process)
{
    if (process->kind == PROCESS_CLIENT || process->kind == PROCESS_ROGUE)
        return core->kind == PROCESS_BROKER || (process->kind == PROCESS_ROGUE && core->managers);
    return process->boss == core->number || core->boss == process->number ||
           (process->kind == PROCESS_BROKER &&
            core->kind == PROCESS_SHIM); /* a broker in place of its boss */
}

uint64_t bounds_connections(const struct process *core)
{
    const struct world *world = core->world;
    uint64_t needed = 0;
    for (unsigned i = 0; i < world->process_count; i++)
        needed += is_boss_of(core, world->processes[i]);
    return needed + world->settings.spare_connections;
}

/* The first one below each boss takes what its boss takes, so that somebody takes each task that any do. */
static void draw_taken(struct world *world)
{
    struct rng rng = rng_of(world->plan.seed, STREAM_SHAPE + 100);
    for (unsigned i = 0; i < world->process_count; i++) {
        struct process *process = world->processes[i];
        if (process->kind != PROCESS_SHIM && process->kind != PROCESS_WORKER)
            continue;
        const struct process *boss = world->processes[process->boss];
        uint64_t most = boss->kind == PROCESS_BROKER ? world->settings.max_body : boss->max_body;
        bool first = process->number == boss->number + 1, smaller = !first && rng_chance(&rng, 1, 2);
        uint64_t drawn = LEAST_BODY + rng_below(&rng, LEAST_BODY);
        process->max_body = smaller && (most == 0 || drawn < most) ? drawn : most;
    }
}

static void place_hoarder(struct world *world)
{
    static const enum key_role roles[HOARD_LIMIT] = {
        [HOARD_CONNECTIONS] = KEY_MANAGER, [HOARD_IDS] = KEY_MANAGER,    [HOARD_HEADERS] = KEY_MANAGER,
        [HOARD_BODIES] = KEY_MANAGER,      [HOARD_ANSWERS] = KEY_CLIENT, [HOARD_RUNTIMES] = KEY_MANAGER,
        [HOARD_ERRORS] = KEY_MANAGER};
    struct process *hoarder = world_place(world, PROCESS_HOARDER, "hoarder");
    hoarder->key.role = roles[world->settings.hoard];
    hoarder->dials = DOOR_FRONT;
    /* what a manager of managers lets in is its own to its boss: the runtimes and ids below it, too */
    bool below = world->settings.hoard != HOARD_ANSWERS && world->settings.hoard != HOARD_RUNTIMES &&
                 world->settings.hoard != HOARD_IDS;
    for (unsigned i = 0; i < world->process_count && hoarder->line_count < MOST_LINES; i++) {
        const struct process *core = world->processes[i];
        if (core->kind == PROCESS_BROKER || (core->managers && below))
            hoarder->lines[hoarder->line_count++] = (int)i;
    }
}

void bounds_place(struct world *world)
{
    if (world->settings.bulky)
        draw_taken(world);
    if (world->settings.hoard != HOARD_NOTHING)
        place_hoarder(world);
}
