/* recv_client_submit: clients' tasks and maps (BQSKit's handle_new_comp_task). */
#include <stdio.h>
#include <string.h>

#include "broker/core/dispatch.h"
#include "common/boss/boss_alike.h"

/* Whether a client's body was not kept since it is larger than any may be; why is in broker->text. */
static bool is_above_max_body(struct broker *broker)
{
    const struct link_limits *limits = &broker->boss.post.config.limits[ROLE_CLIENT];
    uint64_t size = broker->boss.left_out;
    if (size <= limits->max_body)
        return false; /* as of nearly all: the text is made for those that are */
    snprintf(broker->text, sizeof broker->text,
             "a body of %llu bytes is larger than max_body, %llu bytes (setting %s/max-body)",
             (unsigned long long)size, (unsigned long long)limits->max_body, limits->section);
    return true;
}

/* What can never be taken, however long its client waits; CODE_NONE: it may be. */
static enum error_code never(struct broker *broker, uint32_t count, uint64_t bytes)
{
    const struct broker_config *config = &broker->config;
    if (is_above_max_body(broker))
        return CODE_TOO_LARGE;
    if (count > config->max_tasks) {
        snprintf(
            broker->text, sizeof broker->text,
            "a map of %u tasks is more than the %llu that a client may have at a time (setting limits/tasks)",
            count, (unsigned long long)config->max_tasks);
        return CODE_TOO_LARGE;
    }
    if (config->max_memory && bytes > config->max_memory / (ACCOUNT_SHARE + 1) * ACCOUNT_SHARE) {
        snprintf(
            broker->text, sizeof broker->text,
            "tasks of %llu bytes, with their records, are more than one client's may be in a broker that keeps "
            "%llu bytes at most (setting limits/memory)",
            (unsigned long long)bytes, (unsigned long long)config->max_memory);
        return CODE_TOO_LARGE;
    }
    if (bytes > config->max_session_bytes) {
        snprintf(
            broker->text, sizeof broker->text,
            "tasks of %llu bytes, with their records, are more than the %llu that a client's tasks and results may "
            "take (setting limits/session-bytes)",
            (unsigned long long)bytes, (unsigned long long)config->max_session_bytes);
        return CODE_TOO_LARGE;
    }
    return CODE_NONE;
}

/* The broker keeps so much for all that there is no room for more of this client's user. */
static void say_memory(struct broker *broker, const struct session *session)
{
    const struct account *all = &broker->boss.account;
    snprintf(
        broker->text, sizeof broker->text,
        "this broker keeps %llu of the %llu bytes that it may (setting limits/memory), and %llu of them for "
        "this client's user; fetch or release results, or try again later",
        (unsigned long long)all->bytes, (unsigned long long)all->most,
        (unsigned long long)user_at(broker, session->user)->account.bytes);
}

/* Whether there is room for so many bytes more of a session; `*full` as in account_has_room. Accounts are
 * asked for a lump at a time, which the session has left for the rest of the turn: there are many small
 * tasks. */
static bool has_room(struct broker *broker, struct session *session, uint64_t bytes,
                     const struct account **full)
{
    struct grant *grant = &session->grant;
    if (grant->turn != broker->boss.post.turn)
        *grant = (struct grant){.turn = broker->boss.post.turn};
    if (bytes <= grant->bytes) {
        grant->bytes -= bytes;
        return true;
    }
    if (account_has_room(&session->account, bytes + GRANT, NULL)) {
        grant->bytes = GRANT;
        return true;
    }
    return account_has_room(&session->account, bytes, full);
}

/* Why a submit is refused, in broker->text; CODE_NONE: it is not. */
static enum error_code refusal(struct broker *broker, struct session *session, uint32_t count, uint64_t bytes)
{
    const struct broker_config *config = &broker->config;
    if (broker->journal.stuck[0] || broker->mailbox_counter >= broker->journal.safe_mailboxes) {
        const char *why = broker->journal.stuck[0] ? broker->journal.stuck
                          : broker->journal.safe_mailboxes == 0
                              ? "this broker has just begun, and has written nothing yet; try again"
                              : "it is behind; try again";
        snprintf(broker->text, sizeof broker->text, "the broker's journal takes no new work: %s", why);
        return CODE_BUSY;
    }
    if (session->tasks + count > config->max_tasks) {
        snprintf(
            broker->text, sizeof broker->text,
            "this client has %llu unfinished tasks, and may have %llu (setting limits/tasks); try again when some "
            "are done",
            (unsigned long long)session->tasks, (unsigned long long)config->max_tasks);
        return CODE_BUSY;
    }
    const struct account *full = NULL;
    if (!has_room(broker, session, bytes, &full) && full != &session->account) {
        say_memory(broker, session);
        return CODE_BUSY;
    }
    if (full) {
        snprintf(broker->text, sizeof broker->text,
                 "this client's tasks, and results that wait, take %llu bytes, and may take %llu (setting "
                 "limits/session-bytes); fetch results, or try again later",
                 (unsigned long long)session->account.bytes, (unsigned long long)config->max_session_bytes);
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

/* One task of a submit into the queue: its number; NO_RECORD: its runtime cannot be noted. `alike`: the one
 * before it in this step, where it has the same header, or NO_RECORD. */
static uint32_t take_task(struct broker *broker, struct session *session, uint32_t job_number,
                          struct task_header *header, uint32_t share, const struct slice *body,
                          uint32_t slot_number, uint32_t alike)
{
    struct slice kept = slice_keep(body->blob, body->offset, body->size);
    uint32_t task = NO_RECORD;
    if (alike != NO_RECORD)
        task = boss_accept_alike(&broker->boss, alike, slot_number, kept);
    if (task == NO_RECORD) {
        header->return_address =
            (struct address){WORKER_NIL, slot_number, job_at(broker, job_number)->mailbox};
        header->attempt = 0;
        task = boss_accept_own(&broker->boss, header, share, kept, session->flow, job_number);
    }
    if (task != NO_RECORD)
        job_begin(broker, job_number, slot_number, task, header->flags);
    return task;
}

/* A submit whose tasks cannot all be taken: the client is told, and what was taken is given up. */
static void give_up(struct broker *broker, struct session *session, uint32_t job, enum error_code code,
                    const char *text)
{
    session_refuse_task(broker, session, code, text, NO_NUMBER, job_at(broker, job)->uuid, NO_NUMBER);
    job_doom(broker, job);
}

static const char no_runtime[] =
    "there is no place for one more of runtimes: 32 are in use at most, of which 16 are for those that "
    "managers bring, and nobody may name more than four times what is free; try again later";

/* What is wrong with a client's task or map, NULL: nothing (PROTOCOL.md section 4). */
static const char *fault_of(const struct alike *alike)
{
    if (!alike->has_uuid)
        return "SUBMIT: a client's task has a uuid";
    if (!alike->uuid)
        return "SUBMIT_BATCH: a client's map has one uuid: the others have the same or nil";
    if (!alike->shared)
        return "SUBMIT_BATCH: the tasks of a client's map name one shared part, or none";
    if (!alike->no_crumbs)
        return "SUBMIT: a client's task has no breadcrumbs";
    if (!alike->slots)
        return "SUBMIT: a client's return addresses are [nil, 0, slot], with the slots 0, 1, ... in order";
    return NULL;
}

/* There was no room for the body of a submit while it came. */
static enum verdict refuse_left_out(struct broker *broker, struct session *session,
                                    const struct message *message)
{
    struct task_header first = message->submit;
    struct list tasks = message->batch.tasks;
    bool foreign;
    if (message->kind == KIND_SUBMIT_BATCH && !list_next_task(&tasks, &first))
        return boss_complain(&broker->boss, CODE_MALFORMED, "SUBMIT_BATCH: it has no tasks");
    if (first.uuid == NULL)
        return boss_complain(&broker->boss, CODE_MALFORMED, "SUBMIT: a client's task has a uuid");
    if (job_find(broker, session, first.uuid, &foreign) != NO_RECORD)
        return HANDLED; /* it is here already */
    uint32_t count = message->kind == KIND_SUBMIT_BATCH ? message->batch.tasks.count : 1;
    enum error_code code = never(broker, count, broker->boss.left_out);
    if (code == CODE_NONE)
        code = refusal(broker, session, count, broker->boss.left_out);
    if (code == CODE_NONE) /* there is room meanwhile */
        snprintf(broker->text, sizeof broker->text, "there was no room for a body of %llu bytes; try again",
                 (unsigned long long)broker->boss.left_out);
    session_refuse_task(broker, session, code == CODE_NONE ? CODE_BUSY : code, broker->text, NO_NUMBER,
                        first.uuid, NO_NUMBER);
    return HANDLED;
}

/* Why a submit that costs so much is not taken, in broker->text; CODE_NONE: it is. `first` is its first
 * task's header, which gets the runtime that it is to have. */
static enum error_code judge(struct broker *broker, struct session *session, struct task_header *first,
                             uint32_t share, uint32_t count, uint64_t cost)
{
    struct span why;
    enum error_code code = never(broker, count, boss_body_size(&broker->boss, share, cost));
    if (code == CODE_NONE && !versions_see(broker, first, &why))
        code = CODE_OTHER_VERSION;
    if (code == CODE_NONE)
        code = refusal(broker, session, count, cost);
    if (code == CODE_NONE && is_refused(broker, share))
        code = CODE_BUSY;
    return code;
}

/* A submit of `count` tasks has come, of which `first` is the first; their texts and bodies cost so much. Its
 * job in `*job`, where they are to be taken, else NO_RECORD and a verdict. `first` gets the runtime that it
 * is to have, and `*share` is what all begin with. */
static enum verdict begin_submit(struct broker *broker, struct session *session, struct task_header *first,
                                 uint32_t count, uint64_t cost, uint32_t *job, uint32_t *share)
{
    bool foreign;
    *job = job_find(broker, session, first->uuid, &foreign);
    if (*job != NO_RECORD) { /* a repeated submit is answered, not executed */
        struct message status = {.kind = KIND_STATUS};
        status.status.corr = NO_NUMBER;
        status.status.uuid = first->uuid;
        answers_give(broker, session, &status);
        *job = NO_RECORD;
        return HANDLED;
    }
    if (!boss_find_share(&broker->boss, session->peer, first, share))
        return MISBEHAVED;
    cost += job_cost(count) + (first->name.size > 0 ? first->name.size + NAME_COST : 0); /* the job's, too */
    enum error_code code = judge(broker, session, first, *share, count, cost);
    if (code != CODE_NONE) {
        session_refuse_task(broker, session, code, broker->text, NO_NUMBER, first->uuid, NO_NUMBER);
        return HANDLED;
    }
    *job = job_new(broker, session, first->uuid, count);
    return HANDLED;
}

/* A map has come: its job in the headway, as begin_submit says. */
static enum verdict begin_map(struct broker *broker, struct session *session, struct headway *headway,
                              struct task_header *first)
{
    struct list tasks = headway->batch.headers;
    uint32_t share = NO_SHARE;
    headway->number = NO_RECORD;
    const char *fault = fault_of(&headway->batch.alike);
    if (fault)
        return boss_complain(&broker->boss, CODE_MALFORMED, "%s", fault);
    list_next_task(&tasks, first);
    enum verdict verdict = begin_submit(broker, session, first, headway->batch.count,
                                        ledger_cost_of_batch(&headway->batch), &headway->number, &share);
    headway->serial = share;
    return verdict;
}

/* It goes on in a later turn. False: its runtime is not to be had any more, and it was given up. */
static bool resume_submit(struct broker *broker, struct session *session, const struct message *message,
                          const struct headway *headway, struct task_header *first)
{
    struct list tasks = message->batch.tasks;
    struct span why;
    if (list_next_task(&tasks, first) && versions_see(broker, first, &why))
        return true;
    give_up(broker, session, headway->number, CODE_OTHER_VERSION, broker->text);
    return false;
}

/* Takes the next task of a submit, with the first one's runtime where all have it; false: there is none, or
 * the job was given up. `*last`: the one before it, where it was taken in this step, else NO_RECORD. */
static bool take_next(struct broker *broker, struct session *session, struct headway *headway,
                      const struct span *runtime, uint32_t *last)
{
    struct slice piece;
    struct span why;
    uint32_t job = headway->number, slot = headway->slot;
    struct task_header *header = batch_read_task(&headway->batch, &piece);
    if (header == NULL)
        return false;
    if (!headway->batch.again)
        *last = NO_RECORD;
    if (headway->batch.alike.runtime) {
        header->runtime = *runtime;
    } else if (!versions_see(broker, header, &why)) {
        give_up(broker, session, job, CODE_OTHER_VERSION, broker->text);
        return false;
    }
    *last = take_task(broker, session, job, header, (uint32_t)headway->serial, &piece, slot, *last);
    if (*last == NO_RECORD) {
        give_up(broker, session, job, CODE_BUSY, no_runtime);
        return false;
    }
    if (headway->batch.count > 1 && job_follow_overrule(broker, job, slot))
        *last = NO_RECORD;
    headway->slot++;
    return true;
}

CLIENT_HANDLER(recv_client_submit)
{
    struct task_header header = message->submit;
    struct alike alike;
    uint32_t job, share;
    if (broker->boss.left_out > 0)
        return refuse_left_out(broker, session, message);
    alike_begin(&alike, &header);
    const char *fault = fault_of(&alike);
    if (fault)
        return boss_complain(&broker->boss, CODE_MALFORMED, "%s", fault);
    uint64_t cost = TASK_COST + alike.texts + blob_cost_kept(body->blob, body->size);
    enum verdict verdict = begin_submit(broker, session, &header, 1, cost, &job, &share);
    if (job != NO_RECORD && take_task(broker, session, job, &header, share, body, 0, NO_RECORD) == NO_RECORD)
        give_up(broker, session, job, CODE_BUSY, no_runtime);
    return verdict;
}

CLIENT_HANDLER(recv_client_submit_batch)
{
    struct boss *boss = &broker->boss;
    struct headway *headway = boss->post.headway;
    struct task_header first;
    uint32_t last = NO_RECORD;
    if (boss->left_out > 0)
        return refuse_left_out(broker, session, message);
    if (headway->stage == SUBMIT_TAKEN) {
        if (!resume_submit(broker, session, message, headway, &first))
            return HANDLED;
    } else {
        if (!boss_open_batch(boss, &headway->batch, message, body))
            return MISBEHAVED;
        enum verdict verdict = begin_map(broker, session, headway, &first);
        if (headway->number == NO_RECORD)
            return verdict;
        headway->stage = SUBMIT_TAKEN;
    }
    while (take_next(broker, session, headway, &first.runtime, &last)) {
        if (!boss_spend(boss, WORK_TASK) && headway->slot < headway->batch.count)
            return UNFINISHED;
    }
    return HANDLED;
}

CLIENT_HANDLER(recv_client_share)
{
    if (is_above_max_body(broker)) /* whose tasks it is for was not said yet */
        return boss_complain(&broker->boss, CODE_TOO_LARGE, "SHARE: %s", broker->text);
    bool refused = broker->boss.left_out > 0 ||
                   !account_has_room(&session->account, SHARE_COST + BLOB_COST + body->size, NULL);
    return boss_share(&broker->boss, session->peer, message, body, &session->account, refused);
}

CLIENT_HANDLER(recv_client_unshare)
{
    (void)body;
    return boss_unshare(&broker->boss, session->peer, message);
}
