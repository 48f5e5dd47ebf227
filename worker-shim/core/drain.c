/* drain: the shim hands back what need not stay: a few queued tasks when workers are idle elsewhere, and when
 * it is to leave all that do not descend from what runs here; then it leaves, when what runs has ended or its
 * time is up. Managers below are asked for what they have queued, but not to leave: they finish what runs
 * there, and wait for the next boss.
 */
#include "common/base/mem.h"
#include "common/boss/boss_own.h"
#include "worker-shim/core/shim_inner.h"

void drain_begin(struct shim *shim, uint64_t until, const char *why)
{
    struct boss *boss = &shim->boss;
    if (shim->draining && until >= shim->drain_until)
        return;
    shim->draining = true;
    shim->drain_until = until;
    if (until == NEVER) {
        outbox_log(boss->outbox, LOG_INFO, "%s: takes nothing new, and leaves when all that runs has ended",
                   why);
    } else {
        outbox_log(boss->outbox, LOG_INFO, "%s: takes nothing new, and leaves within %llu ms", why,
                   (unsigned long long)(until - boss->now));
    }
}

/* Up to `most` queued tasks with the runtimes of `mask` go up; those that were cancelled do not count.
 * Returns how many are left of `most`. */
static uint64_t hand_up(struct shim *shim, uint64_t most, uint32_t mask)
{
    struct boss *boss = &shim->boss;
    if (most > 0)
        queue_take_in(&boss->queue);
    while (most > 0) {
        uint32_t task = queue_pop(&boss->queue, mask);
        if (task == NO_RECORD)
            break;
        if (boss_is_doomed(boss, ledger_task(&boss->ledger, task))) {
            boss_forget(boss, task);
            continue;
        }
        if (!above_hand_up(shim, task)) { /* it stays: the boss could not run it */
            queue_put_back(&boss->queue, task, shim->flow);
            break;
        }
        most--;
    }
    return most;
}

/* What is queued of a runtime beyond the workers that are idle here for it goes up, as far as it was
 * recalled. This comes before tasks are given out: what a manager below has just given back must not go into
 * its prefetch again. */
static void hand_up_recalled(struct shim *shim)
{
    struct boss *boss = &shim->boss;
    uint32_t mask = shim->recalled.mask;
    for (uint32_t left = mask & boss->queue.mask; left; left &= left - 1) {
        uint32_t one = left & -left;
        uint64_t queued = boss->queue.counts[__builtin_ctz(left)], idle = roster_idle_of(&boss->roster, one);
        uint64_t spare = queued > idle ? queued - idle : 0;
        uint64_t most = spare < shim->recalled.count ? spare : shim->recalled.count;
        shim->recalled.count -= most - hand_up(shim, most, one);
    }
    if (shim->recalled.count > 0)
        boss_recall(boss, shim->recalled.count, mask);
}

/* Whether the boss has to see to a task when this process ends. What descends from a task that runs here is
 * of no use without that one. */
static bool is_the_boss_s(const struct shim *shim, const struct task *task)
{
    return task->from_above && !boss_is_own(&shim->boss, NULL, task);
}

void drain_hand_up(struct shim *shim)
{
    struct boss *boss = &shim->boss;
    uint32_t runtimes = boss->roster.runtimes, *kept = NULL;
    size_t count = 0;
    shim->misplaced = 0;
    queue_take_in(&boss->queue);
    for (uint32_t number; (number = queue_pop(&boss->queue, ~0u)) != NO_RECORD;) {
        const struct task *task = ledger_task(&boss->ledger, number);
        bool stays = runtimes >> task->runtime & 1 && !is_the_boss_s(shim, task);
        if (stays || !above_hand_up(shim, number)) {
            shim->misplaced += shim->config.per_session && !boss_has_place(boss, task);
            kept = mem_resize(kept, count + 1, sizeof(*kept));
            kept[count++] = number;
        }
    }
    for (size_t i = 0; i < count; i++)
        queue_restore(&boss->queue, kept[i], shim->flow);
    mem_free(kept);
}

void drain_return_all(struct shim *shim)
{
    const struct boss *boss = &shim->boss;
    struct builder list = {0};
    uint32_t place = 0;
    for (uint32_t number; (number = ledger_walk(&boss->ledger, &place)) != NO_RECORD;) {
        const struct task *task = ledger_task(&boss->ledger, number);
        if (is_the_boss_s(shim, task))
            builder_address(&list, &task->address);
    }
    above_return(shim, RETURN_UNBEGUN, span_text("its manager leaves"), builder_list(&list));
    builder_free(&list);
}

/* Whether the boss has read all that it was told: a result that is lost with a connection, when this process
 * is gone, would cost an attempt. */
static bool is_heard(struct shim *shim)
{
    if (shim->above == NULL)
        return true;
    above_report_gone(shim);
    boss_note_connections(&shim->boss); /* who was touched is forgotten by that */
    post_flush(&shim->boss.post, shim->boss.now, shim->boss.outbox);
    return shim->above->link.first_seq == shim->above->link.next_seq;
}

void drain_turn(struct shim *shim)
{
    struct boss *boss = &shim->boss;
    if (boss->now >= shim->walltime_at && !shim->draining)
        drain_begin(shim, NEVER, "its wall time is over");
    if (shim->above && shim->draining && !boss->unscheduled) /* else some are being set aside */
        drain_hand_up(shim);
    if (shim->above && shim->draining && !shim->drain_recalled) { /* once: they may get back what is theirs */
        boss_recall(boss, UINT32_MAX, boss->roster.runtimes);
        shim->drain_recalled = true;
    }
    if (shim->above && shim->recalled.count > 0)
        hand_up_recalled(shim);
    bool late = boss->now >= shim->drain_until;
    bool rests = boss->ledger.tasks.used == 0 && !post_is_busy(&boss->post);
    if (shim->draining && (late || (rests && is_heard(shim))))
        shim_end(shim, false, "it has drained");
}

uint64_t drain_deadline(const struct shim *shim)
{
    return shim->draining ? shim->drain_until : shim->walltime_at;
}
