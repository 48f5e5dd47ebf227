/* message_hot: the kinds that come once a task, or name each, read by hand, tag by tag: what libmpack takes
 * 100 ns for takes a tenth here. tests/unit/message_test.c holds it to a reader made of libmpack. */
#include <string.h>

#include "common/wire/message_fields.h"

/* Where in a result that begins as most do its mailbox and its slot are; see is_usual. */
enum { USUAL_MAILBOX = 4, USUAL_SLOT = USUAL_MAILBOX + sizeof(uint64_t) };

static bool take_any_address(struct wire *wire, struct address *address)
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

/* Most are at the server, in the form that message_put_address gives them: these are read at once. */
bool message_take_address(struct wire *wire, struct address *address)
{
    enum { MAILBOX = 2, SLOT = MAILBOX + WIRE_NUMBER };
    const uint8_t *at = wire->at;
    uint64_t slot;
    if (wire->end - at <= SLOT || at[0] != 0x93 || at[1] != WIRE_NIL || at[MAILBOX] != WIRE_UINT64)
        return take_any_address(wire, address);
    wire->at = at + SLOT;
    if (!wire_take_number(wire, &slot) || slot > UINT32_MAX)
        return false;
    *address = (struct address){WORKER_NIL, (uint32_t)slot, wire_load(at + MAILBOX + 1, sizeof(uint64_t))};
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

unsigned message_take_timing(struct wire *wire, uint32_t count, struct result_header *result)
{
    struct timing *timing = &result->timing;
    uint64_t *const numbers[] = {&timing->ran,  &timing->cpu, &timing->memory,  &timing->waited,
                                 &timing->held, &timing->age, &timing->attempts};
    enum { NUMBERS = TIMING_ALL - 1 };
    result->timed = count < TIMING_ALL ? (uint8_t)count : TIMING_ALL;
    for (unsigned i = 0; i < NUMBERS && i < count; i++) {
        if (!wire_take_number(wire, numbers[i]))
            return i;
    }
    if (count > NUMBERS && !wire_take_text(wire, &timing->manager.data, &timing->manager.size))
        return NUMBERS;
    return TIMING_ALL;
}

/* Whether a result begins as most do: of three fields, the first the address of a client's task in the form
 * that message_put_address gives it. */
static inline bool is_usual(const struct wire *wire)
{
    static const uint8_t usual[] = {0x90 | RESULT_FIELDS, 0x93, WIRE_NIL, WIRE_UINT64};
    return wire->end - wire->at > USUAL_SLOT && bytes_four(wire->at) == bytes_four(usual);
}

bool message_take_result(struct wire *wire, struct result_header *result)
{
    uint32_t count = RESULT_FIELDS;
    uint64_t slot, completed_by;
    if (is_usual(wire)) {
        uint64_t mailbox = wire_load(wire->at + USUAL_MAILBOX, sizeof mailbox);
        wire->at += USUAL_SLOT;
        if (!wire_take_number(wire, &slot) || slot > UINT32_MAX)
            return false;
        result->return_address = (struct address){WORKER_NIL, (uint32_t)slot, mailbox};
    } else if (!wire_take_array(wire, &count) || count < RESULT_FIELDS ||
               count > RESULT_FIELDS + TIMING_ALL || !message_take_address(wire, &result->return_address)) {
        return false;
    }
    if (!wire_take_number(wire, &completed_by) || completed_by > UINT32_MAX)
        return false;
    result->completed_by = (uint32_t)completed_by;
    result->timed = TIMING_NONE;
    result->timing = (struct timing){0};
    return message_take_maybe_uuid(wire, &result->uuid) &&
           (count == RESULT_FIELDS || message_take_timing(wire, count - RESULT_FIELDS, result) == TIMING_ALL);
}

bool message_skip_result(struct wire *wire)
{
    struct result_header result;
    uint64_t slot, completed_by;
    if (!is_usual(wire))
        return message_take_result(wire, &result);
    wire->at += USUAL_SLOT;
    return wire_take_number(wire, &slot) && slot <= UINT32_MAX && wire_take_number(wire, &completed_by) &&
           completed_by <= UINT32_MAX && message_take_maybe_uuid(wire, &result.uuid);
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

/* The last fields of a task, which may be left out. */
static enum task_fault take_optional(struct wire *wire, uint32_t count, struct task_header *task)
{
    task->shared = task->session = 0;
    if (count >= TASK_FIELDS_SHARED && !wire_take_nil(wire) &&
        !(wire_take_number(wire, &task->shared) && task->shared > 0))
        return TASK_SHARED;
    if (count >= TASK_FIELDS_SESSION && !wire_take_nil(wire) &&
        !(wire_take_number(wire, &task->session) && task->session > 0))
        return TASK_SESSION;
    return TASK_FINE;
}

static inline bool take_text(struct wire *wire, struct span *text, bool seen)
{
    return seen ? wire_take_text_seen(wire, &text->data, &text->size)
                : wire_take_text(wire, &text->data, &text->size);
}

/* What stands before the fields that tasks of a map have in common. */
static inline enum task_fault take_head(struct wire *wire, uint32_t *count, struct address *address)
{
    if (!wire_take_array(wire, count) || *count < TASK_FIELDS || *count > TASK_FIELDS_SESSION)
        return TASK_SHAPE;
    return message_take_address(wire, address) ? TASK_FINE : TASK_ADDRESS;
}

/* The other fields, of `count` in all. `seen`: the same bytes were read before, so the texts need not be gone
 * through again. */
static inline enum task_fault take_rest(struct wire *wire, uint32_t count, struct task_header *task,
                                        bool seen)
{
    uint64_t number;
    if (!wire_take_number(wire, &task->comp_task_id))
        return TASK_COMP;
    enum task_fault fault = take_breadcrumbs(wire, &task->breadcrumbs);
    if (fault)
        return fault;
    if (!message_take_maybe_uuid(wire, &task->uuid))
        return TASK_UUID;
    if (!take_text(wire, &task->runtime, seen) || !task->runtime.size)
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
    task->seen = true;
    if (!take_text(wire, &task->name, seen))
        return TASK_NAME;
    if (task->name.size > MAX_NAME)
        return TASK_LONG_NAME;
    if (!wire_take_bytes(wire, &task->meta.data, &task->meta.size))
        return TASK_META;
    if (task->meta.size > MAX_META)
        return TASK_LONG_META;
    return take_optional(wire, count, task);
}

enum task_fault message_take_task(struct wire *wire, struct task_header *task)
{
    uint32_t count;
    enum task_fault fault = take_head(wire, &count, &task->return_address);
    return fault ? fault : take_rest(wire, count, task, false);
}

bool message_take_task_seen(struct wire *wire, struct task_header *task)
{
    uint32_t count;
    return take_head(wire, &count, &task->return_address) == TASK_FINE &&
           take_rest(wire, count, task, true) == TASK_FINE;
}

/* `known`: all of it was found fine before. */
static inline enum task_fault take_next(struct wire *wire, struct task_run *run, bool known)
{
    uint32_t count;
    struct address address;
    enum task_fault fault = take_head(wire, &count, &address);
    if (fault)
        return fault;
    run->again = run->rest && count == run->count && run->size <= (size_t)(wire->end - wire->at) &&
                 bytes_same(wire->at, run->rest, run->size);
    if (run->again) {
        wire->at += run->size;
    } else {
        const uint8_t *rest = wire->at;
        run->rest = NULL;
        fault = take_rest(wire, count, &run->task, known);
        if (fault)
            return fault;
        run->rest = rest;
        run->size = (size_t)(wire->at - rest);
        run->count = count;
    }
    run->task.return_address = address;
    return TASK_FINE;
}

enum task_fault message_take_next(struct wire *wire, struct task_run *run)
{
    return take_next(wire, run, false);
}

bool message_take_next_seen(struct wire *wire, struct task_run *run)
{
    return take_next(wire, run, true) == TASK_FINE;
}

#define TASK_WHYS(task)                                                                                   \
    {                                                                                                     \
        [TASK_SHAPE] = task " is not an array of ten to twelve fields",                                   \
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
        [TASK_SESSION] = task " session is not a number from 1 or nil",                                   \
        [TASK_MANY_BREADCRUMBS] = task " breadcrumbs has more than 255 addresses",                        \
        [TASK_LONG_RUNTIME] = task " runtime is longer than 31 bytes",                                    \
        [TASK_LONG_NAME] = task " name is longer than 255 bytes",                                         \
        [TASK_LONG_META] = task " meta is longer than 65536 bytes",                                       \
    }

enum error_code message_task_code(enum task_fault fault, bool single, const char **why)
{
    static const char *const of_one[] = TASK_WHYS("SUBMIT:");
    static const char *const of_many[] = TASK_WHYS("SUBMIT_BATCH: a task's");
    if (fault == TASK_FINE)
        return CODE_NONE;
    *why = single ? of_one[fault] : of_many[fault];
    return fault >= TASK_MANY_BREADCRUMBS ? CODE_TOO_LARGE : CODE_MALFORMED;
}

static enum error_code decode_submit(struct wire *wire, struct message *message, const char **why)
{
    return message_task_code(message_take_task(wire, &message->submit), true, why);
}

static bool is_same(struct span one, struct span other)
{
    return one.size == other.size && bytes_same(one.data, other.data, one.size);
}

static bool is_client_address(const struct address *address, uint32_t slot)
{
    return address->worker == WORKER_NIL && address->mailbox == 0 && address->slot == slot;
}

size_t task_texts(const struct task_header *task)
{
    size_t breadcrumbs = task->breadcrumbs.count ? (size_t)(task->breadcrumbs.end - task->breadcrumbs.at) : 0;
    return breadcrumbs + task->meta.size + task->name.size;
}

void alike_begin(struct alike *alike, const struct task_header *first)
{
    *alike = (struct alike){.has_uuid = first->uuid,
                            .uuid = first->uuid,
                            .shared = true,
                            .runtime = true,
                            .no_crumbs = first->breadcrumbs.count == 0,
                            .slots = is_client_address(&first->return_address, 0),
                            .same = true,
                            .texts = task_texts(first),
                            .named = first->name.size > 0};
}

void alike_see(struct alike *alike, const struct task_header *first, const struct task_header *task,
               uint32_t place)
{
    if (task->uuid && alike->uuid)
        alike->uuid = memcmp(task->uuid, first->uuid, UUID_SIZE) == 0;
    alike->shared &= task->shared == first->shared;
    alike->runtime = alike->runtime && is_same(task->runtime, first->runtime);
    alike->no_crumbs &= task->breadcrumbs.count == 0;
    alike->same &= place == 1;
    alike_see_again(alike, task, place);
}

void alike_see_again(struct alike *alike, const struct task_header *task, uint32_t place)
{
    alike->slots &= is_client_address(&task->return_address, place);
    alike->texts += task_texts(task);
    alike->named += task->name.size > 0;
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

static unsigned result_fault(struct wire *wire, uint32_t given, struct result_header *result)
{
    uint64_t completed_by;
    if (!message_take_address(wire, &result->return_address))
        return 0;
    if (!wire_take_number(wire, &completed_by) || completed_by > UINT32_MAX)
        return 1;
    result->completed_by = (uint32_t)completed_by;
    result->timed = TIMING_NONE;
    result->timing = (struct timing){0};
    if (!message_take_maybe_uuid(wire, &result->uuid))
        return 2;
    return RESULT_FIELDS + message_take_timing(wire, given - RESULT_FIELDS, result);
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

static bool skip_slot(struct wire *wire)
{
    uint32_t count;
    uint64_t slot;
    const uint8_t *uuid;
    return wire_take_array(wire, &count) && count == 2 && message_take_maybe_uuid(wire, &uuid) && uuid &&
           (wire_take_nil(wire) || (wire_take_number(wire, &slot) && slot != NO_NUMBER));
}

/* Who reads a map's results one by one releases them so: there is a slot for each task. */
static unsigned release_fault(struct wire *wire, struct list *slots)
{
    if (!wire_take_array(wire, &slots->count))
        return 0;
    slots->at = wire->at;
    for (uint32_t i = 0; i < slots->count; i++) {
        if (!skip_slot(wire))
            return 0;
    }
    slots->end = wire->at;
    return 1;
}

enum error_code message_decode_hot(struct wire *wire, uint32_t given, struct message *message,
                                   const char **why)
{
    switch (message->kind) {
    case KIND_RELEASE: return field_code(message, release_fault(wire, &message->release.slots), why);
    case KIND_SUBMIT: return decode_submit(wire, message, why);
    case KIND_RESULT: return field_code(message, result_fault(wire, given, &message->result), why);
    case KIND_WAITING: return field_code(message, waiting_fault(wire, given, message), why);
    default: return message_decode_batch(wire, message, why);
    }
}
