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
 *   what a manager has and is unknown   is cancelled there when `settle` is over: its SUBMIT may
 *                                       come again. Where it fails before, its root fails, for that is
 *                                       said once; where it ends otherwise it is given out anew
 */
#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

enum { AGAIN = 1000 }; /* ms at least until what could not be done is tried again */

/* A task of the journal that nobody has said to have yet. Its number here is in task->next. */
struct waiting {
    struct address address;
    uint8_t boot[UUID_SIZE]; /* of the manager that it was given to; zeros: it was queued */
    bool given;              /* it had been given to one, so it may have run */
    bool over;               /* seen to */
};

/* What a manager has and nobody here knows. */
struct stranger {
    struct address address, root;
    uint32_t employee;
    bool ended; /* there: it is only to hear of the root's end */
};

/* Of a task that another one holds: this one has it, too. Who has seen a root end runs nothing of it any
 * more, so that its end there is the end. */
struct copy {
    struct address address;
    uint32_t employee;
};

static struct restart *restart_of(struct broker *broker)
{
    return &broker->journal.restart;
}

void restart_free(struct broker *broker)
{
    mem_free(restart_of(broker)->tasks);
    mem_free(restart_of(broker)->strangers);
    mem_free(restart_of(broker)->copies);
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
    restart->tasks[restart->count++] = (struct waiting){.address = task->address};
}

void restart_given(struct broker *broker, uint32_t number, const uint8_t *boot)
{
    struct restart *restart = restart_of(broker);
    struct waiting *waiting = &restart->tasks[ledger_task(&broker->boss.ledger, number)->next];
    memcpy(waiting->boot, boot, UUID_SIZE);
    waiting->given = uuid_is_set(boot);
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

/* Who has said that he has it, NULL: he is gone meanwhile. */
static struct employee *who_has(const struct broker *broker, const struct stranger *stranger)
{
    struct employee *employee = roster_at(&broker->boss.roster, stranger->employee);
    return employee->number == stranger->employee && !employee->gone ? employee : NULL;
}

static bool is_away(const struct broker *broker, uint32_t worker)
{
    return worker != WORKER_NIL && restart_may_have(broker, worker) &&
           roster_responsible_for(&broker->boss.roster, worker) == NULL;
}

/* Whether it descends from what runs at a manager that has not come back, and maybe never will. */
static bool waits_for_parent(const struct broker *broker, const struct task *task)
{
    struct list crumbs = ledger_breadcrumbs(task);
    bool away = is_away(broker, task->address.worker);
    for (struct address crumb; list_next_address(&crumbs, &crumb);)
        away |= is_away(broker, crumb.worker);
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
static void queue(struct broker *broker, struct waiting *waiting)
{
    uint32_t number = find(broker, waiting);
    if (number == NO_RECORD || waits_for_parent(broker, ledger_task(&broker->boss.ledger, number)))
        return;
    waiting->over = true;
    if (waiting->given)
        cancel_descendants(broker, ledger_task(&broker->boss.ledger, number));
    boss_queue(&broker->boss, number, job_flow(broker, ledger_task(&broker->boss.ledger, number)));
}

/* Those that had been queued. */
static void queue_all(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    for (uint32_t i = 0; i < restart->count; i++) {
        if (!uuid_is_set(restart->tasks[i].boot))
            queue(broker, &restart->tasks[i]);
    }
}

/* Who had it does not come back. */
static void lose(struct broker *broker, struct waiting *waiting, const char *why)
{
    uint32_t number = find(broker, waiting);
    waiting->over = true;
    if (number != NO_RECORD)
        employee_returns(broker, number, RETURN_LOST, span_text(why));
}

static void cancel(struct broker *broker, const struct employee *employee, const struct address *address,
                   const struct address *root)
{
    struct builder list = {0};
    builder_address(&list, address);
    boss_send_cancel(&broker->boss, employee, root, builder_list(&list));
    builder_free(&list);
}

/* Whether a root lives; then the employee has part of it, and `more` than this process knows: it is told of
 * the root's end, whoever ends it. */
static bool touch(struct broker *broker, const struct employee *employee, const struct address *root,
                  bool more)
{
    uint32_t number = boss_find_root(&broker->boss, root);
    if (number == NO_RECORD)
        return false;
    struct root *one = ledger_root(&broker->boss.ledger, number);
    ledger_touch(one, employee->number);
    one->revoked |= more;
    return true;
}

/* Who has what nobody knows gives it up. Those stay whose parents may come back: with these they come again.
 */
static void dismiss_strangers(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    uint32_t kept = 0;
    restart->strangers_until = NEVER;
    for (uint32_t i = 0; i < restart->stranger_count; i++) {
        const struct stranger *stranger = &restart->strangers[i];
        const struct employee *employee = who_has(broker, stranger);
        if (employee == NULL)
            continue;
        bool root_lives = ledger_find(&broker->boss.ledger, &stranger->root) != NO_RECORD;
        bool part = root_lives && (stranger->ended || address_equal(&stranger->address, &stranger->root));
        bool waits = part && !touch(broker, employee, &stranger->root, true); /* it is queued */
        if (waits)
            restart->strangers_until = broker->boss.now + broker->config.settle + AGAIN;
        if (waits || is_away(broker, stranger->address.worker))
            restart->strangers[kept++] = *stranger;
        else if (!part)
            cancel(broker, employee, root_lives ? &stranger->address : &stranger->root, &stranger->root);
    }
    restart->stranger_count = kept;
}

/* All that was queued may be given out. */
static void settle(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    restart->settle_until = NEVER;
    for (uint32_t i = 0; i < restart->count; i++) {
        if (uuid_is_set(restart->tasks[i].boot) && !managers_knows(broker, restart->tasks[i].boot))
            lose(broker, &restart->tasks[i], "its manager is gone");
    }
    queue_all(broker);
    while (!versions_settle(broker, broker->boss.roster.runtimes))
        continue;
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
    queue_all(broker);
    for (uint32_t i = 0; i < restart->count; i++)
        lose(broker, &restart->tasks[i], "its manager did not come back after the broker was started anew");
    down_give_up(broker);
    restart->ids = 0;
    mem_free(restart->tasks);
    restart->tasks = NULL;
    restart->count = restart->capacity = 0;
    if (restart->stranger_count > 0)
        restart->strangers_until = broker->boss.now + broker->config.settle;
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

void restart_turn(struct broker *broker)
{
    struct restart *restart = restart_of(broker);
    if (restart->strangers_until <= broker->boss.now)
        dismiss_strangers(broker);
    if (restart->grace_until == NEVER)
        return;
    if (broker->journal.awaited == 0 || restart->grace_until <= broker->boss.now)
        finish(broker);
    else if (restart->settle_until <= broker->boss.now)
        settle(broker);
}

uint64_t restart_deadline(const struct broker *broker)
{
    const struct restart *restart = &broker->journal.restart;
    uint64_t due =
        restart->settle_until < restart->grace_until ? restart->settle_until : restart->grace_until;
    return due < restart->strangers_until ? due : restart->strangers_until;
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

static void note_stranger(struct broker *broker, const struct employee *employee,
                          const struct address *address, const struct address *root)
{
    struct restart *restart = restart_of(broker);
    restart->strangers_until = broker->boss.now + broker->config.settle;
    if (restart->stranger_count == restart->stranger_capacity) {
        restart->stranger_capacity = restart->stranger_count ? 2 * restart->stranger_count : 16;
        restart->strangers =
            mem_resize(restart->strangers, restart->stranger_capacity, sizeof *restart->strangers);
    }
    restart->strangers[restart->stranger_count++] =
        (struct stranger){*address, *root, employee->number, false};
}

void restart_part(struct broker *broker, struct employee *employee, const struct address *root)
{
    if (!touch(broker, employee, root, true))
        note_stranger(broker, employee, root, root);
}

/* Notes that one more has it; of those that are over nothing has come, for they were cancelled. */
static void note_copy(struct broker *broker, const struct employee *employee, const struct address *address)
{
    struct restart *restart = restart_of(broker);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < restart->copy_count; i++) {
        if (ledger_find(&broker->boss.ledger, &restart->copies[i].address) != NO_RECORD)
            restart->copies[kept++] = restart->copies[i];
    }
    restart->copies = mem_resize(restart->copies, kept + 1, sizeof *restart->copies);
    restart->copies[kept] = (struct copy){*address, employee->number};
    restart->copy_count = kept + 1;
}

bool restart_drop_copy(struct broker *broker, const struct employee *employee, const struct address *address)
{
    struct restart *restart = restart_of(broker);
    for (uint32_t i = 0; i < restart->copy_count; i++) {
        const struct copy *copy = &restart->copies[i];
        if (copy->employee != employee->number || (address && !address_equal(&copy->address, address)))
            continue;
        restart->copies[i--] = restart->copies[--restart->copy_count];
        if (address)
            return true;
    }
    return false;
}

void restart_end_copy(struct broker *broker, struct employee *employee, const struct address *address)
{
    struct boss *boss = &broker->boss;
    if (restart_of(broker)->copy_count == 0 || !restart_drop_copy(broker, employee, address))
        return;
    uint32_t number = ledger_find(&boss->ledger, address);
    const struct task *task = number == NO_RECORD ? NULL : ledger_task(&boss->ledger, number);
    if (task == NULL || ledger_holder(task) == employee->number || boss_is_doomed(boss, task))
        return;
    struct address root = ledger_root_address(task);
    if (ledger_holder(task) != NO_RECORD) {
        struct employee *other = roster_at(&boss->roster, ledger_holder(task));
        roster_release(&boss->ledger, other, number);
        roster_reorder_later(&boss->roster, other);
        if (!other->gone)
            touch(broker, other, &root, true);
        if (!other->gone && task->depth > 0) /* of a root all hear that it has ended */
            cancel(broker, other, address, &root);
    }
    boss_assume(boss, employee, number);
}

void restart_claim(struct broker *broker, struct employee *employee, const struct address *address,
                   const struct address *root)
{
    struct boss *boss = &broker->boss;
    uint32_t number = ledger_find(&boss->ledger, address);
    if (number != NO_RECORD && boss_is_doomed(boss, ledger_task(&boss->ledger, number)))
        number = NO_RECORD; /* it is about to go, here too */
    if (root)
        touch(broker, employee, root, number == NO_RECORD);
    if (number == NO_RECORD && root)
        note_stranger(broker, employee, address, root);
    else if (number != NO_RECORD && ledger_holder(ledger_task(&boss->ledger, number)) == NO_RECORD)
        boss_assume(boss, employee, number);
    else if (number != NO_RECORD && ledger_holder(ledger_task(&boss->ledger, number)) != employee->number)
        note_copy(broker, employee, address);
}

bool restart_end_stranger(struct broker *broker, const struct employee *employee,
                          const struct address *address, const struct address *root)
{
    struct restart *restart = restart_of(broker);
    for (uint32_t i = 0; i < restart->stranger_count; i++) {
        struct stranger *stranger = &restart->strangers[i];
        if (stranger->ended || stranger->employee != employee->number ||
            !address_equal(&stranger->address, address) || (root && !address_equal(&stranger->root, root)))
            continue;
        stranger->ended = true;
        return true;
    }
    return false;
}

bool restart_seek(struct broker *broker, uint32_t number)
{
    struct restart *restart = restart_of(broker);
    const struct task *task = ledger_task(&broker->boss.ledger, number);
    bool found = false;
    for (uint32_t i = 0; i < restart->stranger_count; i++) {
        const struct stranger *stranger = &restart->strangers[i];
        struct employee *employee = who_has(broker, stranger);
        if (stranger->ended || employee == NULL || !address_equal(&stranger->address, &task->address))
            continue;
        if (found)
            note_copy(broker, employee, &task->address);
        else
            boss_assume(&broker->boss, employee, number);
        restart->strangers[i--] = restart->strangers[--restart->stranger_count];
        found = true;
    }
    return found;
}

void restart_arrived(struct broker *broker, const struct employee *employee)
{
    struct restart *restart = restart_of(broker);
    const uint8_t *boot = employee->peer->boot;
    bool settled = restart->settle_until == NEVER;
    if (!managers_awaits(broker, employee->peer))
        return;
    managers_arrived(broker, employee->peer);
    for (uint32_t i = 0; i < restart->count; i++) {
        struct waiting *waiting = &restart->tasks[i];
        if (memcmp(waiting->boot, boot, UUID_SIZE) == 0)
            memset(waiting->boot, 0, UUID_SIZE);
    }
    if (settled)
        queue_all(broker);
    if (restart->stranger_count > 0)
        restart->strangers_until = broker->boss.now + broker->config.settle;
    down_arrived(broker);
}
