/* scale: what `mailroom scale` was asked for, and its rounds. */
#ifndef MAILROOM_CLI_SCALE_H
#define MAILROOM_CLI_SCALE_H

#include "clients/cli/core/scaler.h"
#include "clients/cli/invocation.h"
#include "clients/cli/slurm.h"

enum { SCALE_MOST_WORDS = 32 /* of an option that may be given again */ };

struct scale_words {
    char *at[SCALE_MOST_WORDS + 1]; /* ended by NULL */
    size_t count;
};

struct scale {
    struct scaler_config config;
    struct slurm slurm;
    struct host_port dial;
    bool dial_given, system_given, once, show, end_jobs;
    uint64_t interval; /* ms */
    const char *name, *logs, *shim;
    struct scale_words setup, runtimes;
    char **options;                   /* sbatch's, then the shim's; NULL: none were given */
    char *broker, *output, *own_name; /* made from the above; owned */
    char **sbatch, **manager;
};

/* Looks, decides and acts until it is told to end. Returns the exit code. */
int scale_run(struct invocation *invocation, struct scale *scale);

#endif
