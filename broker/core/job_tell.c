/* job_tell: what is told of a job: STATUS, and a line of LIST. */
#include <stdio.h>

#include "broker/core/broker_inner.h"

enum { LOOKS = 100000 /* a second, and a burst of ten seconds */ };

/* What a job's slots add up to. */
struct sum {
    uint64_t queued, running, done, failed, cancelled;
    uint64_t attempts;        /* the most of any */
    const struct task *waits; /* the first that is queued */
    const struct task *runs;  /* the last that is running */
};

static void add(const struct broker *broker, const struct slot *slot, struct sum *sum)
{
    uint64_t attempts = slot->attempts;
    if (slot->state == SLOT_LIVE) {
        const struct task *task = ledger_task(&broker->boss.ledger, slot->task);
        attempts = job_attempts(task);
        if (ledger_holder(task) != NO_RECORD) {
            sum->running++;
            sum->runs = task;
        } else if (sum->queued++ == 0) {
            sum->waits = task;
        }
    }
    sum->queued += slot->state == SLOT_COMING;
    sum->done += slot->state == SLOT_DONE;
    sum->failed += slot->state == SLOT_FAILED && !slot_was_cancelled(slot);
    sum->cancelled += slot_was_cancelled(slot);
    if (attempts > sum->attempts)
        sum->attempts = attempts;
}

/* Which live slots of a map run is seen by looking at all of them, which is done only so often in a second,
 * whoever asks: in between, what was seen the last time holds. How many have ended is known. */
static struct sum sum_up_map(struct broker *broker, struct map *map, uint32_t total)
{
    struct sum sum = {0};
    if (map->live > 0 && bucket_take(&broker->looks, LOOKS, total, broker->boss.now)) {
        boss_spend(&broker->boss, total / 2);
        for (uint32_t i = 0; i < total; i++)
            add(broker, &map->slots[i], &sum);
        map->running = (uint32_t)sum.running;
        map->attempts = (uint8_t)(sum.attempts < UINT8_MAX ? sum.attempts : UINT8_MAX);
        return sum;
    }
    sum.running = map->running < map->live ? map->running : map->live;
    sum.queued = map->live - sum.running + total - map->begun;
    sum.done = map->done;
    sum.failed = map->failed;
    sum.cancelled = map->cancelled;
    sum.attempts = map->attempts;
    return sum;
}

static struct sum sum_up(struct broker *broker, struct job *job)
{
    struct sum sum = {0};
    if (job->total > 1)
        return sum_up_map(broker, job->map, job->total);
    add(broker, &job->one, &sum);
    return sum;
}

static enum task_state state_of(const struct sum *sum)
{
    return sum->running     ? STATE_RUNNING
           : sum->queued    ? STATE_QUEUED
           : sum->failed    ? STATE_FAILED
           : sum->cancelled ? STATE_CANCELLED
                            : STATE_DONE;
}

/* What a queued task waits for. */
static struct span why_queued(struct broker *broker, const struct task *task)
{
    const struct roster *roster = &broker->boss.roster;
    const struct session *session = session_at(broker, job_session(broker, task));
    const char *why = "all workers are busy";
    if (roster->count == 0) {
        why = "no manager is connected";
    } else if ((roster->runtimes >> task->runtime & 1) == 0) {
        snprintf(broker->why, sizeof broker->why, "no worker has the runtime %s",
                 broker->boss.runtimes.table[task->runtime].name);
        why = broker->why;
    } else if (session->kills.rationed) {
        snprintf(
            broker->why, sizeof broker->why,
            "this client's tasks have ended more than %llu workers in a minute (limits/kills), and are given out at "
            "that rate",
            (unsigned long long)broker->config.max_kills);
        why = broker->why;
    } else if (session->held) {
        snprintf(
            broker->why, sizeof broker->why,
            "its client is to read first: %llu bytes wait for it (client-links/window, limits/session-bytes, "
            "limits/memory); fetch or release results",
            (unsigned long long)session->account.unread);
        why = broker->why;
    } else if (task->aside) {
        why = "all managers that take a body of its size are busy (setting max-body of their links)";
    } else if (roster_credit_for(&broker->boss.roster, 1u << task->runtime) > 0) {
        why = "it is about to be given out";
    } else if (broker->boss.ledger.tasks.used == broker->boss.queue.count) {
        why = "no worker is idle: they run on what was cancelled";
    }
    return span_text(why);
}

void job_status(struct broker *broker, uint32_t number, struct message *message)
{
    struct job *job = job_at(broker, number);
    struct sum sum = sum_up(broker, job);
    message->status.uuid = job->uuid;
    message->status.state = state_of(&sum);
    message->status.total = job->total;
    message->status.queued = sum.queued;
    message->status.running = sum.running;
    message->status.done = sum.done;
    message->status.failed = sum.failed;
    message->status.cancelled = sum.cancelled;
    message->status.attempts = sum.attempts;
    if (sum.runs)
        message->status.manager =
            span_text(roster_name(roster_at(&broker->boss.roster, ledger_holder(sum.runs))));
    if (sum.waits)
        message->status.why = why_queued(broker, sum.waits);
    if (job->timed && timings_tell_all(broker, number, &message->status.timing)) {
        message->status.timed = 1;
        if (message->status.timing.manager.size > 0)
            message->status.manager = message->status.timing.manager;
    }
}

void job_list(struct broker *broker, uint32_t number, struct listed_task *listed)
{
    struct job *job = job_at(broker, number);
    struct sum sum = sum_up(broker, job);
    uint64_t submitted = broker->started + (uint64_t)job->submitted * JOB_TIME - JOB_PAST;
    *listed = (struct listed_task){
        .uuid = job->uuid,
        .name = task_names_text(&broker->boss.ledger.names, job->name),
        .state = state_of(&sum),
        .total = job->total,
        .ended = sum.done + sum.failed + sum.cancelled,
        .attempts = sum.attempts,
        .age = broker->boss.now - submitted,
        .client = span_text(""),
    };
}

enum error_code job_request(struct broker *broker, uint32_t number, uint32_t slot_number, uint64_t corr)
{
    struct job *job = job_at(broker, number);
    struct slot *slot = job_slot(job, slot_number);
    if (slot->state == SLOT_CANCELLED)
        return CODE_CANCELLED;
    if (slot->gone)
        return CODE_UNKNOWN_TASK;
    bool new = !slot->wanted;
    slot->wanted = true;
    if (new && job->written)
        records_slot(broker, job, slot);
    if (slot->state != SLOT_LIVE && !slot->under_way) /* what is under way is the answer */
        deliver_slot(broker, session_at(broker, job->session), number, slot_number, corr);
    return CODE_NONE;
}
