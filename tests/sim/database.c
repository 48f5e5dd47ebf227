/* database: see database.h. */
#include "tests/sim/database.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/sim/look.h"
#include "tests/support/shelf.h"

enum {
    STREAM_DATABASE = 400,
    LOOK = 500,      /* ms between two looks of who has it, */
    AGAIN = 100,     /* and of who waits for it */
    PATIENCE = 3000, /* ms without an answer after which a leader ends, */
    HANGS = 60000,   /* or, where its thread hangs for long, looking for a name, say */
    LEASE = 5000,    /* ms without a sign of life of its after which the lock is free */
    CUT = 9000,      /* ms that a broker's database may be away */
};

struct database {
    struct rng rng;
    struct shelf *shelf;
    int brokers[2];
    const struct process *leader; /* who has the lock, */
    uint32_t incarnation;         /* in which of its lives; */
    uint64_t heard;               /* and when it gave a sign of life last */
    uint64_t epoch;
    uint64_t patience; /* ms */
};

void database_make(struct world *world, const struct process *broker)
{
    struct rng rng = rng_of(world->plan.seed, STREAM_DATABASE);
    if (!world->settings.cluster || rng_chance(&rng, 1, 2))
        return;
    struct database *database = world->database = mem_zalloc(1, sizeof *database);
    struct process *other = world_place(world, PROCESS_BROKER, "broker2");
    database->patience = rng_chance(&rng, 1, 2) ? PATIENCE : HANGS;
    database->rng = rng;
    database->shelf = shelf_new();
    database->brokers[0] = broker->number;
    database->brokers[1] = other->number;
    other->dials = broker->dials;
    other->key = broker->key;
    other->line_count = broker->line_count;
    memcpy(other->lines, broker->lines, sizeof other->lines);
}

void database_free(struct world *world)
{
    struct database *database = world->database;
    if (database == NULL)
        return;
    for (unsigned i = 0; i < 2; i++)
        world->processes[database->brokers[i]]->shelf = NULL;
    shelf_free(database->shelf);
    mem_free(database);
    world->database = NULL;
}

static bool reaches(const struct process *broker)
{
    return broker->island == 0 && broker->world->now >= broker->cut_until;
}

/* A process that ends closes its session, unless that is not heard. */
static bool is_free(const struct database *database, uint64_t now)
{
    const struct process *leader = database->leader;
    bool gone = leader == NULL || !leader->alive || leader->incarnation != database->incarnation;
    return (gone && (leader == NULL || now >= leader->cut_until)) || now - database->heard > LEASE;
}

static void look_later(struct process *broker, uint64_t ms)
{
    world_later(broker->world, ms, HAPPENS_LOOK, (uint32_t)broker->number, 0, broker->incarnation);
}

/* What the one before has said and not committed is lost, whether it knows that or not. */
static void take(struct database *database, struct process *broker)
{
    for (unsigned i = 0; i < 2; i++) {
        struct process *before = broker->world->processes[database->brokers[i]];
        if (before->shelf)
            journal_lose(before);
        before->shelf = NULL;
    }
    database->leader = broker;
    database->incarnation = broker->incarnation;
    database->heard = broker->heard = broker->world->now;
    broker->shelf = database->shelf;
    broker->epoch = ++database->epoch;
    world_trace(broker->world, "%s has the journal, in epoch %" PRIu64, broker->name, broker->epoch);
}

void database_join(struct process *broker)
{
    struct database *database = broker->world->database;
    broker->epoch = 0;
    if (reaches(broker) && is_free(database, broker->world->now))
        take(database, broker);
    look_later(broker, broker->epoch ? LOOK : AGAIN);
}

bool database_is_fenced(const struct process *broker)
{
    const struct database *database = broker->world->database;
    return database && broker->epoch != database->epoch;
}

static void end(struct process *broker, const char *how)
{
    process_kill(broker, how);
    broker->cut_until = broker->world->now; /* and its session with it */
}

static void look_at_own(struct process *broker)
{
    struct world *world = broker->world;
    struct database *database = world->database;
    if (reaches(broker) && database_is_fenced(broker)) {
        end(broker, "ends: another broker has the journal");
        return;
    }
    if (reaches(broker))
        database->heard = broker->heard = world->now;
    if (world->now - broker->heard >= database->patience) {
        end(broker, "ends: its database does not answer");
        return;
    }
    if (!world->quiet && rng_chance(&database->rng, 1, 25)) {
        broker->cut_until = world->now + rng_below(&database->rng, (uint32_t)database->patience + CUT);
        world->trouble = world->now;
        world_trace(world, "fault: %s does not reach its database for %" PRIu64 " ms", broker->name,
                    broker->cut_until - world->now);
    }
}

void database_look(struct process *broker)
{
    struct world *world = broker->world;
    if (broker->epoch == 0 && !broker->stopped && reaches(broker) && is_free(world->database, world->now)) {
        process_kill(broker, "is a standby, and begins anew, since the journal is free");
        return;
    }
    if (broker->epoch != 0 && !broker->stopped)
        look_at_own(broker);
    if (broker->alive)
        look_later(broker, broker->epoch ? LOOK : AGAIN);
}

bool database_commits(struct process *broker)
{
    struct world *world = broker->world;
    if (world->database == NULL)
        return true;
    if (!reaches(broker)) { /* it is tried again */
        world_later(world, AGAIN, HAPPENS_COMMIT, (uint32_t)broker->number, 0, broker->incarnation);
        return false;
    }
    if (database_is_fenced(broker)) { /* the UPDATE changes no row */
        end(broker, "ends: its transaction is refused");
        return false;
    }
    if (broker->epoch == world->database->epoch && broker->shelf)
        return true;
    world_fail(world, "%s commits in its epoch %" PRIu64 ", and the leader has %" PRIu64, broker->name,
               broker->epoch, world->database->epoch);
    return false;
}

int database_next(const struct world *world, int dialled)
{
    const struct database *database = world->database;
    if (database == NULL || world->processes[dialled]->kind != PROCESS_BROKER)
        return dialled;
    return database->brokers[dialled == database->brokers[0]];
}

int database_boss(const struct world *world, int number)
{
    const struct database *database = world->database;
    bool either = database && world->processes[number]->kind == PROCESS_BROKER && database->leader;
    return either ? database->leader->number : number;
}

void database_watch(struct process *shim)
{
    uint64_t epoch = look_epoch(shim->shim);
    if (epoch < shim->epoch && epoch != 0)
        world_fail(shim->world, "%s obeys a boss of epoch %" PRIu64 ", and has had one of epoch %" PRIu64,
                   shim->name, epoch, shim->epoch);
    if (epoch != 0)
        shim->epoch = epoch;
}
