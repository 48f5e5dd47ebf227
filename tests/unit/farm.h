/* farm: a batch system, and a broker with tasks, in simulated time, for the tests of the scaler. It carries
 * out what the scaler orders, and ends the test where that is what nobody may order. */
#ifndef MAILROOM_TEST_FARM_H
#define MAILROOM_TEST_FARM_H

#include "clients/cli/core/scaler.h"

enum { FARM_JOBS = 4096, FARM_WORKERS = 8, SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE };

struct farm_job {
    struct scaler_job seen;
    uint64_t submitted, began, ended; /* ms */
    bool drains, gone;                /* gone: the batch system has forgotten it */
    uint64_t until[FARM_WORKERS];     /* ms when a worker will have done its task; 0: it is idle */
    uint64_t done;                    /* tasks */
};

struct farm {
    struct scaler_config config;
    struct scaler *scaler;
    uint64_t now;
    uint64_t nodes, wait;  /* jobs that run at a time; ms that each waits at least */
    uint64_t boot, limit;  /* ms until a job has its workers; its time limit */
    uint64_t each;         /* workers of a job */
    bool dies;             /* jobs die at once */
    bool mute;             /* their managers do not reach the broker */
    bool broken;           /* sbatch says that it failed, and has submitted all the same */
    uint64_t queued, task; /* tasks, and ms that each takes */
    uint64_t finished, lost;
    struct farm_job jobs[FARM_JOBS];
    size_t count;
    /* what the scaler did */
    uint64_t submitted, cancelled, drained, most_pending, most_active;
    enum scaler_hold hold;
};

/* Ten nodes, jobs of four workers that begin after 10 s and have an hour. */
void farm_begin(struct farm *farm, uint64_t min, uint64_t max, uint64_t max_pending);
void farm_end(struct farm *farm);

/* Lets time go by, with a look of the scaler's every 5 s. */
void farm_run(struct farm *farm, uint64_t time);

/* Another scaler takes the place of the one that there is. */
void farm_restart(struct farm *farm);

/* Jobs in a state. */
uint64_t farm_jobs(const struct farm *farm, enum job_state state);

/* Ends all jobs that run, as preemption does (they wait again), or the loss of their nodes. */
void farm_preempt(struct farm *farm);
void farm_lose_nodes(struct farm *farm);

#endif
