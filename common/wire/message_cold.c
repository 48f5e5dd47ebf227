/* message_cold: the kinds that are not hot, read through libmpack by the table of message_fields.c.
 *
 * libmpack's traps (1.0.5): it looks at the first byte of an empty input, so `left` is checked before each
 * call; a token's type must be looked at before its value; a length that exceeds what is left is not its
 * concern; its buffer remembers what an earlier input left in it, so there is a new one for each header. */
#include "common/wire/message_fields.h"

#include <stdbool.h>

#include <mpack.h>

struct reader {
    mpack_tokbuf_t buffer;
    const char *at;
    size_t left;
};

static bool read_token(struct reader *reader, mpack_token_t *token)
{
    return reader->left && mpack_read(&reader->buffer, &reader->at, &reader->left, token) == MPACK_OK;
}

static bool is_number(const mpack_token_t *token, uint64_t limit, uint64_t *number)
{
    if (token->type != MPACK_TOKEN_UINT)
        return false;
    *number = mpack_unpack_uint(*token);
    return *number <= limit;
}

static bool read_number(struct reader *reader, uint64_t limit, uint64_t *number)
{
    mpack_token_t token;
    return read_token(reader, &token) && is_number(&token, limit, number);
}

/* The content of a text or bytes whose token was read. */
static bool is_content(struct reader *reader, const mpack_token_t *token, mpack_token_type_t type,
                       struct span *span)
{
    mpack_token_t chunk;
    if (token->type != type || token->length > reader->left)
        return false;
    *span = (struct span){(const uint8_t *)reader->at, token->length};
    if (token->length && !read_token(reader, &chunk))
        return false;
    return type != MPACK_TOKEN_STR || wire_utf8(span->data, span->size) == span->size;
}

static bool read_text(struct reader *reader, size_t limit, struct span *span)
{
    mpack_token_t token;
    return read_token(reader, &token) && is_content(reader, &token, MPACK_TOKEN_STR, span) &&
           span->size <= limit;
}

static bool is_uuid(struct reader *reader, const mpack_token_t *token, const uint8_t **uuid)
{
    struct span span;
    if (!is_content(reader, token, MPACK_TOKEN_BIN, &span) || span.size != UUID_SIZE)
        return false;
    *uuid = span.data;
    return true;
}

static bool is_array(const mpack_token_t *token, uint32_t count)
{
    return token->type == MPACK_TOKEN_ARRAY && token->length == count;
}

static bool is_address(struct reader *reader, const mpack_token_t *token, struct address *address)
{
    mpack_token_t worker;
    uint64_t number = WORKER_NIL, slot;
    if (!is_array(token, 3) || !read_token(reader, &worker))
        return false;
    if (worker.type != MPACK_TOKEN_NIL && !is_number(&worker, WORKER_LIMIT - 1, &number))
        return false;
    if (!read_number(reader, UINT64_MAX, &address->mailbox) || !read_number(reader, UINT32_MAX, &slot))
        return false;
    address->worker = (uint32_t)number;
    address->slot = (uint32_t)slot;
    return true;
}

static bool read_uuid(struct reader *reader)
{
    mpack_token_t token;
    const uint8_t *uuid;
    return read_token(reader, &token) && is_uuid(reader, &token, &uuid);
}

static bool read_numbers(struct reader *reader, unsigned count)
{
    uint64_t number;
    for (; count; count--)
        if (!read_number(reader, UINT64_MAX, &number))
            return false;
    return true;
}

static bool is_range(struct reader *reader, const mpack_token_t *token)
{
    uint64_t lower, upper;
    return is_array(token, 2) && read_number(reader, WORKER_LIMIT, &lower) &&
           read_number(reader, WORKER_LIMIT, &upper) && lower < upper;
}

static bool is_runtime(struct reader *reader, const mpack_token_t *token)
{
    struct span name, version;
    return is_array(token, 2) && read_text(reader, MAX_RUNTIME, &name) && name.size &&
           read_text(reader, SIZE_MAX, &version);
}

static bool is_listed_task(struct reader *reader, const mpack_token_t *token)
{
    struct span name, client;
    return is_array(token, LISTED_TASK_FIELDS) && read_uuid(reader) && read_text(reader, SIZE_MAX, &name) &&
           read_numbers(reader, LISTED_TASK_FIELDS - 3) && read_text(reader, SIZE_MAX, &client);
}

static bool is_listed_manager(struct reader *reader, const mpack_token_t *token)
{
    struct span name, line;
    return is_array(token, LISTED_MANAGER_FIELDS) && read_text(reader, SIZE_MAX, &name) &&
           read_text(reader, SIZE_MAX, &line) && read_numbers(reader, LISTED_MANAGER_FIELDS - 2);
}

static bool is_listed_client(struct reader *reader, const mpack_token_t *token)
{
    struct span name, key;
    return is_array(token, LISTED_CLIENT_FIELDS) && read_text(reader, SIZE_MAX, &name) &&
           read_text(reader, SIZE_MAX, &key) && read_numbers(reader, LISTED_CLIENT_FIELDS - 2);
}

static bool is_count(struct reader *reader, const mpack_token_t *token)
{
    struct span name;
    return is_array(token, 2) && read_text(reader, SIZE_MAX, &name) && read_numbers(reader, 1);
}

/* One element of a list; its value is read again by the list's iterator. */
static bool read_element(struct reader *reader, enum field_type type)
{
    mpack_token_t token;
    struct address address;
    struct span text;
    if (!read_token(reader, &token))
        return false;
    switch (type) {
    case FIELD_TEXTS: return is_content(reader, &token, MPACK_TOKEN_STR, &text);
    case FIELD_ADDRESSES: return is_address(reader, &token, &address);
    case FIELD_RANGES: return is_range(reader, &token);
    case FIELD_RUNTIMES: return is_runtime(reader, &token);
    case FIELD_LISTED_TASKS: return is_listed_task(reader, &token);
    case FIELD_LISTED_MANAGERS: return is_listed_manager(reader, &token);
    case FIELD_LISTED_CLIENTS: return is_listed_client(reader, &token);
    default: return is_count(reader, &token);
    }
}

static bool is_list(struct reader *reader, const mpack_token_t *token, enum field_type type,
                    struct list *list)
{
    if (token->type != MPACK_TOKEN_ARRAY || token->length > reader->left)
        return false;
    if (type == FIELD_ADDRESSES && token->length > MAX_ADDRESSES_READ)
        return false;
    list->count = token->length;
    list->at = (const uint8_t *)reader->at;
    for (uint32_t i = 0; i < list->count; i++)
        if (!read_element(reader, type))
            return false;
    list->end = (const uint8_t *)reader->at;
    return true;
}

static bool is_number32(const mpack_token_t *token, uint32_t *out)
{
    uint64_t number;
    if (!is_number(token, UINT32_MAX, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}

/* One field of the table; what may be nil already holds its nil. */
static bool read_field(struct reader *reader, const struct field *field, struct message *message)
{
    void *at = field_of(message, field->at);
    mpack_token_t token;
    if (!read_token(reader, &token))
        return false;
    bool nil = token.type == MPACK_TOKEN_NIL;
    switch ((enum field_type)field->type) {
    case FIELD_MAYBE_NUMBER: return nil || is_number(&token, NO_NUMBER - 1, at);
    case FIELD_NUMBER: return is_number(&token, UINT64_MAX, at);
    case FIELD_NUMBER32: return is_number32(&token, at);
    case FIELD_MAYBE_TEXT:
        if (nil)
            return true;
        /* fallthrough */
    case FIELD_TEXT: return is_content(reader, &token, MPACK_TOKEN_STR, at);
    case FIELD_MAYBE_UUID:
        if (nil)
            return true;
        /* fallthrough */
    case FIELD_UUID: return is_uuid(reader, &token, at);
    case FIELD_MAYBE_ADDRESS:
        if (nil)
            return true;
        *(bool *)field_of(message, field->flag) = true;
        /* fallthrough */
    case FIELD_ADDRESS: return is_address(reader, &token, at);
    case FIELD_TEXTS:
    case FIELD_ADDRESSES:
    case FIELD_RANGES:
    case FIELD_RUNTIMES:
    case FIELD_LISTED_TASKS:
    case FIELD_LISTED_MANAGERS:
    case FIELD_LISTED_CLIENTS:
    case FIELD_COUNTS: return is_list(reader, &token, field->type, at);
    default: return false; /* the hot kinds' own */
    }
}

enum error_code message_decode_cold(struct wire *wire, const struct shape *shape, uint32_t given,
                                    struct message *message, const char **why)
{
    struct reader reader = {
        .at = (const char *)wire->at,
        .left = (size_t)(wire->end - wire->at),
    };
    mpack_tokbuf_init(&reader.buffer);
    for (uint32_t i = 0; i < shape->count && i < given; i++) {
        if (!read_field(&reader, &shape->fields[i], message)) {
            *why = shape->fields[i].why;
            return CODE_MALFORMED;
        }
    }
    wire->at = (const uint8_t *)reader.at;
    return CODE_NONE;
}
