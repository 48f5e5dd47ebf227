/* job_tell: STATUS, and a line of LIST; see job_tell.h. */
#include "broker/core/job_tell.h"

#include <stdio.h>

enum { LOOKS = 100000 /* a second, and a burst of ten seconds */ };

/* What a job's slots add up to. */
struct sum {
    uint64_t queued, running, done, failed, cancelled;
    uint64_t attempts; /* the most of any */
};

/* The task of a slot that has not ended; NULL: there is none. */
static const struct task *live_task(const struct broker *broker, const struct slot *slot)
{
    return slot->state == SLOT_LIVE ? ledger_task(&broker->boss.ledger, slot->task) : NULL;
}

static void look_at(const struct broker *broker, struct job *job, struct survey *survey)
{
    uint32_t number = survey->slot++;
    const struct slot *slot = job_slot(job, number);
    const struct task *task = live_task(broker, slot);
    uint32_t attempts = task ? job_attempts(task) : slot->attempts;
    if (task && ledger_holder(task) != NO_RECORD) {
        survey->running++;
        survey->runs = number;
    } else if (task && survey->waits == NO_RECORD) {
        survey->waits = number;
    }
    if (attempts > survey->attempts)
        survey->attempts = (uint8_t)(attempts < UINT8_MAX ? attempts : UINT8_MAX);
}

void job_survey_begin(struct survey *survey)
{
    survey->mailbox = NO_MAILBOX;
}

bool job_survey(struct broker *broker, uint32_t number, struct survey *survey)
{
    struct job *job = job_at(broker, number);
    struct map *map = job_is_map(job) ? job->one.map : NULL;
    if (survey->mailbox != job->mailbox)
        *survey = (struct survey){
            .mailbox = job->mailbox,
            .waits = NO_RECORD,
            .runs = NO_RECORD,
            .known = map && (map->live == 0 ||
                             !bucket_take(&broker->looks, LOOKS, job_total(job), broker->boss.now)),
        };
    if (survey->known)
        return true;
    while (survey->slot < job_total(job)) {
        look_at(broker, job, survey);
        if (survey->slot % WORK_LOOKS == 0 && !boss_spend(&broker->boss, WORK_LOOKS / 2) &&
            survey->slot < job_total(job))
            return false;
    }
    if (map) {
        map->running = survey->running;
        map->attempts = survey->attempts;
    }
    return true;
}

/* Which live slots of a map run is seen by looking at all of them (job_survey), which is done only so often
 * in a second, whoever asks: in between, what was seen the last time holds. How many have ended is known. */
static struct sum sum_up_map(const struct map *map, uint32_t total, uint32_t seen_running)
{
    struct sum sum = {.done = map->done, .failed = map->failed, .cancelled = map->cancelled};
    sum.running = map->running > seen_running ? map->running : seen_running;
    if (sum.running > map->live)
        sum.running = map->live;
    sum.queued = map->live - sum.running + total - map->begun;
    sum.attempts = map->attempts;
    return sum;
}

static struct sum sum_up(const struct broker *broker, const struct job *job, uint32_t seen_running)
{
    if (job_is_map(job))
        return sum_up_map(job->one.map, job_total(job), seen_running);
    const struct slot *slot = &job->one;
    const struct task *task = live_task(broker, slot);
    bool runs = task && ledger_holder(task) != NO_RECORD;
    return (struct sum){
        .queued = slot->state == SLOT_COMING || (task && !runs),
        .running = runs,
        .done = slot->state == SLOT_DONE,
        .failed = slot->state == SLOT_FAILED && !slot_was_cancelled(slot),
        .cancelled = slot_was_cancelled(slot),
        .attempts = task ? job_attempts(task) : slot->attempts,
    };
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

enum task_state job_state(const struct broker *broker, uint32_t number)
{
    struct sum sum = sum_up(broker, job_at(broker, number), 0);
    return state_of(&sum);
}

/* Says who runs a task of the job's, and what one waits for. */
static void add_whereabouts(struct broker *broker, struct job *job, const struct survey *survey,
                            struct message *message)
{
    const struct task *runs =
        survey->runs == NO_RECORD ? NULL : live_task(broker, job_slot(job, survey->runs));
    const struct task *waits =
        survey->waits == NO_RECORD ? NULL : live_task(broker, job_slot(job, survey->waits));
    /* it was seen a turn or more ago */
    if (runs && ledger_holder(runs) != NO_RECORD)
        message->status.manager =
            span_text(roster_name(roster_at(&broker->boss.roster, ledger_holder(runs))));
    if (waits && ledger_holder(waits) == NO_RECORD)
        message->status.why = why_queued(broker, waits);
}

void job_status(struct broker *broker, uint32_t number, const struct survey *survey, struct message *message)
{
    struct job *job = job_at(broker, number);
    struct sum sum = sum_up(broker, job, survey->running);
    message->status.uuid = job->uuid;
    message->status.state = state_of(&sum);
    message->status.total = job_total(job);
    message->status.queued = sum.queued;
    message->status.running = sum.running;
    message->status.done = sum.done;
    message->status.failed = sum.failed;
    message->status.cancelled = sum.cancelled;
    message->status.attempts = sum.attempts;
    if (!survey->known)
        add_whereabouts(broker, job, survey, message);
    if (job->timed && timings_tell_all(broker, number, &message->status.timing)) {
        message->status.timed = 1;
        if (message->status.timing.manager.size > 0)
            message->status.manager = message->status.timing.manager;
    }
}

void job_list(struct broker *broker, uint32_t number, struct listed_task *listed)
{
    struct job *job = job_at(broker, number);
    struct sum sum = sum_up(broker, job, 0);
    uint64_t submitted = broker->started + (uint64_t)job->submitted * JOB_TIME - JOB_PAST;
    *listed = (struct listed_task){
        .uuid = job->uuid,
        .name = task_names_text(&broker->boss.ledger.names, job_name(job)),
        .state = state_of(&sum),
        .total = job_total(job),
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
        deliver_slot(broker, session_of_job(broker, job), number, slot_number, corr);
    return CODE_NONE;
}
