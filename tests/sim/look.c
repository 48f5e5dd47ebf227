/* look: see look.h. */
#include "tests/sim/look.h"
#include "common/boss/boss_own.h"

#include <inttypes.h>
#include <string.h>

#include "clients/c/core/worker_inner.h"
#include "common/base/mem.h"
#include "tests/sim/database.h"
#include "tests/sim/hand.h"
#include "tests/sim/look_inner.h"

const struct boss *look_boss(const struct process *process)
{
    if (process->broker)
        return look_broker_boss(process->broker);
    return process->shim ? look_shim_boss(process->shim) : NULL;
}

static bool has_runtime(const struct sim_hand *hand, const char *name)
{
    for (unsigned i = 0; hand->runtimes[i]; i++)
        if (strcmp(hand->runtimes[i], name) == 0)
            return true;
    return false;
}

const char *look_waiting(const struct process *core, const struct process *worker)
{
    const struct boss *boss = look_boss(core);
    if (boss == NULL)
        return NULL;
    for (unsigned i = 0; i < MAX_RUNTIMES; i++)
        if (boss->queue.mask >> i & 1 && has_runtime(worker->hand, boss->runtimes.table[i].name))
            return boss->runtimes.table[i].name;
    return NULL;
}

const char *look_own_waiting(const struct process *core, const struct process *worker)
{
    const struct boss *boss = look_boss(core);
    uint32_t place = 0;
    if (boss == NULL || boss->queue.count == 0)
        return NULL;
    const struct employee *employee = roster_responsible_for(&boss->roster, worker->hand->worker.id);
    for (uint32_t number; employee && (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD;) {
        const struct task *task = ledger_task(&boss->ledger, number);
        const char *runtime = boss->runtimes.table[task->runtime].name;
        if (task->queued && has_runtime(worker->hand, runtime) && boss_is_own(boss, employee, task))
            return runtime;
    }
    return NULL;
}

static void left(struct world *world, const struct process *process, uint64_t count, const char *what)
{
    if (count > 0)
        world_fail(world, "%s has %" PRIu64 " %s left when all is done", process->name, count, what);
}

void look_revoked(struct world *world, const struct process *process, const struct key *key)
{
    const struct post *post = &look_boss(process)->post;
    uint32_t peers = 0;
    for (uint32_t i = 0; i < post->peers.fresh; i++) {
        const struct peer *peer = slab_at(&post->peers, i);
        peers += peer->number == i + 1 && key_same(&peer->key, key);
    }
    if (peers > 0)
        world_fail(world, "%s has a link with %s, whose key was revoked", process->name, key->name);
    else if (process->broker && look_broker_of_key(process->broker, key) > 0)
        world_fail(world, "%s has a session of %s, whose key was revoked", process->name, key->name);
}

/* Whether somebody has the mailbox that the result of a task would go to. */
static bool is_wanted(const struct world *world, const struct address *address)
{
    for (unsigned i = 0; i < world->process_count; i++) {
        const struct sim_hand *hand = world->processes[i]->hand;
        if (hand && hand->begun && hand->worker.id == address->worker)
            return sim_worker_box(&hand->worker, address->mailbox) != NULL;
    }
    return address->worker == WORKER_NIL;
}

void look_needless(struct world *world, const struct process *process)
{
    const struct boss *boss = look_boss(process);
    uint32_t place = 0;
    if (boss == NULL)
        return;
    for (uint32_t number; (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD;) {
        const struct task *task = ledger_task(&boss->ledger, number);
        const struct address *address = &task->address;
        bool waits = !task->queued && ledger_holder(task) == NO_RECORD; /* for a manager that may come back */
        if (waits || is_wanted(world, address))
            continue;
        look_print(world);
        world_fail(world, "%s has the task (%u,%" PRIu64 ",%u), whose mailbox is gone", process->name,
                   address->worker, address->mailbox, address->slot);
        return;
    }
}

void look_unknown(struct world *world, const struct process *shim)
{
    const struct process *above = world->processes[database_boss(world, shim->boss)];
    const struct boss *boss = look_boss(above), *here = look_boss(shim);
    uint32_t place = 0;
    if (boss == NULL || here == NULL)
        return;
    for (uint32_t number; (number = ledger_walk(&here->ledger, &place)) != NO_RECORD;) {
        const struct task *task = ledger_task(&here->ledger, number);
        if (!task->from_above || ledger_find(&boss->ledger, &task->address) != NO_RECORD)
            continue;
        look_print(world);
        world_fail(world, "%s has the task (%u,%" PRIu64 ",%u), of which %s has never heard", shim->name,
                   task->address.worker, task->address.mailbox, task->address.slot, above->name);
        return;
    }
}

/* The roots that are left, for the trace. */
static void name_roots(const struct world *world, const struct process *process, const struct boss *boss)
{
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&boss->ledger.by_root, &place)) != NO_RECORD;)
        world_trace(world, "%s has the root (nil,%" PRIu64 ",%u)", process->name,
                    ledger_root(&boss->ledger, number)->address.mailbox,
                    ledger_root(&boss->ledger, number)->address.slot);
}

void look_rest(struct world *world, const struct process *process)
{
    const struct boss *boss = look_boss(process);
    const char *what = "";
    if (process->hand && process->hand->begun) {
        left(world, process, process->hand->worker.tasks != NULL, "tasks");
        left(world, process, !sim_worker_rests(&process->hand->worker), "active tasks");
        left(world, process, process->hand->core ? process->hand->core->ahead_count : 0, "tasks ahead");
    }
    if (boss == NULL)
        return;
    name_roots(world, process, boss);
    left(world, process, boss->ledger.tasks.used, "tasks");
    left(world, process, boss->ledger.roots.used, "roots");
    left(world, process, boss->ledger.cancelled.used, "cancelled sub-tasks");
    left(world, process, boss->ledger.raised.used, "children that were sent up");
    left(world, process, index_count(&boss->ledger.by_address), "addresses");
    left(world, process, boss->ledger.blocks.used, "blocks of addresses");
    left(world, process, boss->queue.count, "queued tasks");
    uint64_t count =
        process->broker ? look_broker_left(process->broker, &what) : look_shim_left(process->shim, &what);
    left(world, process, count, what);
    for (uint32_t i = 0; i < boss->roster.count; i++)
        left(world, process, roster_at(&boss->roster, boss->roster.present[i])->num_tasks,
             "tasks in the books of an employee");
}

void look_sums(const struct process *shim)
{
    const struct roster *roster = &look_boss(shim)->roster;
    uint64_t idle = 0, credit = 0, wanted = 0;
    uint32_t runtimes = 0, open = 0;
    if (roster->stale != NO_RECORD || look_shim_ends(shim->shim)) /* not settled: it has no boss to tell */
        return;
    for (uint32_t i = 0; i < roster->count; i++) {
        const struct employee *employee = roster_at(roster, roster->present[i]);
        idle += roster_idle(employee);
        credit += roster_credit(employee);
        wanted += employee->ids_wanted;
        runtimes |= employee->runtimes;
        open |= roster_ready(employee) > 0 ? roster_takes(employee) : 0;
    }
    if (roster->idle != idle || roster->credit != credit || roster->ids_wanted != wanted)
        world_fail(shim->world,
                   "%s counts %" PRIu64 " idle workers, room for %" PRIu64 " tasks and %" PRIu64
                   " wanted ids, and its employees have %" PRIu64 ", %" PRIu64 " and %" PRIu64,
                   shim->name, roster->idle, roster->credit, roster->ids_wanted, idle, credit, wanted);
    if (roster->runtimes != runtimes || roster_open(roster) != open)
        world_fail(shim->world, "%s counts the runtimes %x, idle for %x, and its employees have %x and %x",
                   shim->name, roster->runtimes, roster_open(roster), runtimes, open);
}

static uint64_t troubles(const struct world *world)
{
    const struct tally *tally = &world->tally;
    return tally->blips + tally->losses + tally->partitions + tally->stalls + tally->jumps + tally->restarts;
}

void world_unbegun(struct world *world, const struct address *address, uint32_t attempt)
{
    unsigned at = 0;
    while (at < world->unbegun_count && !address_equal(&world->unbegun[at].address, address))
        at++;
    if (at == world->unbegun_count)
        world->unbegun = mem_resize(world->unbegun, ++world->unbegun_count, sizeof(*world->unbegun));
    world->unbegun[at] = (struct unbegun){*address, attempt, troubles(world)};
}

void world_came(struct world *world, const struct address *address, uint32_t attempt)
{
    for (unsigned i = 0; i < world->unbegun_count; i++) {
        struct unbegun *at = &world->unbegun[i];
        if (!address_equal(&at->address, address))
            continue;
        bool read = world->tally.unread == 0; /* else a manager may have been given up a moment before */
        if (attempt > at->attempt && at->troubles == troubles(world) && read)
            world_fail(world, "a task has %u attempts, and had %u when a worker died that had not begun it",
                       attempt, at->attempt);
        *at = world->unbegun[--world->unbegun_count];
        return;
    }
}

static struct item *ahead_at(const struct worker *core, uint32_t index)
{
    return core->ahead[(core->ahead_first + index) & (core->ahead_capacity - 1)];
}

void look_at_death(struct process *process)
{
    const struct worker *core = process->hand->core;
    bool guarded = process->world->processes[process->boss]->alive; /* else they are lost with their shim */
    process->has_word = core && core->page && page_read(core->page, &process->word);
    for (uint32_t i = 0; process->has_word && guarded && i < core->ahead_count; i++) {
        const struct mailroom_work *task = &ahead_at(core, i)->shown.task;
        struct address address = inner_address(&task->address);
        world_unbegun(process->world, &address, task->attempt);
    }
}

const char *look_ahead(const struct process *holder, const struct process *worker)
{
    const struct worker *core = holder->hand->core;
    for (uint32_t i = 0; core && i < core->ahead_count; i++) {
        const char *runtime = ahead_at(core, i)->shown.task.runtime;
        if (has_runtime(worker->hand, runtime))
            return runtime;
    }
    return NULL;
}

/* What a worker's tasks wait for. */
static void print_tasks(const struct sim_worker *worker)
{
    for (const struct sim_task *task = worker->tasks; task; task = task->next) {
        const struct sim_box *box = task->waits ? sim_worker_box(worker, task->desired) : NULL;
        printf("    task (%d,%" PRIu64 ",%u)%s", (int)task->address.worker, task->address.mailbox,
               task->address.slot, task->waits ? " waits for" : "");
        for (uint32_t slot = 0; box && slot < box->expected; slot++)
            if (!box->there[slot])
                printf(" (%u,%" PRIu64 ",%u)", worker->id, box->id, slot);
        printf("\n");
    }
}

static void print_one(const struct process *process)
{
    const struct boss *boss = look_boss(process);
    if (!process->alive) {
        printf("  %s is dead\n", process->name);
    } else if (process->hand) {
        const struct sim_worker *worker = &process->hand->worker;
        unsigned tasks = 0;
        for (const struct sim_task *task = worker->tasks; task; task = task->next)
            tasks++;
        printf("  %s: id %u, line %u, %u tasks, %s\n", process->name, worker->id, process->hand->line.state,
               tasks, sim_worker_rests(worker) ? "rests" : "is busy");
        print_tasks(worker);
    } else if (boss) {
        printf("  %s: %u tasks, %u roots, %" PRIu64 " queued, credit %" PRIu64 "\n", process->name,
               boss->ledger.tasks.used, boss->ledger.roots.used, boss->queue.count, boss->roster.credit);
        for (uint32_t i = 0; i < boss->roster.count; i++) {
            const struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
            printf("    %s: idle %u, room %u, tasks %u, conn %d\n", employee->peer->name, employee->idle,
                   employee->room, employee->num_tasks, (int)employee->peer->conn);
        }
    }
}

void look_print(const struct world *world)
{
    for (unsigned i = 0; i < world->process_count; i++)
        print_one(world->processes[i]);
}
