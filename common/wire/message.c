/* message: decoding and encoding of a whole header: its four common fields, then those of its kind by the
 * table. */
#include "common/wire/message.h"

#include <assert.h>

#include "common/base/mem.h"
#include "common/wire/message_fields.h"

enum { COMMON_FIELDS = 4 };

/* Version, kind, seq and ack. CODE_NONE, or the refusal with what could be read in `message`. */
static enum error_code decode_common(struct wire *wire, uint32_t *fields, struct message *message,
                                     const char **why)
{
    uint64_t version, kind;
    *why = "the header is not an array";
    if (!wire_take_array(wire, fields))
        return CODE_MALFORMED;
    *why = "version is not a number";
    if (!*fields || !wire_take_number(wire, &version))
        return CODE_MALFORMED;
    message->version = version;
    bool known = version == PROTOCOL_VERSION;
    *why = known ? "the header has fewer than four fields"
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
           kind == KIND_RESULT_BATCH;
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

/* The fields that this version does not know, and the end. */
static enum error_code decode_rest(struct wire *wire, uint32_t fields, const char **why)
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
    enum error_code code = decode_common(&wire, &fields, message, why);
    if (code)
        return code;
    const struct shape *shape = message_shape(message->kind);
    if (!shape)
        return CODE_NONE; /* who may send what is not for us to say */
    fields -= COMMON_FIELDS;
    if (fields < shape->required) {
        *why = shape->short_why;
        return CODE_MALFORMED;
    }
    if (is_hot(message->kind)) {
        code = message_decode_hot(&wire, fields, message, why);
    } else {
        clear_fields(shape, message);
        code = message_decode_cold(&wire, shape, fields, message, why);
    }
    return code ? code : decode_rest(&wire, fields > shape->count ? fields - shape->count : 0, why);
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

static size_t encode(const struct message *message, uint8_t *buffer)
{
    const struct shape *shape = message_shape(message->kind);
    uint8_t *at = wire_put_array(buffer, COMMON_FIELDS + shape->count);
    at = wire_put_number(at, PROTOCOL_VERSION);
    at = wire_put_number(at, message->kind);
    at = wire_put_fixed(at, message->seq);
    at = wire_put_fixed(at, message->ack);
    for (unsigned i = 0; i < shape->count; i++)
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
