/* farm: see farm.h. */
#include "tests/unit/farm.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/wire/message.h"

enum { LOOK = 5 * SECOND, KEPT = 300 * SECOND /* MinJobAge */ };

void farm_begin(struct farm *farm, uint64_t min, uint64_t max, uint64_t max_pending)
{
    memset(farm, 0, sizeof *farm);
    scaler_config_default(&farm->config);
    farm->config.min = min;
    farm->config.max = max;
    farm->config.max_pending = max_pending;
    farm->scaler = scaler_new(&farm->config);
    farm->now = 12345;
    farm->nodes = 10;
    farm->wait = 10 * SECOND;
    farm->boot = 3 * SECOND;
    farm->limit = HOUR;
    farm->each = 4;
    farm->task = 10 * SECOND;
}

void farm_end(struct farm *farm)
{
    scaler_free(farm->scaler);
}

void farm_restart(struct farm *farm)
{
    scaler_free(farm->scaler);
    farm->scaler = scaler_new(&farm->config);
}

uint64_t farm_jobs(const struct farm *farm, enum job_state state)
{
    uint64_t count = 0;
    for (size_t i = 0; i < farm->count; i++)
        count += farm->jobs[i].seen.state == state && !farm->jobs[i].gone;
    return count;
}

static void end(struct farm *farm, struct farm_job *job, const char *how, bool failed)
{
    for (size_t i = 0; i < farm->each; i++) { /* what ran is given out again */
        farm->queued += job->until[i] != 0;
        farm->lost += job->until[i] != 0;
        job->until[i] = 0;
    }
    job->seen.state = JOB_ENDED;
    job->seen.failed = failed;
    job->ended = farm->now;
    snprintf(job->seen.how, sizeof job->seen.how, "%s", how);
}

void farm_preempt(struct farm *farm)
{
    for (size_t i = 0; i < farm->count; i++) {
        struct farm_job *job = &farm->jobs[i];
        if (job->seen.state != JOB_RUNS)
            continue;
        end(farm, job, "PENDING", false);
        job->seen.state = JOB_PENDING;
        job->seen.ran = 0;
        job->submitted = farm->now;
        job->drains = false;
    }
}

void farm_lose_nodes(struct farm *farm)
{
    for (size_t i = 0; i < farm->count; i++) {
        if (farm->jobs[i].seen.state == JOB_RUNS)
            end(farm, &farm->jobs[i], "NODE_FAIL", false);
    }
}

static bool has_workers(const struct farm *farm, const struct farm_job *job)
{
    return job->seen.state == JOB_RUNS && !farm->mute && farm->now >= job->began + farm->boot;
}

/* A job's second. */
static void work(struct farm *farm, struct farm_job *job)
{
    bool busy = false;
    for (size_t i = 0; i < farm->each; i++) {
        if (job->until[i] && job->until[i] <= farm->now) {
            job->until[i] = 0;
            farm->finished++;
            job->done++;
        }
        uint64_t room = farm->task < SECOND ? SECOND / farm->task : 1; /* short tasks: so many in a second */
        uint64_t taken = farm->queued < room ? farm->queued : room;
        if (has_workers(farm, job) && !job->drains && !job->until[i] && taken) {
            farm->queued -= taken;
            farm->finished += taken - 1;
            job->until[i] = farm->now + (farm->task < SECOND ? SECOND : farm->task);
        }
        busy |= job->until[i] != 0;
    }
    if (job->drains && !busy)
        end(farm, job, "COMPLETED", false);
}

static void live(struct farm *farm)
{
    uint64_t running = farm_jobs(farm, JOB_RUNS);
    for (size_t i = 0; i < farm->count; i++) {
        struct farm_job *job = &farm->jobs[i];
        if (job->seen.state == JOB_PENDING && running < farm->nodes &&
            farm->now >= job->submitted + farm->wait) {
            job->seen.state = JOB_RUNS;
            job->began = farm->now;
            running++;
        } else if (job->seen.state == JOB_RUNS) {
            job->seen.ran = farm->now - job->began;
            if (farm->dies)
                end(farm, job, "FAILED", true);
            else if (job->seen.ran >= farm->limit)
                end(farm, job, "TIMEOUT", false);
            else
                work(farm, job);
        }
        if (job->seen.state == JOB_ENDED && farm->now >= job->ended + KEPT)
            job->gone = true;
    }
}

static void add_job(struct farm *farm)
{
    cr_assert_lt(farm->count, FARM_JOBS);
    struct farm_job *job = &farm->jobs[farm->count++];
    *job = (struct farm_job){.submitted = farm->now};
    job->seen.id = farm->count;
    job->seen.cpus = farm->each;
    farm->submitted++;
}

static struct farm_job *job_of(struct farm *farm, uint64_t id)
{
    cr_assert(id > 0 && id <= farm->count);
    return &farm->jobs[id - 1];
}

static void obey(struct farm *farm, const struct scaler_orders *orders)
{
    for (size_t i = 0; i < orders->cancels; i++) {
        struct farm_job *job = job_of(farm, orders->cancel[i]);
        cr_assert_eq(job->seen.state, JOB_PENDING, "a job that has begun is cancelled");
        end(farm, job, "CANCELLED", false);
        farm->cancelled++;
    }
    for (size_t i = 0; i < orders->drains; i++) {
        struct farm_job *job = job_of(farm, orders->drain[i]);
        cr_assert(has_workers(farm, job), "a job that has not got its workers is drained");
        for (size_t worker = 0; worker < farm->each; worker++)
            cr_assert_eq(job->until[worker], 0, "a job that works is drained");
        job->drains = true;
        farm->drained++;
    }
    for (uint64_t i = 0; i < orders->submit; i++) {
        add_job(farm);
        if (farm->broken) {
            scaler_refused(farm->scaler, farm->now);
            break;
        }
    }
    farm->hold = orders->hold;
}

static void look(struct farm *farm)
{
    static struct scaler_job jobs[FARM_JOBS];
    static struct scaler_manager managers[FARM_JOBS];
    struct scaler_view view = {.now = farm->now,
                               .jobs = jobs,
                               .managers = managers,
                               .queued = farm->queued,
                               .finished = farm->finished};
    for (size_t i = 0; i < farm->count; i++) {
        const struct farm_job *job = &farm->jobs[i];
        if (!job->gone)
            jobs[view.job_count++] = job->seen;
        if (!has_workers(farm, job))
            continue;
        struct scaler_manager manager = {.job = job->seen.id,
                                         .state = job->drains ? MANAGER_DRAINS : MANAGER_READY,
                                         .workers = farm->each};
        for (size_t worker = 0; worker < farm->each; worker++)
            manager.tasks += job->until[worker] != 0;
        manager.idle = farm->each - manager.tasks;
        managers[view.manager_count++] = manager;
    }
    obey(farm, scaler_step(farm->scaler, &view));
    uint64_t pending = farm_jobs(farm, JOB_PENDING), active = pending + farm_jobs(farm, JOB_RUNS);
    farm->most_pending = farm->most_pending > pending ? farm->most_pending : pending;
    farm->most_active = farm->most_active > active ? farm->most_active : active;
}

void farm_run(struct farm *farm, uint64_t time)
{
    for (uint64_t end = farm->now + time; farm->now < end; farm->now += SECOND) {
        live(farm);
        if (farm->now / SECOND % (LOOK / SECOND) == 0)
            look(farm);
    }
}
