/* job: what clients submitted: mailboxes, their slots' states, results and failures until the client has them
 * (BQSKit's tasks, mailboxes, mailbox_to_task_dict). All that happens to a task that matters to its client
 * passes here. What is told of it is job_tell.c's, how it is sent deliver.c's. */
#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

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
    job->name = NO_NAME;
    job->submitted = (uint32_t)((broker->boss.now - broker->started) / JOB_TIME);
    if (total > 1)
        job->map = mem_zalloc(1, sizeof *job->map + total * sizeof *job->map->slots);
    job->newer = NO_RECORD;
    job->older = session->jobs;
    if (job->older != NO_RECORD)
        job_at(broker, job->older)->newer = number;
    session->jobs = number;
    index_add(&broker->by_uuid, hash_of(broker, uuid), number);
    return number;
}

void job_begin(struct broker *broker, uint32_t number, uint32_t slot_number, uint32_t task, uint64_t flags)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_at(broker, job->session);
    struct slot *slot = job_slot(job, slot_number);
    slot->state = SLOT_LIVE;
    slot->task = task;
    slot->wanted = (flags & TASK_DELIVER) != 0;
    slot->keep = (flags & TASK_KEEP) != 0;
    if (slot_number == 0) {
        struct ledger *ledger = &broker->boss.ledger;
        job->name = ledger_name_number(ledger_task(ledger, task));
        task_names_share(&ledger->names, job->name);
    }
    if (job->total > 1)
        job->map->live++;
    session->tasks++;
    session->submitted++;
    session->bytes += ledger_body(ledger_task(&broker->boss.ledger, task)).size;
    broker->submitted++;
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

uint32_t job_find_any(const struct broker *broker, const uint8_t *uuid)
{
    struct index_cursor cursor = index_find(&broker->by_uuid, hash_of(broker, uuid));
    for (uint32_t number; (number = index_next(&broker->by_uuid, &cursor)) != NO_RECORD;) {
        if (memcmp(job_at(broker, number)->uuid, uuid, UUID_SIZE) == 0)
            return number;
    }
    return NO_RECORD;
}

struct slot *job_slot(struct job *job, uint32_t slot)
{
    return job->total > 1 ? &job->map->slots[slot] : &job->one;
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

/* A slot ends, or ends otherwise than it was said to have: how, and what STATUS will count it as. */
static void end_slot(struct job *job, struct slot *slot, enum slot_state state, bool cancelled)
{
    if (job->total > 1) {
        struct map *map = job->map;
        map->done -= slot->state == SLOT_DONE;
        map->done += state == SLOT_DONE;
        map->failed += state == SLOT_FAILED && !cancelled;
        map->cancelled += cancelled;
        if (slot->attempts > map->attempts)
            map->attempts = slot->attempts;
    }
    slot->state = state;
}

/* A slot that has ended gives up what it keeps. */
static void clear_slot(struct session *session, struct slot *slot)
{
    session->kept -= !slot->gone && (slot->state == SLOT_DONE || slot->state == SLOT_FAILED);
    if (slot->state == SLOT_DONE && slot->result) {
        session->bytes -= slot->result->size;
        blob_unref(slot->result);
        slot->result = NULL;
    } else if (slot->state == SLOT_FAILED && slot->failure) {
        session->bytes -= failure_size(slot->failure);
        if (slot_was_cancelled(slot))
            slot->state = SLOT_CANCELLED;
        drop_failure(slot->failure);
        slot->failure = NULL;
    }
    slot->gone = true;
}

void job_forget(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_at(broker, job->session);
    for (uint32_t i = 0; i < job->total; i++)
        clear_slot(session, job_slot(job, i));
    if (job->total > 1)
        mem_free(job->map);
    if (job->newer == NO_RECORD)
        session->jobs = job->older;
    else
        job_at(broker, job->newer)->older = job->older;
    if (job->older != NO_RECORD)
        job_at(broker, job->older)->newer = job->newer;
    task_names_drop(&broker->boss.ledger.names, job->name);
    index_remove(&broker->by_uuid, hash_of(broker, job->uuid), number);
    job->mailbox = NO_MAILBOX;
    slab_give(&broker->jobs, number);
}

/* Takes a live slot's task out of the books, with all of its root that is here. What is to be told of it
 * later stays. */
static void end_task(struct broker *broker, struct job *job, struct slot *slot, const struct employee *by)
{
    struct boss *boss = &broker->boss;
    struct session *session = session_at(broker, job->session);
    uint32_t number = slot->task;
    const struct task *task = ledger_task(&boss->ledger, number);
    uint32_t root = task->root, attempts = job_attempts(task);
    slot->attempts = attempts < UINT8_MAX ? (uint8_t)attempts : UINT8_MAX;
    slot->result = NULL;
    if (job->total > 1)
        job->map->live--;
    session->tasks--;
    session->bytes -= ledger_body(task).size;
    boss_forget(boss, number);
    if (root != NO_RECORD)
        boss_end_root(boss, root, by);
}

static struct failure *new_failure(const struct fault *fault)
{
    struct failure *failure = mem_zalloc(1, sizeof *failure);
    size_t size = fault->text.size < MOST_ERROR_TEXT ? fault->text.size : MOST_ERROR_TEXT;
    failure->code = fault->code;
    failure->text = mem_text((const char *)fault->text.data, size);
    failure->body = slice_ref(&fault->body);
    failure->task = fault->task;
    return failure;
}

/* A slot that has ended keeps why it failed. */
static void keep_failure(struct session *session, struct job *job, struct slot *slot, struct failure *failure)
{
    end_slot(job, slot, SLOT_FAILED, failure->code == CODE_CANCELLED);
    slot->failure = failure;
    session->bytes += failure_size(failure);
    session->kept++;
}

void job_failed(struct broker *broker, uint32_t number, const struct fault *fault)
{
    const struct task *task = ledger_task(&broker->boss.ledger, number);
    struct job *job;
    struct slot *slot = job_slot_of(broker, task, &job);
    uint32_t job_number = task->owner, slot_number = task->address.slot;
    struct session *session = session_at(broker, job->session);
    struct failure *failure = new_failure(fault); /* what it says may be the task's own */
    end_task(broker, job, slot, fault->by);
    keep_failure(session, job, slot, failure);
    if (slot_was_cancelled(slot))
        broker->cancelled++;
    else
        broker->failed++;
    bool full = session->peer && link_is_full(&session->peer->link);
    if (slot->wanted || full) /* what does not fit the link now is told in its turn */
        deliver_slot(broker, session, job_number, slot_number, NO_NUMBER);
    else
        deliver_notice(broker, session, job_number, slot_number); /* at once, as in BQSKit */
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
    uint32_t job_number = task->owner, slot_number = task->address.slot;
    struct session *session = session_at(broker, job->session);
    end_task(broker, job, slot, by);
    broker->finished++;
    end_slot(job, slot, SLOT_DONE, false);
    slot->completed_by = result->completed_by;
    session->kept++;
    slot->result = blob_of_slice(slice_keep(body->blob, body->offset, body->size));
    session->bytes += body->size;
    if (slot->wanted)
        deliver_slot(broker, session, job_number, slot_number, NO_NUMBER);
}

void job_unfit(struct broker *broker, uint32_t number, uint32_t slot_number)
{
    struct job *job = job_at(broker, number);
    struct slot *slot = job_slot(job, slot_number);
    struct session *session = session_at(broker, job->session);
    struct fault fault = {.code = CODE_TOO_LARGE,
                          .text = span_text("the result is larger than the client accepts (its max_body)"),
                          .task = {WORKER_NIL, slot_number, job->mailbox}};
    clear_slot(session, slot);
    slot->gone = false;
    keep_failure(session, job, slot, new_failure(&fault));
    broker->finished--;
    broker->failed++;
}

void job_cancel(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_at(broker, job->session);
    for (uint32_t i = 0; i < job->total; i++) {
        struct slot *slot = job_slot(job, i);
        if (slot->state == SLOT_LIVE) {
            end_task(broker, job, slot, NULL);
            end_slot(job, slot, SLOT_CANCELLED, true);
            broker->cancelled++;
        } else if (slot->state == SLOT_DONE && !slot->gone) {
            clear_slot(session, slot);
            end_slot(job, slot, SLOT_CANCELLED, true);
        }
        clear_slot(session, slot);
    }
}

void job_overrule(struct broker *broker, const uint8_t *uuid, const char *text)
{
    struct fault fault = {.code = CODE_CANCELLED, .text = span_text(text)};
    struct index_cursor cursor = index_find(&broker->by_uuid, hash_of(broker, uuid));
    for (uint32_t number; (number = index_next(&broker->by_uuid, &cursor)) != NO_RECORD;) {
        struct job *job = job_at(broker, number);
        for (uint32_t i = 0; i < job->total && memcmp(job->uuid, uuid, UUID_SIZE) == 0; i++) {
            const struct slot *slot = job_slot(job, i);
            if (slot->state != SLOT_LIVE)
                continue;
            fault.task = ledger_task(&broker->boss.ledger, slot->task)->address;
            job_failed(broker, slot->task, &fault);
        }
    }
}

enum error_code job_request(struct broker *broker, uint32_t number, uint32_t slot_number, uint64_t corr)
{
    struct job *job = job_at(broker, number);
    struct slot *slot = job_slot(job, slot_number);
    if (slot->state == SLOT_CANCELLED)
        return CODE_CANCELLED;
    if (slot->gone)
        return CODE_UNKNOWN_TASK;
    slot->wanted = true;
    if (slot->state != SLOT_LIVE && !slot->under_way) /* what is under way is the answer */
        deliver_slot(broker, session_at(broker, job->session), number, slot_number, corr);
    return CODE_NONE;
}

void job_delivered(struct broker *broker, uint32_t number, uint32_t slot_number)
{
    struct job *job = job_at(broker, number);
    struct slot *slot = job_slot(job, slot_number);
    slot->under_way = false;
    if (!slot->keep && slot->wanted) /* a failure that nobody asked for stays for a REQUEST */
        clear_slot(session_at(broker, job->session), slot);
}

/* Whether the client is done with all slots. */
static bool is_released(struct job *job)
{
    return job->total > 1 ? job->map->released == job->total : job->one.released;
}

static void release_slot(struct session *session, struct job *job, struct slot *slot)
{
    if (slot->state == SLOT_LIVE || slot->released)
        return;
    clear_slot(session, slot);
    slot->released = true;
    if (job->total > 1)
        job->map->released++;
}

void job_release(struct broker *broker, uint32_t number, uint64_t slot_number)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_at(broker, job->session);
    bool all = slot_number == NO_NUMBER;
    if (!all && slot_number >= job->total)
        return;
    if (all && job->total > 1 && job->map->live + job->map->released == job->total)
        return; /* nothing is left to do: a client may say it without end */
    uint32_t first = all ? 0 : (uint32_t)slot_number, end = all ? job->total : first + 1;
    for (uint32_t i = first; i < end; i++)
        release_slot(session, job, job_slot(job, i));
    if (is_released(job))
        job_forget(broker, number);
}
