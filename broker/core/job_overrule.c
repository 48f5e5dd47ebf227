/* job_overrule: an admin's CANCEL of what others have submitted; see job.c for what becomes of the slots. */
#include <string.h>

#include "broker/core/broker_inner.h"

/* Ends a live slot as an admin's CANCEL does. */
static void overrule_slot(struct broker *broker, const struct slot *slot, const char *text)
{
    struct fault fault = {.code = CODE_CANCELLED, .text = span_text(text)};
    fault.task = ledger_task(&broker->boss.ledger, slot->task)->address;
    job_failed(broker, slot->task, &fault);
}

bool job_follow_overrule(struct broker *broker, uint32_t number, uint32_t slot)
{
    struct job *job = job_at(broker, number);
    if (job->one.map->overruled)
        overrule_slot(broker, job_slot(job, slot), "the task was cancelled by an admin");
    return job->one.map->overruled;
}

/* A job with this uuid that has tasks, or is to get some that are not cancelled yet. */
static uint32_t find_live(const struct broker *broker, const uint8_t *uuid)
{
    struct index_cursor cursor = index_find(&broker->by_uuid, index_hash16(broker->boss.ledger.seed, uuid));
    for (uint32_t number; (number = index_next(&broker->by_uuid, &cursor)) != NO_RECORD;) {
        const struct job *job = job_at(broker, number);
        if (memcmp(job->uuid, uuid, UUID_SIZE) != 0 || session_of_job(broker, job)->over)
            continue;
        if (!job_is_map(job) ? job->one.state == SLOT_LIVE
                             : job->one.map->live > 0 ||
                                   (job->one.map->begun < job_total(job) && !job->one.map->overruled))
            return number;
    }
    return NO_RECORD;
}

bool job_overrule(struct broker *broker, const uint8_t *uuid, const char *text, struct headway *headway)
{
    for (uint32_t number; (number = find_live(broker, uuid)) != NO_RECORD; headway->slot = 0) {
        struct job *job = job_at(broker, number);
        if (job->mailbox != headway->serial)
            headway->slot = 0;
        headway->serial = job->mailbox;
        if (job_is_map(job))
            job->one.map->overruled = true;
        while (headway->slot < job_total(job)) {
            const struct slot *slot = job_slot(job, headway->slot++);
            bool live = slot->state == SLOT_LIVE;
            if (live)
                overrule_slot(broker, slot, text);
            if (!boss_spend(&broker->boss, live ? WORK_END + WORK_SAY : WORK_LOOK))
                return false;
        }
    }
    return true;
}
