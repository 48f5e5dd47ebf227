/* work: see work.h. A batch's number is the second half of its uuid, so that mail finds its tasks without a
 * table. */
#include "clients/c/core/work.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/batch.h"

enum { FIRST_PAUSE = 50 /* ms after a BUSY */, MOST_PAUSE = 2000 };

void work_init(struct work *work, const struct work_config *config)
{
    *work = (struct work){.config = *config, .busy_since = NEVER, .again_at = 0, .pause = FIRST_PAUSE};
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
    return work->batches[batch].tasks || work->batches[batch].confirmed;
}

/* The batch of that uuid, NULL: it is not one of ours that goes on. */
static struct work_batch *find(const struct work *work, const uint8_t *uuid, uint32_t *number)
{
    uint8_t expected[UUID_SIZE];
    if (!uuid)
        return NULL;
    *number = (uint32_t)uuid[12] << 24 | (uint32_t)uuid[13] << 16 | (uint32_t)uuid[14] << 8 | uuid[15];
    if (*number >= work->batch_count || !work->batches[*number].tasks)
        return NULL;
    work_uuid(work, *number, expected);
    return memcmp(uuid, expected, UUID_SIZE) == 0 ? &work->batches[*number] : NULL;
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
    *task_at(work, work->added) = (struct work_task){.body = body};
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
    work->bytes -= task->body.size;
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
    if (slot >= batch->count || batch->tasks[slot] < work->first)
        return NULL;
    struct work_task *task = task_at(work, batch->tasks[slot]);
    uint32_t number = (uint32_t)(batch - work->batches);
    return task->state == WORK_SENT && task->batch == number ? task : NULL;
}

/* The tasks of a batch that have not ended are to be sent in another one. */
static void take_back(struct work *work, struct work_batch *batch)
{
    for (uint32_t slot = 0; slot < batch->count; slot++) {
        struct work_task *task = sent_task(work, batch, slot);
        if (!task)
            continue;
        task->state = WORK_NEW;
        work->fresh++;
        if (batch->tasks[slot] < work->next_new)
            work->next_new = batch->tasks[slot];
    }
    mem_free(batch->tasks);
    batch->tasks = NULL;
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
        size_t sum = *bytes + task->body.size;
        if (count > 0 && (sum > WORK_BATCH_BYTES || !client_accepts(client, sum)))
            break;
        *bytes += task->body.size;
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

/* The bodies of a batch end to end. */
static struct slice join(const struct work *work, const struct work_batch *batch, size_t bytes)
{
    uint8_t *at;
    if (bytes == 0)
        return SLICE_NONE;
    if (batch->count == 1)
        return slice_ref(&task_at(work, batch->tasks[0])->body);
    struct blob *blob = blob_new(bytes, &at);
    for (uint32_t slot = 0; slot < batch->count; slot++) {
        const struct slice *body = &task_at(work, batch->tasks[slot])->body;
        if (body->size > 0)
            memcpy(at, slice_data(body), body->size);
        at += body->size;
    }
    return (struct slice){blob, 0, bytes};
}

static void ask_for_confirmation(struct client *client, uint32_t number, const uint8_t *uuid)
{
    struct message message = {.kind = KIND_STATUS};
    message.status.corr = number;
    message.status.uuid = uuid;
    client_send(client, &message, SLICE_NONE);
}

static void send_batch(struct work *work, struct client *client, uint32_t number, size_t bytes)
{
    const struct work_batch *batch = &work->batches[number];
    struct message message = {.kind = batch->count == 1 ? KIND_SUBMIT : KIND_SUBMIT_BATCH};
    struct builder tasks = {0}, lengths = {0};
    uint8_t uuid[UUID_SIZE];
    work_uuid(work, number, uuid);
    struct task_header header = {.return_address = {.worker = WORKER_NIL},
                                 .uuid = uuid,
                                 .runtime = span_text(work->config.runtime),
                                 .priority = work->config.priority,
                                 .flags = work->config.flags,
                                 .name = span_text(work->config.name)};
    message.submit = header;
    if (batch->count > 1) {
        for (uint32_t slot = 0; slot < batch->count; slot++) {
            header.return_address.slot = slot;
            builder_task(&tasks, &header);
            builder_number(&lengths, task_at(work, batch->tasks[slot])->body.size);
        }
        message.batch.tasks = builder_list(&tasks);
        message.batch.lengths = builder_list(&lengths);
    }
    client_send(client, &message, join(work, batch, bytes));
    ask_for_confirmation(client, number, uuid);
    builder_free(&tasks);
    builder_free(&lengths);
}

/* Sends the next batch. A task alone that the broker does not accept fails. */
static void send_next(struct work *work, struct client *client)
{
    uint64_t numbers[WORK_BATCH];
    size_t bytes;
    uint32_t count = choose(work, client, numbers, &bytes);
    if (count > 0 && client_accepts(client, bytes)) {
        add_batch(work, numbers, count);
        send_batch(work, client, work->batch_count - 1, bytes);
    } else if (count > 0) {
        fail_task(
            work, task_at(work, numbers[0]), CODE_TOO_LARGE,
            span_text("the broker does not accept a body of this size (setting client-links/max-body)"));
        work->fresh--;
    }
}

void work_send(struct work *work, struct client *client, uint64_t now)
{
    while (work->fresh > 0 && client->broker && now >= work->again_at)
        send_next(work, client);
}

void work_again(struct work *work, bool known)
{
    for (uint32_t i = 0; i < work->batch_count; i++) {
        struct work_batch *batch = &work->batches[i];
        if (batch->tasks && !(known && batch->confirmed))
            take_back(work, batch);
    }
    work->again_at = 0;
}

/* The broker refuses a batch for now. */
static void put_off(struct work *work, struct work_batch *batch, struct span text, uint64_t now)
{
    take_back(work, batch);
    if (work->busy_since == NEVER)
        work->busy_since = now;
    if (now >= work->again_at) {
        work->again_at = now + work->pause;
        work->pause = 2 * work->pause < MOST_PAUSE ? 2 * work->pause : MOST_PAUSE;
    }
    snprintf(work->busy_text, sizeof work->busy_text, "%.*s", (int)text.size, (const char *)text.data);
}

static void take_error(struct work *work, const struct message *message, uint64_t now)
{
    uint32_t number;
    struct work_batch *batch = find(work, message->error.uuid, &number);
    bool all = message->error.slot == NO_NUMBER;
    if (!batch || message->error.about == ABOUT_QUESTION ||
        (message->error.corr != NO_NUMBER && message->error.code == CODE_UNKNOWN_TASK))
        return;
    if (all && message->error.code == CODE_BUSY) {
        put_off(work, batch, message->error.text, now);
        return;
    }
    uint64_t first = all ? 0 : message->error.slot, end = all ? batch->count : first + 1;
    for (uint64_t slot = first; slot < end && batch->tasks; slot++) {
        struct work_task *task = sent_task(work, batch, slot);
        if (!task)
            continue;
        if (work->config.submit_only && !all) /* the broker has it, and more is not asked here */
            end_task(work, task, WORK_DONE);
        else
            fail_task(work, task, message->error.code, message->error.text);
        count_ended(batch);
    }
}

static void take_result(struct work *work, const struct result_header *result, const struct slice *body)
{
    uint32_t number;
    struct work_batch *batch = find(work, result->uuid, &number);
    struct work_task *task = batch ? sent_task(work, batch, result->return_address.slot) : NULL;
    if (!task)
        return;
    end_task(work, task, WORK_DONE);
    if (body->size > 0)
        task->body = slice_keep(body->blob, body->offset, body->size);
    count_ended(batch);
}

/* The answer to ask_for_confirmation. What is unknown was refused, which was said before, or is lost. */
static void take_status(struct work *work, const struct message *message)
{
    uint32_t number;
    struct work_batch *batch = find(work, message->status.uuid, &number);
    if (!batch)
        return;
    if (message->status.state == STATE_UNKNOWN) {
        take_back(work, batch);
        return;
    }
    batch->confirmed = true;
    work->busy_since = NEVER;
    work->pause = FIRST_PAUSE;
    for (uint32_t slot = 0; work->config.submit_only && batch->tasks; slot++) {
        struct work_task *task = sent_task(work, batch, slot);
        if (task)
            end_task(work, task, WORK_DONE);
        count_ended(batch);
    }
}

void work_take(struct work *work, const struct message *message, struct slice *body, uint64_t now)
{
    struct batch batch;
    struct result_header result;
    struct slice piece;
    switch (message->kind) {
    case KIND_ERROR: take_error(work, message, now); break;
    case KIND_STATUS: take_status(work, message); break;
    case KIND_RESULT:
    case KIND_RESULT_BATCH:
        if (!batch_open(&batch, message, body))
            break;
        while (batch_next_result(&batch, &result, &piece))
            take_result(work, &result, &piece);
        break;
    default: break;
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

uint64_t work_deadline(const struct work *work)
{
    return work->fresh > 0 ? work->again_at : NEVER;
}
