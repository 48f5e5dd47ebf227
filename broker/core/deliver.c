/* deliver: results and failures on their way to clients: in order, no further ahead than the link takes, sent
 * again on the session's next link where this one's end may have lost them, and acknowledged. What a slot
 * keeps is job.c's. */
#include <string.h>

#include "broker/core/broker_inner.h"

enum {
    PART = 2,      /* of a turn's work, for sending what waits */
    WORK_SENT = 2, /* a result that waits is sent, or is acknowledged, */
    AHEAD = 2, /* results for each unit of a turn's work that are sent and not acknowledged. One ACK may free
                  all of them, and lets the next ones go: 70 ns for each. A client of ours says ACK twice
                  meanwhile */
    SLOW = 2   /* so many times as many that wait beside them are a reason to give out no more tasks */
};

static uint64_t send_result(struct broker *broker, struct session *session, const struct parcel *parcel,
                            const struct slot *slot)
{
    const struct job *job = job_at(broker, parcel->job);
    struct result_header header = {.return_address = {WORKER_NIL, parcel->slot, job->mailbox},
                                   .completed_by = slot->completed_by,
                                   .uuid = job->uuid};
    if (job->timed && timings_tell(broker, parcel->job, parcel->slot, &header.timing))
        header.timed = TIMING_ALL;
    struct slice body = slot->result ? slice_of(slot->result, 0, blob_size(slot->result)) : SLICE_NONE;
    return post_send_result(&broker->boss.post, session->peer, &header, body);
}

static uint64_t send_failure(struct broker *broker, struct session *session, uint32_t number,
                             uint32_t slot_number, uint64_t corr)
{
    struct job *job = job_at(broker, number);
    const struct slot *slot = job_slot(job, slot_number);
    const struct failure *failure = slot->failure;
    struct message message = {.kind = KIND_ERROR};
    message.error.code = failure->code;
    message.error.text = span_text(failure->text);
    message.error.corr = corr;
    message.error.uuid = job->uuid;
    message.error.slot = slot_number;
    message.error.about = ABOUT_TASK;
    message.error.has_task = message.error.has_root = true;
    message.error.task = failure->task;
    message.error.root = (struct address){WORKER_NIL, slot_number, job->mailbox};
    message.error.worker = failure->worker == WORKER_NIL ? NO_NUMBER : failure->worker;
    if (job->timed && session->peer->features & FEATURE_TIMES &&
        timings_tell(broker, number, slot_number, &message.error.timing))
        message.error.timed = FAILED_ALL;
    return post_send(&broker->boss.post, session->peer, &message, slice_ref(&failure->body));
}

/* The parcel's slot; NULL: it was forgotten. */
static struct slot *slot_of(const struct broker *broker, const struct parcel *parcel)
{
    if (!slab_has(&broker->jobs, parcel->job))
        return NULL;
    struct job *job = job_at(broker, parcel->job);
    return job->mailbox == parcel->mailbox ? job_slot(job, parcel->slot) : NULL;
}

/* Sends what its slot has, and returns its number on the link. */
static uint64_t send_parcel(struct broker *broker, struct session *session, const struct parcel *parcel,
                            const struct slot *slot)
{
    if (slot->state == SLOT_DONE && slot->result &&
        !link_accepts(&session->peer->link, blob_size(slot->result)))
        job_unfit(broker, parcel->job, parcel->slot);
    if (slot->state == SLOT_DONE)
        return send_result(broker, session, parcel, slot);
    return send_failure(broker, session, parcel->job, parcel->slot, parcel->mark);
}

static uint64_t most_ahead(const struct broker *broker)
{
    return broker->config.work ? AHEAD * broker->config.work : UINT64_MAX;
}

/* Whether its client may be sent one more now. */
static bool may_send(const struct broker *broker, const struct session *session)
{
    return session->peer && session->parcels.sent < most_ahead(broker) && !link_is_full(&session->peer->link);
}

void deliver_later(struct broker *broker, struct session *session)
{
    struct absent *line = &broker->line;
    if (session->in_line || session->peer == NULL)
        return;
    session->in_line = true;
    session->line_next = NO_RECORD;
    session->line_previous = line->last;
    if (line->last == NO_RECORD)
        line->first = session->number;
    else
        session_at(broker, line->last)->line_next = session->number;
    line->last = session->number;
}

void deliver_no_more(struct broker *broker, struct session *session)
{
    struct absent *line = &broker->line;
    if (!session->in_line)
        return;
    session->in_line = false;
    if (session->line_previous == NO_RECORD)
        line->first = session->line_next;
    else
        session_at(broker, session->line_previous)->line_next = session->line_next;
    if (session->line_next == NO_RECORD)
        line->last = session->line_previous;
    else
        session_at(broker, session->line_next)->line_previous = session->line_previous;
}

/* As much as the work goes; false: there may be more. */
static bool send_some(struct broker *broker, struct session *session)
{
    struct parcel parcel;
    while (may_send(broker, session) && parcels_next(&session->parcels, &parcel)) {
        const struct slot *slot = slot_of(broker, &parcel);
        bool there = slot && !slot->gone; /* else it was cancelled or released meanwhile */
        parcels_sent(&session->parcels, there ? send_parcel(broker, session, &parcel, slot) : 0);
        if (!boss_spend(&broker->boss, WORK_SENT))
            return false;
    }
    return true;
}

void deliver_turn(struct broker *broker)
{
    if (broker->line.first == NO_RECORD)
        return; /* as in many turns */
    post_begin_own(&broker->boss.post, broker->config.work / PART);
    while (broker->line.first != NO_RECORD && boss_spend(&broker->boss, 0)) {
        struct session *session = session_at(broker, broker->line.first);
        deliver_no_more(broker, session);
        deliver_acknowledged(broker, session);
        if (!send_some(broker, session))
            deliver_later(broker, session);
        session_weigh_later(broker, session);
    }
}

bool deliver_is_slow(const struct broker *broker, const struct session *session)
{
    uint64_t left = session->parcels.count - session->parcels.sent;
    return session->peer && session->peer->link.connected &&
           (session->held ? left > 0 : left / SLOW > most_ahead(broker));
}

void deliver_slot(struct broker *broker, struct session *session, uint32_t job_number, uint32_t slot_number,
                  uint64_t corr)
{
    struct job *job = job_at(broker, job_number);
    struct parcel parcel = {job->mailbox, job_number, slot_number, corr};
    struct slot *slot = job_slot(job, slot_number);
    slot->under_way = true;
    bool next = session->parcels.sent == session->parcels.count;
    parcels_add(&session->parcels, &parcel);
    if (!next)
        deliver_later(broker, session);
    else if (may_send(broker, session)) /* nothing waits before it, as mostly */
        parcels_sent(&session->parcels, send_parcel(broker, session, &parcel, slot));
}

void deliver_notice(struct broker *broker, struct session *session, uint32_t job, uint32_t slot)
{
    if (session->peer)
        send_failure(broker, session, job, slot, NO_NUMBER);
}

void deliver_acknowledged(struct broker *broker, struct session *session)
{
    struct parcel parcel;
    if (session->peer == NULL)
        return;
    while (parcels_take(&session->parcels, session->peer->link.first_seq - 1, &parcel)) {
        if (slot_of(broker, &parcel) != NULL)
            job_delivered(broker, parcel.job, parcel.slot);
        boss_spend(&broker->boss,
                   WORK_SENT); /* it cannot be done in parts: what the client says comes next */
    }
}
