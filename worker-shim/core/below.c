/* below: workers and managers join and are lost (BQSKit's spawn_workers, connect_to_workers,
 * connect_to_managers, handle_disconnect). */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "worker-shim/core/shim_inner.h"

enum { PART = 4 /* of a turn's work, for taking back what the lost had */ };

/* Why a process is no worker of this manager's; false: it is one. */
static bool is_stranger(const struct shim *shim, const struct worker_slot *slot, const char *name, char *why,
                        size_t size)
{
    if (shim->config.only_connect)
        return false;
    if (slot == NULL && strcmp(name, POST_NO_NAME) == 0)
        snprintf(
            why, size,
            "a worker gives its name, which it has from MAILROOM_WORKER; this manager starts its workers "
            "itself (start it with -x to have workers connect)");
    else if (slot == NULL)
        snprintf(
            why, size,
            "no worker of the name %.40s runs here now: a worker gives the name that it was started with "
            "(MAILROOM_WORKER), and this manager starts its workers itself (start it with -x to have "
            "workers connect)",
            name);
    else if (slot->employee)
        snprintf(why, size, "the worker %.40s is connected already", name);
    else if (slot->killed || slot->told_at != NEVER)
        snprintf(why, size, "the worker %.40s was told to end", name);
    else
        return false;
    return true;
}

/* Who had started a worker that connected by itself tells how it ended, long before its link expires. */
static void take_notice(struct shim *shim, struct peer *peer)
{
    struct boss *boss = &shim->boss;
    char why[900];
    snprintf(why, sizeof why, "worker %s %s", peer->name, peer->news ? peer->news : "has ended");
    for (uint32_t i = 0; shim->config.only_connect && i < boss->roster.count; i++) {
        struct employee *employee = roster_at(&boss->roster, boss->roster.present[i]);
        if (employee->peer->role != ROLE_WORKER || strcmp(employee->peer->name, peer->name) != 0)
            continue;
        outbox_log(boss->outbox, LOG_WARNING, "%s", why);
        below_lost(shim, employee, why);
        break;
    }
    post_refuse(&boss->post, peer, "it is noted that this worker has ended", boss->outbox);
}

static void join_worker(struct shim *shim, struct peer *peer)
{
    struct boss *boss = &shim->boss;
    if (peer->features & FEATURE_ENDED) {
        take_notice(shim, peer);
        return;
    }
    struct worker_slot *slot = slots_find(shim, peer->name);
    char why[256];
    if (is_stranger(shim, slot, peer->name, why, sizeof why)) {
        outbox_log(boss->outbox, LOG_WARNING, "a worker is refused: %s", why);
        post_refuse(&boss->post, peer, why, boss->outbox);
        return;
    }
    post_welcome(&boss->post, peer, NULL, boss->outbox);
    struct employee *employee = boss_hire(boss, peer);
    roster_want_ids(&boss->roster, employee, 1);
    if (slot) {
        slot->employee = employee;
        employee->slot = (uint32_t)(slot - shim->slots);
    }
    boss_give_ids(boss, employee);
}

void below_join(struct shim *shim, struct peer *peer)
{
    if (peer->role == ROLE_WORKER) {
        join_worker(shim, peer);
        return;
    }
    struct boss *boss = &shim->boss;
    struct employee *old;
    if (!boss_meet_manager(boss, peer, &old))
        return;
    if (old)
        below_lost(shim, old, "its process began a new link");
    struct employee *employee = boss_hire_manager(boss, peer);
    if (!boss_refuse_ids(boss, employee))
        boss_give_ids(boss, employee);
}

void below_give_ids(struct shim *shim)
{
    struct roster *roster = &shim->boss.roster;
    for (uint32_t i = 0; i < roster->count; i++)
        boss_give_ids(&shim->boss, roster_at(roster, roster->present[i]));
}

/* A warning in the log of a task's client. */
static void tell_client(struct shim *shim, const struct task *task, struct span text)
{
    struct message log;
    boss_log_loss(&shim->boss, task, text, &log);
    if (shim->above)
        post_send(&shim->boss.post, shim->above, &log, SLICE_NONE);
}

void below_returns(struct shim *shim, uint32_t number, enum return_reason reason, struct span text,
                   struct builder *up)
{
    struct boss *boss = &shim->boss;
    const struct task *task = ledger_task(&boss->ledger, number);
    struct address address = task->address;
    switch (boss_take_back(boss, number, reason, text, shim->flow)) {
    case TAKEN_AGAIN:
        if (reason != RETURN_UNBEGUN)
            tell_client(shim, task, text);
        break;
    case TAKEN_BACK:
        builder_address(up, &address);
        boss_forget(boss, number);
        break;
    case TAKEN_TOO_OFTEN: above_fail(shim, number, CODE_TOO_MANY_ATTEMPTS, boss_losses(boss, number)); break;
    }
}

/* What it holds is taken from it, as much as the work goes. */
static void take_back(struct shim *shim, struct employee *employee)
{
    struct span text = span_text(employee->taking.text);
    enum return_reason reason, last = RETURN_UNBEGUN;
    struct builder up = {0};
    bool more = true;
    for (uint32_t task; more && (task = boss_next_lost(&shim->boss, employee, &reason)) != NO_RECORD;) {
        if (reason != last) {
            above_return(shim, last, text, builder_list(&up));
            builder_reset(&up);
        }
        last = reason;
        below_returns(shim, task, reason, text, &up);
        more = boss_spend(&shim->boss, WORK_RETURN);
    }
    above_return(shim, last, text, builder_list(&up));
    builder_free(&up);
}

void below_take_back_more(struct shim *shim)
{
    struct boss *boss = &shim->boss;
    if (boss->left.first == NO_RECORD)
        return; /* as in nearly every turn */
    post_begin_own(&boss->post, boss->post.config.work / PART);
    for (struct employee *employee; boss_spend(boss, 0) && (employee = boss_first_left(boss)) != NULL;)
        take_back(shim, employee);
}

static void lose(struct shim *shim, struct employee *employee, const char *why, bool spared)
{
    struct boss *boss = &shim->boss;
    bool worker = employee->peer->role == ROLE_WORKER;
    char text[1000];
    if (worker)
        snprintf(text, sizeof text, "%s: %s", shim->config.name, why);
    else
        snprintf(text, sizeof text, "manager %s is gone: %s", employee->peer->name, why);
    boss_lose(boss, employee, text, spared);
    above_tell_losses(shim);
    take_back(shim, employee);
    if (employee->slot != NO_RECORD)
        slots_replace(shim, &shim->slots[employee->slot], shim->slots[employee->slot].renewed);
    boss_dismiss(boss, employee, true);
}

void below_lost(struct shim *shim, struct employee *employee, const char *why)
{
    /* who sends a signal to all means the shim: workers that connected by themselves may have got it as well
     */
    lose(shim, employee, why, shim->leaving && shim->config.only_connect);
}

void below_ended(struct shim *shim, struct employee *employee, const char *why)
{
    lose(shim, employee, why, true);
}

void below_renew(struct shim *shim, struct employee *employee, const char *why)
{
    if (employee->slot != NO_RECORD)
        shim->slots[employee->slot].renewed = true;
    below_ended(shim, employee, why);
}
