/* Tests of clients/cli/core/scaler: one look at a situation, and what is decided. And of squeue, which reads
 * what Slurm says. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "clients/cli/core/scaler.h"
#include "clients/cli/core/squeue.h"
#include "common/base/mem.h"
#include "common/wire/message.h"

/* A situation: jobs as a text of letters (p waits, r runs without a manager, s suspended, w works, h half of
 * its workers work, i idle, d drains, c completing), four workers each; and what is decided when nothing has
 * changed for as long as jobs may be idle. */
struct situation {
    const char *what, *jobs;
    uint64_t queued, min, max, max_pending;
    uint64_t submit, cancel, drain;
    enum scaler_hold hold;
};

static const struct situation situations[] = {
    {"nothing to do", "", 0, 0, 10, 10, 0, 0, 0, SCALER_HOLD_NOTHING},
    {"at least so many", "", 0, 3, 10, 10, 3, 0, 0, SCALER_HOLD_NOTHING},
    {"at least, with some that wait", "p", 0, 3, 10, 10, 2, 0, 0, SCALER_HOLD_NOTHING},
    {"the first one shows how many workers a job has", "", 40, 0, 10, 10, 1, 0, 0, SCALER_HOLD_NOTHING},
    {"a queue", "w", 40, 0, 10, 10, 9, 0, 0, SCALER_HOLD_MAX},
    {"a queue, and jobs that come for it", "wppppp", 20, 0, 10, 10, 0, 0, 0, SCALER_HOLD_NOTHING},
    {"a job that begins comes, too", "wr", 8, 0, 10, 10, 1, 0, 0, SCALER_HOLD_NOTHING},
    {"no more than may wait", "wpp", 100, 0, 50, 4, 2, 0, 0, SCALER_HOLD_PENDING},
    {"no more than there may be", "wwwp", 100, 0, 4, 4, 0, 0, 0, SCALER_HOLD_MAX},
    {"one that drains has a place", "wwwd", 100, 0, 4, 4, 0, 0, 0, SCALER_HOLD_MAX},
    {"one that drains is replaced", "wd", 4, 0, 4, 4, 1, 0, 0, SCALER_HOLD_NOTHING},
    {"one that completes has one: it may be requeued", "wwwc", 100, 0, 4, 4, 0, 0, 0, SCALER_HOLD_MAX},
    {"one that completes is replaced", "wc", 4, 0, 4, 4, 1, 0, 0, SCALER_HOLD_NOTHING},
    {"a suspended one comes for nothing", "ws", 8, 0, 10, 10, 2, 0, 0, SCALER_HOLD_NOTHING},
    {"idle ones go", "ii", 0, 0, 10, 10, 0, 0, 2, SCALER_HOLD_NOTHING},
    {"but for so many", "iii", 0, 1, 10, 10, 0, 0, 2, SCALER_HOLD_NOTHING},
    {"half idle ones do not", "hh", 0, 0, 10, 10, 0, 0, 0, SCALER_HOLD_NOTHING},
    {"idle ones beside those that work", "wwi", 0, 0, 10, 10, 0, 0, 1, SCALER_HOLD_NOTHING},
    {"what waits goes first", "wwip", 0, 0, 10, 10, 0, 1, 1, SCALER_HOLD_NOTHING},
    {"what waits is cancelled", "pp", 0, 0, 10, 10, 0, 2, 0, SCALER_HOLD_NOTHING},
    {"what waits is wanted", "pp", 5, 0, 10, 10, 0, 0, 0, SCALER_HOLD_NOTHING},
    {"workers that leave the queue alone", "i", 100, 0, 10, 10, 0, 0, 0, SCALER_HOLD_USELESS},
    {"one that begins is left alone", "r", 0, 0, 10, 10, 0, 0, 0, SCALER_HOLD_NOTHING},
};

static struct scaler_job job_of(char letter, uint64_t id)
{
    struct scaler_job job = {.id = id, .state = JOB_RUNS, .cpus = 4, .ran = 100000};
    if (letter == 'p')
        job.state = JOB_PENDING;
    else if (letter == 's')
        job.state = JOB_SUSPENDED;
    else if (letter == 'c')
        job.state = JOB_ENDS;
    return job;
}

static void check_situation(const struct situation *situation)
{
    struct scaler_job jobs[16];
    struct scaler_manager managers[16];
    struct scaler_view view = {.jobs = jobs, .managers = managers, .queued = situation->queued};
    struct scaler_config config;
    scaler_config_default(&config);
    config.min = situation->min;
    config.max = situation->max;
    config.max_pending = situation->max_pending;
    for (const char *letter = situation->jobs; *letter; letter++) {
        uint64_t id = ++view.job_count;
        jobs[id - 1] = job_of(*letter, id);
        if (!strchr("whid", *letter))
            continue;
        uint64_t idle = *letter == 'w' ? 0 : *letter == 'h' ? 2 : 4;
        managers[view.manager_count++] =
            (struct scaler_manager){.job = id,
                                    .state = *letter == 'd' ? MANAGER_DRAINS : MANAGER_READY,
                                    .workers = 4,
                                    .idle = idle,
                                    .tasks = 4 - idle};
    }
    struct scaler *scaler = scaler_new(&config);
    view.now = 1000000;
    const struct scaler_orders *orders = scaler_step(scaler, &view);
    cr_assert_eq(orders->cancels + orders->drains, 0, "%s: it acts at its first look", situation->what);
    view.now += config.idle;
    orders = scaler_step(scaler, &view);
    cr_assert_eq(orders->submit, situation->submit, "%s: %lu are submitted", situation->what,
                 (unsigned long)orders->submit);
    cr_assert_eq(orders->cancels, situation->cancel, "%s: %zu are cancelled", situation->what,
                 orders->cancels);
    cr_assert_eq(orders->drains, situation->drain, "%s: %zu are drained", situation->what, orders->drains);
    cr_assert_eq(orders->hold, situation->hold, "%s: hold %d", situation->what, orders->hold);
    scaler_free(scaler);
}

Test(scaler, situations)
{
    for (size_t i = 0; i < sizeof situations / sizeof *situations; i++)
        check_situation(&situations[i]);
}

Test(scaler, what_has_ended_is_judged_once)
{
    struct scaler_config config;
    struct scaler_job job = {.id = 7, .state = JOB_RUNS, .cpus = 4};
    struct scaler_view view = {.now = 1000, .jobs = &job, .job_count = 1, .queued = 9};
    scaler_config_default(&config);
    struct scaler *scaler = scaler_new(&config);
    cr_assert_eq(scaler_step(scaler, &view)->died, 0);
    job.state = JOB_ENDED;
    job.failed = true;
    view.now += 5000;
    cr_assert_eq(scaler_step(scaler, &view)->died, 7);
    view.now += 5000;
    const struct scaler_orders *orders = scaler_step(scaler, &view);
    cr_assert_eq(orders->died, 0);
    cr_assert_eq(orders->hold, SCALER_HOLD_DEATHS);
    cr_assert_eq(orders->wait, 5000);
    view.now += 5000;
    cr_assert_eq(scaler_step(scaler, &view)->submit, 3);
    scaler_free(scaler);
}

Test(scaler, one_that_vanishes_has_died_at_once)
{
    struct scaler_config config;
    struct scaler_job job = {.id = 7, .state = JOB_PENDING};
    struct scaler_view view = {.now = 1000, .jobs = &job, .job_count = 1};
    scaler_config_default(&config);
    struct scaler *scaler = scaler_new(&config);
    scaler_step(scaler, &view);
    view.job_count = 0;
    cr_assert_eq(scaler_step(scaler, &view)->died, 7);
    cr_assert_eq(scaler_step(scaler, &view)->died, 0);
    scaler_free(scaler);
}

Test(squeue, jobs_are_read)
{
    struct scaler_job *jobs;
    size_t count;
    char why[200];
    const char *text = "12|RUNNING|1-02:03:04|16|None\n"
                       "9|PENDING|0:00|4|Resources|more\n"
                       "\n"
                       "10|CANCELLED|0:59|4|\n"
                       "11|SOMETHING_NEW|1:00:00|4|None\n";
    cr_assert(squeue_read(text, &jobs, &count, why, sizeof why));
    cr_assert_eq(count, 4);
    cr_assert_eq(jobs[0].id, 9);
    cr_assert_eq(jobs[0].state, JOB_PENDING);
    cr_assert_str_eq(jobs[0].reason, "Resources|more");
    cr_assert_eq(jobs[1].state, JOB_ENDED);
    cr_assert_not(jobs[1].failed);
    cr_assert_eq(jobs[1].ran, 59000);
    cr_assert_eq(jobs[2].state, JOB_RUNS, "what a newer Slurm says of a job that is there");
    cr_assert_eq(jobs[3].cpus, 16);
    cr_assert_eq(jobs[3].ran, (((24 + 2) * 60 + 3) * 60 + 4) * 1000ull);
    mem_free(jobs);
    cr_assert(squeue_read("", &jobs, &count, why, sizeof why));
    cr_assert_eq(count, 0);
    mem_free(jobs);
}

Test(squeue, what_is_no_job_makes_no_picture)
{
    static const char *const wrong[] = {"slurm_load_jobs error", "12|RUNNING|0:01|4",
                                        "x|RUNNING|0:01|4|None", "0|RUNNING|0:01|4|None",
                                        "12||0:01|4|None",       "-3|RUNNING|0:01|4|None"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct scaler_job *jobs;
        size_t count;
        char text[200], why[200] = "";
        snprintf(text, sizeof text, "11|RUNNING|0:01|4|None\n%s\n", wrong[i]);
        cr_assert_not(squeue_read(text, &jobs, &count, why, sizeof why), "%s", wrong[i]);
        cr_assert_null(jobs);
        cr_assert(strstr(why, "no job"));
    }
}

Test(squeue, numbers_of_new_jobs)
{
    cr_assert_eq(squeue_submitted("17\n"), 17);
    cr_assert_eq(squeue_submitted("17;cluster\n"), 17);
    cr_assert_eq(squeue_submitted(""), 0);
    cr_assert_eq(squeue_submitted("Submitted batch job 17\n"), 0);
    cr_assert_eq(squeue_time("INVALID"), 0);
    cr_assert_eq(squeue_time("90:30"), 5430000);
}
