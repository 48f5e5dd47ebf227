/* world: the clock and the queue of what will happen; see world.h. */
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/link.h"
#include "tests/sim/database.h"

enum { STREAM_NET = 100, STREAM_CHANCE };

void world_init(struct world *world, const struct plan *plan)
{
    *world = (struct world){.plan = *plan, .now = WORLD_START};
    world->net = rng_of(plan->seed, STREAM_NET);
    world->chance = rng_of(plan->seed, STREAM_CHANCE);
    cluster_make(world);
    fault_begin(world);
}

void world_free(struct world *world)
{
    database_free(world);
    for (unsigned i = 0; i < world->process_count; i++)
        process_free(world->processes[i]);
    net_free(world);
    mem_free(world->processes);
    mem_free(world->queue);
    mem_free(world->unbegun);
    for (uint32_t i = 0; i < world->logged_count; i++)
        mem_free(world->logged[i].told);
    mem_free(world->logged);
}

/* A key of its own, which a process that comes in its place has too, and a host: clients share two of them,
 * one with the rogue. */
static void give_key(struct process *process)
{
    static const enum key_role roles[] = {
        [PROCESS_BROKER] = KEY_BROKER, [PROCESS_SHIM] = KEY_MANAGER, [PROCESS_WORKER] = KEY_WORKER,
        [PROCESS_CLIENT] = KEY_CLIENT, [PROCESS_ROGUE] = KEY_CLIENT, [PROCESS_HOARDER] = KEY_MANAGER,
    };
    enum { SHARED = 1000 };
    bool shared = process->kind >= PROCESS_CLIENT;
    process->host = shared ? SHARED + (uint64_t)process->number % 2 : 1 + (uint64_t)process->number;
    process->key.role = roles[process->kind];
    if (process->kind == PROCESS_ROGUE && process->number % 2 == 0)
        process->key.role = KEY_MANAGER;
    memset(process->key.bytes, 1 + process->number, sizeof process->key.bytes);
    snprintf(process->key.name, sizeof process->key.name, "%s", process->name);
}

struct process *world_place(struct world *world, enum process_kind kind, const char *name)
{
    struct process *process = mem_zalloc(1, sizeof *process);
    process->world = world;
    process->kind = kind;
    process->number = (int)world->process_count;
    process->boss = NOBODY;
    process->timer_at = NEVER;
    process->rng = rng_of(world->plan.seed, 1000 + world->process_count);
    snprintf(process->name, sizeof process->name, "%s", name);
    give_key(process);
    world->processes = mem_resize(world->processes, world->process_count + 1, sizeof *world->processes);
    world->processes[world->process_count++] = process;
    return process;
}

static bool is_before(const struct happening *a, const struct happening *b)
{
    return a->time < b->time || (a->time == b->time && a->order < b->order);
}

void world_later(struct world *world, uint64_t ms, enum happens what, uint32_t a, uint32_t b, uint32_t serial)
{
    struct happening happening = {world->now + ms, world->order++, what, a, b, serial};
    if (world->queued == world->queue_capacity) {
        world->queue_capacity = world->queue_capacity ? 2 * world->queue_capacity : 256;
        world->queue = mem_resize(world->queue, world->queue_capacity, sizeof *world->queue);
    }
    size_t at = world->queued++;
    while (at > 0 && is_before(&happening, &world->queue[(at - 1) / 2])) {
        world->queue[at] = world->queue[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    world->queue[at] = happening;
}

static struct happening take_first(struct world *world)
{
    struct happening first = world->queue[0], last = world->queue[--world->queued];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= world->queued)
            break;
        if (child + 1 < world->queued && is_before(&world->queue[child + 1], &world->queue[child]))
            child++;
        if (!is_before(&world->queue[child], &last))
            break;
        world->queue[at] = world->queue[child];
        at = child;
    }
    if (world->queued > 0)
        world->queue[at] = last;
    return first;
}

static void of_process(struct world *world, const struct happening *happening)
{
    struct process *process = world->processes[happening->a];
    if (happening->what == HAPPENS_START) {
        if (!process->alive)
            process_start(process);
        return;
    }
    if (happening->what == HAPPENS_TIMER) {
        if (process->alive && happening->serial == process->timer_serial) {
            process->timer_at = NEVER;
            process_turn(process);
        }
        return;
    }
    if (!process->alive || happening->serial != process->incarnation)
        return;
    switch (happening->what) {
    case HAPPENS_DIALLED: orders_dialled(process, happening->b); break;
    case HAPPENS_TURN:
        process->turn_due = false;
        process_turn(process);
        break;
    case HAPPENS_SPAWNED: process_spawned(process, happening->b); break;
    case HAPPENS_EXITED: process_exited(process, happening->b); break;
    case HAPPENS_CONTINUE: process_continue(process); break;
    case HAPPENS_HEALED: process->island = 0; break;
    case HAPPENS_DEATH: process_kill(process, "was killed by signal 9 (Killed)"); break;
    case HAPPENS_COMMIT: journal_commit(process); break;
    case HAPPENS_WRITABLE: journal_writable(process); break;
    case HAPPENS_LOOK: database_look(process); break;
    default: break;
    }
}

/* A stopped process hears of it when it goes on. */
static bool is_parked(struct world *world, const struct happening *happening)
{
    bool of_its = happening->what == HAPPENS_DIALLED || happening->what == HAPPENS_SPAWNED ||
                  happening->what == HAPPENS_EXITED;
    struct process *process = NULL;
    if (of_its)
        process = world->processes[happening->a];
    if (process == NULL || !process->stopped)
        return false;
    if (process->parked_count == process->parked_capacity) {
        process->parked_capacity = process->parked_capacity ? 2 * process->parked_capacity : 8;
        process->parked = mem_resize(process->parked, process->parked_capacity, sizeof *process->parked);
    }
    process->parked[process->parked_count++] = *happening;
    return true;
}

bool world_step(struct world *world)
{
    if (world->queued == 0 || world->failed)
        return false;
    struct happening happening = take_first(world);
    world->now = happening.time > world->now ? happening.time : world->now;
    if (is_parked(world, &happening))
        return true;
    switch (happening.what) {
    case HAPPENS_MAIL: net_mail(world, &happening); break;
    case HAPPENS_CLOSED: net_closed(world, &happening); break;
    case HAPPENS_FAULT: fault_next(world); break;
    default: of_process(world, &happening);
    }
    check_step(world);
    return true;
}

void world_fail(struct world *world, const char *format, ...)
{
    va_list arguments;
    if (world->failed)
        return;
    world->failed = true;
    printf("seed %" PRIu64 " fails at %" PRIu64 " ms, step %" PRIu64 ": ", world->plan.seed,
           world->now - WORLD_START, world->tally.steps);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
}

void world_trace(const struct world *world, const char *format, ...)
{
    va_list arguments;
    if (!world->plan.trace)
        return;
    printf("%9" PRIu64 "  ", world->now - WORLD_START);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
}
