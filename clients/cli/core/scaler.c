/* scaler: see scaler.h. Its books: what is known of each job, and what jobs died of. */
#include "clients/cli/core/scaler_inner.h"

#include "common/base/mem.h"
#include "common/wire/message.h"

enum {
    REST_FIRST = 10000,     /* ms without a submission after a job that died at once; doubled each time, */
    REST_MOST = 600000,     /* up to this */
    ASKED_PATIENCE = 60000, /* ms after which a job that did not go is asked again */
};

void scaler_config_default(struct scaler_config *config)
{
    *config = (struct scaler_config){
        .max = 10,
        .max_pending = 10,
        .idle = 60000,
        .within = 30000,
        .young = 30000,
        .silent = 120000,
    };
}

struct scaler *scaler_new(const struct scaler_config *config)
{
    struct scaler *scaler = mem_zalloc(1, sizeof *scaler);
    scaler->config = *config;
    scaler->began = scaler->last = SCALER_NEVER;
    return scaler;
}

void scaler_free(struct scaler *scaler)
{
    if (!scaler)
        return;
    mem_free(scaler->orders.cancel);
    mem_free(scaler->orders.drain);
    mem_free(scaler->known);
    mem_free(scaler);
}

bool scaler_was_asked(const struct known *known, uint64_t now)
{
    return known->asked != SCALER_NEVER && now - known->asked < ASKED_PATIENCE;
}

static struct known *find(struct scaler *scaler, uint64_t id)
{
    for (size_t i = 0; i < scaler->count; i++) {
        if (scaler->known[i].job.id == id)
            return &scaler->known[i];
    }
    return NULL;
}

static struct known *add(struct scaler *scaler, uint64_t id)
{
    if (scaler->count == scaler->capacity) {
        scaler->capacity = scaler->capacity ? 2 * scaler->capacity : 64;
        scaler->known = mem_resize(scaler->known, scaler->capacity, sizeof *scaler->known);
    }
    struct known *known = &scaler->known[scaler->count++];
    *known = (struct known){.job.id = id, .asked = SCALER_NEVER, .idle_since = SCALER_NEVER};
    return known;
}

static uint64_t rest(struct scaler *scaler, uint64_t now)
{
    unsigned doubled = scaler->deaths < 16 ? scaler->deaths : 16;
    uint64_t time = (uint64_t)REST_FIRST << doubled;
    time = time < REST_MOST ? time : REST_MOST;
    scaler->deaths++;
    scaler->rest_until = now + time;
    return time;
}

uint64_t scaler_refused(struct scaler *scaler, uint64_t now)
{
    return rest(scaler, now);
}

/* A job has ended: did it die at once? One that was told to go did not; of those that had a manager only one
 * that failed. */
static void judge(struct scaler *scaler, const struct known *known, bool failed, uint64_t now)
{
    if (known->asked != SCALER_NEVER || known->drains)
        return;
    if (known->job.ran >= scaler->config.young || (known->worked && !failed)) {
        scaler->deaths = 0;
        return;
    }
    scaler->orders.died = known->job.id;
    scaler->orders.wait = rest(scaler, now);
}

/* A job that ended before the first look: it counts as those do that are seen to end. That one was drained
 * cannot be told any more: only what failed has died. */
static void judge_before(struct scaler *scaler, const struct scaler_job *job, uint64_t now)
{
    if (job->failed && job->ran < scaler->config.young) {
        scaler->orders.died = job->id;
        scaler->orders.wait = rest(scaler, now);
    } else {
        scaler->deaths = 0;
        scaler->rest_until = 0;
        scaler->orders.died = scaler->orders.wait = 0;
    }
}

static void see_job(struct scaler *scaler, const struct scaler_job *job, uint64_t now)
{
    struct known *known = find(scaler, job->id);
    bool first = scaler->began == SCALER_NEVER, fresh = known == NULL;
    if (fresh)
        known = add(scaler, job->id);
    if (known->job.state != JOB_PENDING && job->state == JOB_PENDING) { /* it was requeued: another life */
        known->worked = false;
        known->asked = SCALER_NEVER;
    }
    known->job = *job;
    known->seen = true;
    if (job->state != JOB_ENDED || known->ended)
        return;
    known->ended = true;
    if (first)
        judge_before(scaler, job, now);
    else
        judge(scaler, known, job->failed, now);
}

/* What the batch system has forgotten. One that was not seen to end is gone in a way that nobody tells. */
static void forget(struct scaler *scaler, uint64_t now)
{
    size_t kept = 0;
    for (size_t i = 0; i < scaler->count; i++) {
        struct known *known = &scaler->known[i];
        if (!known->seen && !known->ended)
            judge(scaler, known, true, now);
        if (known->seen)
            scaler->known[kept++] = *known;
    }
    scaler->count = kept;
}

static void see_manager(struct scaler *scaler, const struct scaler_manager *manager)
{
    struct known *known = find(scaler, manager->job);
    if (!known || known->job.state == JOB_ENDED)
        return;
    known->worked = true;
    known->tasks += manager->tasks;
    if (manager->state == MANAGER_DRAINS)
        known->drains = true;
    else if (manager->state == MANAGER_STARTS)
        known->starting++;
    else if (manager->state == MANAGER_READY) {
        known->workers += manager->workers;
        known->idle += manager->idle < manager->workers ? manager->idle : manager->workers;
    }
}

/* Since when each job has had nothing to do at any look. */
static void see_idle(struct scaler *scaler, uint64_t now)
{
    for (size_t i = 0; i < scaler->count; i++) {
        struct known *known = &scaler->known[i];
        bool idle = known->workers > 0 && known->idle == known->workers && known->tasks == 0;
        if (!idle)
            known->idle_since = SCALER_NEVER;
        else if (known->idle_since == SCALER_NEVER)
            known->idle_since = now;
        if (known->workers > 0 && known->starting == 0)
            scaler->each = known->workers;
    }
}

const struct scaler_orders *scaler_step(struct scaler *scaler, const struct scaler_view *view)
{
    struct scaler_orders *orders = &scaler->orders;
    *orders = (struct scaler_orders){.cancel = orders->cancel, .drain = orders->drain};
    for (size_t i = 0; i < scaler->count; i++) {
        struct known *known = &scaler->known[i];
        known->seen = known->drains = false;
        known->workers = known->idle = known->tasks = known->starting = 0;
    }
    for (size_t i = 0; i < view->job_count; i++)
        see_job(scaler, &view->jobs[i], view->now);
    forget(scaler, view->now);
    for (size_t i = 0; i < view->manager_count; i++)
        see_manager(scaler, &view->managers[i]);
    see_idle(scaler, view->now);
    if (scaler->began == SCALER_NEVER)
        scaler->began = view->now;
    orders->cancel = mem_resize(orders->cancel, scaler->count + 1, sizeof *orders->cancel);
    orders->drain = mem_resize(orders->drain, scaler->count + 1, sizeof *orders->drain);
    scaler_choose(scaler, view);
    scaler->last = view->now;
    scaler->queued = view->queued;
    scaler->finished = view->finished;
    return orders;
}
