/* process: a simulated process: starts, is given events and turns as the edge gives them (edge/README.md), is
 * stopped, goes on, dies. What stands inside is a real core, a simulated worker or a client. */
#include <string.h>

#include "broker/core/broker.h"
#include "common/base/mem.h"
#include "tests/sim/client.h"
#include "tests/sim/database.h"
#include "tests/sim/hand.h"
#include "tests/sim/hoarder.h"
#include "tests/sim/look.h"
#include "tests/sim/rogue.h"
#include "tests/sim/world.h"
#include "tests/support/shelf.h"
#include "worker-shim/core/shim.h"

enum {
    TURN_TAKES = 3,
    MOST_IDLE_TURNS = 2000, /* of one that has much to do, little at a time */
    MADE_UP_FOR = 20000     /* ms: longer than the renewals of all workers of a shim wait for each other */
};

uint64_t process_now(const struct process *process)
{
    return process->world->now + process->skew;
}

void process_start(struct process *process)
{
    process->alive = true;
    process->stopped = process->exits = process->turn_due = process->owes_turn = false;
    process->incarnation++;
    process->timer_at = NEVER;
    process->timer_serial++;
    process->island = 0;
    process->epoch = process->renewed = 0;
    world_trace(process->world, "%s starts", process->name);
    cluster_start(process);
    journal_load(process);
    process_turn(process);
}

static void end_inside(struct process *process)
{
    if (process->broker)
        broker_free(process->broker);
    if (process->shim)
        shim_free(process->shim);
    if (process->hand)
        hand_free(process->hand);
    if (process->rogue)
        rogue_free(process->rogue);
    process->broker = NULL;
    process->shim = NULL;
    process->hand = NULL;
    process->rogue = NULL;
    if (process->hoarder)
        hoarder_free(process->hoarder);
    process->hoarder = NULL;
    if (process->client)
        client_stop(process->client);
    outbox_clear(&process->outbox);
}

void process_free(struct process *process)
{
    end_inside(process);
    client_free(process->client);
    shelf_free(process->shelf);
    outbox_free(&process->outbox);
    mem_free(process->conns);
    mem_free(process->sides);
    mem_free(process->parked);
    mem_free(process);
}

static void step_inside(struct process *process, struct event *event)
{
    event->now = process_now(process);
    process->world->tally.steps++;
    if (process->broker)
        broker_step(process->broker, event, &process->outbox);
    else if (process->shim)
        shim_step(process->shim, event, &process->outbox);
    else if (process->hand)
        hand_step(process->hand, event, &process->outbox);
    else if (process->client)
        client_step(process->client, event, &process->outbox);
    else if (process->rogue)
        rogue_step(process->rogue, event, &process->outbox);
    else if (process->hoarder)
        hoarder_step(process->hoarder, event, &process->outbox);
    if (process->shim && event->kind == EVENT_TURN) {
        look_sums(process);
        database_watch(process);
    }
    if (event->kind == EVENT_TURN) {
        look_books(process);
        look_turn(process);
    }
    orders_carry_out(process);
}

void process_give(struct process *process, struct event *event)
{
    struct world *world = process->world;
    step_inside(process, event);
    if (process->alive && !process->turn_due) {
        process->turn_due = true;
        world_later(world, rng_below(&world->net, TURN_TAKES), HAPPENS_TURN, (uint32_t)process->number, 0,
                    process->incarnation);
    }
}

static uint64_t deadline(const struct process *process)
{
    if (process->broker)
        return broker_deadline(process->broker);
    if (process->shim)
        return shim_deadline(process->shim);
    if (process->hand)
        return hand_deadline(process->hand);
    if (process->client)
        return client_deadline(process->client);
    if (process->hoarder)
        return hoarder_deadline(process->hoarder);
    return process->rogue ? rogue_deadline(process->rogue) : NEVER;
}

/* Sets the one timer. */
void process_arm(struct process *process)
{
    uint64_t at = deadline(process), now = process_now(process);
    if (at == process->timer_at)
        return;
    process->timer_at = at;
    process->timer_serial++;
    if (at != NEVER)
        world_later(process->world, at > now ? at - now : 0, HAPPENS_TIMER, (uint32_t)process->number, 0,
                    process->timer_serial);
}

void process_rearm(struct process *process)
{
    process->timer_at = NEVER;
    process->timer_serial++;
    process_arm(process);
}

void process_unsteady(struct process *process)
{
    process->steady = process_now(process) + MADE_UP_FOR;
}

void process_turn(struct process *process)
{
    struct event event = {.kind = EVENT_TURN};
    if (process->stopped) {
        process->owes_turn = true;
        return;
    }
    step_inside(process, &event);
    if (!process->alive)
        return;
    process->idle_turns = deadline(process) <= process_now(process) ? process->idle_turns + 1 : 0;
    if (process->idle_turns > MOST_IDLE_TURNS)
        world_fail(process->world, "a deadline of %s is due again and again", process->name);
    process_arm(process);
}

/* Its workers end with a shim: they live under its guardian. */
static void end_workers(struct process *shim)
{
    struct world *world = shim->world;
    for (unsigned i = 0; i < world->process_count; i++) {
        struct process *worker = world->processes[i];
        if (worker->kind == PROCESS_WORKER && worker->boss == shim->number && worker->alive &&
            worker->slot != NO_CONN)
            process_kill(worker, "was killed by signal 9 (Killed)");
    }
}

void process_kill(struct process *process, const char *how)
{
    struct world *world = process->world;
    if (!process->alive)
        return;
    world_trace(world, "%s %s", process->name, how);
    world->trouble = world->now;
    process->alive = process->stopped = false;
    process->parked_count = 0;
    net_leave(process);
    if (process->hand)
        look_at_death(process);
    end_inside(process);
    journal_lose(process);
    process->timer_at = NEVER;
    process->timer_serial++;
    world->tally.restarts += process->kind == PROCESS_SHIM || process->kind == PROCESS_BROKER;
    if (process->kind == PROCESS_SHIM)
        end_workers(process);
    if (process->kind == PROCESS_WORKER && process->slot != NO_CONN) {
        struct process *shim = world->processes[process->boss];
        if (shim->alive)
            world_later(world, rng_below(&world->net, 30), HAPPENS_EXITED, (uint32_t)shim->number,
                        process->slot, shim->incarnation);
    } else {
        world_later(world, 50 + rng_below(&world->net, 3000), HAPPENS_START, (uint32_t)process->number, 0, 0);
    }
}

void process_spawned(struct process *shim, uint32_t slot)
{
    struct event event = {.kind = EVENT_SPAWNED, .number = slot, .pid = 100 + (long)slot};
    process_give(shim, &event);
}

void process_exited(struct process *shim, uint32_t slot)
{
    bool asked = rng_below(&shim->world->net, 4) == 0; /* a signal that others may have got as well */
    struct event event = {.kind = EVENT_EXITED,
                          .number = slot,
                          .asked = asked,
                          .text = asked ? "was killed by signal 15 (Terminated)"
                                        : "was killed by signal 9 (Killed)"};
    const struct world *world = shim->world;
    for (unsigned i = 0; i < world->process_count; i++) {
        const struct process *worker = world->processes[i];
        if (worker->kind == PROCESS_WORKER && worker->boss == shim->number && worker->slot == slot &&
            worker->has_word)
            event.word = &worker->word;
    }
    process_give(shim, &event);
}

void process_stop(struct process *process, uint64_t ms)
{
    if (!process->alive || process->stopped)
        return;
    process->stopped = true;
    process->owes_turn = true;
    world_trace(process->world, "%s is stopped", process->name);
    world_later(process->world, ms, HAPPENS_CONTINUE, (uint32_t)process->number, 0, process->incarnation);
}

/* What had arrived comes first, then a turn. */
void process_continue(struct process *process)
{
    struct world *world = process->world;
    if (!process->stopped)
        return;
    process->stopped = false;
    process_unsteady(process);
    world_trace(world, "%s goes on", process->name);
    for (size_t i = 0; i < process->parked_count; i++)
        world_later(world, 0, process->parked[i].what, process->parked[i].a, process->parked[i].b,
                    process->parked[i].serial);
    process->parked_count = 0;
    net_look(process);
    process->turn_due = true;
    world_later(world, 1, HAPPENS_TURN, (uint32_t)process->number, 0, process->incarnation);
}

void process_log(struct process *process, int level, const char *text)
{
    static const char *const levels[] = {"error", "warning", "info", "debug"};
    world_trace(process->world, "%s logs %s: %s", process->name, levels[level], text);
    process->world->tally.unread += strstr(text, "it does not read what it is sent") != NULL;
}
