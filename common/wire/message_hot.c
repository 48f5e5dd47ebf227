/* message_hot: the kinds that come once a task, read by hand, tag by tag: what libmpack takes 100 ns for
 * takes a tenth here. tests/unit/message_test.c holds it to a reader made of libmpack. */
#include "common/wire/message_fields.h"

bool message_take_address(struct wire *wire, struct address *address)
{
    uint32_t count;
    uint64_t worker, slot;
    if (!wire_take_array(wire, &count) || count != 3)
        return false;
    if (wire_take_nil(wire))
        worker = WORKER_NIL;
    else if (!wire_take_number(wire, &worker) || worker >= WORKER_LIMIT)
        return false;
    if (!wire_take_number(wire, &address->mailbox) || !wire_take_number(wire, &slot) || slot > UINT32_MAX)
        return false;
    address->worker = (uint32_t)worker;
    address->slot = (uint32_t)slot;
    return true;
}

bool message_take_maybe_uuid(struct wire *wire, const uint8_t **uuid)
{
    size_t size;
    if (wire_take_nil(wire)) {
        *uuid = NULL;
        return true;
    }
    return wire_take_bytes(wire, uuid, &size) && size == UUID_SIZE;
}

bool message_take_result(struct wire *wire, struct result_header *result)
{
    uint32_t count;
    uint64_t completed_by;
    if (!wire_take_array(wire, &count) || count != 3 ||
        !message_take_address(wire, &result->return_address) || !wire_take_number(wire, &completed_by) ||
        completed_by > UINT32_MAX)
        return false;
    result->completed_by = (uint32_t)completed_by;
    return message_take_maybe_uuid(wire, &result->uuid);
}

static enum task_fault take_breadcrumbs(struct wire *wire, struct list *breadcrumbs)
{
    struct address address;
    if (!wire_take_array(wire, &breadcrumbs->count))
        return TASK_BREADCRUMBS;
    if (breadcrumbs->count > MAX_BREADCRUMBS)
        return TASK_MANY_BREADCRUMBS;
    breadcrumbs->at = wire->at;
    for (uint32_t i = 0; i < breadcrumbs->count; i++)
        if (!message_take_address(wire, &address))
            return TASK_BREADCRUMBS;
    breadcrumbs->end = wire->at;
    return TASK_FINE;
}

enum task_fault message_take_task(struct wire *wire, struct task_header *task)
{
    uint32_t count;
    uint64_t number;
    if (!wire_take_array(wire, &count) || count < TASK_FIELDS || count > TASK_FIELDS_SHARED)
        return TASK_SHAPE;
    if (!message_take_address(wire, &task->return_address))
        return TASK_ADDRESS;
    if (!wire_take_number(wire, &task->comp_task_id))
        return TASK_COMP;
    enum task_fault fault = take_breadcrumbs(wire, &task->breadcrumbs);
    if (fault)
        return fault;
    if (!message_take_maybe_uuid(wire, &task->uuid))
        return TASK_UUID;
    if (!wire_take_text(wire, &task->runtime.data, &task->runtime.size) || !task->runtime.size)
        return TASK_RUNTIME;
    if (task->runtime.size > MAX_RUNTIME)
        return TASK_LONG_RUNTIME;
    if (!wire_take_number(wire, &number) || number > UINT32_MAX)
        return TASK_ATTEMPT;
    task->attempt = (uint32_t)number;
    if (!wire_take_number(wire, &number) || number > UINT8_MAX)
        return TASK_PRIORITY;
    task->priority = (uint8_t)number;
    if (!wire_take_number(wire, &number))
        return TASK_FLAGS;
    task->flags = number & TASK_FLAG_BITS; /* bits of a later version mean nothing here */
    if (!wire_take_text(wire, &task->name.data, &task->name.size))
        return TASK_NAME;
    if (task->name.size > MAX_NAME)
        return TASK_LONG_NAME;
    if (!wire_take_bytes(wire, &task->meta.data, &task->meta.size))
        return TASK_META;
    if (task->meta.size > MAX_META)
        return TASK_LONG_META;
    task->shared = 0;
    if (count == TASK_FIELDS || wire_take_nil(wire))
        return TASK_FINE;
    return wire_take_number(wire, &task->shared) && task->shared > 0 ? TASK_FINE : TASK_SHARED;
}

#define TASK_WHYS(task)                                                                                   \
    {                                                                                                     \
        [TASK_SHAPE] = task " is not an array of ten or eleven fields",                                   \
        [TASK_ADDRESS] = task " return_address is not an address",                                        \
        [TASK_COMP] = task " comp_task_id is not a number",                                               \
        [TASK_BREADCRUMBS] = task " breadcrumbs is not an array of addresses",                            \
        [TASK_UUID] = task " uuid is not 16 bytes or nil",                                                \
        [TASK_RUNTIME] = task " runtime is not a text of 1 to 31 bytes",                                  \
        [TASK_ATTEMPT] = task " attempt is not a number below 2^32",                                      \
        [TASK_PRIORITY] = task " priority is not a number from 0 to 255",                                 \
        [TASK_FLAGS] = task " flags is not a number",                                                     \
        [TASK_NAME] = task " name is not a text of valid UTF-8", [TASK_META] = task " meta is not bytes", \
        [TASK_SHARED] = task " shared is not a number from 1 or nil",                                     \
        [TASK_MANY_BREADCRUMBS] = task " breadcrumbs has more than 255 addresses",                        \
        [TASK_LONG_RUNTIME] = task " runtime is longer than 31 bytes",                                    \
        [TASK_LONG_NAME] = task " name is longer than 255 bytes",                                         \
        [TASK_LONG_META] = task " meta is longer than 65536 bytes",                                       \
    }

static enum error_code task_code(enum task_fault fault, const char *const *whys, const char **why)
{
    if (fault == TASK_FINE)
        return CODE_NONE;
    *why = whys[fault];
    return fault >= TASK_MANY_BREADCRUMBS ? CODE_TOO_LARGE : CODE_MALFORMED;
}

static enum error_code decode_submit(struct wire *wire, struct message *message, const char **why)
{
    static const char *const whys[] = TASK_WHYS("SUBMIT:");
    return task_code(message_take_task(wire, &message->submit), whys, why);
}

/* The entries of a batch: sets the list, or says why not. */
static enum error_code decode_entries(struct wire *wire, struct message *message, const char **why)
{
    static const char *const whys[] = TASK_WHYS("SUBMIT_BATCH: a task's");
    struct list *entries = &message->batch.tasks;
    bool tasks = message->kind == KIND_SUBMIT_BATCH;
    *why = message_shapes[message->kind].fields[0].why;
    if (!wire_take_array(wire, &entries->count) || !entries->count)
        return CODE_MALFORMED;
    if (entries->count > MAX_BATCH) {
        *why =
            tasks ? "SUBMIT_BATCH: has more than 65536 tasks" : "RESULT_BATCH: has more than 65536 results";
        return CODE_TOO_LARGE;
    }
    entries->at = wire->at;
    for (uint32_t i = 0; i < entries->count; i++) {
        struct task_header task;
        struct result_header result;
        enum task_fault fault = tasks ? message_take_task(wire, &task) : TASK_FINE;
        if (fault)
            return task_code(fault, whys, why);
        if (!tasks && !message_take_result(wire, &result))
            return CODE_MALFORMED;
    }
    entries->end = wire->at;
    return CODE_NONE;
}

static enum error_code decode_batch(struct wire *wire, struct message *message, const char **why)
{
    struct list *lengths = &message->batch.lengths;
    uint64_t number;
    enum error_code code = decode_entries(wire, message, why);
    if (code)
        return code;
    *why = message_shapes[message->kind].fields[1].why;
    if (!wire_take_array(wire, &lengths->count) || lengths->count != message->batch.tasks.count)
        return CODE_MALFORMED;
    lengths->at = wire->at;
    for (uint32_t i = 0; i < lengths->count; i++)
        if (!wire_take_number(wire, &number))
            return CODE_MALFORMED;
    lengths->end = wire->at;
    return CODE_NONE;
}

/* `fault`: which field is wrong, from 0; none when it is not below the kind's count. */
static enum error_code field_code(struct message *message, unsigned fault, const char **why)
{
    const struct shape *shape = &message_shapes[message->kind];
    if (fault >= shape->count)
        return CODE_NONE;
    *why = shape->fields[fault].why;
    return CODE_MALFORMED;
}

static unsigned result_fault(struct wire *wire, struct result_header *result)
{
    uint64_t completed_by;
    if (!message_take_address(wire, &result->return_address))
        return 0;
    if (!wire_take_number(wire, &completed_by) || completed_by > UINT32_MAX)
        return 1;
    result->completed_by = (uint32_t)completed_by;
    return message_take_maybe_uuid(wire, &result->uuid) ? 3 : 2;
}

static bool take_texts(struct wire *wire, struct list *list)
{
    uint32_t count;
    if (!wire_take_array(wire, &count))
        return false;
    *list = (struct list){.at = wire->at, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        struct span text;
        if (!wire_take_text(wire, &text.data, &text.size))
            return false;
    }
    list->end = wire->at;
    return true;
}

/* The last fields of WAITING: those of a worker. */
static unsigned begun_fault(struct wire *wire, uint32_t given, struct message *message)
{
    message->waiting.begun = 0;
    message->waiting.has_running = false;
    if (given > 6 && !wire_take_number(wire, &message->waiting.begun))
        return 6;
    if (given <= 7 || wire_take_nil(wire))
        return 8;
    message->waiting.has_running = true;
    return message_take_address(wire, &message->waiting.running) ? 8 : 7;
}

static unsigned waiting_fault(struct wire *wire, uint32_t given, struct message *message)
{
    uint64_t idle, room, queued = 0, own_room = 0;
    if (!wire_take_number(wire, &idle) || idle > UINT32_MAX)
        return 0;
    if (!wire_take_number(wire, &room) || room > UINT32_MAX)
        return 1;
    message->waiting.idle = (uint32_t)idle;
    message->waiting.room = (uint32_t)room;
    if (!wire_take_number(wire, &message->waiting.receipt))
        return 2;
    if (given > 3 && (!wire_take_number(wire, &queued) || queued > UINT32_MAX))
        return 3;
    message->waiting.queued = (uint32_t)queued;
    message->waiting.full = (struct list){0};
    if (given > 4 && !take_texts(wire, &message->waiting.full))
        return 4;
    if (given > 5 && (!wire_take_number(wire, &own_room) || own_room > UINT32_MAX))
        return 5;
    message->waiting.own_room = (uint32_t)own_room;
    return begun_fault(wire, given, message);
}

enum error_code message_decode_hot(struct wire *wire, uint32_t given, struct message *message,
                                   const char **why)
{
    switch (message->kind) {
    case KIND_SUBMIT: return decode_submit(wire, message, why);
    case KIND_RESULT: return field_code(message, result_fault(wire, &message->result), why);
    case KIND_WAITING: return field_code(message, waiting_fault(wire, given, message), why);
    default: return decode_batch(wire, message, why);
    }
}
