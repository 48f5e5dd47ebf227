/* endings: tells the boss of tasks that it has not in its books, or only that they have ended: those that
 * were kept for workers here, and those whose parents are here. The boss says how many of them a second it
 * wants; of the others it hears how many they were. */
#include "worker-shim/core/shim_inner.h"

enum { US = 1000 /* in a ms */ };

bool endings_wanted(struct shim *shim)
{
    if (shim->trace.wanted == 0)
        return false;
    if (bucket_take(&shim->trace.bucket, shim->trace.wanted, 1, shim->boss.now))
        return true;
    shim->trace.left_out++;
    return false;
}

/* Behind what was told before, and before the end of the root, which is said later. */
static void say(struct shim *shim, struct message *message)
{
    message->trace.count = shim->trace.left_out;
    shim->trace.left_out = 0;
    post_send(&shim->boss.post, shim->above, message, SLICE_NONE);
}

void endings_tell(struct shim *shim, uint32_t number, enum task_state state, uint64_t worker,
                  const struct timing *timing)
{
    struct boss *boss = &shim->boss;
    const struct task *task = ledger_task(&boss->ledger, number);
    if (shim->trace.wanted == 0 || !task->timed || !timing || timing->ran == 0)
        return;
    const struct task_times *times = boss_times(boss, number);
    struct message message = {.kind = KIND_TRACE};
    message.trace.has_task = message.trace.has_root = true;
    message.trace.task = task->address;
    message.trace.has_parent = ledger_parent(task, &message.trace.parent);
    message.trace.root = ledger_root_address(task);
    message.trace.worker = worker;
    message.trace.name = ledger_name(&boss->ledger, task);
    message.trace.state = state;
    message.trace.depth = task->depth;
    message.trace.timing = *timing;
    message.trace.timing.waited = (uint64_t)(times->given - times->taken) * US;
    message.trace.timing.held = (uint64_t)((uint32_t)boss->now - times->given) * US;
    message.trace.timing.attempts = ledger_attempts(task) + 1;
    say(shim, &message);
}

/* A manager keeps to its share; of more than this one's boss wants the rest is left out. */
void endings_pass(struct shim *shim, const struct message *message)
{
    struct message passed = *message;
    if (endings_wanted(shim))
        say(shim, &passed);
}
