/* work: see work.h. A batch's number is the tag of its submission, and one more that of the question whether
 * the broker has it. */
#include "clients/c/core/work.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/wire.h"

void work_init(struct work *work, const struct work_config *config)
{
    *work = (struct work){.config = *config, .busy_since = NEVER};
    /* as RFC 4122 has it for random ones */
    work->config.prefix[6] = (uint8_t)((config->prefix[6] & 0x0f) | 0x40);
}

static struct work_task *task_at(const struct work *work, uint64_t number)
{
    return &work->tasks[work->head + number - work->first];
}

static void free_task(struct work_task *task)
{
    slice_drop(&task->body);
    mem_free(task->text);
    task->text = NULL;
}

void work_free(struct work *work)
{
    for (uint64_t number = work->first; number < work->added; number++)
        free_task(task_at(work, number));
    for (uint32_t i = 0; i < work->batch_count; i++)
        mem_free(work->batches[i].tasks);
    mem_free(work->tasks);
    mem_free(work->batches);
}

void work_uuid(const struct work *work, uint32_t batch, uint8_t uuid[UUID_SIZE])
{
    memcpy(uuid, work->config.prefix, 8);
    memset(uuid + 8, 0, 8);
    uuid[8] = 0x80;
    for (unsigned i = 0; i < 4; i++)
        uuid[12 + i] = (uint8_t)(batch >> (24 - 8 * i));
}

bool work_may_be_there(const struct work *work, uint32_t batch)
{
    return work->batches[batch].confirmed || work->batches[batch].there;
}

/* Makes room for one task more: by moving those that are left to the front where at least half are gone. */
static void grow(struct work *work)
{
    uint64_t kept = work->added - work->first;
    if (work->head + kept < work->capacity)
        return;
    if (work->head > kept) {
        memmove(work->tasks, work->tasks + work->head, kept * sizeof *work->tasks);
        work->head = 0;
        return;
    }
    work->capacity = work->capacity ? 2 * work->capacity : 64;
    work->tasks = mem_resize(work->tasks, work->capacity, sizeof *work->tasks);
}

void work_add(struct work *work, struct slice body)
{
    grow(work);
    *task_at(work, work->added) = (struct work_task){.body = body, .size = body.size};
    work->added++;
    work->fresh++;
    work->live++;
    work->bytes += body.size;
}

bool work_has_room(struct work *work, size_t size)
{
    const struct work_config *config = &work->config;
    if (work->full && (work->live > config->most / 2 || work->bytes > config->most_bytes / 2))
        return false;
    work->full = work->live > 0 && (work->live >= config->most || work->bytes + size > config->most_bytes);
    return !work->full;
}

static void end_task(struct work *work, struct work_task *task, enum work_state state)
{
    work->live--;
    work->bytes -= task->size;
    slice_drop(&task->body);
    task->state = state;
    if (state == WORK_DONE)
        work->done++;
    else
        work->failed++;
}

static void fail_task(struct work *work, struct work_task *task, uint64_t code, struct span text)
{
    end_task(work, task, WORK_FAILED);
    task->code = code;
    task->text = mem_text(text.data ? (const char *)text.data : "", text.size);
}

/* One task of a batch has ended; the batch is over with its last one. */
static void count_ended(struct work_batch *batch)
{
    batch->confirmed = true;
    if (++batch->ended < batch->count)
        return;
    mem_free(batch->tasks);
    batch->tasks = NULL;
}

static struct work_task *sent_task(const struct work *work, const struct work_batch *batch, uint64_t slot)
{
    if (!batch->tasks || slot >= batch->count || batch->tasks[slot] < work->first)
        return NULL;
    struct work_task *task = task_at(work, batch->tasks[slot]);
    uint32_t number = (uint32_t)(batch - work->batches);
    return task->state == WORK_SENT && task->batch == number ? task : NULL;
}

/* The numbers of the next tasks that go into one batch. */
static uint32_t choose(struct work *work, const struct client *client, uint64_t *numbers, size_t *bytes)
{
    uint32_t count = 0;
    uint64_t number = work->next_new > work->first ? work->next_new : work->first;
    *bytes = 0;
    for (; number < work->added && count < WORK_BATCH; number++) {
        const struct work_task *task = task_at(work, number);
        if (task->state != WORK_NEW)
            continue;
        size_t sum = *bytes + task->size;
        if (count > 0 && (sum > WORK_BATCH_BYTES || !client_accepts(client, sum)))
            break;
        *bytes += task->size;
        numbers[count++] = number;
    }
    work->next_new = number;
    return count;
}

static struct work_batch *add_batch(struct work *work, const uint64_t *numbers, uint32_t count)
{
    if (work->batch_count == work->batch_capacity) {
        work->batch_capacity = work->batch_capacity ? 2 * work->batch_capacity : 16;
        work->batches = mem_resize(work->batches, work->batch_capacity, sizeof *work->batches);
    }
    struct work_batch *batch = &work->batches[work->batch_count++];
    *batch = (struct work_batch){.tasks = mem_copy(numbers, count * sizeof *numbers), .count = count};
    for (uint32_t slot = 0; slot < count; slot++) {
        struct work_task *task = task_at(work, numbers[slot]);
        task->state = WORK_SENT;
        task->batch = work->batch_count - 1;
        task->slot = slot;
    }
    work->fresh -= count;
    return batch;
}

/* The bodies of a batch end to end, which the tasks have no more. */
static struct slice join(struct work *work, const struct work_batch *batch, size_t bytes)
{
    uint8_t *at;
    struct work_task *first = task_at(work, batch->tasks[0]);
    struct slice whole = first->body;
    if (batch->count == 1) {
        first->body = SLICE_NONE;
        return whole;
    }
    if (bytes == 0)
        return SLICE_NONE;
    struct blob *blob = blob_new(bytes, &at);
    for (uint32_t slot = 0; slot < batch->count; slot++) {
        struct slice *body = &task_at(work, batch->tasks[slot])->body;
        at = wire_put_raw(at, slice_data(body), body->size);
        slice_drop(body);
    }
    return (struct slice){blob, 0, bytes};
}

static void submit(struct work *work, struct correspondence *mail, uint32_t number, size_t bytes)
{
    const struct work_config *config = &work->config;
    const struct work_batch *batch = &work->batches[number];
    uint8_t uuid[UUID_SIZE];
    work_uuid(work, number, uuid);
    struct task_header header = {.uuid = uuid,
                                 .runtime = span_text(config->runtime),
                                 .priority = config->priority,
                                 .flags = config->flags,
                                 .name = span_text(config->name)};
    struct submission *submission = submission_new(&header, batch->count, false);
    for (uint32_t slot = 0; batch->count > 1 && slot < batch->count; slot++)
        submission->lengths[slot] = (uint32_t)task_at(work, batch->tasks[slot])->size;
    submission->tag = number;
    submission->body = join(work, batch, bytes);
    correspondence_submit(mail, submission);
}

/* Submits the next batch. A task alone that the broker does not accept fails. */
static void send_next(struct work *work, struct correspondence *mail)
{
    uint64_t numbers[WORK_BATCH];
    size_t bytes;
    uint32_t count = choose(work, &mail->client, numbers, &bytes);
    if (count > 0 && client_accepts(&mail->client, bytes)) {
        add_batch(work, numbers, count);
        submit(work, mail, work->batch_count - 1, bytes);
    } else if (count > 0) {
        fail_task(
            work, task_at(work, numbers[0]), CODE_TOO_LARGE,
            span_text("the broker does not accept a body of this size (setting client-links/max-body)"));
        work->fresh--;
    }
}

/* Asks of each batch that goes on whether the broker has it: for who only submits. */
static void confirm(struct work *work, struct correspondence *mail)
{
    uint8_t uuid[UUID_SIZE];
    struct mailroom_question question = {.kind = MAILROOM_ASK_STATUS, .uuid = uuid};
    for (uint32_t i = work->confirmed; i < work->batch_count; i++) {
        struct work_batch *batch = &work->batches[i];
        work_uuid(work, i, uuid);
        const struct submission *submission = outstanding_find(&mail->outstanding, uuid);
        batch->there = submission && submission->seq != 0 && !submission->refused;
        if (!batch->tasks)
            correspondence_forget(mail, uuid);
        if (!batch->tasks || batch->asked || !submission || submission->refused)
            continue;
        batch->asked = true;
        correspondence_ask(mail, question_new(&question, i + 1));
    }
    while (work->confirmed < work->batch_count && !work->batches[work->confirmed].tasks)
        work->confirmed++;
}

void work_send(struct work *work, struct correspondence *mail, uint64_t now)
{
    mail->now = now;
    while (work->fresh > 0 && mail->client.state == CLIENT_IN && mail->backlog.count == 0)
        send_next(work, mail);
    if (work->config.submit_only && mail->client.state == CLIENT_IN)
        confirm(work, mail);
    if (mail->backlog.count == 0)
        work->busy_since = NEVER;
    else if (work->busy_since == NEVER)
        work->busy_since = now;
}

/* Whether a task that fails so was the broker's before. */
static bool was_there(int code)
{
    return code == CODE_TASK_FAILED || code == CODE_MANAGER_LOST || code == CODE_TOO_MANY_ATTEMPTS ||
           code == CODE_WORKER_EXITED;
}

static void take_end(struct work *work, const struct mailroom_event *event, const struct slice *body)
{
    struct work_batch *batch = &work->batches[event->tag];
    struct work_task *task = sent_task(work, batch, event->slot);
    if (!task)
        return;
    if (event->kind == MAILROOM_RESULT) {
        end_task(work, task, WORK_DONE);
        if (body->size > 0)
            task->body = slice_keep(body->blob, body->offset, body->size);
    } else if (work->config.submit_only && was_there(event->code)) {
        end_task(work, task, WORK_DONE); /* and more is not asked here */
    } else {
        fail_task(work, task, (uint64_t)event->code, (struct span){event->text.data, event->text.size});
    }
    count_ended(batch);
}

/* Whether the broker has a batch. */
static void take_answer(struct work *work, const struct mailroom_event *event)
{
    struct work_batch *batch = &work->batches[event->number - 1];
    batch->asked = false;
    if (!event->answer || event->answer->status.state == MAILROOM_STATE_UNKNOWN)
        return; /* it was refused, and is tried again */
    batch->confirmed = true;
    for (uint32_t slot = 0; batch->tasks; slot++) {
        struct work_task *task = sent_task(work, batch, slot);
        if (task) {
            end_task(work, task, WORK_DONE);
            count_ended(batch);
        }
    }
}

void work_take(struct work *work, const struct news *news)
{
    for (size_t i = 0; i < news->batch.count; i++) {
        const struct mailroom_event *event = &news->batch.events[i];
        switch (event->kind) {
        case MAILROOM_RESULT:
        case MAILROOM_FAILED: take_end(work, event, &news->bodies[i]); break;
        case MAILROOM_ANSWER: take_answer(work, event); break;
        case MAILROOM_FULL:
            snprintf(work->busy_text, sizeof work->busy_text, "%.*s", (int)event->text.size,
                     (const char *)event->text.data);
            break;
        default: break;
        }
    }
}

bool work_next(const struct work *work, struct work_outcome *outcome)
{
    if (work->first == work->added)
        return false;
    const struct work_task *task = task_at(work, work->first);
    if (task->state != WORK_DONE && task->state != WORK_FAILED)
        return false;
    *outcome = (struct work_outcome){.number = work->first,
                                     .slot = task->slot,
                                     .done = task->state == WORK_DONE,
                                     .body = task->body,
                                     .code = task->code,
                                     .text = task->text};
    work_uuid(work, task->batch, outcome->uuid);
    return true;
}

void work_drop(struct work *work)
{
    free_task(task_at(work, work->first));
    work->first++;
    work->head++;
}
