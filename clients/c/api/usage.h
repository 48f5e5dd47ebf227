/* usage: what tasks take in a worker's own process: from when the loop was given one until its result is
 * said, the time, the CPU time of this process and of the children that it waited for, and the most memory
 * that this process had. Of a task that is suspended meanwhile, CPU time and memory are those of its own
 * steps. */
#ifndef MAILROOM_C_API_USAGE_H
#define MAILROOM_C_API_USAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/wire/message.h"

enum { USAGE_MOST = 256 /* tasks that have begun and not ended: of more, the oldest are forgotten */ };

struct used {
    struct address task;
    uint64_t begun;  /* ns; 0: nothing is noted here */
    uint64_t cpu;    /* us, in the spells that are over */
    uint64_t memory; /* bytes, the most of them; 0: not known */
};

struct usage {
    struct used tasks[USAGE_MOST];
    uint32_t next;        /* the place that is used next, */
    struct used *running; /* whose spell it is; NULL: nobody's */
    uint64_t cpu, peak;   /* of the process when the spell began; us, KiB */
    int reset;            /* the file that puts the most memory back to what there is; -1: not to be had */
    bool resets;          /* it did so when the spell began */
};

void usage_init(struct usage *usage);
void usage_free(struct usage *usage);

/* A task begins at `now` (ns); a suspended one goes on (NULL, or one that is not known: nobody's spell);
 * nothing runs. */
void usage_begin(struct usage *usage, const struct address *task, uint64_t now);
void usage_resume(struct usage *usage, const struct address *task);
void usage_rest(struct usage *usage);

/* A task has ended: what it took, into the first fields of `timing`. False: it was not noted. */
bool usage_end(struct usage *usage, const struct address *task, uint64_t now, struct timing *timing);

#endif
