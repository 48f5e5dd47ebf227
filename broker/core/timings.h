/* timings: how long the tasks of a job took, where its client wants to know it (TASK_TIMED): kept until the
 * job is forgotten, and told with each result and by STATUS. Nothing of it is in the journal. */
#ifndef MAILROOM_TIMINGS_H
#define MAILROOM_TIMINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/wire/message.h"

struct broker;
struct job;

/* What it costs in an account to keep those of so many slots, beside the job itself. */
size_t timings_cost(uint32_t total);

/* From now on they are kept for this job, and its session is charged for it; not any more. */
void timings_begin(struct broker *broker, uint32_t job);
void timings_end(struct broker *broker, uint32_t job);

/* A task of such a job is about to leave the ledger: it has ended here and now. `by` NULL: it had no worker's
 * result. */
void timings_note(struct broker *broker, uint32_t task, const struct timing *by);

/* What there is to tell of a slot of such a job; false: nothing. The name of its manager is borrowed. */
bool timings_tell(const struct broker *broker, uint32_t job, uint32_t slot, struct timing *timing);

/* The same of a whole job, for STATUS. Of a map: its ended tasks' sums of `ran` and `cpu`, and the most of
 * each other that any of them had. */
bool timings_tell_all(const struct broker *broker, uint32_t job, struct timing *timing);

#endif
