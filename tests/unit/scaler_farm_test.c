/* Tests of clients/cli/core/scaler in simulated time: hours of a farm, in milliseconds. Most are what users
 * of other such programs have reported; the farm itself ends a test where a job that works, or has just
 * begun, is told to go. */
#include <criterion/criterion.h>

#include "tests/unit/farm.h"

static struct farm farm;

TestSuite(scaler_farm, .timeout = 60);

Test(scaler_farm, work_comes_and_goes)
{
    farm_begin(&farm, 0, 10, 10);
    farm_run(&farm, MINUTE);
    cr_assert_eq(farm.submitted, 0);
    farm.queued = 8;
    farm.task = 5 * MINUTE;
    farm_run(&farm, 2 * MINUTE);
    cr_assert_eq(farm.submitted, 2, "8 tasks are work for 2 jobs of 4 workers, not %lu",
                 (unsigned long)farm.submitted);
    farm_run(&farm, 10 * MINUTE);
    cr_assert_eq(farm.finished, 8);
    cr_assert_eq(farm.drained, 2);
    cr_assert_eq(farm.cancelled, 0);
    cr_assert_eq(farm_jobs(&farm, JOB_RUNS), 0);
    farm_end(&farm);
}

/* dask-jobqueue#498, seamless#261: jobs were cancelled before they had done anything, and new ones submitted.
 */
Test(scaler_farm, a_job_that_is_wanted_is_not_cancelled_however_long_it_waits)
{
    farm_begin(&farm, 0, 10, 10);
    farm.wait = 3 * HOUR;
    farm.queued = 100;
    farm.task = MINUTE;
    farm_run(&farm, 4 * HOUR);
    cr_assert_eq(farm.finished, 100);
    cr_assert_eq(farm.cancelled, 0);
    cr_assert_leq(farm.submitted, 10);
    farm_end(&farm);
}

/* pycmor#267: many steps of less than a second first, then the work, and the workers were gone. */
Test(scaler_farm, short_steps_before_the_work_end_no_job)
{
    farm_begin(&farm, 0, 5, 5);
    farm.queued = 8;
    farm.task = 30 * SECOND;
    farm_run(&farm, MINUTE);
    farm.task = 100;
    for (int step = 0; step < 40; step++) {
        farm.queued += 1;
        farm_run(&farm, 20 * SECOND);
    }
    uint64_t before = farm.submitted;
    farm.queued += 16;
    farm.task = 10 * MINUTE;
    farm_run(&farm, 30 * SECOND);
    cr_assert_gt(farm_jobs(&farm, JOB_RUNS), 0, "somebody is there when the work comes");
    farm_run(&farm, HOUR);
    cr_assert_eq(farm.queued, 0);
    cr_assert_leq(farm.submitted - before, 4);
    farm_end(&farm);
}

/* dask-jobqueue#611: no new jobs after the time limit. #122: tasks failed with their workers. */
Test(scaler_farm, jobs_that_reach_their_limit_are_replaced)
{
    farm_begin(&farm, 0, 4, 4);
    farm.limit = 10 * MINUTE;
    farm.task = 90 * SECOND;
    farm.queued = 1000;
    farm_run(&farm, 3 * HOUR);
    cr_assert_eq(farm.finished, 1000, "%lu of 1000", (unsigned long)farm.finished);
    cr_assert_leq(farm.submitted, 60);
    cr_assert_eq(farm.cancelled, 0);
    farm_end(&farm);
}

/* dask-jobqueue#491: more jobs than an account may have in the queue. */
Test(scaler_farm, never_more_jobs_than_are_allowed)
{
    farm_begin(&farm, 0, 7, 3);
    farm.queued = 100000;
    farm.task = 12 * MINUTE;
    farm_run(&farm, 4 * HOUR);
    cr_assert_eq(farm.most_pending, 3);
    cr_assert_eq(farm.most_active, 7);
    farm.nodes = 0;
    farm_lose_nodes(&farm);
    farm_run(&farm, HOUR);
    cr_assert_eq(farm.most_pending, 3);
    farm_end(&farm);
}

/* Short tasks in waves: jobs came and went with each. */
Test(scaler_farm, waves_do_not_make_it_swing)
{
    farm_begin(&farm, 0, 10, 10);
    farm.task = 500;
    for (int wave = 0; wave < 120; wave++) {
        farm.queued += 400;
        farm_run(&farm, 30 * SECOND);
    }
    cr_assert_eq(farm.queued, 0);
    cr_assert_leq(farm.submitted, 20, "%lu jobs in an hour", (unsigned long)farm.submitted);
    farm_end(&farm);
}

/* The tasks are short, and the workers that there are do them soon: more jobs would come too late. */
Test(scaler_farm, what_is_done_soon_brings_no_jobs)
{
    farm_begin(&farm, 1, 10, 10);
    farm.task = SECOND;
    farm.queued = 4;
    farm_run(&farm, 5 * MINUTE);
    farm.queued = 100;
    farm_run(&farm, 5 * MINUTE);
    cr_assert_eq(farm.queued, 0);
    cr_assert_eq(farm.submitted, 1);
    farm_end(&farm);
}

/* dask-jobqueue#190: jobs were submitted for the last, long task of many, and ended as they began. */
Test(scaler_farm, one_long_task_keeps_one_job)
{
    farm_begin(&farm, 0, 10, 10);
    farm.queued = 60;
    farm.task = MINUTE;
    farm_run(&farm, 10 * MINUTE);
    uint64_t before = farm.submitted;
    farm.queued = 1;
    farm.task = 40 * MINUTE;
    farm_run(&farm, 30 * MINUTE);
    cr_assert_eq(farm_jobs(&farm, JOB_RUNS), 1);
    cr_assert_leq(farm.submitted - before, 1);
    farm_end(&farm);
}

Test(scaler_farm, jobs_that_die_at_once_come_more_and_more_slowly)
{
    farm_begin(&farm, 0, 10, 2);
    farm.dies = true;
    farm.queued = 1000;
    farm_run(&farm, HOUR);
    cr_assert_leq(farm.submitted, 40, "%lu jobs in an hour", (unsigned long)farm.submitted);
    cr_assert_eq(farm.hold, SCALER_HOLD_DEATHS);
    farm_restart(&farm);
    uint64_t before = farm.submitted;
    farm_run(&farm, MINUTE);
    cr_assert_leq(farm.submitted - before, 4, "another scaler begins to wait as soon as it sees one die");
    farm.dies = false;
    farm_run(&farm, HOUR);
    cr_assert_eq(farm.finished, 1000);
    farm_end(&farm);
}

Test(scaler_farm, another_scaler_goes_on_where_one_was)
{
    farm_begin(&farm, 0, 6, 3);
    farm.task = 2 * MINUTE;
    farm.queued = 200;
    for (int times = 0; times < 200; times++) {
        farm_run(&farm, 17 * SECOND);
        farm_restart(&farm);
    }
    cr_assert_eq(farm.finished, 200);
    cr_assert_leq(farm.submitted, 12);
    cr_assert_eq(farm.cancelled, 0);
    cr_assert_leq(farm.most_active, 6);
    farm_end(&farm);
}

Test(scaler_farm, preempted_jobs_wait_again_and_are_not_replaced)
{
    farm_begin(&farm, 0, 4, 4);
    farm.queued = 200;
    farm.task = MINUTE;
    farm_run(&farm, 5 * MINUTE);
    for (int times = 0; times < 5; times++) {
        farm_preempt(&farm);
        farm_run(&farm, 5 * MINUTE);
    }
    cr_assert_eq(farm.finished, 200);
    cr_assert_eq(farm.submitted, 4);
    farm_end(&farm);
}

Test(scaler_farm, lost_nodes_are_replaced)
{
    farm_begin(&farm, 2, 4, 4);
    farm.queued = 200;
    farm.task = MINUTE;
    farm_run(&farm, 5 * MINUTE);
    farm_lose_nodes(&farm);
    farm_run(&farm, 30 * MINUTE);
    cr_assert_eq(farm.finished, 200);
    cr_assert_geq(farm_jobs(&farm, JOB_RUNS), 2, "--min stays");
    farm_end(&farm);
}

/* sbatch did not answer in time, and the job is there all the same. */
Test(scaler_farm, a_submission_that_seems_to_fail_is_counted)
{
    farm_begin(&farm, 0, 5, 5);
    farm.broken = true;
    farm.queued = 1000;
    farm.task = MINUTE;
    farm.wait = 2 * HOUR;
    farm_run(&farm, HOUR);
    cr_assert_leq(farm.submitted, 5);
    cr_assert_eq(farm.most_active, farm.submitted);
    farm_end(&farm);
}

Test(scaler_farm, jobs_that_never_come_to_the_broker_bring_no_more)
{
    farm_begin(&farm, 0, 10, 2);
    farm.mute = true;
    farm.limit = 24 * HOUR;
    farm.queued = 1000;
    farm_run(&farm, HOUR);
    cr_assert_eq(farm.hold, SCALER_HOLD_SILENT);
    cr_assert_leq(farm.submitted, 10);
    farm_end(&farm);
}

Test(scaler_farm, jobs_that_nobody_wants_any_more_are_cancelled_before_they_begin)
{
    farm_begin(&farm, 0, 10, 10);
    farm.nodes = 1;
    farm.queued = 40;
    farm.task = 5 * MINUTE;
    farm_run(&farm, MINUTE);
    farm.queued = 0; /* its client has cancelled them */
    farm_run(&farm, 10 * MINUTE);
    cr_assert_gt(farm.cancelled, 0);
    cr_assert_eq(farm_jobs(&farm, JOB_PENDING) + farm_jobs(&farm, JOB_RUNS), 0);
    farm_end(&farm);
}
