/* recv_client: what clients want done (BQSKit's handle_connect, handle_request, handle_cancel_comp_task,
 * handle_disconnect). Tasks are recv_client_submit.c's, questions recv_client_ask.c's. */
#include <stdio.h>
#include <string.h>

#include "broker/core/dispatch.h"
#include "broker/core/job_tell.h"

enum { CANCEL_LOOKS = 1, CANCEL_OWN, CANCEL_FOREIGN, CANCEL_NOTHING }; /* stages of CANCEL */

CLIENT_HANDLER(recv_client_connect)
{
    (void)body;
    struct list paths = message->connect.paths;
    if (paths.count > 0 && !account_has_room(&session->account, (uint64_t)(paths.end - paths.at), NULL)) {
        session_refuse(broker, session, CODE_BUSY,
                       "CONNECT: there is no room for its import paths (settings limits/session-bytes and "
                       "limits/memory); try again later",
                       message->connect.corr, NULL, NO_NUMBER);
        return HANDLED;
    }
    uint32_t refused = paths_put(&broker->boss, session->serial, message->connect.paths, &session->account);
    if (refused > 0) {
        snprintf(
            broker->text, sizeof broker->text,
            "CONNECT: %u import paths are not kept: a client may have %d of them, of at most %d bytes, and %d "
            "bytes in all",
            refused, MAX_PATHS, MAX_PATH, MAX_PATHS_BYTES);
        session_refuse(broker, session, CODE_TOO_LARGE, broker->text, message->connect.corr, NULL, NO_NUMBER);
        return HANDLED;
    }
    records_paths(broker, session);
    struct message ready = {.kind = KIND_READY};
    ready.ready.corr = message->connect.corr;
    session_say(broker, session, &ready);
    return HANDLED;
}

CLIENT_HANDLER(recv_client_disconnect)
{
    (void)body;
    struct message answer = {.kind = KIND_DISCONNECT};
    answer.disconnect.corr = message->disconnect.corr;
    answer.disconnect.detach = message->disconnect.detach;
    session->fleeting = false; /* who detaches has given its token to somebody */
    if (message->disconnect.detach)
        session_note_leaving(broker, session);
    else
        records_end_session(broker, session);
    answers_give(broker, session, &answer);
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

/* Whether there was room to say that a slot which was asked for was cancelled; else it is said that there is
 * none. */
static bool tell_cancelled(struct broker *broker, struct session *session, const struct message *message,
                           uint32_t slot)
{
    if (link_is_full(&session->peer->link)) {
        session_refuse_task(broker, session, CODE_BUSY,
                            "this client does not read what it is sent; ask for the rest later",
                            message->request.corr, message->request.uuid, message->request.slot);
        return false;
    }
    session_refuse_task(broker, session, CODE_CANCELLED, "the task was cancelled", message->request.corr,
                        message->request.uuid, slot);
    return true;
}

CLIENT_HANDLER(recv_client_request)
{
    (void)body;
    struct headway *headway = broker->boss.post.headway;
    uint32_t job = session_job(broker, session, message->request.uuid, message->request.corr, ABOUT_TASK);
    if (job == NO_RECORD)
        return HANDLED;
    uint32_t total = job_total(job_at(broker, job));
    bool all = message->request.slot == NO_NUMBER;
    if (!all && message->request.slot >= total) {
        session_refuse_task(broker, session, CODE_UNKNOWN_TASK, "this task has no slot of that number",
                            message->request.corr, message->request.uuid, message->request.slot);
        return HANDLED;
    }
    uint32_t first = all ? 0 : (uint32_t)message->request.slot, end = all ? total : first + 1;
    while (first + headway->slot < end) {
        uint32_t slot = first + headway->slot++;
        enum error_code code = job_request(broker, job, slot, message->request.corr);
        headway->count += code == CODE_UNKNOWN_TASK; /* it was delivered */
        if (code == CODE_CANCELLED && !tell_cancelled(broker, session, message, slot))
            return HANDLED;
        if (!boss_spend(&broker->boss, code == CODE_CANCELLED ? 0 : WORK_RESULT) &&
            first + headway->slot < end)
            return UNFINISHED;
    }
    if (headway->count == end - first)
        session_refuse_task(broker, session, CODE_UNKNOWN_TASK, "its result was delivered",
                            message->request.corr, message->request.uuid, message->request.slot);
    return HANDLED;
}

/* An admin cancels a task that is not his. */
static bool overrule(struct broker *broker, const struct session *session, const uint8_t *uuid)
{
    struct headway *headway = broker->boss.post.headway;
    char text[128];
    snprintf(text, sizeof text, "the task was cancelled by the admin %s", session->name);
    if (headway->serial == 0)
        outbox_log(broker->boss.outbox, LOG_INFO, "a task of another client is cancelled, as client %s asks",
                   session->name);
    return job_overrule(broker, uuid, text, headway);
}

/* Finds what is to be cancelled, and notes it and its state in the headway. Where the stage stays
 * CANCEL_LOOKS, that was all for now, as the verdict says. */
static enum verdict begin_cancel(struct broker *broker, struct session *session,
                                 const struct message *message, struct headway *headway)
{
    bool foreign;
    if (headway->stage == 0)
        job_survey_begin(&headway->survey);
    headway->stage = CANCEL_LOOKS;
    uint32_t job = job_find(broker, session, message->cancel.uuid, &foreign);
    if (job == NO_RECORD && foreign && !session->peer->admin) {
        session_refuse(broker, session, CODE_NOT_OWNER, "this task belongs to another client",
                       message->cancel.corr, message->cancel.uuid, NO_NUMBER);
        return HANDLED;
    }
    uint32_t own = job;
    if (job == NO_RECORD && foreign)
        job = job_find_any(broker, message->cancel.uuid);
    if (job != NO_RECORD && !job_survey(broker, job, &headway->survey))
        return UNFINISHED;
    headway->count = job == NO_RECORD ? STATE_UNKNOWN : job_state(broker, job);
    headway->stage = own != NO_RECORD ? CANCEL_OWN : foreign ? CANCEL_FOREIGN : CANCEL_NOTHING;
    headway->number = own;
    return HANDLED;
}

CLIENT_HANDLER(recv_client_cancel)
{
    (void)body;
    struct headway *headway = broker->boss.post.headway;
    if (message->cancel.uuid == NULL)
        return boss_complain(&broker->boss, CODE_MALFORMED, "CANCEL: a client names a uuid");
    if (headway->stage <= CANCEL_LOOKS) {
        enum verdict verdict = begin_cancel(broker, session, message, headway);
        if (headway->stage == CANCEL_LOOKS)
            return verdict;
    }
    if (headway->stage == CANCEL_OWN && !job_cancel(broker, headway->number, &headway->slot))
        return UNFINISHED;
    if (headway->stage == CANCEL_FOREIGN && !overrule(broker, session, message->cancel.uuid))
        return UNFINISHED;
    struct message answer = {.kind = KIND_CANCEL};
    answer.cancel.corr = message->cancel.corr;
    answer.cancel.uuid = message->cancel.uuid;
    answer.cancel.state = headway->count;
    bool denies = headway->stage == CANCEL_NOTHING && broker->config.shared;
    (denies ? answers_deny : answers_give)(broker, session, &answer);
    return HANDLED;
}

CLIENT_HANDLER(recv_client_release)
{
    (void)body;
    struct headway *headway = broker->boss.post.headway;
    const uint8_t *uuid, *last = NULL; /* slots of a map mostly come one after another */
    uint32_t job = NO_RECORD;
    bool foreign;
    if (headway->stage == 0)
        headway->list = message->release.slots;
    headway->stage = 1;
    struct list left = headway->list;
    for (uint64_t slot; list_next_slot(&left, &uuid, &slot); headway->slot = 0) {
        if (last == NULL || memcmp(uuid, last, UUID_SIZE) != 0)
            job = job_find(broker, session, uuid, &foreign);
        last = uuid;
        if (job != NO_RECORD && !job_release(broker, &job, slot, &headway->slot))
            return UNFINISHED;
        headway->list = left;
        if (!boss_spend(&broker->boss, 2 * WORK_LOOK) && left.count > 0) {
            headway->slot = 0;
            return UNFINISHED;
        }
    }
    return HANDLED;
}
