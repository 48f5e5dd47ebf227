/* scaler: how many jobs of a batch system there should be, and which of them may go: the decision, and
 * nothing else. It is told how things are at one moment (struct scaler_view) and says what to do. What jobs
 * there are it takes from the batch system alone, at each look: so one that is started anew goes on where
 * another was. What it remembers between two looks makes it wait, never act: since when a job is idle, how
 * much was wanted lately, how often jobs have died at once. */
#ifndef MAILROOM_CLI_SCALER_H
#define MAILROOM_CLI_SCALER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum job_state {
    JOB_PENDING,
    JOB_RUNS,
    JOB_SUSPENDED, /* it will go on */
    JOB_ENDS,      /* nothing new begins there */
    JOB_ENDED,
};

struct scaler_job {
    uint64_t id;
    enum job_state state;
    bool failed;     /* of one that has ended: by what it did, not by somebody's will or a node's loss */
    uint64_t cpus;   /* 0: not known */
    uint64_t ran;    /* ms, without the time that it waited */
    char how[24];    /* the batch system's word for its state */
    char reason[80]; /* why it waits, or how it ended */
};

/* A manager that is a job's, as the broker lists it. */
struct scaler_manager {
    uint64_t job;
    uint64_t state; /* enum manager_state of the wire */
    uint64_t workers, idle, tasks;
};

struct scaler_view {
    uint64_t now;                  /* ms */
    const struct scaler_job *jobs; /* of this scaler's name, those that ended lately too, by their ids */
    size_t job_count;
    const struct scaler_manager *managers; /* those of jobs */
    size_t manager_count;
    uint64_t queued;   /* tasks that wait at the broker and that a job could run */
    uint64_t finished; /* tasks that have ended there since it began */
};

struct scaler_config {
    uint64_t min, max;    /* jobs */
    uint64_t max_pending; /* jobs that may wait in the batch system's queue */
    uint64_t per_job;     /* workers that a job brings; 0: as many as jobs were seen to bring */
    uint64_t idle;        /* ms for which a job has nothing to do before it may go */
    uint64_t within;      /* ms in which the queue should be done; jobs are added only as far as it is not */
    uint64_t young;       /* ms: a job that ends before has died at once */
    uint64_t silent;      /* ms after which a job that runs should have a manager at the broker */
};

/* How things are, as the scaler counts them. */
struct scaler_tally {
    uint64_t pending, running, leaving; /* jobs; those that leave are in the first two as well */
    uint64_t silent;                    /* jobs that run, and no manager has come of them */
    uint64_t workers, idle, coming;     /* workers: ready, of these idle, and to be expected of jobs */
    uint64_t queued, wanted;            /* tasks that wait, and workers for all there is to do */
    bool useless;                       /* workers stay idle though tasks wait */
};

enum scaler_hold {
    SCALER_HOLD_NOTHING,
    SCALER_HOLD_DEATHS,  /* jobs die at once: it waits */
    SCALER_HOLD_SILENT,  /* jobs run, and none of them comes to the broker */
    SCALER_HOLD_USELESS, /* what waits is not for the workers that jobs bring */
    SCALER_HOLD_MAX,     /* --max */
    SCALER_HOLD_PENDING, /* --max-pending */
};

struct scaler_orders {
    uint64_t submit;  /* so many jobs */
    uint64_t *cancel; /* jobs that have not begun, */
    size_t cancels;
    uint64_t *drain; /* and jobs that are idle, by their ids */
    size_t drains;
    uint64_t died;         /* a job that has just died at once; 0: none */
    uint64_t wait;         /* ms for which nothing is submitted because of it */
    enum scaler_hold hold; /* why not as many are submitted as are wanted */
    struct scaler_tally tally;
};

struct scaler;

void scaler_config_default(struct scaler_config *config);

struct scaler *scaler_new(const struct scaler_config *config);
void scaler_free(struct scaler *scaler);

/* What is to be done. The orders are the scaler's, until the next call. What of them could not be carried out
 * is ordered again after a while. */
const struct scaler_orders *scaler_step(struct scaler *scaler, const struct scaler_view *view);

/* Jobs could not be submitted: it waits, as when they die at once. Returns for how long, in ms. */
uint64_t scaler_refused(struct scaler *scaler, uint64_t now);

#endif
