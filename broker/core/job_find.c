/* job_find: which job a uuid is of. Two sessions may have the same uuid. */
#include <string.h>

#include "broker/core/broker_inner.h"

uint32_t job_find(struct broker *broker, const struct session *session, const uint8_t *uuid, bool *foreign)
{
    *foreign = false;
    struct index_cursor cursor = index_find(&broker->by_uuid, job_hash(broker, uuid));
    for (uint32_t number; (number = index_next(&broker->by_uuid, &cursor)) != NO_RECORD;) {
        boss_spend(&broker->boss, WORK_LOOK); /* all sessions may have used one uuid */
        const struct job *job = job_at(broker, number);
        if (memcmp(job->uuid, uuid, UUID_SIZE) != 0)
            continue;
        if (job_session_number(job) == session->number)
            return number;
        *foreign |= !session_of_job(broker, job)->over;
    }
    return NO_RECORD;
}

uint32_t job_find_any(struct broker *broker, const uint8_t *uuid)
{
    struct index_cursor cursor = index_find(&broker->by_uuid, job_hash(broker, uuid));
    for (uint32_t number; (number = index_next(&broker->by_uuid, &cursor)) != NO_RECORD;) {
        const struct job *job = job_at(broker, number);
        boss_spend(&broker->boss, WORK_LOOK);
        if (memcmp(job->uuid, uuid, UUID_SIZE) == 0 && !session_of_job(broker, job)->over)
            return number;
    }
    return NO_RECORD;
}
