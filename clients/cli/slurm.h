/* slurm: Slurm's own programs, squeue, sbatch and scancel, as `mailroom scale` uses them. Each function
 * returns false, with the reason in `why`, where the program did not do what it was to. */
#ifndef MAILROOM_CLI_SLURM_H
#define MAILROOM_CLI_SLURM_H

#include "clients/cli/core/scaler.h"
#include "clients/cli/tool.h"

#define SLURM_OWN_PYTHON "MAILROOM_OWN_PYTHON" /* from the command that pip made for this program */

struct slurm {
    const char *name;     /* of the jobs */
    const char *output;   /* their --output: a file name with Slurm's %j */
    char *const *options; /* for sbatch, ended by NULL */
    char *const *shim;    /* the manager and its options, ended by NULL */
    char *const *setup;   /* lines of shell before it, ended by NULL */
    const char *broker;   /* whom the managers dial, */
    const char *keys;     /* with the keys in this folder; NULL: none */
    bool insecure;        /* and over TCP without any */
    const char *python;   /* of the workers, where `setup` leads to no other; NULL: the python3 of PATH */
    uint64_t workers;     /* of each; 0: as many as it has processors */
    uint64_t timeout;     /* ms for each of Slurm's programs */
};

/* The jobs of that name; the caller frees them (mem_free). */
bool slurm_jobs(const struct slurm *slurm, struct scaler_job **jobs, size_t *count, char why[TOOL_WHY]);

/* Submits a job. */
bool slurm_submit(const struct slurm *slurm, uint64_t *id, char why[TOOL_WHY]);

/* Cancels those of these jobs that have not begun. */
bool slurm_cancel_pending(const struct slurm *slurm, const uint64_t *ids, size_t count, char why[TOOL_WHY]);

/* Cancels all jobs of that name. */
bool slurm_cancel_all(const struct slurm *slurm, char why[TOOL_WHY]);

/* The end of what a job has written, on one line, into `text`; "": it cannot be found or has written nothing.
 */
void slurm_last_words(const struct slurm *slurm, uint64_t id, char *text, size_t size);

/* What is handed to sbatch: its command as a line for people, and the job's script; the caller frees both
 * (free). */
char *slurm_command(const struct slurm *slurm);
char *slurm_script(const struct slurm *slurm);

#endif
