/* shape: the headers that the load generator sends, see shape.h. */
#include "tests/bench/shape.h"

#include <stdlib.h>
#include <string.h>

#include "common/wire/message.h"
#include "tests/bench/measure.h"

static const uint8_t marker[UUID_SIZE] = "find-this-uuid!";

static struct task_header task(size_t slot, uint64_t shared, uint8_t flags)
{
    return (struct task_header){.return_address = {.worker = WORKER_NIL, .slot = (uint32_t)slot},
                                .uuid = slot == 0 ? marker : NULL,
                                .runtime = span_text("bench"),
                                .priority = 128,
                                .flags = flags,
                                .name = span_text("noop"),
                                .meta = span_text(""),
                                .shared = shared};
}

static struct shape encode_any(const struct message *message)
{
    struct shape shape = {.size = message_encode(message, NULL, 0)};
    shape.header = malloc(shape.size);
    if (shape.header == NULL)
        measure_fail("no memory for a header of %zu bytes", shape.size);
    message_encode(message, shape.header, shape.size);
    return shape;
}

static struct shape encode(const struct message *message)
{
    struct shape shape = encode_any(message);
    const uint8_t *found = memmem(shape.header, shape.size, marker, UUID_SIZE);
    if (found == NULL)
        measure_fail("the header holds no uuid");
    shape.uuid_at = (size_t)(found - shape.header);
    return shape;
}

struct shape shape_share(uint64_t number)
{
    return encode_any(&(struct message){.kind = KIND_SHARE, .share.number = number});
}

static struct shape submit(size_t map, size_t body, uint64_t shared, uint8_t flags)
{
    if (map == 0)
        return encode(&(struct message){.kind = KIND_SUBMIT, .submit = task(0, shared, flags)});
    struct builder tasks = {0}, lengths = {0};
    for (size_t slot = 0; slot < map; slot++) {
        struct task_header header = task(slot, shared, flags);
        builder_task(&tasks, &header);
        builder_number(&lengths, body);
    }
    struct message message = {.kind = KIND_SUBMIT_BATCH};
    message.batch.tasks = builder_list(&tasks);
    message.batch.lengths = builder_list(&lengths);
    struct shape shape = encode(&message);
    builder_free(&tasks);
    builder_free(&lengths);
    return shape;
}

struct shape shape_submit(size_t map, size_t body, uint64_t shared)
{
    return submit(map, body, shared, TASK_DELIVER);
}

struct shape shape_submit_kept(size_t map, size_t body)
{
    return submit(map, body, 0, TASK_DELIVER | TASK_KEEP);
}

size_t shape_result_size(void)
{
    struct message message = {.kind = KIND_RESULT};
    message.result = (struct result_header){
        .return_address = {.worker = WORKER_NIL, .mailbox = UINT64_MAX}, .completed_by = 1, .uuid = marker};
    return message_encode(&message, NULL, 0);
}

void shape_mark(struct shape *shape, uint64_t serial, uint32_t number)
{
    uint8_t *uuid = shape->header + shape->uuid_at;
    memcpy(uuid, &serial, sizeof serial);
    memcpy(uuid + 12, &number, sizeof number);
}

uint32_t shape_number(const uint8_t uuid[16])
{
    uint32_t number;
    memcpy(&number, uuid + 12, sizeof number);
    return number;
}
