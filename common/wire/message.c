/* message: decoding and encoding of a whole header: its four common fields, then those of its kind by the
 * table. */
#include "common/wire/message.h"

#include <assert.h>
#include <stdio.h>

#include "common/base/mem.h"
#include "common/wire/message_fields.h"

/* The four fields in the form that message_encode gives them: the same as below, at once. False: they are in
 * another one, and nothing was taken. */
static inline bool decode_usual(struct wire *wire, uint32_t *fields, struct message *message)
{
    enum { SIZE = HEADER_ACK_OFFSET + WIRE_NUMBER };
    const uint8_t *at = wire->at;
    if (wire->end - at < SIZE || at[0] >> 4 != 9 || at[1] != PROTOCOL_VERSION || at[2] >= 0x80 ||
        at[HEADER_SEQ_OFFSET] != WIRE_UINT64 || at[HEADER_ACK_OFFSET] != WIRE_UINT64)
        return false;
    *fields = at[0] & 15;
    message->version = PROTOCOL_VERSION;
    message->kind = at[2];
    message->seq = wire_load(at + HEADER_SEQ_OFFSET + 1, sizeof(uint64_t));
    message->ack = wire_load(at + HEADER_ACK_OFFSET + 1, sizeof(uint64_t));
    wire->at = at + SIZE;
    return *fields >= COMMON_FIELDS;
}

enum error_code message_decode_common(struct wire *wire, uint32_t *fields, struct message *message,
                                      const char **why)
{
    uint64_t version, kind;
    const struct wire all = *wire;
    if (decode_usual(wire, fields, message))
        return CODE_NONE;
    *wire = all;
    *why = "the header is not an array";
    if (!wire_take_array(wire, fields))
        return CODE_MALFORMED;
    *why = "version is not a number";
    if (!*fields || !wire_take_number(wire, &version))
        return CODE_MALFORMED;
    message->version = version;
    bool known = version == PROTOCOL_VERSION;
    *why = known ? "the header has fewer than four fields: version, kind, seq and ack come first"
                 : "this side speaks version 1 of the protocol, the message is of another";
    enum error_code refusal = known ? CODE_MALFORMED : CODE_BAD_VERSION;
    if (*fields < COMMON_FIELDS)
        return refusal;
    if (known)
        *why = "kind, seq or ack is not a number";
    if (!wire_take_number(wire, &kind))
        return refusal;
    message->kind = kind < UINT32_MAX ? (unsigned)kind : UINT32_MAX;
    if (!wire_take_number(wire, &message->seq) || !wire_take_number(wire, &message->ack))
        return refusal;
    return known ? CODE_NONE : CODE_BAD_VERSION;
}

static bool is_hot(unsigned kind)
{
    return kind == KIND_SUBMIT || kind == KIND_RESULT || kind == KIND_WAITING || kind == KIND_SUBMIT_BATCH ||
           kind == KIND_RESULT_BATCH || kind == KIND_RELEASE;
}

/* What an optional field holds until it is read: nil. */
static void clear_fields(const struct shape *shape, struct message *message)
{
    for (unsigned i = 0; i < shape->count; i++) { /* the fields of a kind without any are NULL */
        const struct field *field = &shape->fields[i];
        void *at = field_of(message, field->at);
        switch ((enum field_type)field->type) {
        case FIELD_NUMBER: *(uint64_t *)at = 0; break;
        case FIELD_MAYBE_NUMBER: *(uint64_t *)at = NO_NUMBER; break;
        case FIELD_TEXT:
        case FIELD_MAYBE_TEXT: *(struct span *)at = (struct span){NULL, 0}; break;
        case FIELD_MAYBE_UUID: *(const uint8_t **)at = NULL; break;
        case FIELD_MAYBE_ADDRESS: *(bool *)field_of(message, field->flag) = false; break;
        case FIELD_LISTED_TASKS:
        case FIELD_LISTED_MANAGERS:
        case FIELD_LISTED_CLIENTS:
        case FIELD_COUNTS: *(struct list *)at = (struct list){NULL, NULL, 0}; break;
        default: break;
        }
    }
}

enum error_code message_decode_rest(struct wire *wire, uint32_t fields, const char **why)
{
    for (; fields; fields--) {
        if (!wire_skip(wire, WIRE_NESTING)) {
            *why = "a further field is of no type that a header may have";
            return CODE_MALFORMED;
        }
    }
    if (wire->at == wire->end)
        return CODE_NONE;
    *why = "there are bytes after the header";
    return CODE_MALFORMED;
}

/* The header has `given` fields of its kind, which are fewer than there must be. */
static enum error_code refuse_short(const struct shape *shape, uint32_t given, struct message *message,
                                    const char **why)
{
    snprintf(message->lacking, sizeof message->lacking,
             "%s: has fewer fields than its kind: %u came, of at least %u: field %u, %s, is missing",
             kind_name(message->kind), COMMON_FIELDS + given, COMMON_FIELDS + shape->required,
             COMMON_FIELDS + given, shape->fields[given].name);
    *why = message->lacking;
    return CODE_MALFORMED;
}

enum error_code message_decode(const uint8_t *data, size_t size, struct message *message, const char **why)
{
    struct wire wire = {data, data + size};
    uint32_t fields;
    message->kind = KIND_LIMIT;
    message->seq = message->ack = 0;
    if (size > MAX_HEADER) {
        *why = "the header has more than 8 MiB";
        return CODE_TOO_LARGE;
    }
    enum error_code code = message_decode_common(&wire, &fields, message, why);
    if (code)
        return code;
    const struct shape *shape = message_shape(message->kind);
    if (!shape)
        return CODE_NONE; /* who may send what is not for us to say */
    fields -= COMMON_FIELDS;
    if (fields < shape->required)
        return refuse_short(shape, fields, message, why);
    if (is_hot(message->kind)) {
        code = message_decode_hot(&wire, fields, message, why);
    } else {
        clear_fields(shape, message);
        code = message_decode_cold(&wire, shape, fields, message, why);
        message_set_timed(message, fields);
    }
    return code ? code : message_decode_rest(&wire, fields > shape->count ? fields - shape->count : 0, why);
}

unsigned message_kind(const uint8_t *data, size_t size)
{
    struct message message;
    const char *why;
    message_decode_head(data, size, &message, &why);
    return message.kind;
}

enum error_code message_decode_head(const uint8_t *data, size_t size, struct message *message,
                                    const char **why)
{
    struct wire wire = {data, data + size};
    uint32_t fields;
    message->kind = KIND_LIMIT;
    message->seq = message->ack = 0;
    enum error_code code = message_decode_common(&wire, &fields, message, why);
    const struct shape *shape = message_shape(message->kind);
    if (code || !shape || fields - COMMON_FIELDS >= shape->required)
        return code;
    return refuse_short(shape, fields - COMMON_FIELDS, message, why);
}

const uint8_t *message_task_uuid(const uint8_t *data, size_t size)
{
    enum { BEFORE = 3 }; /* return_address, comp_task_id, breadcrumbs */
    struct wire wire = {data, data + size};
    struct message head;
    const char *why;
    const uint8_t *uuid;
    uint32_t fields, tasks;
    if (message_decode_common(&wire, &fields, &head, &why) != CODE_NONE || fields == COMMON_FIELDS)
        return NULL;
    if (head.kind == KIND_SUBMIT_BATCH && (!wire_take_array(&wire, &tasks) || tasks == 0))
        return NULL;
    if ((head.kind != KIND_SUBMIT && head.kind != KIND_SUBMIT_BATCH) || !wire_take_array(&wire, &fields) ||
        fields <= BEFORE)
        return NULL;
    for (unsigned i = 0; i < BEFORE; i++) {
        if (!wire_skip(&wire, WIRE_NESTING))
            return NULL;
    }
    return wire_take_bytes(&wire, &uuid, &size) && size == 16 ? uuid : NULL;
}

uint32_t message_addresses(const struct message *message)
{
    switch (message->kind) {
    case KIND_UPDATE:
    case KIND_COMMUNICATE: return message->addresses.addresses.count;
    case KIND_CANCEL: return message->cancel.addresses.count;
    case KIND_RETURN: return message->returned.addresses.count;
    case KIND_HOLDS:
        return message->holds.tasks.count + message->holds.roots.count + message->holds.parts.count +
               message->holds.ended.count;
    default: return 0;
    }
}

static size_t bound_field(const struct field *field, const struct message *message)
{
    const void *at = field_in(message, field->at);
    switch ((enum field_type)field->type) {
    case FIELD_NUMBER:
    case FIELD_NUMBER32:
    case FIELD_MAYBE_NUMBER: return WIRE_NUMBER;
    case FIELD_TEXT:
    case FIELD_MAYBE_TEXT: return WIRE_PREFIX + ((const struct span *)at)->size;
    case FIELD_UUID:
    case FIELD_MAYBE_UUID: return BOUND_UUID;
    case FIELD_ADDRESS:
    case FIELD_MAYBE_ADDRESS: return BOUND_ADDRESS;
    case FIELD_TASK: return message_bound_task(at);
    default: return message_bound_list(at);
    }
}

size_t message_bound(const struct message *message)
{
    const struct shape *shape = message_shape(message->kind);
    size_t bound = 3 + 2 + 2 * WIRE_NUMBER;
    assert(shape);
    for (unsigned i = 0; i < shape->count; i++)
        bound += bound_field(&shape->fields[i], message);
    return bound;
}

static uint8_t *put_field(uint8_t *to, const struct field *field, const struct message *message)
{
    const void *at = field_in(message, field->at);
    const struct span *span = at;
    const uint64_t *number = at;
    const uint8_t *const *uuid = at;
    switch ((enum field_type)field->type) {
    case FIELD_NUMBER: return wire_put_number(to, *number);
    case FIELD_NUMBER32: return wire_put_number(to, *(const uint32_t *)at);
    case FIELD_MAYBE_NUMBER: return *number == NO_NUMBER ? wire_put_nil(to) : wire_put_number(to, *number);
    case FIELD_TEXT: return wire_put_text(to, span->data, span->size);
    case FIELD_MAYBE_TEXT: return span->data ? wire_put_text(to, span->data, span->size) : wire_put_nil(to);
    case FIELD_UUID: assert(*uuid); return message_put_maybe_uuid(to, *uuid);
    case FIELD_MAYBE_UUID: return message_put_maybe_uuid(to, *uuid);
    case FIELD_ADDRESS: return message_put_address(to, at);
    case FIELD_MAYBE_ADDRESS:
        return *(const bool *)field_in(message, field->flag) ? message_put_address(to, at) : wire_put_nil(to);
    case FIELD_TASK: return message_put_task(to, at);
    default: return message_put_list(to, at);
    }
}

unsigned message_count(const struct shape *shape, const struct message *message)
{
    enum { STATUS_UNTIMED = 12, TRACE_WANTED = 1 };
    if (message->kind == KIND_UPDATE)
        return UPDATE_FIELDS + message->addresses.timed;
    switch (message->kind) {
    case KIND_RESULT: return RESULT_FIELDS + message->result.timed;
    case KIND_ERROR: return ERROR_FIELDS + message->error.timed;
    case KIND_STATUS: return message->status.timed ? shape->count : STATUS_UNTIMED;
    case KIND_TRACE: return message->trace.has_task ? shape->count : TRACE_WANTED;
    default: return shape->count;
    }
}

static uint8_t timed_of(uint32_t fields, uint32_t always, uint32_t most)
{
    uint32_t more = fields > always ? fields - always : 0;
    return (uint8_t)(more < most ? more : most);
}

void message_set_timed(struct message *message, uint32_t fields)
{
    if (message->kind == KIND_RESULT)
        message->result.timed = timed_of(fields, RESULT_FIELDS, TIMING_ALL);
    else if (message->kind == KIND_ERROR)
        message->error.timed = timed_of(fields, ERROR_FIELDS, FAILED_ALL);
    else if (message->kind == KIND_UPDATE)
        message->addresses.timed = timed_of(fields, UPDATE_FIELDS, TIMING_WORKER);
}

static size_t encode(const struct message *message, uint8_t *buffer)
{
    const struct shape *shape = message_shape(message->kind);
    unsigned count = message_count(shape, message);
    uint8_t *at = wire_put_array(buffer, COMMON_FIELDS + count);
    at = wire_put_number(at, PROTOCOL_VERSION);
    at = wire_put_number(at, message->kind);
    at = wire_put_fixed(at, message->seq);
    at = wire_put_fixed(at, message->ack);
    for (unsigned i = 0; i < count; i++)
        at = put_field(at, &shape->fields[i], message);
    return (size_t)(at - buffer);
}

size_t message_encode(const struct message *message, uint8_t *buffer, size_t capacity)
{
    size_t bound = message_bound(message);
    if (bound <= capacity)
        return encode(message, buffer);
    uint8_t *whole = mem_alloc(bound); /* the bound is above the size: it may fit all the same */
    size_t size = encode(message, whole);
    if (size <= capacity)
        memcpy(buffer, whole, size);
    mem_free(whole);
    return size;
}

void message_stamp(uint8_t *header, uint64_t seq, uint64_t ack)
{
    uint8_t *at =
        header + (header[0] == 0xdc ? 2 : 0); /* the head of an array of more than 15 takes 3 bytes */
    assert(at[HEADER_SEQ_OFFSET] == WIRE_UINT64 && at[HEADER_ACK_OFFSET] == WIRE_UINT64);
    wire_put_fixed(at + HEADER_SEQ_OFFSET, seq);
    wire_put_fixed(at + HEADER_ACK_OFFSET, ack);
}

struct span span_text(const char *text)
{
    return (struct span){(const uint8_t *)text, strlen(text)};
}

bool address_equal(const struct address *a, const struct address *b)
{
    return a->mailbox == b->mailbox && a->slot == b->slot && a->worker == b->worker;
}
