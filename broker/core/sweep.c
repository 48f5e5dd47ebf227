/* sweep: what nobody finds any more goes a part at a time: jobs that were given up, and what sessions had
 * that have ended. Each turn has a part of its work for either; of what has ended each has a part in its
 * turn, so that a small session is gone soon, however large another one was. */
#include "broker/core/broker_inner.h"

enum { PART = 4 /* of a turn's work, for each of the two */ };

/* Some more of the first job that was given up; false: there is more of it. */
static bool sweep_first(struct broker *broker)
{
    struct doomed *doomed = &broker->doomed;
    uint32_t number = doomed->first;
    if (!job_cancel(broker, number, &doomed->slot))
        return false;
    doomed->first = job_at(broker, number)->older;
    doomed->last = doomed->first == NO_RECORD ? NO_RECORD : doomed->last;
    doomed->slot = 0;
    session_of_job(broker, job_at(broker, number))->doomed--;
    job_forget_empty(broker, number);
    return true;
}

void sweep_jobs(struct broker *broker)
{
    if (broker->doomed.first == NO_RECORD)
        return; /* as in nearly every turn */
    post_begin_own(&broker->boss.post, broker->config.work / PART);
    while (broker->doomed.first != NO_RECORD && sweep_first(broker))
        continue;
}

/* Some more of what a session had; false: there is more of it. */
static bool sweep_some(struct broker *broker, struct session *session)
{
    while (session->doomed > 0 && sweep_first(broker))
        continue;
    while (session->jobs != NO_RECORD) {
        if (!job_cancel(broker, session->jobs, &session->swept))
            return false;
        job_forget_empty(broker, session->jobs);
        session->swept = 0;
        if (!boss_spend(&broker->boss, WORK_LOOK) && session->jobs != NO_RECORD)
            return false;
    }
    return session->doomed == 0 && session->account.ending == 0;
}

/* Behind all others that have ended. */
static void put_last(struct broker *broker, struct session *session)
{
    struct absent *over = &broker->over;
    session->over_next = NO_RECORD;
    if (over->last == NO_RECORD)
        over->first = session->number;
    else
        session_at(broker, over->last)->over_next = session->number;
    over->last = session->number;
    broker->over_count++;
}

static struct session *take_first(struct broker *broker)
{
    struct session *session = session_at(broker, broker->over.first);
    broker->over.first = session->over_next;
    if (broker->over.first == NO_RECORD)
        broker->over.last = NO_RECORD;
    broker->over_count--;
    return session;
}

void sweep_session(struct broker *broker, struct session *session)
{
    if (sweep_some(broker, session))
        session_forget(broker, session);
    else
        put_last(broker, session);
}

void sweep_sessions(struct broker *broker)
{
    if (broker->over.first == NO_RECORD)
        return; /* the same */
    post_begin_own(&broker->boss.post, broker->config.work / PART);
    bool more = true;
    for (uint64_t left = broker->over_count; left > 0 && more; left--) { /* some wait for boss_sweep */
        sweep_session(broker, take_first(broker));
        more = boss_spend(&broker->boss, 0);
    }
}
