/* recv_client: what clients want done (BQSKit's handle_connect, handle_request, handle_cancel_comp_task,
 * handle_disconnect). Tasks are recv_client_submit.c's, questions recv_client_ask.c's. */
#include <stdio.h>

#include "broker/core/dispatch.h"

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
    session->fleeting = false; /* who detaches has given its token to somebody */
    if (message->disconnect.detach)
        session_leave(broker, session);
    else
        session_end(broker, session);
    return HANDLED;
}

CLIENT_HANDLER(recv_client_shutdown)
{
    (void)body, (void)message;
    if (!session->peer->admin) {
        post_send_error(&broker->boss.post, session->peer, CODE_REFUSED, "SHUTDOWN: " ONLY_ADMINS, NO_NUMBER);
        return HANDLED;
    }
    broker_end(broker, true, "a client asked for the shutdown");
    return HANDLED;
}

CLIENT_HANDLER(recv_client_request)
{
    (void)body;
    uint32_t job = session_job(broker, session, message->request.uuid, message->request.corr, ABOUT_TASK);
    if (job == NO_RECORD)
        return HANDLED;
    uint32_t total = job_at(broker, job)->total;
    bool all = message->request.slot == NO_NUMBER;
    if (!all && message->request.slot >= total) {
        session_refuse_task(broker, session, CODE_UNKNOWN_TASK, "this task has no slot of that number",
                            message->request.corr, message->request.uuid, message->request.slot);
        return HANDLED;
    }
    uint32_t first = all ? 0 : (uint32_t)message->request.slot, end = all ? total : first + 1;
    uint32_t delivered = 0;
    for (uint32_t slot = first; slot < end; slot++) {
        enum error_code code = job_request(broker, job, slot, message->request.corr);
        delivered += code == CODE_UNKNOWN_TASK;
        if (code != CODE_CANCELLED)
            continue;
        if (link_is_full(&session->peer->link)) {
            session_refuse_task(broker, session, CODE_BUSY,
                                "this client does not read what it is sent; ask for the rest later",
                                message->request.corr, message->request.uuid, message->request.slot);
            return HANDLED;
        }
        session_refuse_task(broker, session, code, "the task was cancelled", message->request.corr,
                            message->request.uuid, slot);
    }
    if (delivered == end - first)
        session_refuse_task(broker, session, CODE_UNKNOWN_TASK, "its result was delivered",
                            message->request.corr, message->request.uuid, message->request.slot);
    return HANDLED;
}

/* An admin cancels a task that is not his. */
static void overrule(struct broker *broker, const struct session *session, const uint8_t *uuid)
{
    char text[128];
    snprintf(text, sizeof text, "the task was cancelled by the admin %s", session->name);
    outbox_log(broker->boss.outbox, LOG_INFO, "a task of another client is cancelled, as client %s asks",
               session->name);
    job_overrule(broker, uuid, text);
}

CLIENT_HANDLER(recv_client_cancel)
{
    (void)body;
    bool foreign;
    if (message->cancel.uuid == NULL)
        return boss_complain(&broker->boss, CODE_MALFORMED, "CANCEL: a client names a uuid");
    uint32_t job = job_find(broker, session, message->cancel.uuid, &foreign);
    if (job == NO_RECORD && foreign && !session->peer->admin) {
        session_refuse(broker, session, CODE_NOT_OWNER, "this task belongs to another client",
                       message->cancel.corr, message->cancel.uuid, NO_NUMBER);
        return HANDLED;
    }
    struct message answer = {.kind = KIND_CANCEL};
    answer.cancel.corr = message->cancel.corr;
    answer.cancel.uuid = message->cancel.uuid;
    answer.cancel.state = STATE_UNKNOWN;
    bool own = job != NO_RECORD;
    if (!own && foreign)
        job = job_find_any(broker, message->cancel.uuid);
    if (job != NO_RECORD) {
        struct message status = {.kind = KIND_STATUS};
        job_status(broker, job, &status);
        answer.cancel.state = status.status.state;
    }
    if (own)
        job_cancel(broker, job);
    else if (foreign)
        overrule(broker, session, message->cancel.uuid);
    post_send(&broker->boss.post, session->peer, &answer, SLICE_NONE);
    return HANDLED;
}

CLIENT_HANDLER(recv_client_release)
{
    (void)body;
    struct list slots = message->release.slots;
    const uint8_t *uuid;
    bool foreign;
    for (uint64_t slot; list_next_slot(&slots, &uuid, &slot);) {
        uint32_t job = job_find(broker, session, uuid, &foreign);
        if (job != NO_RECORD)
            job_release(broker, job, slot);
    }
    return HANDLED;
}
