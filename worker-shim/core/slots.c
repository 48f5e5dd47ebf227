/* slots: the worker processes that the shim starts, and starts again when they die: after a wait that doubles
 * while they die young. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "worker-shim/core/shim_inner.h"

void slots_init(struct shim *shim, uint64_t now)
{
    shim->slot_count = shim->config.only_connect ? 0 : shim->config.workers;
    shim->slots = mem_zalloc(shim->slot_count, sizeof(*shim->slots));
    for (uint32_t i = 0; i < shim->slot_count; i++)
        shim->slots[i] = (struct worker_slot){.retry_at = now, .told_at = NEVER};
}

struct worker_slot *slots_find(struct shim *shim, const char *name)
{
    for (uint32_t i = 0; i < shim->slot_count; i++) {
        if (shim->slots[i].state == SLOT_SPAWNED && strcmp(shim->slots[i].name, name) == 0)
            return &shim->slots[i];
    }
    return NULL;
}

enum { SIGNALLED_ALIKE = 1000 /* ms between two processes that got the same signal */ };

static struct worker_slot *slot_of(struct shim *shim, const struct event *event)
{
    return event->number < shim->slot_count ? &shim->slots[event->number] : NULL;
}

void slots_spawned(struct shim *shim, const struct event *event)
{
    struct worker_slot *slot = slot_of(shim, event);
    if (slot)
        outbox_log(shim->boss.outbox, LOG_INFO, "worker %s runs as process %ld", slot->name, event->pid);
}

/* How long the next process of this slot has to wait. */
static uint64_t wait_of(struct shim *shim, struct worker_slot *slot)
{
    if (slot->renewed) {
        uint64_t at = shim->renew_at > shim->boss.now ? shim->renew_at : shim->boss.now;
        shim->renew_at = at + 1000 / shim->config.renew_rate;
        slot->young_deaths = 0;
        return at - shim->boss.now;
    }
    if (slot->blameless)
        return 0;
    if (slot->employee && slot->employee->worked) { /* a task may have ended it: its boss sees to that */
        slot->young_deaths = 0;
        return 0;
    }
    if (shim->boss.now - slot->spawned_at >= shim->config.worker_young) {
        slot->young_deaths = 0;
        slot->wait = shim->config.respawn_first;
    } else {
        slot->wait = slot->young_deaths++ == 0 ? shim->config.respawn_first : slot->wait * 2;
        if (slot->wait > shim->config.respawn_most)
            slot->wait = shim->config.respawn_most;
    }
    return slot->wait;
}

/* The slot's process has ended. `asked`: by SIGTERM or the like, and this shim got that as well. */
static void bury(struct shim *shim, struct worker_slot *slot, const char *how, bool asked)
{
    char why[880];
    snprintf(why, sizeof(why), "worker %s %s", slot->name, how);
    uint64_t wait = wait_of(shim, slot);
    slot->state = SLOT_EMPTY;
    slot->retry_at = shim->boss.now + wait;
    if (!slot->blameless) {
        const char *never = slot->employee || slot->killed ? "" : " before it had connected";
        char when[48] = "at once";
        if (wait > 0)
            snprintf(when, sizeof when, "in %llu ms", (unsigned long long)wait);
        outbox_log(shim->boss.outbox, LOG_WARNING, "%s%s; the next one is started %s%s", why, never, when,
                   slot->young_deaths > 2 ? " (it dies young again and again: try its command by hand)" : "");
    }
    slot->forks = slot->renewed;
    slot->killed = slot->blameless = slot->renewed = false;
    slot->told_at = NEVER;
    if (slot->employee)
        shim_hear_out(shim, slot->employee->peer);
    struct employee *employee = slot->employee;
    slot->employee = NULL;
    if (!employee)
        return;
    employee->slot = NO_RECORD;
    if (asked)
        below_ended(shim, employee, why);
    else
        below_lost(shim, employee, why);
}

/* A signal that was sent to all processes at once may reach the worker before it reaches the shim. */
void slots_exited(struct shim *shim, const struct event *event)
{
    struct worker_slot *slot = slot_of(shim, event);
    const char *how = event->text ? event->text : "ended";
    if (slot == NULL || slot->state == SLOT_EMPTY)
        return;
    if (slot->employee && event->word)
        slot->employee->word = (struct worker_word){.source = WORD_SEEN, .word = *event->word};
    if (event->asked && !slot->killed && !shim->leaving) {
        slot->told_at = shim->boss.now + SIGNALLED_ALIKE;
        snprintf(slot->how, sizeof slot->how, "%s", how);
        return;
    }
    bury(shim, slot, how, event->asked && !slot->killed);
}

/* When a process should have shaken hands, NEVER: it has, or nothing is expected of it any more. */
static uint64_t silent_at(const struct shim *shim, const struct worker_slot *slot)
{
    bool awaited = slot->state == SLOT_SPAWNED && !slot->employee && !slot->silent && !slot->killed &&
                   slot->told_at == NEVER;
    return awaited ? slot->spawned_at + shim->config.worker_silent : NEVER;
}

void slots_turn(struct shim *shim)
{
    for (uint32_t i = 0; i < shim->slot_count; i++) {
        struct worker_slot *slot = &shim->slots[i];
        if (slot->told_at <= shim->boss.now || (slot->told_at != NEVER && shim->leaving))
            bury(shim, slot, slot->how, shim->leaving);
        if (silent_at(shim, slot) <= shim->boss.now) { /* its command may not be a worker at all */
            slot->silent = true;
            outbox_log(
                shim->boss.outbox, LOG_WARNING,
                "worker %s has not connected for %llu ms (setting respawn/silent): is its command a worker? (--plain runs any "
                "command)",
                slot->name, (unsigned long long)shim->config.worker_silent);
        }
        if (slot->state != SLOT_EMPTY || slot->retry_at > shim->boss.now || shim->draining)
            continue;
        slot->state = SLOT_SPAWNED;
        slot->silent = false;
        slot->spawned_at = shim->boss.now;
        if (slot->generation++ > 0)
            shim->respawned++;
        snprintf(slot->name, sizeof(slot->name), "w%u.%u", i, slot->generation);
        outbox_spawn(shim->boss.outbox, i, slot->name, slot->forks);
    }
}

void slots_replace(struct shim *shim, struct worker_slot *slot, bool blameless)
{
    slot->employee = NULL;
    if (slot->state != SLOT_SPAWNED || slot->killed)
        return;
    if (slot->told_at != NEVER) { /* its process has ended already */
        slot->blameless |= blameless;
        return;
    }
    slot->killed = true;
    slot->blameless = blameless;
    outbox_order(shim->boss.outbox, ORDER_KILL, (uint32_t)(slot - shim->slots));
}

uint32_t slots_coming(const struct shim *shim)
{
    uint32_t here = 0;
    if (shim->draining) /* no process takes another one's place any more, so none need leave */
        return UINT32_MAX;
    for (uint32_t i = 0; i < shim->slot_count; i++) {
        const struct employee *employee = shim->slots[i].employee;
        here += employee && employee->started && !employee->spent;
    }
    return shim->slot_count - here;
}

bool slots_renewing(const struct shim *shim)
{
    for (uint32_t i = 0; i < shim->slot_count && !shim->draining; i++) {
        const struct worker_slot *slot = &shim->slots[i];
        bool here = slot->employee && slot->employee->started;
        if (!here && !slot->silent && (slot->renewed || slot->forks))
            return true;
    }
    return false;
}

uint64_t slots_deadline(const struct shim *shim)
{
    uint64_t deadline = NEVER;
    for (uint32_t i = 0; i < shim->slot_count; i++) {
        const struct worker_slot *slot = &shim->slots[i];
        uint64_t due = slot->told_at != NEVER ? slot->told_at : silent_at(shim, slot);
        if (slot->state == SLOT_EMPTY)
            due = shim->draining ? NEVER : slot->retry_at;
        if (due < deadline)
            deadline = due;
    }
    return deadline;
}
