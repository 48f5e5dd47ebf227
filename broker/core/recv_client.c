/* recv_client: what clients send (BQSKit's handle_connect, handle_new_comp_task, handle_request,
 * handle_status, handle_cancel_comp_task, handle_disconnect). */
#include "broker/core/broker_inner.h"

static void refuse(struct broker *broker, struct session *session, enum error_code code, const char *text,
                   uint64_t corr, const uint8_t *uuid, uint64_t slot)
{
    struct message message = {.kind = KIND_ERROR};
    message.error.code = code;
    message.error.text = span_text(text);
    message.error.corr = corr;
    message.error.uuid = uuid;
    message.error.slot = slot;
    post_send(&broker->boss.post, session->peer, &message, SLICE_NONE);
}

/* The job that a request names; where there is none the client is told why. */
static uint32_t named_job(struct broker *broker, struct session *session, const uint8_t *uuid, uint64_t corr)
{
    bool foreign;
    uint32_t job = job_find(broker, session, uuid, &foreign);
    if (job == NO_RECORD) {
        refuse(broker, session, foreign ? CODE_NOT_OWNER : CODE_UNKNOWN_TASK,
               foreign ? "this task belongs to another client" : "this client has no task of this uuid", corr,
               uuid, NO_NUMBER);
    }
    return job;
}

CLIENT_HANDLER(recv_client_connect)
{
    (void)body;
    boss_import_paths(&broker->boss, message->connect.paths);
    struct message ready = {.kind = KIND_READY};
    ready.ready.corr = message->connect.corr;
    post_send(&broker->boss.post, session->peer, &ready, SLICE_NONE);
    return HANDLED;
}

CLIENT_HANDLER(recv_client_disconnect)
{
    (void)body;
    struct message answer = {.kind = KIND_DISCONNECT};
    answer.disconnect.corr = message->disconnect.corr;
    answer.disconnect.text = span_text("good-bye");
    post_send(&broker->boss.post, session->peer, &answer, SLICE_NONE);
    session_end(broker, session);
    return HANDLED;
}

CLIENT_HANDLER(recv_client_shutdown)
{
    (void)body, (void)message;
    if (!session->peer->local) {
        post_send_error(&broker->boss.post, session->peer, CODE_REFUSED,
                        "SHUTDOWN: only a client on the broker's own host may", NO_NUMBER);
        return HANDLED;
    }
    broker_end(broker, true, "a client asked for the shutdown");
    return HANDLED;
}

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
    struct slot *slot = job_slot(job, slot_number);
    slot->state = SLOT_LIVE;
    slot->task = task;
    slot->wanted = (header->flags & TASK_DELIVER) != 0;
    session->tasks++;
    session->bytes += body->size;
    broker->submitted++;
    return true;
}

static void fail_unstarted(struct broker *broker, struct session *session, uint32_t job_number, uint32_t from)
{
    struct job *job = job_at(broker, job_number);
    for (uint32_t i = from; i < job->total; i++)
        job_slot(job, i)->state = SLOT_CANCELLED;
    refuse(broker, session, CODE_TOO_LARGE, "SUBMIT: too many different runtimes are in use", NO_NUMBER,
           job->uuid, NO_NUMBER);
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
        refuse(broker, session, code, text, NO_NUMBER, uuid, NO_NUMBER);
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

CLIENT_HANDLER(recv_client_request)
{
    (void)body;
    uint32_t job = named_job(broker, session, message->request.uuid, message->request.corr);
    if (job == NO_RECORD)
        return HANDLED;
    uint32_t total = job_at(broker, job)->total;
    bool all = message->request.slot == NO_NUMBER;
    if (!all && message->request.slot >= total) {
        refuse(broker, session, CODE_UNKNOWN_TASK, "this task has no slot of that number",
               message->request.corr, message->request.uuid, message->request.slot);
        return HANDLED;
    }
    uint32_t first = all ? 0 : (uint32_t)message->request.slot, end = all ? total : first + 1;
    uint32_t delivered = 0;
    for (uint32_t slot = first; slot < end; slot++) {
        if (link_is_full(&session->peer->link)) {
            refuse(broker, session, CODE_BUSY,
                   "this client does not read what it is sent; ask for the rest later", message->request.corr,
                   message->request.uuid, message->request.slot);
            return HANDLED;
        }
        enum error_code code = job_request(broker, job, slot, message->request.corr);
        delivered += code == CODE_UNKNOWN_TASK;
        if (code == CODE_CANCELLED)
            refuse(broker, session, code, "the task was cancelled", message->request.corr,
                   message->request.uuid, slot);
    }
    if (delivered == end - first)
        refuse(broker, session, CODE_UNKNOWN_TASK, "its result was delivered", message->request.corr,
               message->request.uuid, message->request.slot);
    return HANDLED;
}

CLIENT_HANDLER(recv_client_status)
{
    (void)body;
    bool foreign;
    struct message answer = {.kind = KIND_STATUS};
    uint32_t job = job_find(broker, session, message->status.uuid, &foreign);
    if (job == NO_RECORD && foreign) {
        refuse(broker, session, CODE_NOT_OWNER, "this task belongs to another client", message->status.corr,
               message->status.uuid, NO_NUMBER);
        return HANDLED;
    }
    answer.status.uuid = message->status.uuid;
    if (job != NO_RECORD)
        job_status(broker, job, &answer);
    answer.status.corr = message->status.corr;
    post_send(&broker->boss.post, session->peer, &answer, SLICE_NONE);
    return HANDLED;
}

CLIENT_HANDLER(recv_client_cancel)
{
    (void)body;
    bool foreign;
    if (message->cancel.uuid == NULL)
        return boss_complain(&broker->boss, CODE_MALFORMED, "CANCEL: a client names a uuid");
    uint32_t job = job_find(broker, session, message->cancel.uuid, &foreign);
    if (job == NO_RECORD && foreign) {
        refuse(broker, session, CODE_NOT_OWNER, "this task belongs to another client", message->cancel.corr,
               message->cancel.uuid, NO_NUMBER);
        return HANDLED;
    }
    struct message answer = {.kind = KIND_CANCEL};
    answer.cancel.corr = message->cancel.corr;
    answer.cancel.uuid = message->cancel.uuid;
    answer.cancel.state = STATE_UNKNOWN;
    if (job != NO_RECORD) {
        struct message status = {.kind = KIND_STATUS};
        job_status(broker, job, &status);
        answer.cancel.state = status.status.state;
        job_cancel(broker, job);
    }
    post_send(&broker->boss.post, session->peer, &answer, SLICE_NONE);
    return HANDLED;
}
