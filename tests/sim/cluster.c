/* cluster: draws a cluster: a broker, a tree of shims, their workers, the clients, and how all of them are
 * set. */
#include <string.h>

#include "broker/core/broker.h"
#include "common/boss/boss.h"
#include "common/link/post.h"
#include "tests/sim/bounds.h"
#include "tests/sim/client.h"
#include "tests/sim/database.h"
#include "tests/sim/hand.h"
#include "tests/sim/hoarder.h"
#include "tests/sim/rogue.h"
#include "tests/sim/world.h"
#include "tests/support/shelf.h"
#include "worker-shim/core/shim.h"

enum {
    STREAM_CLUSTER = 200,
    STREAM_APART = 201,
    DEEPEST = 3,
    MOST_PROCESSES = 60,
    LATE = 3000,         /* ms */
    SHORT_GRACE = 20000, /* ms to drain at most: many a task is cut off by it, */
    LONG_GRACE = 600000, /* and few by this one */
    GONE = 100000        /* ms from a client's last sign until its session is over: before all is looked at */
};

static void place_workers(struct world *world, struct rng *rng, struct process *shim)
{
    char name[24];
    shim->workers = rng_between(rng, 1, 4);
    for (uint32_t slot = 0; slot < shim->workers; slot++) {
        snprintf(name, sizeof name, "worker%d.%u", shim->number, slot);
        struct process *worker = world_place(world, PROCESS_WORKER, name);
        worker->boss = shim->number;
        worker->narrow = shim->narrow || (slot > 0 && rng_chance(rng, 1, 4));
        worker->modern = rng_chance(rng, 2, 3);
        worker->slot = shim->only_connect ? NO_CONN : slot;
        worker->lines[worker->line_count++] = shim->number;
        worker->dials = DOOR_WORKERS;
    }
}

/* A manager below `boss`: with workers of its own, or with managers below it. */
static void place_shim(struct world *world, struct rng *rng, struct process *boss, unsigned depth)
{
    char name[24];
    snprintf(name, sizeof name, "shim%u", world->process_count);
    struct process *shim = world_place(world, PROCESS_SHIM, name);
    shim->dials = DOOR_FRONT;
    shim->boss = boss->number;
    shim->dials_boss = rng_chance(rng, 1, 4);
    if (!shim->dials_boss)
        boss->lines[boss->line_count++] = shim->number;
    shim->only_connect = rng_chance(rng, 1, 6);
    /* The first one below each is as wide as its boss, so that each runtime has a worker somewhere. */
    bool first = shim->number == boss->number + 1;
    shim->narrow = boss->narrow || (!first && rng_chance(rng, 1, 3));
    if (depth < DEEPEST && rng_chance(rng, 1, 3) && world->process_count < MOST_PROCESSES) {
        for (unsigned below = rng_between(rng, 1, 3); below > 0; below--)
            place_shim(world, rng, shim, depth + 1);
        shim->only_connect = false;
        shim->managers = true;
    } else {
        place_workers(world, rng, shim);
    }
    if (shim->dials_boss) /* its line is behind those to managers */
        shim->lines[shim->line_count] = boss->number;
}

static void draw_settings(struct world *world, struct rng *rng)
{
    struct settings *settings = &world->settings;
    settings->heartbeat = 200 + rng_below(rng, 3000);
    settings->expiry = 4000 + rng_below(rng, 30000);
    settings->client_expiry = 4000 + rng_below(rng, 60000);
    settings->redial = 100 + rng_below(rng, 2000);
    settings->window = 1024u << rng_below(rng, 14);
    settings->max_parts = rng_chance(rng, 1, 2) ? 0 : 300u << rng_below(rng, 10);
    settings->prefetch = rng_chance(rng, 1, 2) ? 0 : rng_between(rng, 1, 4);
    settings->cluster = rng_chance(rng, 1, 2);
    settings->keys = rng_chance(rng, 1, 2);
}

/* Somebody who knocks at the broker and at shims that listen. */
static void place_rogue(struct world *world)
{
    struct process *rogue = world_place(world, PROCESS_ROGUE, "rogue");
    for (unsigned i = 0; i < world->process_count && rogue->line_count < MOST_LINES; i++)
        if (world->processes[i]->kind == PROCESS_BROKER || world->processes[i]->kind == PROCESS_SHIM)
            rogue->lines[rogue->line_count++] = (int)i;
}

void cluster_make(struct world *world)
{
    struct rng rng = rng_of(world->plan.seed, STREAM_CLUSTER);
    struct rng apart =
        rng_of(world->plan.seed, STREAM_APART); /* its own: earlier seeds stay what they were */
    world->settings.apart = rng_chance(&apart, 1, 6);
    bounds_draw(world);
    char name[24];
    draw_settings(world, &rng);
    struct process *broker = world_place(world, PROCESS_BROKER, "broker");
    broker->dials = DOOR_FRONT;
    for (unsigned shims = rng_between(&rng, 1, 3); shims > 0; shims--)
        place_shim(world, &rng, broker, 1);
    for (unsigned i = 0; i < world->plan.clients; i++) {
        snprintf(name, sizeof name, "client%u", i);
        struct process *client = world_place(world, PROCESS_CLIENT, name);
        client->lines[client->line_count++] = broker->number;
        client->dials = DOOR_FRONT;
        client->client = client_new(client, world->plan.roots);
        client->client->hoards_paths = i == 0 && world->settings.hoards_paths;
    }
    if (world->plan.kinds >> FAULT_ROGUE & 1 && world->plan.faults > 0 && rng_chance(&rng, 1, 3))
        place_rogue(world);
    bounds_place(world);
    database_make(world, broker);
    if (world->database) /* who leads is what such a run is about */
        world->settings.max_clients = 0;
    bool late = world->settings.hoard == HOARD_RUNTIMES && rng_chance(&rng, 1, 2); /* the places are taken */
    for (unsigned i = 0; i < world->process_count; i++) {
        const struct process *process = world->processes[i];
        if (process->kind != PROCESS_WORKER || process->slot == NO_CONN)
            world_later(world, rng_below(&rng, 1000) + (late && process->kind == PROCESS_SHIM ? LATE : 0),
                        HAPPENS_START, i, 0, 0);
    }
}

static struct link_limits limits_of(const struct world *world, uint64_t expiry)
{
    return (struct link_limits){.heartbeat = world->settings.heartbeat,
                                .expiry = expiry,
                                .window = world->settings.window,
                                .max_body = 1 << 30,
                                .max_queue = 256 << 20,
                                .max_unread = world->settings.max_unread,
                                .max_parts = world->settings.max_parts};
}

static size_t name_lines(const struct process *process, const char **names)
{
    for (unsigned i = 0; i < process->line_count; i++)
        names[i] = process->world->processes[process->lines[i]]->name;
    return process->line_count;
}

/* As a rule so little work in a turn that messages are acted on in parts. */
static uint64_t work_of(const struct process *process)
{
    static const uint64_t works[] = {1, 8, 8, 40, 200, WORK};
    uint64_t draw = process->world->plan.seed * 31 + (uint64_t)process->number;
    if (process->world->settings.max_header) /* long headers are read in parts: in so many */
        return WORK / 10;
    return works[draw % (sizeof works / sizeof *works)];
}

/* Which cluster's it is, and in which epoch; of two brokers, one. */
static void give_journal(struct process *process, struct broker_config *config)
{
    struct world *world = process->world;
    uint64_t epoch = process->incarnation;
    if (world->database) {
        database_join(process);
        epoch = process->epoch;
        config->shared = true;
    } else if (world->settings.cluster && process->shelf == NULL) {
        process->shelf = shelf_new();
    }
    if (world->settings.cluster && epoch > 0) {
        memset(config->cluster, 'c', UUID_SIZE);
        config->epoch = epoch;
        config->settle = rng_below(&process->rng, 10000);
        config->grace = config->settle + rng_below(&process->rng, 30000);
    } else if (world->settings.cluster) {
        config->standby = "this broker is a standby";
    }
}

/* The bounds that both cores have, where they are drawn. */
static void set_bounds(const struct process *core, uint64_t *connections, uint64_t *ids, uint64_t *header,
                       uint64_t *breadcrumbs, uint64_t *logs)
{
    const struct settings *settings = &core->world->settings;
    const uint64_t drawn[] = {settings->spare_connections ? bounds_connections(core) : 0, settings->max_ids,
                              settings->max_header, settings->max_breadcrumbs, settings->max_logs};
    uint64_t *const bounds[] = {connections, ids, header, breadcrumbs, logs};
    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
        if (drawn[i])
            *bounds[i] = drawn[i];
}

static void start_broker(struct process *process)
{
    struct world *world = process->world;
    const char *names[MOST_LINES];
    struct broker_config config;
    broker_config_default(&config);
    rng_bytes(&process->rng, config.boot, UUID_SIZE);
    give_journal(process, &config);
    config.seed = rng_next(&process->rng);
    config.first_mailbox = world->now * 1000;
    config.history = 64;
    config.redial = world->settings.redial;
    config.client_link = limits_of(world, world->settings.client_expiry);
    config.employee_link = limits_of(world, world->settings.expiry);
    config.max_kills = 1 + rng_below(&process->rng, 20);
    config.lease = GONE - world->settings.client_expiry;
    config.work = work_of(process);
    if (world->settings.max_tasks)
        config.max_tasks = world->settings.max_tasks;
    if (world->settings.max_bytes)
        config.max_session_bytes = world->settings.max_bytes;
    config.max_memory = world->settings.max_memory;
    if (world->settings.max_clients)
        config.max_clients = world->settings.max_clients;
    if (world->settings.max_asked)
        config.client_link.max_unread = world->settings.max_asked;
    if (world->settings.hoard == HOARD_BODIES)
        config.employee_link.max_body = HOARDED_BODY;
    set_bounds(process, &config.max_connections, &config.max_ids, &config.max_header, &config.max_breadcrumbs,
               &config.max_logs);
    snprintf(config.name, sizeof config.name, "%s", process->name);
    size_t count = config.standby ? 0 : name_lines(process, names);
    process->broker = broker_new(&config, names, count, process_now(process));
}

static void start_shim(struct process *process)
{
    struct world *world = process->world;
    const char *names[MOST_LINES];
    struct shim_config config;
    shim_config_default(&config);
    rng_bytes(&process->rng, config.boot, UUID_SIZE);
    config.seed = rng_next(&process->rng);
    config.workers = process->workers;
    config.only_connect = process->only_connect;
    config.per_session = world->settings.apart && process->workers && !process->only_connect &&
                         world->processes[process->boss]->kind == PROCESS_BROKER;
    if (config.per_session)
        config.prefetch = 0;
    config.renew_rate = world->settings.renewals;
    config.prefetch = world->settings.prefetch;
    config.managers = process->managers;
    if (process->dials_boss)
        config.boss_line = world->processes[process->lines[process->line_count]]->name;
    config.ids = process->workers ? 1 + rng_below(&process->rng, 30) : 20 + rng_below(&process->rng, 300);
    config.work = work_of(process);
    config.redial = world->settings.redial;
    config.respawn_most = 2000;
    config.drain_grace = rng_below(&process->rng, rng_chance(&process->rng, 1, 2) ? LONG_GRACE : SHORT_GRACE);
    config.worker_young = 1000;
    config.boss_link = config.manager_link = limits_of(world, world->settings.expiry);
    config.worker_link = limits_of(world, world->settings.expiry);
    config.worker_link.heartbeat = 0;
    if (process->max_body)
        config.boss_link.max_body = process->max_body;
    if (world->settings.hoard == HOARD_BODIES)
        config.manager_link.max_body = HOARDED_BODY;
    set_bounds(process, &config.max_connections, &config.max_ids, &config.max_header, &config.max_breadcrumbs,
               &config.max_logs);
    snprintf(config.name, sizeof config.name, "%s", process->name);
    size_t count = name_lines(process, names);
    process->shim = shim_new(&config, names, count, process_now(process));
}

void cluster_start(struct process *process)
{
    switch (process->kind) {
    case PROCESS_BROKER: start_broker(process); break;
    case PROCESS_SHIM: start_shim(process); break;
    case PROCESS_WORKER:
        if (process->slot == NO_CONN)
            snprintf(process->given, sizeof process->given, "%s", process->name);
        process->hand = hand_new(process);
        break;
    case PROCESS_CLIENT: client_start(process->client); break;
    case PROCESS_ROGUE: process->rogue = rogue_new(process); break;
    case PROCESS_HOARDER: process->hoarder = hoarder_new(process); break;
    }
}
