/* recv_client_submit: clients' tasks and maps (BQSKit's handle_new_comp_task). */
#include <stdio.h>
#include <string.h>

#include "broker/core/dispatch.h"

/* What can never be taken, however long its client waits; CODE_NONE: it may be. */
static enum error_code never(struct broker *broker, uint32_t count, size_t bytes)
{
    const struct broker_config *config = &broker->config;
    if (count > config->max_tasks) {
        snprintf(
            broker->text, sizeof broker->text,
            "a map of %u tasks is more than the %llu that a client may have at a time (setting limits/tasks)",
            count, (unsigned long long)config->max_tasks);
        return CODE_TOO_LARGE;
    }
    if (bytes > config->max_session_bytes) {
        snprintf(
            broker->text, sizeof broker->text,
            "bodies of %zu bytes are more than the %llu that a client's tasks and results may take (setting "
            "limits/session-bytes)",
            bytes, (unsigned long long)config->max_session_bytes);
        return CODE_TOO_LARGE;
    }
    return CODE_NONE;
}

/* Why a submit is refused, in broker->text; CODE_NONE: it is not. */
static enum error_code refusal(struct broker *broker, const struct session *session, uint32_t count,
                               size_t bytes)
{
    const struct broker_config *config = &broker->config;
    if (session->tasks + count > config->max_tasks) {
        snprintf(
            broker->text, sizeof broker->text,
            "this client has %llu unfinished tasks, and may have %llu (setting limits/tasks); try again when some "
            "are done",
            (unsigned long long)session->tasks, (unsigned long long)config->max_tasks);
        return CODE_BUSY;
    }
    if (session->bytes + bytes > config->max_session_bytes) {
        snprintf(broker->text, sizeof broker->text,
                 "this client's tasks, and results that wait, take %llu bytes, and may take %llu (setting "
                 "limits/session-bytes); fetch results, or try again later",
                 (unsigned long long)session->bytes, (unsigned long long)config->max_session_bytes);
        return CODE_BUSY;
    }
    if (link_is_full(&session->peer->link)) {
        snprintf(broker->text, sizeof broker->text,
                 "this client does not read what it is sent: more than %llu bytes wait for it (setting "
                 "client-links/max-queue); submits are taken again when it does",
                 (unsigned long long)config->client_link.max_queue);
        return CODE_BUSY;
    }
    return CODE_NONE;
}

/* Whether the part that tasks are to begin with was not kept; broker->text says so. */
static bool is_refused(struct broker *broker, uint32_t share)
{
    if (share == NO_SHARE || !post_share_at(&broker->boss.post, share)->refused)
        return false;
    snprintf(broker->text, sizeof broker->text,
             "there was no room for the shared part that the tasks begin with, of %zu bytes (setting "
             "limits/session-bytes); send both again later",
             post_share_at(&broker->boss.post, share)->size);
    return true;
}

/* One task of a submit into the queue; false: its runtime cannot be noted. */
static bool take_task(struct broker *broker, struct session *session, uint32_t job_number,
                      struct task_header *header, uint32_t share, const struct slice *body,
                      uint32_t slot_number)
{
    struct job *job = job_at(broker, job_number);
    struct span why;
    versions_see(broker, header, &why); /* recv_client_submit has refused what it would */
    header->return_address = (struct address){WORKER_NIL, slot_number, job->mailbox};
    header->attempt = 0;
    uint32_t task = boss_accept(&broker->boss, header, share,
                                slice_keep(body->blob, body->offset, body->size), session->flow, job_number);
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
    session_refuse_task(broker, session, CODE_TOO_LARGE, "SUBMIT: too many different runtimes are in use",
                        NO_NUMBER, job->uuid, NO_NUMBER);
    job_cancel(broker, job_number);
    job_forget(broker, job_number);
}

/* What is wrong with a client's task or map, NULL: nothing (PROTOCOL.md section 4). */
static const char *fault_of(struct batch batch)
{
    struct task_header header;
    struct slice piece;
    const uint8_t *uuid = NULL;
    uint64_t shared = 0;
    for (uint32_t slot = 0; batch_next_task(&batch, &header, &piece); slot++) {
        if (slot == 0) {
            uuid = header.uuid;
            shared = header.shared;
        }
        if (uuid == NULL)
            return "SUBMIT: a client's task has a uuid";
        if (header.uuid && memcmp(header.uuid, uuid, UUID_SIZE) != 0)
            return "SUBMIT_BATCH: a client's map has one uuid: the others have the same or nil";
        if (header.shared != shared)
            return "SUBMIT_BATCH: the tasks of a client's map name one shared part, or none";
        if (header.breadcrumbs.count > 0)
            return "SUBMIT: a client's task has no breadcrumbs";
        if (header.return_address.worker != WORKER_NIL || header.return_address.mailbox != 0 ||
            header.return_address.slot != slot)
            return "SUBMIT: a client's return addresses are [nil, 0, slot], with the slots 0, 1, ... in order";
    }
    return uuid ? NULL : "SUBMIT: a client's task has a uuid";
}

CLIENT_HANDLER(recv_client_submit)
{
    struct boss *boss = &broker->boss;
    struct batch batch;
    if (!boss_open_batch(boss, &batch, message, body))
        return MISBEHAVED;
    struct task_header header;
    struct slice piece;
    const char *fault = fault_of(batch);
    if (fault)
        return boss_complain(boss, CODE_MALFORMED, "%s", fault);
    const struct batch whole = batch;
    batch_next_task(&batch, &header, &piece);
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
    uint32_t share;
    if (!boss_find_share(boss, session->peer, &header, &share))
        return MISBEHAVED;
    enum error_code code = never(broker, batch.count, boss_body_size(boss, share, body->size));
    if (code == CODE_NONE && !versions_see_batch(broker, whole))
        code = CODE_OTHER_VERSION;
    if (code == CODE_NONE)
        code = refusal(broker, session, batch.count, body->size);
    if (code == CODE_NONE && is_refused(broker, share))
        code = CODE_BUSY;
    if (code != CODE_NONE) {
        session_refuse_task(broker, session, code, broker->text, NO_NUMBER, uuid, NO_NUMBER);
        return HANDLED;
    }
    job = job_new(broker, session, uuid, batch.count);
    uint32_t slot = 0;
    do {
        if (take_task(broker, session, job, &header, share, &piece, slot))
            continue;
        fail_unstarted(broker, session, job, slot);
        return HANDLED;
    } while (slot++, batch_next_task(&batch, &header, &piece));
    return HANDLED;
}

CLIENT_HANDLER(recv_client_share)
{
    uint64_t most = broker->config.max_session_bytes, needed = body->size + (uint64_t)SHARE_COST;
    bool refused = session->bytes > most || needed > most - session->bytes;
    return boss_share(&broker->boss, session->peer, message, body, &session->bytes, refused);
}

CLIENT_HANDLER(recv_client_unshare)
{
    (void)body;
    return boss_unshare(&broker->boss, session->peer, message);
}
