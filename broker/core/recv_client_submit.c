/* recv_client_submit: clients' tasks and maps (BQSKit's handle_new_comp_task). */
#include "broker/core/broker_inner.h"

/* Why a submit is refused, CODE_NONE: it is not. */
static enum error_code refusal(const struct broker *broker, const struct session *session, uint32_t count,
                               size_t bytes, const char **text)
{
    if (session->tasks + count > broker->config.max_tasks) {
        *text =
            "this client has too many unfinished tasks (setting limits/tasks); try again when some are done";
        return CODE_BUSY;
    }
    if (session->bytes + bytes > broker->config.max_session_bytes) {
        *text =
            "this client's tasks and results that wait take too much memory (setting limits/session-bytes); fetch results, or try again later";
        return CODE_BUSY;
    }
    if (link_is_full(&session->peer->link)) {
        *text = "this client does not read what it is sent; submits are taken again when it does";
        return CODE_BUSY;
    }
    return CODE_NONE;
}

/* One task of a submit into the queue; false: its runtime cannot be noted. */
static bool take_task(struct broker *broker, struct session *session, uint32_t job_number,
                      struct task_header *header, const struct slice *body, uint32_t slot_number)
{
    struct job *job = job_at(broker, job_number);
    header->return_address = (struct address){WORKER_NIL, slot_number, job->mailbox};
    header->attempt = 0;
    uint32_t task = boss_accept(&broker->boss, header, slice_keep(body->blob, body->offset, body->size),
                                session->flow, job_number);
    if (task == NO_RECORD)
        return false;
    job_begin(broker, job_number, slot_number, task, header->flags);
    return true;
}

static void fail_unstarted(struct broker *broker, struct session *session, uint32_t job_number, uint32_t from)
{
    struct job *job = job_at(broker, job_number);
    for (uint32_t i = from; i < job->total; i++)
        job_slot(job, i)->state = SLOT_CANCELLED;
    session_refuse(broker, session, CODE_TOO_LARGE, "SUBMIT: too many different runtimes are in use",
                   NO_NUMBER, job->uuid, NO_NUMBER);
    job_cancel(broker, job_number);
    job_forget(broker, job_number);
}

CLIENT_HANDLER(recv_client_submit)
{
    struct boss *boss = &broker->boss;
    struct batch batch;
    if (!boss_open_batch(boss, &batch, message, body))
        return MISBEHAVED;
    struct task_header header;
    struct slice piece;
    if (!batch_next_task(&batch, &header, &piece) || header.uuid == NULL)
        return boss_complain(boss, CODE_MALFORMED, "SUBMIT: a client's task has a uuid");
    if (header.breadcrumbs.count > 0)
        return boss_complain(boss, CODE_MALFORMED, "SUBMIT: a client's task has no breadcrumbs");
    const uint8_t *uuid = header.uuid;
    bool foreign;
    uint32_t job = job_find(broker, session, uuid, &foreign);
    if (job != NO_RECORD) { /* a repeated submit is answered, not executed */
        struct message status = {.kind = KIND_STATUS};
        status.status.corr = NO_NUMBER;
        job_status(broker, job, &status);
        post_send(&boss->post, session->peer, &status, SLICE_NONE);
        return HANDLED;
    }
    const char *text;
    enum error_code code = refusal(broker, session, batch.count, body->size, &text);
    if (code != CODE_NONE) {
        session_refuse(broker, session, code, text, NO_NUMBER, uuid, NO_NUMBER);
        return HANDLED;
    }
    job = job_new(broker, session, uuid, batch.count);
    uint32_t slot = 0;
    do {
        if (header.breadcrumbs.count == 0 && take_task(broker, session, job, &header, &piece, slot))
            continue;
        fail_unstarted(broker, session, job, slot);
        return HANDLED;
    } while (slot++, batch_next_task(&batch, &header, &piece));
    return HANDLED;
}
