/* restart: this process goes on with what another one of the same broker has begun (PROTOCOL.md section 3, "A
 * boss that goes on"). The tasks of the journal wait until it is known who has them: the managers that the
 * journal names say so (HOLDS).
 *
 *   what a manager says that it has     runs there; where two say so, who ends it first ends it
 *
 *   what had been given to a manager    is queued when that has said all it has, and not this;
 *                                       is lost with it when it does not come within `grace`
 *
 *   what had been queued                is queued when all have said what they have, or `settle`
 *                                       is over: that it was given out may not be written down
 *
 *   what descends from what one has     waits for that one, within `grace`, before it is queued
 *
 *   what a manager has and is unknown   is cancelled there when `settle` is over, and the manager of its
 *                                       parent has said all again: its SUBMIT may come again. Where it
 *                                       fails before, its root fails, for that is said once; where it
 *                                       ends otherwise it is given out anew
 */
#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

enum {
    PART = 4,       /* of a turn's work, for the tasks that wait */
    WORK_FOUND = 3, /* one is looked for in the books */
};

/* A manager that tasks had been given to. */
struct home {
    uint8_t boot[UUID_SIZE];
    bool came; /* it is here again, and has said all that it has */
    bool gone; /* and nobody waits for it */
};

/* A task of the journal that nobody has said to have yet. Its number here is in task->next. */
struct waiting {
    struct address address;
    uint32_t home; /* of the manager that it was given to; NO_RECORD: it was queued */
    bool over;     /* seen to */
};

static struct restart *restart_of(struct broker *broker)
{
    return &broker->journal.restart;
}

void restart_init(struct broker *broker)
{
    broker->journal.restart = (struct restart){.settle_until = NEVER, .grace_until = NEVER};
    index_init(&broker->journal.restart.by_boot);
}

void restart_free(struct broker *broker)
{
    mem_free(restart_of(broker)->tasks);
    mem_free(restart_of(broker)->homes);
    index_free(&restart_of(broker)->by_boot);
}

void restart_wait(struct broker *broker, uint32_t number)
{
    struct restart *restart = restart_of(broker);
    struct task *task = ledger_task(&broker->boss.ledger, number);
    if (restart->count == restart->capacity) {
        restart->capacity = restart->count ? 2 * restart->count : 64;
        restart->tasks = mem_resize(restart->tasks, restart->capacity, sizeof *restart->tasks);
    }
    task->next = restart->count;
    restart->tasks[restart->count++] = (struct waiting){.address = task->address, .home = NO_RECORD};
}

/* The home of this boot, or NO_RECORD. */
static uint32_t find_home(struct broker *broker, const uint8_t *boot)
{
    struct restart *restart = restart_of(broker);
    struct index_cursor cursor = index_find(&restart->by_boot, index_hash16(broker->config.seed, boot));
    for (uint32_t number; (number = index_next(&restart->by_boot, &cursor)) != NO_RECORD;) {
        if (memcmp(restart->homes[number].boot, boot, UUID_SIZE) == 0)
            return number;
    }
    return NO_RECORD;
}

static uint32_t need_home(struct broker *broker, const uint8_t *boot)
{
    struct restart *restart = restart_of(broker);
    uint32_t number = find_home(broker, boot);
    if (number != NO_RECORD)
        return number;
    if (restart->home_count == restart->home_capacity) {
        restart->home_capacity = restart->home_count ? 2 * restart->home_count : 16;
        restart->homes = mem_resize(restart->homes, restart->home_capacity, sizeof *restart->homes);
    }
    number = restart->home_count++;
    restart->homes[number] = (struct home){0};
    memcpy(restart->homes[number].boot, boot, UUID_SIZE);
    index_add(&restart->by_boot, index_hash16(broker->config.seed, boot), number);
    return number;
}

void restart_given(struct broker *broker, uint32_t number, const uint8_t *boot)
{
    struct restart *restart = restart_of(broker);
    uint32_t place = ledger_task(&broker->boss.ledger, number)->next;
    restart->tasks[place].home = uuid_is_set(boot) ? need_home(broker, boot) : NO_RECORD;
}

/* The task, where it still waits; NO_RECORD: somebody has it, or it is over. */
static uint32_t find(struct broker *broker, struct waiting *waiting)
{
    uint32_t number = ledger_find(&broker->boss.ledger, &waiting->address);
    const struct task *task = number == NO_RECORD ? NULL : ledger_task(&broker->boss.ledger, number);
    if (task == NULL || waiting->over || task->queued || ledger_holder(task) != NO_RECORD ||
        boss_is_doomed(&broker->boss, task)) {
        waiting->over = true;
        return NO_RECORD;
    }
    return number;
}

bool restart_is_away(const struct broker *broker, uint32_t worker)
{
    return worker != WORKER_NIL && restart_may_have(broker, worker) &&
           roster_responsible_for(&broker->boss.roster, worker) == NULL;
}

/* Whether it descends from what runs at a manager that has not come back, and maybe never will. */
static bool waits_for_parent(const struct broker *broker, const struct task *task)
{
    struct list crumbs = ledger_breadcrumbs(task);
    bool away = restart_is_away(broker, task->address.worker);
    for (struct address crumb; list_next_address(&crumbs, &crumb);)
        away |= restart_is_away(broker, crumb.worker);
    return away;
}

static bool descends(const struct task *task, const struct address *from)
{
    struct list crumbs = ledger_breadcrumbs(task);
    for (struct address crumb; list_next_address(&crumbs, &crumb);) {
        if (address_equal(&crumb, from))
            return true;
    }
    return false;
}

/* A task that ran, and does not any more, begins anew: nobody waits for what descends from it. */
static void cancel_descendants(struct broker *broker, const struct task *task)
{
    struct boss *boss = &broker->boss;
    struct builder list = {0};
    const struct root *root = ledger_root_of(&boss->ledger, task);
    uint32_t number = root ? root->tasks : NO_RECORD;
    for (; number != NO_RECORD; number = ledger_next_of_root(&boss->ledger, number)) {
        const struct task *one = ledger_task(&boss->ledger, number);
        if (descends(one, &task->address))
            builder_address(&list, &one->address);
        boss_spend(boss, WORK_LOOK);
    }
    struct list left = builder_list(&list);
    while (left.count > 0) { /* as many as one message may name */
        struct list part = {.at = left.at};
        struct address address;
        while (part.count < MAX_ADDRESSES && list_next_address(&left, &address))
            part.count++;
        part.end = left.at;
        boss_cancel(boss, ledger_root_number(&boss->ledger, task), part);
    }
    builder_free(&list);
}

/* Nobody has it: it is for everybody, as soon as its parent is there. */
static void queue(struct broker *broker, struct waiting *waiting, uint32_t number)
{
    if (waits_for_parent(broker, ledger_task(&broker->boss.ledger, number)))
        return;
    waiting->over = true;
    if (waiting->home != NO_RECORD)
        cancel_descendants(broker, ledger_task(&broker->boss.ledger, number));
    boss_queue(&broker->boss, number, job_flow(broker, ledger_task(&broker->boss.ledger, number)));
    boss_spend(&broker->boss, WORK_TASK);
}

/* Who had it does not come back. */
static void lose(struct broker *broker, struct waiting *waiting, uint32_t number, const char *why)
{
    waiting->over = true;
    employee_returns(broker, number, RETURN_LOST, span_text(why));
    boss_spend(&broker->boss, WORK_RETURN);
}

/* What is known of it by now. */
static void look_at(struct broker *broker, struct waiting *waiting)
{
    struct restart *restart = restart_of(broker);
    const struct home *home = waiting->home == NO_RECORD ? NULL : &restart->homes[waiting->home];
    bool waits = home && !home->came && !home->gone && !restart->last;
    if (waiting->over || waits)
        return;
    uint32_t number = find(broker, waiting);
    boss_spend(&broker->boss, WORK_FOUND);
    if (number == NO_RECORD)
        return;
    if (home == NULL || home->came)
        queue(broker, waiting, number);
    else
        lose(broker, waiting, number,
             home->gone ? "its manager is gone"
                        : "its manager did not come back after the broker was started anew");
}

/* Those that wait are looked at, from the first on. */
static void look(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    restart->looks = true;
    restart->at = 0;
}

/* Whether all runtimes that wait have been seen to. */
static bool settle_runtimes(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    if (restart->settles && versions_settle(broker, broker->boss.roster.runtimes))
        restart->settles = false;
    return !restart->settles;
}

/* All that was queued may be given out. */
static void settle(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    restart->settle_until = NEVER;
    restart->settles = true;
    for (uint32_t i = 0; i < restart->home_count; i++)
        restart->homes[i].gone = true;
    for (uint32_t i = 0; i < broker->journal.manager_count; i++) {
        uint32_t home = find_home(broker, broker->journal.managers[i].boot);
        if (home != NO_RECORD)
            restart->homes[home].gone = false;
    }
    look(broker);
}

/* Ids of managers that have not come back are lost, and what descends from their workers. */
static void lose_ids(struct broker *broker)
{
    struct builder ranges = {0};
    uint32_t lower, upper = 0;
    while (roster_next_unknown(&broker->boss.roster, restart_of(broker)->ids, &lower, &upper))
        builder_range(&ranges, lower, upper);
    if (ranges.count > 0)
        boss_lose_ids(&broker->boss, builder_list(&ranges));
    builder_free(&ranges);
}

/* Nobody is waited for any more. */
static void finish(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    if (restart->settle_until != NEVER)
        settle(broker);
    restart->grace_until = NEVER;
    managers_give_up(broker);
    lose_ids(broker);
    restart->last = true;
    look(broker);
}

/* All of them were seen to. */
static void end(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    down_give_up(broker);
    restart->ids = 0;
    restart->last = false;
    mem_free(restart->tasks);
    mem_free(restart->homes);
    index_free(&restart->by_boot);
    index_init(&restart->by_boot);
    restart->tasks = NULL;
    restart->homes = NULL;
    restart->count = restart->capacity = restart->home_count = restart->home_capacity = 0;
    claims_wait(broker);
}

void restart_begin(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    restart->ids = broker->journal.ids;
    restart->settle_until = broker->boss.now + broker->config.settle;
    restart->grace_until = broker->boss.now + broker->config.grace;
    if (broker->journal.awaited > 0)
        outbox_log(broker->boss.outbox, LOG_INFO, "waiting for %u managers, which may have some of them",
                   broker->journal.awaited);
    else
        finish(broker);
}

/* As much as the work goes. */
static void go_on(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    post_begin_own(&broker->boss.post, broker->config.work / PART);
    for (bool more = true; more && restart->at < restart->count;) {
        look_at(broker, &restart->tasks[restart->at]);
        more = boss_spend(&broker->boss, restart->at++ % WORK_LOOKS == 0);
    }
    if (restart->at < restart->count || !settle_runtimes(broker))
        return;
    restart->looks = false;
    if (restart->last)
        end(broker);
}

void restart_turn(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    if (restart->grace_until != NEVER) {
        if (broker->journal.awaited == 0 || restart->grace_until <= broker->boss.now)
            finish(broker);
        else if (restart->settle_until <= broker->boss.now)
            settle(broker);
    }
    if (restart->looks)
        go_on(broker);
}

uint64_t restart_deadline(const struct broker *broker)
{
    const struct restart *restart = &broker->journal.restart;
    if (restart->looks)
        return broker->boss.now;
    return restart->settle_until < restart->grace_until ? restart->settle_until : restart->grace_until;
}

bool restart_may_have(const struct broker *broker, uint32_t worker)
{
    return worker < broker->journal.restart.ids && !roster_is_lost(&broker->boss.roster, worker);
}

bool restart_take_ids(struct broker *broker, struct employee *employee, struct list ranges)
{
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);) {
        if (upper > restart_of(broker)->ids || !roster_take_ids(&broker->boss.roster, employee, lower, upper))
            return false;
    }
    return true;
}

void restart_arrived(struct broker *broker, const struct employee *employee)
{
    struct restart *restart = restart_of(broker);
    if (!managers_awaits(broker, employee->peer))
        return;
    managers_arrived(broker, employee->peer);
    uint32_t home = find_home(broker, employee->peer->boot);
    if (home != NO_RECORD)
        restart->homes[home].came = true;
    if (restart->settle_until == NEVER)
        look(broker);
    claims_wait(broker);
    down_arrived(broker);
}
