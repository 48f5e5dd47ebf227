/* job: what clients submitted: mailboxes, their slots' states, results and failures until the client has them
 * (BQSKit's tasks, mailboxes, mailbox_to_task_dict). All that happens to a task that matters to its client
 * passes here. What is told of it is job_tell.c's, how it is sent deliver.c's. */
#include <assert.h>
#include <string.h>

#include "broker/core/broker_inner.h"
#include "common/base/mem.h"

enum { MOST_ERROR_TEXT = 64 << 10 /* bytes that are kept of an error's text */ };

size_t job_cost(uint32_t total)
{
    return JOB_COST + (total > 1 ? sizeof(struct map) + total * sizeof(struct slot) : 0);
}

uint32_t job_new(struct broker *broker, struct session *session, const uint8_t *uuid, uint32_t total)
{
    return job_restore(broker, session, uuid, total, broker->mailbox_counter++, 0);
}

uint32_t job_restore(struct broker *broker, struct session *session, const uint8_t *uuid, uint32_t total,
                     uint64_t mailbox, uint64_t age)
{
    uint32_t number = slab_take(&broker->jobs);
    struct job *job = job_at(broker, number);
    memcpy(job->uuid, uuid, UUID_SIZE);
    job->mailbox = mailbox & NO_MAILBOX;
    assert(mailbox < NO_MAILBOX && session->number >> SESSION_LOW_BITS < 1u << SESSION_HIGH_BITS);
    job->session_high = session->number >> SESSION_LOW_BITS & ((1u << SESSION_HIGH_BITS) - 1);
    job->one.session_low = session->number & UINT16_MAX;
    if (age > JOB_PAST)
        age = JOB_PAST;
    job->submitted = (uint32_t)((broker->boss.now - broker->started + JOB_PAST - age) / JOB_TIME);
    if (total > 1) {
        job->one.map = mem_zalloc(1, sizeof *job->one.map + total * sizeof *job->one.map->slots);
        job->one.map->total = total;
        job->one.state = SLOT_MANY;
    }
    account_add(&session->account, job_cost(total));
    job->newer = NO_RECORD;
    job->older = session->jobs;
    if (job->older != NO_RECORD)
        job_at(broker, job->older)->newer = number;
    session->jobs = number;
    index_add(&broker->by_uuid, job_hash(broker, uuid), number);
    return number;
}

static size_t name_cost(const struct broker *broker, const struct job *job)
{
    return task_names_cost(&broker->boss.ledger.names, job_name(job));
}

void job_set_name(struct broker *broker, struct job *job, uint32_t name)
{
    struct task_names *names = &broker->boss.ledger.names;
    if (name != NO_NAME && name >= MOST_JOB_NAMES) {
        task_names_drop(names, name);
        name = NO_NAME;
    }
    job->name_plus_1 = (name + 1) & MOST_JOB_NAMES;
    account_add(&session_of_job(broker, job)->account, name_cost(broker, job));
}

/* One more of its tasks has not ended, or (UINT64_MAX) one less. */
static void count_task(struct broker *broker, struct session *session, uint64_t one)
{
    session->tasks += one;
    broker->unended += one;
    broker->held += session->held ? one : 0;
}

void job_begin(struct broker *broker, uint32_t number, uint32_t slot_number, uint32_t task, uint8_t flags)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_of_job(broker, job);
    struct slot *slot = job_slot(job, slot_number);
    slot->state = SLOT_LIVE;
    slot->task = task;
    slot->wanted |= (flags & TASK_DELIVER) != 0;
    slot->keep = (flags & TASK_KEEP) != 0;
    if ((flags & TASK_TIMED) && !job->timed)
        timings_begin(broker, number);
    if (slot_number == 0 && job_name(job) == NO_NAME) {
        struct ledger *ledger = &broker->boss.ledger;
        uint32_t name = ledger_name_number(ledger_task(ledger, task));
        task_names_share(&ledger->names, name);
        job_set_name(broker, job, name);
    }
    if (job_is_map(job)) {
        job->one.map->live++;
        job->one.map->begun++;
    }
    count_task(broker, session, 1);
    session->submitted++;
    broker->submitted++;
    if (session->written)
        records_task(broker, job, slot_number, task, flags);
}

struct slot *job_slot(struct job *job, uint32_t slot)
{
    return job_is_map(job) ? &job->one.map->slots[slot] : &job->one;
}

struct slot *job_slot_of(struct broker *broker, const struct task *task, struct job **job)
{
    *job = job_at(broker, task->owner);
    return job_slot(*job, task->address.slot);
}

static size_t failure_cost(const struct failure *failure)
{
    return BLOB_COST + sizeof *failure + strlen(failure->text) + blob_cost(failure->body.blob);
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
    if (job_is_map(job)) {
        struct map *map = job->one.map;
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
static void clear_slot(struct session *session, struct job *job, struct slot *slot)
{
    if (job_is_map(job))
        job->one.map->gone += !slot->gone;
    session->kept -= !slot->gone && (slot->state == SLOT_DONE || slot->state == SLOT_FAILED);
    if (slot->state == SLOT_DONE && slot->result) {
        account_take_unread(&session->account, blob_cost(slot->result));
        blob_unref(slot->result);
        slot->result = NULL;
    } else if (slot->state == SLOT_FAILED && slot->failure) {
        account_take_unread(&session->account, failure_cost(slot->failure));
        if (slot_was_cancelled(slot))
            slot->state = SLOT_CANCELLED;
        drop_failure(slot->failure);
        slot->failure = NULL;
    }
    slot->gone = true;
}

/* Whether the client is done with all slots. */
static bool is_released(const struct job *job)
{
    return job_is_map(job) ? job->one.map->released == job_total(job) : job->one.released;
}

/* Its session has it no more, and nobody finds it. */
static void unchain(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_of_job(broker, job);
    if (job->newer == NO_RECORD)
        session->jobs = job->older;
    else
        job_at(broker, job->newer)->older = job->older;
    if (job->older != NO_RECORD)
        job_at(broker, job->older)->newer = job->newer;
    index_remove(&broker->by_uuid, job_hash(broker, job->uuid), number);
}

void job_forget_empty(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_of_job(broker, job);
    if (!job->doomed)
        unchain(broker, number);
    records_end_job(broker, job);
    if (job->timed)
        timings_end(broker, number);
    account_take(&session->account, job_cost(job_total(job)) + name_cost(broker, job));
    if (job_is_map(job))
        mem_free(job->one.map);
    task_names_drop(&broker->boss.ledger.names, job_name(job));
    job->mailbox = NO_MAILBOX;
    slab_give(&broker->jobs, number);
}

void job_forget(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_of_job(broker, job);
    for (uint32_t i = 0; i < job_total(job) && !is_released(job); i++)
        clear_slot(session, job, job_slot(job, i));
    job_forget_empty(broker, number);
}

/* Takes a live slot's task out of the books, with all of its root that is here. What is to be told of it
 * later stays. */
static void end_task(struct broker *broker, struct job *job, struct slot *slot, const struct employee *by)
{
    struct boss *boss = &broker->boss;
    struct session *session = session_of_job(broker, job);
    uint32_t number = slot->task;
    const struct task *task = ledger_task(&boss->ledger, number);
    uint32_t attempts = job_attempts(task);
    slot->attempts = attempts < UINT8_MAX ? (uint8_t)attempts : UINT8_MAX;
    slot->result = NULL;
    if (job_is_map(job))
        job->one.map->live--;
    count_task(broker, session, UINT64_MAX);
    boss_end_root_task(boss, number, by);
}

static struct failure *new_failure(const struct fault *fault)
{
    struct failure *failure = mem_zalloc(1, sizeof *failure);
    size_t size = fault->text.size < MOST_ERROR_TEXT ? fault->text.size : MOST_ERROR_TEXT;
    failure->code = fault->code;
    failure->text = mem_text((const char *)fault->text.data, size);
    failure->body = slice_ref(&fault->body);
    failure->task = fault->task;
    failure->worker = fault->timing ? fault->worker : WORKER_NIL;
    return failure;
}

/* A slot that has ended keeps why it failed. */
static void keep_failure(struct broker *broker, struct job *job, struct slot *slot, struct failure *failure)
{
    struct session *session = session_of_job(broker, job);
    end_slot(job, slot, SLOT_FAILED, failure->code == CODE_CANCELLED);
    slot->failure = failure;
    account_add_unread(&session->account, failure_cost(failure));
    session->kept++;
    if (job->written)
        records_slot(broker, job, slot);
}

/* Whether a job was given up, or its session has ended: nobody hears of it. */
static bool is_unheard(const struct broker *broker, const struct job *job)
{
    return job->doomed || session_of_job(broker, job)->over;
}

/* A slot of such a job ends before it is swept. */
static void end_unheard(struct broker *broker, struct job *job, struct slot *slot)
{
    end_slot(job, slot, SLOT_CANCELLED, true);
    slot->gone = true;
    if (job_is_map(job))
        job->one.map->gone++;
    broker->cancelled++;
    if (job->written)
        records_end_task(broker, job, slot);
}

void job_failed(struct broker *broker, uint32_t number, const struct fault *fault)
{
    const struct task *task = ledger_task(&broker->boss.ledger, number);
    struct job *job;
    struct slot *slot = job_slot_of(broker, task, &job);
    uint32_t job_number = task->owner, slot_number = task->address.slot;
    struct session *session = session_of_job(broker, job);
    struct failure *failure =
        is_unheard(broker, job) ? NULL : new_failure(fault); /* it may be the task's own text */
    if (broker->trace.ends)
        trace_fault(broker, number, fault);
    if (job->timed)
        timings_note(broker, number, fault->timing);
    end_task(broker, job, slot, fault->by);
    if (failure == NULL) {
        end_unheard(broker, job, slot);
        return;
    }
    keep_failure(broker, job, slot, failure);
    if (job->written)
        records_end_task(broker, job, slot);
    if (slot_was_cancelled(slot))
        broker->cancelled++;
    else
        broker->failed++;
    bool full = session->peer && link_is_full(&session->peer->link);
    if (slot->wanted || full) /* what does not fit the link now is told in its turn */
        deliver_slot(broker, session, job_number, slot_number, NO_NUMBER);
    else
        deliver_notice(broker, session, job_number, slot_number); /* at once, as in BQSKit */
    session_weigh_later(broker, session);
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
    struct session *session = session_of_job(broker, job);
    if (job->timed)
        timings_note(broker, number, &result->timing);
    end_task(broker, job, slot, by);
    if (is_unheard(broker, job)) {
        end_unheard(broker, job, slot);
        return;
    }
    broker->finished++;
    end_slot(job, slot, SLOT_DONE, false);
    slot->completed_by = result->completed_by;
    session->kept++;
    slot->result = blob_of_slice(slice_keep(body->blob, body->offset, body->size));
    account_add_unread(&session->account, blob_cost(slot->result));
    if (job->written) {
        records_slot(broker, job, slot);
        records_end_task(broker, job, slot);
    }
    if (slot->wanted)
        deliver_slot(broker, session, job_number, slot_number, NO_NUMBER);
    session_weigh_later(broker, session);
}

void job_unfit(struct broker *broker, uint32_t number, uint32_t slot_number)
{
    struct job *job = job_at(broker, number);
    struct slot *slot = job_slot(job, slot_number);
    struct session *session = session_of_job(broker, job);
    struct fault fault = {.code = CODE_TOO_LARGE,
                          .text = span_text("the result is larger than the client accepts (its max_body)"),
                          .task = {WORKER_NIL, slot_number, job->mailbox}};
    clear_slot(session, job, slot);
    slot->gone = false;
    if (job_is_map(job))
        job->one.map->gone--;
    keep_failure(broker, job, slot, new_failure(&fault));
    broker->finished--;
    broker->failed++;
}

static struct failure *restore_failure(const struct record *record)
{
    struct fault fault = {.code = (enum error_code)record->slot.code,
                          .text = record->slot.text,
                          .task = record->slot.task,
                          .body = slice_keep(record->body.blob, record->body.offset, record->body.size)};
    struct failure *failure = new_failure(&fault);
    slice_drop(&fault.body);
    return failure;
}

void job_restore_slot(struct broker *broker, uint32_t number, const struct record *record)
{
    struct job *job = job_at(broker, number);
    struct session *session = session_of_job(broker, job);
    struct slot *slot = job_slot(job, record->slot.slot);
    slot->wanted = (record->slot.flags & SLOT_IS_WANTED) != 0;
    if (record->slot.state < SLOT_DONE || record->slot.state > SLOT_CANCELLED)
        return; /* its task is still to come */
    slot->keep = (record->slot.flags & SLOT_IS_KEPT) != 0;
    slot->gone = (record->slot.flags & SLOT_IS_GONE) != 0;
    slot->released = (record->slot.flags & SLOT_IS_RELEASED) != 0;
    slot->attempts = record->slot.attempts;
    slot->completed_by = record->slot.completed_by;
    if (job_is_map(job)) {
        job->one.map->begun++;
        job->one.map->gone += slot->gone;
        job->one.map->released += slot->released;
    }
    if (record->slot.state == SLOT_FAILED && !slot->gone) {
        keep_failure(broker, job, slot, restore_failure(record));
        return;
    }
    end_slot(job, slot, (enum slot_state)record->slot.state, record->slot.state == SLOT_CANCELLED);
    if (record->slot.state != SLOT_DONE || slot->gone)
        return;
    session->kept++;
    slot->result = blob_of_slice(slice_keep(record->body.blob, record->body.offset, record->body.size));
    account_add_unread(&session->account, blob_cost(slot->result));
}

/* The work that it took. */
static uint64_t cancel_slot(struct broker *broker, struct job *job, struct slot *slot)
{
    struct session *session = session_of_job(broker, job);
    bool live = slot->state == SLOT_LIVE;
    if (slot->gone || slot->state == SLOT_COMING)
        return 0;
    if (live) {
        trace_note(broker, slot->task, STATE_CANCELLED, WORKER_NIL, NULL);
        end_task(broker, job, slot, NULL);
        end_slot(job, slot, SLOT_CANCELLED, true);
        broker->cancelled++;
    } else if (slot->state == SLOT_DONE) {
        clear_slot(session, job, slot);
        end_slot(job, slot, SLOT_CANCELLED, true);
    }
    clear_slot(session, job, slot);
    if (job->written)
        records_slot(broker, job, slot);
    if (job->written && live)
        records_end_task(broker, job, slot);
    return live ? WORK_END : WORK_LOOK;
}

bool job_cancel(struct broker *broker, uint32_t number, uint32_t *place)
{
    struct job *job = job_at(broker, number);
    while (*place < job_total(job)) {
        uint64_t work = cancel_slot(broker, job, job_slot(job, *place));
        work += ++*place % WORK_LOOKS == 0;
        if (work > 0 && !boss_spend(&broker->boss, work) && *place < job_total(job))
            return false;
    }
    return true;
}

void job_doom(struct broker *broker, uint32_t number)
{
    struct job *job = job_at(broker, number);
    struct doomed *doomed = &broker->doomed;
    unchain(broker, number);
    job->doomed = true;
    job->older = NO_RECORD;
    if (doomed->last == NO_RECORD)
        doomed->first = number;
    else
        job_at(broker, doomed->last)->older = number;
    doomed->last = number;
    session_of_job(broker, job)->doomed++;
}

/* The client has what a slot had. Where that is so of all of a job, and all were done, nobody will ask for it
 * again: its client has dropped what it would say again. */
static void note_gone(struct broker *broker, struct job *job, const struct slot *slot)
{
    if (!job_is_map(job) ? slot->state == SLOT_DONE
                         : job->one.map->gone == job_total(job) && job->one.map->done == job_total(job))
        records_end_job(broker, job);
    else
        records_slot(broker, job, slot);
}

void job_delivered(struct broker *broker, uint32_t number, uint32_t slot_number)
{
    struct job *job = job_at(broker, number);
    struct slot *slot = job_slot(job, slot_number);
    slot->under_way = false;
    if (slot->keep || !slot->wanted) /* a failure that nobody asked for stays for a REQUEST */
        return;
    clear_slot(session_of_job(broker, job), job, slot);
    if (job->written)
        note_gone(broker, job, slot);
}

static void release_slot(struct broker *broker, struct job *job, struct slot *slot)
{
    if (slot->state == SLOT_LIVE || slot->released)
        return;
    clear_slot(session_of_job(broker, job), job, slot);
    slot->released = true;
    if (job_is_map(job))
        job->one.map->released++;
    if (job->written && !is_released(job))
        records_slot(broker, job, slot);
}

bool job_release(struct broker *broker, uint32_t *number, uint64_t slot_number, uint32_t *place)
{
    struct job *job = job_at(broker, *number);
    bool all = slot_number == NO_NUMBER;
    if (!all && slot_number >= job_total(job))
        return true;
    if (all && job_is_map(job) && job->one.map->live + job->one.map->released == job_total(job))
        return true; /* nothing is left to do: a client may say it without end */
    uint32_t end = all ? job_total(job) : (uint32_t)slot_number + 1;
    for (*place = all ? *place : end - 1; *place < end;) {
        release_slot(broker, job, job_slot(job, (*place)++));
        if (!boss_spend(&broker->boss, WORK_LOOK) && *place < end)
            return false;
    }
    if (is_released(job)) {
        job_forget(broker, *number);
        *number = NO_RECORD;
    }
    return true;
}
