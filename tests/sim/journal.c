/* journal: the journal of a simulated broker, which outlives its process: what is written when, and what is
 * lost with it. As a rule a group is written within ms; now and then it takes long, the broker hears of it
 * late, or the disk is full for a while. */
#include "tests/sim/database.h"
#include "tests/support/shelf.h"

enum { SOON = 10, LONG = 3000, FULL = 5000 /* ms */ };

/* The group that is being collected will be written. */
static void plan(struct process *process)
{
    struct world *world = process->world;
    bool slow = !world->quiet && rng_chance(&world->net, 1, 50);
    if (process->commits)
        return;
    process->commits = true;
    world_later(world, rng_below(&world->net, slow ? LONG : SOON), HAPPENS_COMMIT, (uint32_t)process->number,
                0, process->incarnation);
}

void journal_say(struct process *process, const struct record *record)
{
    if (database_is_fenced(process)) { /* nobody hears it */
        plan(process);
        return;
    }
    const char *wrong = process->shelf ? shelf_say(process->shelf, record) : "there is no journal";
    if (wrong)
        world_fail(process->world, "%s: a record of kind %u, verb %u: %s", process->name, record->kind,
                   record->verb, wrong);
    plan(process);
}

/* It is full, and says so; what is said all the same waits. */
static void fill(struct process *process)
{
    struct world *world = process->world;
    struct event event = {.kind = EVENT_JOURNAL, .text = "the disk is full"};
    world_later(world, rng_below(&world->net, FULL), HAPPENS_WRITABLE, (uint32_t)process->number, 0,
                process->incarnation);
    process_give(process, &event);
}

void journal_commit(struct process *process)
{
    struct world *world = process->world;
    struct event event = {.kind = EVENT_COMMITTED};
    if (process->stopped) { /* a thread of a process that stands still */
        process->commits = false;
        plan(process);
        return;
    }
    if (!database_commits(process))
        return;
    if (!world->quiet && rng_chance(&world->net, 1, 200)) {
        fill(process);
        return;
    }
    process->commits = false;
    bool whole = !rng_chance(&world->net, 1, 3); /* a group may end anywhere */
    size_t waiting = shelf_waiting(process->shelf);
    event.sequence = shelf_commit_some(process->shelf, whole ? waiting : rng_below(&world->net, waiting + 1));
    if (shelf_waiting(process->shelf) > 0)
        plan(process);
    if (!world->quiet && rng_chance(&world->net, 1, 20))
        plan(process); /* it is written, and the process does not hear of it yet, or never */
    else
        process_give(process, &event);
}

void journal_writable(struct process *process)
{
    struct event event = {.kind = EVENT_JOURNAL};
    if (process->stopped) {
        world_later(process->world, SOON, HAPPENS_WRITABLE, (uint32_t)process->number, 0,
                    process->incarnation);
        return;
    }
    process->commits = false;
    plan(process);
    process_give(process, &event);
}

void journal_lose(struct process *process)
{
    struct rng *rng = &process->world->net;
    process->commits = false;
    if (process->shelf == NULL)
        return;
    if (rng_chance(rng, 2, 3)) /* the group under way was written, or the one before its last records */
        shelf_commit_some(process->shelf, rng_below(rng, shelf_waiting(process->shelf) + 1));
    shelf_crash(process->shelf);
}

void journal_load(struct process *process)
{
    const struct record *record;
    bool standby = process->world->database && process->epoch == 0;
    if (process->kind != PROCESS_BROKER || process->shelf == NULL || standby)
        return;
    for (size_t at = 0; (record = shelf_next(process->shelf, &at)) != NULL;) {
        struct event event = {.kind = EVENT_LOAD, .record = record};
        process_give(process, &event);
    }
    struct event event = {.kind = EVENT_LOADED};
    process_give(process, &event);
}
