/* squeue: see squeue.h. */
#include "clients/cli/core/squeue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/shown.h"

enum { FIELDS = 5, LINE = 512 };

static const struct {
    const char *name;
    enum job_state state;
    bool failed;
} states[] = {
    {"PENDING", JOB_PENDING, false},       {"REQUEUED", JOB_PENDING, false},
    {"REQUEUE_FED", JOB_PENDING, false},   {"REQUEUE_HOLD", JOB_PENDING, false},
    {"RESV_DEL_HOLD", JOB_PENDING, false}, {"SPECIAL_EXIT", JOB_PENDING, false},
    {"SUSPENDED", JOB_SUSPENDED, false},   {"STOPPED", JOB_SUSPENDED, false},
    {"COMPLETING", JOB_ENDS, false},       {"STAGE_OUT", JOB_ENDS, false},
    {"COMPLETED", JOB_ENDED, false},       {"BOOT_FAIL", JOB_ENDED, true},
    {"CANCELLED", JOB_ENDED, false},       {"DEADLINE", JOB_ENDED, false},
    {"FAILED", JOB_ENDED, true},           {"LAUNCH_FAILED", JOB_ENDED, true},
    {"NODE_FAIL", JOB_ENDED, false},       {"OUT_OF_MEMORY", JOB_ENDED, true},
    {"PREEMPTED", JOB_ENDED, false},       {"REVOKED", JOB_ENDED, false},
    {"TIMEOUT", JOB_ENDED, false},
};

/* CONFIGURING, RUNNING and the like, and what a newer Slurm may say: then it is a job that is there. */
static void set_state(struct scaler_job *job, const char *name)
{
    job->state = JOB_RUNS;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(states[i].name, name) == 0) {
            job->state = states[i].state;
            job->failed = states[i].failed;
        }
    }
    snprintf(job->how, sizeof job->how, "%s", name);
}

/* Reads all of `text` as a number that is not 0. */
static bool read_number(const char *text, uint64_t *number)
{
    char *end;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && *number > 0;
}

uint64_t squeue_time(const char *text)
{
    uint64_t seconds = 0, days = 0;
    const char *dash = strchr(text, '-');
    if (dash) {
        days = strtoull(text, NULL, 10);
        text = dash + 1;
    }
    for (;;) {
        char *end;
        if (*text < '0' || *text > '9')
            return 0;
        seconds = seconds * 60 + strtoull(text, &end, 10);
        if (*end == '\0')
            return (days * 24 * 3600 + seconds) * 1000;
        if (*end != ':')
            return 0;
        text = end + 1;
    }
}

static bool read_line(char *line, struct scaler_job *job)
{
    char *fields[FIELDS];
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = line;
        char *bar = i + 1 < FIELDS ? strchr(line, '|') : NULL;
        if (i + 1 < FIELDS && !bar)
            return false;
        if (bar)
            *bar = '\0';
        line = bar ? bar + 1 : line;
    }
    *job = (struct scaler_job){0};
    if (!read_number(fields[0], &job->id) || fields[1][0] == '\0')
        return false;
    set_state(job, fields[1]);
    job->ran = squeue_time(fields[2]);
    read_number(fields[3], &job->cpus);
    snprintf(job->reason, sizeof job->reason, "%s", fields[4]);
    shown_clean(job->how, strlen(job->how));
    shown_clean(job->reason, strlen(job->reason));
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct scaler_job *left = a, *right = b;
    return left->id < right->id ? -1 : left->id > right->id;
}

bool squeue_read(const char *text, struct scaler_job **jobs, size_t *count, char *why, size_t size)
{
    *jobs = NULL;
    *count = 0;
    while (*text) {
        char line[LINE];
        size_t length = strcspn(text, "\n"), kept = length < LINE ? length : LINE - 1;
        memcpy(line, text, kept);
        line[kept] = '\0';
        text += length + (text[length] == '\n');
        if (kept == 0)
            continue;
        *jobs = mem_resize(*jobs, *count + 1, sizeof **jobs);
        if (!read_line(line, &(*jobs)[*count])) {
            snprintf(why, size, "squeue says what is no job: %.100s", line);
            shown_clean(why, strlen(why));
            mem_free(*jobs);
            *jobs = NULL;
            *count = 0;
            return false;
        }
        (*count)++;
    }
    if (*count)
        qsort(*jobs, *count, sizeof **jobs, by_id);
    return true;
}

uint64_t squeue_submitted(const char *text)
{
    char *end;
    uint64_t id = strtoull(text, &end, 10);
    bool ends = *end == '\n' || *end == '\0' || *end == ';'; /* behind that: the cluster's name */
    return text[0] >= '0' && text[0] <= '9' && ends ? id : 0;
}
