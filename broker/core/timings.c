/* timings: see timings.h. */
#include "broker/core/timings.h"

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

/* Times are ms of the boss's clock, without the upper half; `ran` and `cpu` are us. */
struct kept {
    uint64_t ran, cpu, memory;
    uint32_t taken, given, ended;
    uint32_t manager; /* of the ledger's names: one use, NO_NAME */
    uint8_t attempts;
    bool there;
};

struct timings {
    struct timing all; /* of those that are there; `age`: when the last one ended, in ms */
    bool some;
    struct kept slots[];
};

enum { US = 1000 /* in a ms */ };

size_t timings_cost(uint32_t total)
{
    return sizeof(struct timings) + total * sizeof(struct kept);
}

static struct timings **timings_at(const struct broker *broker, uint32_t job)
{
    return slab_at(&broker->timings, job);
}

void timings_begin(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    size_t cost = timings_cost(job_total(job));
    slab_reach(&broker->timings, number);
    *timings_at(broker, number) = mem_zalloc(1, cost);
    job->timed = true;
    account_add(&session_of_job(broker, job)->account, cost);
}

void timings_end(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct timings *timings = *timings_at(broker, number);
    for (uint32_t i = 0; i < job_total(job); i++) {
        if (timings->slots[i].there)
            task_names_drop(&broker->boss.ledger.names, timings->slots[i].manager);
    }
    mem_free(timings);
    job->timed = false;
    account_take(&session_of_job(broker, job)->account, timings_cost(job_total(job)));
}

static uint64_t span(uint32_t from, uint32_t to)
{
    return (uint64_t)(to - from) * US;
}

static void fill(const struct broker *broker, const struct kept *kept, struct timing *timing)
{
    *timing = (struct timing){
        .ran = kept->ran,
        .cpu = kept->cpu,
        .memory = kept->memory,
        .waited = span(kept->taken, kept->given),
        .held = span(kept->given, kept->ended),
        .age = span(kept->ended, (uint32_t)broker->boss.now),
        .attempts = kept->attempts,
        .manager = task_names_text(&broker->boss.ledger.names, kept->manager),
    };
}

static uint64_t most(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

static void sum_up(const struct broker *broker, struct timings *timings, const struct kept *kept)
{
    struct timing one;
    struct timing *all = &timings->all;
    fill(broker, kept, &one);
    all->ran += one.ran;
    all->cpu += one.cpu;
    all->memory = most(all->memory, one.memory);
    all->waited = most(all->waited, one.waited);
    all->held = most(all->held, one.held);
    all->age = kept->ended;
    timings->some = true;
}

void timings_note(struct broker *broker, uint32_t number, const struct timing *by)
{
    struct ledger *ledger = &broker->boss.ledger;
    const struct task *task = ledger_task(ledger, number);
    const struct task_times *times = boss_times(&broker->boss, number);
    struct timings *timings = *timings_at(broker, task->owner);
    struct kept *kept = &timings->slots[task->address.slot];
    uint32_t attempts = job_attempts(task), holder = ledger_holder(task);
    if (!task->timed || kept->there)
        return;
    *kept = (struct kept){
        .taken = times->taken,
        .given = times->given,
        .ended = (uint32_t)broker->boss.now,
        .manager = NO_NAME,
        .attempts = attempts < UINT8_MAX ? (uint8_t)attempts : UINT8_MAX,
        .there = true,
    };
    if (by) {
        kept->ran = by->ran;
        kept->cpu = by->cpu;
        kept->memory = by->memory;
    }
    if (holder != NO_RECORD)
        kept->manager =
            task_names_use(&ledger->names, span_text(roster_name(roster_at(&broker->boss.roster, holder))));
    sum_up(broker, timings, kept);
}

bool timings_tell(const struct broker *broker, uint32_t job, uint32_t slot, struct timing *timing)
{
    const struct kept *kept = &(*timings_at(broker, job))->slots[slot];
    if (kept->there)
        fill(broker, kept, timing);
    return kept->there;
}

/* Of one that is queued, or runs. */
static bool tell_live(const struct broker *broker, const struct slot *slot, struct timing *timing)
{
    uint32_t now = (uint32_t)broker->boss.now;
    const struct task *task = ledger_task(&broker->boss.ledger, slot->task);
    const struct task_times *times = boss_times(&broker->boss, slot->task);
    if (!task->timed)
        return false;
    bool runs = ledger_holder(task) != NO_RECORD;
    *timing = (struct timing){.waited = span(times->taken, runs ? times->given : now),
                              .held = runs ? span(times->given, now) : 0};
    return true;
}

bool timings_tell_all(const struct broker *broker, uint32_t number, struct timing *timing)
{
    const struct job *job = job_at(broker, number);
    const struct timings *timings = *timings_at(broker, number);
    if (!job_is_map(job))
        return job->one.state == SLOT_LIVE ? tell_live(broker, &job->one, timing)
                                           : timings_tell(broker, number, 0, timing);
    *timing = timings->all;
    timing->age = span((uint32_t)timings->all.age, (uint32_t)broker->boss.now);
    return timings->some;
}
