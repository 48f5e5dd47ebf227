/* logs: the log records of tasks on their way to clients, no more of them than a client is to get. What is
 * left out is counted, and its client is told how many were. */
#include "broker/core/broker_inner.h"

/* That a session's logs were left out is told after a while: there may be more. */
static void tell_later(struct broker *broker)
{
    if (broker->logs_due == NEVER)
        broker->logs_due = broker->boss.now + TELL_LOGS;
}

void logs_send(struct broker *broker, uint32_t task, const struct message *log, struct slice body)
{
    struct job *job;
    job_slot_of(broker, ledger_task(&broker->boss.ledger, task), &job);
    struct session *session = session_of_job(broker, job);
    if (session->peer == NULL) { /* nobody is there to read it */
        broker->boss.discarded++;
        slice_drop(&body);
        return;
    }
    struct message message = *log;
    message.log.uuid = job->uuid;
    if (!boss_send_log(&broker->boss, &session->logs, session->peer, &message, body))
        tell_later(broker);
}

void logs_tell(struct broker *broker)
{
    const struct address nobody = {.worker = WORKER_NIL};
    if (broker->boss.now < broker->logs_due)
        return;
    broker->logs_due = NEVER;
    for (uint32_t i = 0; i < broker->sessions.fresh; i++) {
        struct session *session = session_at(broker, i);
        if (session->number == i && session->peer &&
            !boss_tell_logs(&broker->boss, &session->logs, session->peer, &nobody, &nobody))
            tell_later(broker);
    }
}
