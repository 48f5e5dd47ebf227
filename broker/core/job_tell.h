/* job_tell: what is told of a job. */
#ifndef MAILROOM_JOB_TELL_H
#define MAILROOM_JOB_TELL_H

#include "broker/core/broker_inner.h"

/* Looks at a job's slots, after job_survey_begin, and again after other turns. False: there are more. Where a
 * map may not be looked at now, what was seen of it the last time holds. */
void job_survey_begin(struct survey *survey);
bool job_survey(struct broker *broker, uint32_t job, struct survey *survey);

/* The states of a job's slots as STATUS tells them, with what `survey` has seen of them; `message->status` is
 * filled but for corr. How many of a map run is told as it was when all were last looked at. */
void job_status(struct broker *broker, uint32_t job, const struct survey *survey, struct message *message);

/* What STATUS would say of it as a whole. */
enum task_state job_state(const struct broker *broker, uint32_t job);

/* The same as a line of LIST; borrows from the job. */
void job_list(struct broker *broker, uint32_t job, struct listed_task *listed);

#endif
