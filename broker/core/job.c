/* job: what clients submitted: mailboxes, their slots' states, results and failures until they are delivered
 * (BQSKit's tasks, mailboxes, mailbox_to_task_dict). All that happens to a task that matters to its client
 * passes here. */
#include <stdio.h>
#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/mem.h"

enum { MOST_ERROR_TEXT = 64 << 10 /* bytes that are kept of an error's text */ };

static uint32_t hash_of(const struct broker *broker, const uint8_t *uuid)
{
    return index_hash16(broker->boss.ledger.seed, uuid);
}

uint32_t job_new(struct broker *broker, struct session *session, const uint8_t *uuid, uint32_t total)
{
    uint32_t number = slab_take(&broker->jobs);
    struct job *job = job_at(broker, number);
    memcpy(job->uuid, uuid, UUID_SIZE);
    job->mailbox = broker->mailbox_counter++;
    job->session = session->number;
    job->total = total;
    if (total > 1)
        job->many = mem_zalloc(total, sizeof(*job->many));
    job->previous = NO_RECORD;
    job->next = session->jobs;
    if (job->next != NO_RECORD)
        job_at(broker, job->next)->previous = number;
    session->jobs = number;
    index_add(&broker->by_uuid, hash_of(broker, uuid), number);
    return number;
}

uint32_t job_find(const struct broker *broker, const struct session *session, const uint8_t *uuid,
                  bool *foreign)
{
    *foreign = false;
    struct index_cursor cursor = index_find(&broker->by_uuid, hash_of(broker, uuid));
    for (uint32_t number; (number = index_next(&broker->by_uuid, &cursor)) != NO_RECORD;) {
        const struct job *job = job_at(broker, number);
        if (memcmp(job->uuid, uuid, UUID_SIZE) != 0)
            continue;
        if (job->session == session->number)
            return number;
        *foreign = true;
    }
    return NO_RECORD;
}

struct slot *job_slot(struct job *job, uint32_t slot)
{
    return job->total > 1 ? &job->many[slot] : &job->one;
}

struct slot *job_slot_of(struct broker *broker, const struct task *task, struct job **job)
{
    *job = job_at(broker, task->owner);
    return job_slot(*job, task->address.slot);
}

static size_t failure_size(const struct failure *failure)
{
    return sizeof *failure + strlen(failure->text) + failure->body.size;
}

static void drop_failure(struct failure *failure)
{
    mem_free(failure->text);
    slice_drop(&failure->body);
    mem_free(failure);
}

/* A slot that was ended gives up what it keeps. */
static void clear_slot(struct session *session, struct slot *slot)
{
    if (slot->state == SLOT_DONE) {
        session->bytes -= slot->result.size;
        slice_drop(&slot->result);
    } else if (slot->state == SLOT_FAILED) {
        session->bytes -= failure_size(slot->failure);
        drop_failure(slot->failure);
    }
}

void job_forget(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_at(broker, job->session);
    for (uint32_t i = 0; i < job->total; i++)
        clear_slot(session, job_slot(job, i));
    if (job->total > 1)
        mem_free(job->many);
    if (job->previous == NO_RECORD) {
        session->jobs = job->next;
    } else {
        job_at(broker, job->previous)->next = job->next;
    }
    if (job->next != NO_RECORD)
        job_at(broker, job->next)->previous = job->previous;
    index_remove(&broker->by_uuid, hash_of(broker, job->uuid), number);
    slab_give(&broker->jobs, number);
}

/* What a queued task waits for. */
static struct span why_queued(struct broker *broker, const struct task *task)
{
    const struct roster *roster = &broker->boss.roster;
    const char *why = "all workers are busy";
    if (roster->count == 0) {
        why = "no manager is connected";
    } else if ((roster_runtimes(roster) >> task->runtime & 1) == 0) {
        snprintf(broker->why, sizeof broker->why, "no worker has the runtime %s",
                 broker->boss.runtimes.table[task->runtime].name);
        why = broker->why;
    }
    return span_text(why);
}

void job_status(struct broker *broker, uint32_t number, struct message *message)
{
    struct job *job = job_at(broker, number);
    message->status.uuid = job->uuid;
    message->status.total = job->total;
    for (uint32_t i = 0; i < job->total; i++) {
        const struct slot *slot = job_slot(job, i);
        if (slot->state == SLOT_LIVE) {
            const struct task *task = ledger_task(&broker->boss.ledger, slot->task);
            bool running = ledger_holder(task) != NO_RECORD;
            message->status.running += running;
            message->status.queued += !running;
            if (running)
                message->status.manager =
                    span_text(roster_at(&broker->boss.roster, ledger_holder(task))->peer->name);
            if (!running && message->status.why.data == NULL)
                message->status.why = why_queued(broker, task);
            uint64_t attempts = (uint64_t)ledger_attempts(task) + running;
            if (attempts > message->status.attempts)
                message->status.attempts = attempts;
        }
        message->status.done += slot->state == SLOT_DONE || slot->state == SLOT_DELIVERED;
        message->status.failed += slot->state == SLOT_FAILED;
        message->status.cancelled += slot->state == SLOT_CANCELLED;
    }
    message->status.state = message->status.running     ? STATE_RUNNING
                            : message->status.queued    ? STATE_QUEUED
                            : message->status.failed    ? STATE_FAILED
                            : message->status.cancelled ? STATE_CANCELLED
                                                        : STATE_DONE;
}

/* Takes a live slot's task out of the books, with all of its root that is here. */
static void end_task(struct broker *broker, struct session *session, uint32_t number,
                     const struct employee *by)
{
    struct boss *boss = &broker->boss;
    const struct task *task = ledger_task(&boss->ledger, number);
    uint32_t root = task->root;
    session->tasks--;
    session->bytes -= ledger_body(task).size;
    boss_forget(boss, number);
    if (root != NO_RECORD)
        boss_end_root(boss, root, by);
}

static void send_result(struct broker *broker, struct job *job, uint32_t slot_number, struct slice body,
                        uint32_t completed_by)
{
    struct result_header header = {.return_address = {WORKER_NIL, slot_number, job->mailbox},
                                   .completed_by = completed_by,
                                   .uuid = job->uuid};
    post_send_result(&broker->boss.post, session_at(broker, job->session)->peer, &header, body);
}

static void send_failure(struct broker *broker, struct job *job, uint32_t slot_number,
                         const struct failure *failure, uint64_t corr)
{
    struct message message = {.kind = KIND_ERROR};
    message.error.code = failure->code;
    message.error.text = span_text(failure->text);
    message.error.corr = corr;
    message.error.uuid = job->uuid;
    message.error.slot = slot_number;
    message.error.has_task = message.error.has_root = true;
    message.error.task = failure->task;
    message.error.root = (struct address){WORKER_NIL, slot_number, job->mailbox};
    post_send(&broker->boss.post, session_at(broker, job->session)->peer, &message,
              slice_ref(&failure->body));
}

void job_failed(struct broker *broker, uint32_t number, const struct fault *fault)
{
    const struct task *task = ledger_task(&broker->boss.ledger, number);
    struct job *job;
    struct slot *slot = job_slot_of(broker, task, &job);
    uint32_t slot_number = task->address.slot;
    struct failure *failure = mem_zalloc(1, sizeof *failure);
    size_t size = fault->text.size < MOST_ERROR_TEXT ? fault->text.size : MOST_ERROR_TEXT;
    failure->code = fault->code;
    failure->text = mem_text((const char *)fault->text.data, size);
    failure->body = slice_ref(&fault->body);
    failure->task = fault->task;
    end_task(broker, session_at(broker, job->session), number, fault->by);
    slot->state = SLOT_FAILED;
    slot->failure = failure;
    session_at(broker, job->session)->bytes += failure_size(failure);
    broker->failed++;
    send_failure(broker, job, slot_number, failure, NO_NUMBER); /* at once, as in BQSKit */
}

void job_log(struct broker *broker, uint32_t task, const struct message *log, struct slice body)
{
    struct job *job;
    job_slot_of(broker, ledger_task(&broker->boss.ledger, task), &job);
    struct message message = *log;
    message.log.uuid = job->uuid;
    post_send(&broker->boss.post, session_at(broker, job->session)->peer, &message, body);
}

bool job_root_failed(struct broker *broker, const struct address *root, const struct fault *fault)
{
    uint32_t number = ledger_find(&broker->boss.ledger, root);
    if (root->worker != WORKER_NIL || number == NO_RECORD)
        return false;
    job_failed(broker, number, fault);
    return true;
}

void job_done(struct broker *broker, uint32_t number, const struct result_header *result,
              const struct slice *body, const struct employee *by)
{
    const struct task *task = ledger_task(&broker->boss.ledger, number);
    struct job *job;
    struct slot *slot = job_slot_of(broker, task, &job);
    struct session *session = session_at(broker, job->session);
    if (!link_accepts(&session->peer->link, body->size)) {
        struct fault fault = {.code = CODE_TOO_LARGE,
                              .text =
                                  span_text("the result is larger than the client accepts (its max_body)"),
                              .task = task->address,
                              .by = by};
        job_failed(broker, number, &fault);
        return;
    }
    end_task(broker, session, number, by);
    broker->finished++;
    slot->completed_by = result->completed_by;
    if (slot->wanted) {
        slot->state = SLOT_DELIVERED;
        send_result(broker, job, result->return_address.slot, slice_ref(body), slot->completed_by);
        return;
    }
    slot->state = SLOT_DONE;
    slot->result = slice_keep(body->blob, body->offset, body->size);
    session->bytes += body->size;
}

void job_cancel(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_at(broker, job->session);
    for (uint32_t i = 0; i < job->total; i++) {
        struct slot *slot = job_slot(job, i);
        if (slot->state == SLOT_LIVE) {
            end_task(broker, session, slot->task, NULL);
            broker->cancelled++;
        } else if (slot->state == SLOT_DONE) {
            clear_slot(session, slot);
        } else {
            continue; /* it has ended otherwise, and stays so */
        }
        slot->state = SLOT_CANCELLED;
    }
}

enum error_code job_request(struct broker *broker, uint32_t number, uint32_t slot_number, uint64_t corr)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_at(broker, job->session);
    struct slot *slot = job_slot(job, slot_number);
    switch ((enum slot_state)slot->state) {
    case SLOT_LIVE: slot->wanted = true; return CODE_NONE;
    case SLOT_DONE:
        session->bytes -= slot->result.size;
        slot->state = SLOT_DELIVERED;
        send_result(broker, job, slot_number, slot->result, slot->completed_by);
        return CODE_NONE;
    case SLOT_FAILED: send_failure(broker, job, slot_number, slot->failure, corr); return CODE_NONE;
    case SLOT_CANCELLED: return CODE_CANCELLED;
    case SLOT_DELIVERED: break;
    }
    return CODE_UNKNOWN_TASK;
}
