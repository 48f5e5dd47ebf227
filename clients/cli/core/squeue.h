/* squeue: reads what Slurm's squeue says of jobs. */
#ifndef MAILROOM_CLI_SQUEUE_H
#define MAILROOM_CLI_SQUEUE_H

#include "clients/cli/core/scaler.h"

/* What squeue is asked for each job: number, state, time used, processors, reason. */
#define SQUEUE_FORMAT "%A|%T|%M|%C|%r"

/* The jobs in `text`, a line each, by their ids; the caller frees `*jobs` (mem_free). False: a line is none,
 * and `why` (of that size) says which; half of a picture is none. */
bool squeue_read(const char *text, struct scaler_job **jobs, size_t *count, char *why, size_t size);

/* A time as Slurm writes it (SS, MM:SS, HH:MM:SS, D-HH:MM:SS), in ms; what is none ("INVALID", "UNLIMITED")
 * is 0. */
uint64_t squeue_time(const char *text);

/* The number of the job that sbatch --parsable says; 0: it says none. */
uint64_t squeue_submitted(const char *text);

#endif
