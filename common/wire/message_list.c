/* message_list: the lists in a header: reading their elements one by one, and building them. */
#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/message_fields.h"

/* Whether there is one more element; the caller takes it off the cursor. */
static bool next(struct list *list, struct wire *wire)
{
    if (!list->count)
        return false;
    list->count--;
    *wire = (struct wire){list->at, list->end};
    return true;
}

/* Puts the list behind the element that was taken. It was valid when the list was made, so `taken` is our own
 * affair. */
static bool took(struct list *list, const struct wire *wire, bool taken)
{
    assert(taken);
    list->at = wire->at;
    return true;
}

bool list_next_address(struct list *list, struct address *address)
{
    struct wire wire;
    return next(list, &wire) && took(list, &wire, message_take_address(&wire, address));
}

bool list_next_text(struct list *list, struct span *text)
{
    struct wire wire;
    return next(list, &wire) && took(list, &wire, wire_take_text(&wire, &text->data, &text->size));
}

bool list_next_number(struct list *list, uint64_t *number)
{
    struct wire wire;
    return next(list, &wire) && took(list, &wire, wire_take_number(&wire, number));
}

bool list_next_range(struct list *list, uint32_t *lower, uint32_t *upper)
{
    struct wire wire;
    uint32_t count;
    uint64_t from, to;
    if (!next(list, &wire))
        return false;
    took(list, &wire,
         wire_take_array(&wire, &count) && wire_take_number(&wire, &from) && wire_take_number(&wire, &to));
    *lower = (uint32_t)from;
    *upper = (uint32_t)to;
    return true;
}

bool list_next_runtime(struct list *list, struct span *name, struct span *version)
{
    struct wire wire;
    uint32_t count;
    return next(list, &wire) &&
           took(list, &wire,
                wire_take_array(&wire, &count) && wire_take_text(&wire, &name->data, &name->size) &&
                    wire_take_text(&wire, &version->data, &version->size));
}

bool list_next_task(struct list *list, struct task_header *task)
{
    struct wire wire;
    return next(list, &wire) && took(list, &wire, message_take_task_seen(&wire, task));
}

bool list_next_task_of(struct list *list, struct task_run *run)
{
    struct wire wire;
    return next(list, &wire) && took(list, &wire, message_take_next_seen(&wire, run));
}

bool list_next_result(struct list *list, struct result_header *result)
{
    struct wire wire;
    return next(list, &wire) && took(list, &wire, message_take_result(&wire, result));
}

bool list_next_listed_task(struct list *list, struct listed_task *task)
{
    struct wire wire;
    uint32_t count;
    return next(list, &wire) &&
           took(list, &wire,
                wire_take_array(&wire, &count) && message_take_maybe_uuid(&wire, &task->uuid) &&
                    wire_take_text(&wire, &task->name.data, &task->name.size) &&
                    wire_take_number(&wire, &task->state) && wire_take_number(&wire, &task->total) &&
                    wire_take_number(&wire, &task->ended) && wire_take_number(&wire, &task->attempts) &&
                    wire_take_number(&wire, &task->age) &&
                    wire_take_text(&wire, &task->client.data, &task->client.size));
}

bool list_next_listed_manager(struct list *list, struct listed_manager *manager)
{
    struct wire wire;
    uint32_t count;
    return next(list, &wire) &&
           took(list, &wire,
                wire_take_array(&wire, &count) &&
                    wire_take_text(&wire, &manager->name.data, &manager->name.size) &&
                    wire_take_text(&wire, &manager->line.data, &manager->line.size) &&
                    wire_take_number(&wire, &manager->state) && wire_take_number(&wire, &manager->workers) &&
                    wire_take_number(&wire, &manager->idle) && wire_take_number(&wire, &manager->tasks));
}

bool list_next_listed_client(struct list *list, struct listed_client *client)
{
    struct wire wire;
    uint32_t count;
    return next(list, &wire) &&
           took(list, &wire,
                wire_take_array(&wire, &count) &&
                    wire_take_text(&wire, &client->name.data, &client->name.size) &&
                    wire_take_text(&wire, &client->key.data, &client->key.size) &&
                    wire_take_number(&wire, &client->state) && wire_take_number(&wire, &client->tasks) &&
                    wire_take_number(&wire, &client->submitted) && wire_take_number(&wire, &client->ended) &&
                    wire_take_number(&wire, &client->bytes) && wire_take_number(&wire, &client->away));
}

bool list_next_count(struct list *list, struct span *name, uint64_t *value)
{
    struct wire wire;
    uint32_t count;
    return next(list, &wire) &&
           took(list, &wire,
                wire_take_array(&wire, &count) && wire_take_text(&wire, &name->data, &name->size) &&
                    wire_take_number(&wire, value));
}

bool list_next_slot(struct list *list, const uint8_t **uuid, uint64_t *slot)
{
    struct wire wire;
    uint32_t count;
    *slot = NO_NUMBER;
    return next(list, &wire) && took(list, &wire,
                                     wire_take_array(&wire, &count) && message_take_maybe_uuid(&wire, uuid) &&
                                         (wire_take_nil(&wire) || wire_take_number(&wire, slot)));
}

uint8_t *message_put_address(uint8_t *at, const struct address *address)
{
    *at++ = 0x93;
    at = address->worker == WORKER_NIL ? wire_put_nil(at) : wire_put_number(at, address->worker);
    return wire_put_number(wire_put_fixed(at, address->mailbox), address->slot);
}

uint8_t *message_put_maybe_uuid(uint8_t *at, const uint8_t *uuid)
{
    return uuid ? wire_put_bytes(at, uuid, UUID_SIZE) : wire_put_nil(at);
}

uint8_t *message_put_list(uint8_t *at, const struct list *list)
{
    return wire_put_raw(wire_put_array(at, list->count), list->at, (size_t)(list->end - list->at));
}

static uint8_t *put_text(uint8_t *at, struct span text, bool seen)
{
    return seen ? wire_put_text_seen(at, text.data, text.size) : wire_put_text(at, text.data, text.size);
}

uint8_t *message_put_task(uint8_t *at, const struct task_header *task)
{
    at = wire_put_array(at, task->session  ? TASK_FIELDS_SESSION
                            : task->shared ? TASK_FIELDS_SHARED
                                           : TASK_FIELDS);
    at = message_put_address(at, &task->return_address);
    at = wire_put_number(at, task->comp_task_id);
    at = message_put_list(at, &task->breadcrumbs);
    at = message_put_maybe_uuid(at, task->uuid);
    at = put_text(at, task->runtime, task->seen);
    at = wire_put_number(at, task->attempt);
    at = wire_put_number(at, task->priority);
    at = wire_put_number(at, task->flags);
    at = put_text(at, task->name, task->seen);
    at = wire_put_bytes(at, task->meta.data, task->meta.size);
    if (task->shared)
        at = wire_put_number(at, task->shared);
    else if (task->session)
        at = wire_put_nil(at);
    return task->session ? wire_put_number(at, task->session) : at;
}

size_t message_bound_task(const struct task_header *task)
{
    return 1 + BOUND_ADDRESS + BOUND_UUID + message_bound_list(&task->breadcrumbs) + 6 * WIRE_NUMBER +
           3 * WIRE_PREFIX + task->runtime.size + task->name.size + task->meta.size;
}

/* Room for `size` more bytes at the end of a list, which is one element longer then; whoever asked says with
 * `grown` how far it wrote. */
static uint8_t *room(struct builder *builder, size_t size)
{
    if (builder->capacity - builder->size < size) {
        builder->capacity = (builder->capacity + size) * 2;
        builder->data = mem_resize(builder->data, builder->capacity, 1);
    }
    builder->count++;
    return builder->data + builder->size;
}

static void grown(struct builder *builder, const uint8_t *end)
{
    builder->size = (size_t)(end - builder->data);
    assert(builder->size <= builder->capacity);
}

void builder_reset(struct builder *builder)
{
    builder->size = 0;
    builder->count = 0;
}

void builder_free(struct builder *builder)
{
    mem_free(builder->data);
    *builder = (struct builder){0};
}

struct list builder_list(const struct builder *builder)
{
    const uint8_t *end = builder->size ? builder->data + builder->size : builder->data;
    return (struct list){builder->data, end, builder->count};
}

void builder_address(struct builder *builder, const struct address *address)
{
    grown(builder, message_put_address(room(builder, BOUND_ADDRESS), address));
}

void builder_text(struct builder *builder, const char *text, size_t size)
{
    uint8_t *at = room(builder, WIRE_PREFIX + size);
    grown(builder, wire_put_text(at, (const uint8_t *)text, size));
}

void builder_number(struct builder *builder, uint64_t number)
{
    grown(builder, wire_put_number(room(builder, WIRE_NUMBER), number));
}

void builder_range(struct builder *builder, uint32_t lower, uint32_t upper)
{
    uint8_t *at = wire_put_array(room(builder, 1 + 2 * WIRE_NUMBER), 2);
    grown(builder, wire_put_number(wire_put_number(at, lower), upper));
}

void builder_runtime(struct builder *builder, struct span name, struct span version)
{
    uint8_t *at = wire_put_array(room(builder, 1 + 2 * WIRE_PREFIX + name.size + version.size), 2);
    at = wire_put_text(at, name.data, name.size);
    grown(builder, wire_put_text(at, version.data, version.size));
}

void builder_task(struct builder *builder, const struct task_header *task)
{
    grown(builder, message_put_task(room(builder, message_bound_task(task)), task));
}

/* Bytes of a client's task before its slot; see message_put_address. */
enum { BEFORE_SLOT = 1 + 1 + 1 + WIRE_NUMBER };

void builder_task_alike(struct builder *builder, size_t from, uint32_t slot)
{
    size_t size = builder->size - from;
    uint8_t *at = room(builder, size + WIRE_NUMBER);
    struct wire wire = {builder->data + from + BEFORE_SLOT, at};
    uint64_t other;
    bool taken = wire_take_number(&wire, &other);
    assert(taken);
    (void)taken;
    memcpy(at, builder->data + from, BEFORE_SLOT);
    uint8_t *rest = wire_put_number(at + BEFORE_SLOT, slot);
    grown(builder, wire_put_raw(rest, wire.at, (size_t)(wire.end - wire.at)));
}

static uint8_t *put_timing(uint8_t *at, const struct result_header *result)
{
    const struct timing *timing = &result->timing;
    const uint64_t numbers[] = {timing->ran,  timing->cpu, timing->memory,  timing->waited,
                                timing->held, timing->age, timing->attempts};
    for (unsigned i = 0; i < result->timed && i < sizeof numbers / sizeof *numbers; i++)
        at = wire_put_number(at, numbers[i]);
    return result->timed == TIMING_ALL ? wire_put_text(at, timing->manager.data, timing->manager.size) : at;
}

void builder_result(struct builder *builder, const struct result_header *result)
{
    size_t bound = 1 + BOUND_ADDRESS + WIRE_NUMBER + BOUND_UUID + TIMING_ALL * (size_t)WIRE_NUMBER +
                   WIRE_PREFIX + result->timing.manager.size;
    uint8_t *at = wire_put_array(room(builder, bound), RESULT_FIELDS + result->timed);
    at = wire_put_number(message_put_address(at, &result->return_address), result->completed_by);
    at = message_put_maybe_uuid(at, result->uuid);
    grown(builder, result->timed == TIMING_NONE ? at : put_timing(at, result));
}

void builder_listed_task(struct builder *builder, const struct listed_task *task)
{
    size_t bound = 1 + BOUND_UUID + 2 * WIRE_PREFIX + task->name.size + task->client.size +
                   (LISTED_TASK_FIELDS - 3) * (size_t)WIRE_NUMBER;
    uint8_t *at = wire_put_array(room(builder, bound), LISTED_TASK_FIELDS);
    at = wire_put_bytes(at, task->uuid, UUID_SIZE);
    at = wire_put_text(at, task->name.data, task->name.size);
    at = wire_put_number(wire_put_number(at, task->state), task->total);
    at = wire_put_number(wire_put_number(at, task->ended), task->attempts);
    at = wire_put_number(at, task->age);
    grown(builder, wire_put_text(at, task->client.data, task->client.size));
}

void builder_listed_manager(struct builder *builder, const struct listed_manager *manager)
{
    size_t bound = 1 + 2 * WIRE_PREFIX + manager->name.size + manager->line.size +
                   (LISTED_MANAGER_FIELDS - 2) * (size_t)WIRE_NUMBER;
    uint8_t *at = wire_put_array(room(builder, bound), LISTED_MANAGER_FIELDS);
    at = wire_put_text(at, manager->name.data, manager->name.size);
    at = wire_put_text(at, manager->line.data, manager->line.size);
    at = wire_put_number(wire_put_number(at, manager->state), manager->workers);
    grown(builder, wire_put_number(wire_put_number(at, manager->idle), manager->tasks));
}

void builder_listed_client(struct builder *builder, const struct listed_client *client)
{
    size_t bound = 1 + 2 * WIRE_PREFIX + client->name.size + client->key.size +
                   (LISTED_CLIENT_FIELDS - 2) * (size_t)WIRE_NUMBER;
    uint8_t *at = wire_put_array(room(builder, bound), LISTED_CLIENT_FIELDS);
    at = wire_put_text(at, client->name.data, client->name.size);
    at = wire_put_text(at, client->key.data, client->key.size);
    at = wire_put_number(wire_put_number(at, client->state), client->tasks);
    at = wire_put_number(wire_put_number(at, client->submitted), client->ended);
    grown(builder, wire_put_number(wire_put_number(at, client->bytes), client->away));
}

void builder_count(struct builder *builder, struct span name, uint64_t value)
{
    uint8_t *at = wire_put_array(room(builder, 1 + WIRE_PREFIX + name.size + WIRE_NUMBER), 2);
    grown(builder, wire_put_number(wire_put_text(at, name.data, name.size), value));
}

void builder_slot(struct builder *builder, const uint8_t *uuid, uint64_t slot)
{
    uint8_t *at = wire_put_array(room(builder, 1 + BOUND_UUID + WIRE_NUMBER), 2);
    at = wire_put_bytes(at, uuid, UUID_SIZE);
    grown(builder, slot == NO_NUMBER ? wire_put_nil(at) : wire_put_number(at, slot));
}
