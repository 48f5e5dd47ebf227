/* oracle: libmpack's tokens -> a tree of values -> struct message, by the table of fields. */
#include "tests/unit/oracle.h"

#include <mpack.h>
#include <stdlib.h>

#include "tests/support/message_parse.h"
#include "tests/support/message_text.h"
#include "tests/support/text_fields.h"

enum { DEEPEST = 5 }; /* a field is at depth 1: PROTOCOL.md section 7 lets its arrays nest 4 deep */

struct value {
    mpack_token_type_t type;
    uint64_t number;
    struct span span;                    /* of a text or bytes */
    uint32_t count;                      /* of an array */
    const struct value *element, *after; /* the first element, and what follows in the same array */
};

struct oracle {
    mpack_tokbuf_t buffer;
    const char *at;
    size_t left;
    struct value *values; /* room for one a byte: no value takes less */
    size_t used;
    struct builder lists[MOST_LISTS + 1];
    unsigned list;
    bool inside; /* an entry of a batch */
};

static bool read_token(struct oracle *oracle, mpack_token_t *token)
{
    return oracle->left && mpack_read(&oracle->buffer, &oracle->at, &oracle->left, token) == MPACK_OK;
}

static struct value *read_value(struct oracle *oracle, int depth);

static bool read_elements(struct oracle *oracle, struct value *array, int depth)
{
    const struct value **link = &array->element;
    for (uint32_t i = 0; i < array->count; i++) {
        struct value *element = read_value(oracle, depth);
        if (!element)
            return false;
        *link = element;
        link = &element->after;
    }
    return true;
}

static struct value *read_value(struct oracle *oracle, int depth)
{
    mpack_token_t token, chunk;
    if (!read_token(oracle, &token))
        return NULL;
    struct value *value = &oracle->values[oracle->used++];
    *value = (struct value){.type = token.type};
    switch (token.type) {
    case MPACK_TOKEN_NIL: return value;
    case MPACK_TOKEN_UINT: value->number = mpack_unpack_uint(token); return value;
    case MPACK_TOKEN_ARRAY:
        value->count = token.length;
        return depth < DEEPEST && read_elements(oracle, value, depth + 1) ? value : NULL;
    case MPACK_TOKEN_STR:
    case MPACK_TOKEN_BIN:
        value->span = (struct span){(const uint8_t *)oracle->at, token.length};
        if (token.length > oracle->left || (token.length && !read_token(oracle, &chunk)))
            return NULL;
        return token.type == MPACK_TOKEN_BIN || wire_utf8(value->span.data, token.length) == token.length
                   ? value
                   : NULL;
    default: return NULL;
    }
}

static bool is_number(const struct value *value, uint64_t limit)
{
    return value->type == MPACK_TOKEN_UINT && value->number <= limit;
}

/* Whether `value` is an array of `count` elements; then they are in `elements`. */
static bool is_array(const struct value *value, uint32_t count, const struct value **elements)
{
    if (value->type != MPACK_TOKEN_ARRAY || value->count != count)
        return false;
    uint32_t i = 0;
    for (const struct value *element = value->element; element && i < count; element = element->after)
        elements[i++] = element;
    return i == count;
}

static bool is_text(const struct value *value, size_t least, size_t most)
{
    return value->type == MPACK_TOKEN_STR && value->span.size >= least && value->span.size <= most;
}

static bool is_uuid(const struct value *value)
{
    return value->type == MPACK_TOKEN_BIN && value->span.size == UUID_SIZE;
}

static bool to_address(const struct value *value, struct address *address)
{
    const struct value *parts[3]; /* worker, mailbox, slot */
    if (!is_array(value, 3, parts))
        return false;
    bool server = parts[0]->type == MPACK_TOKEN_NIL;
    if ((!server && !is_number(parts[0], WORKER_LIMIT - 1)) || !is_number(parts[1], UINT64_MAX) ||
        !is_number(parts[2], UINT32_MAX))
        return false;
    *address = (struct address){server ? WORKER_NIL : (uint32_t)parts[0]->number, (uint32_t)parts[2]->number,
                                parts[1]->number};
    return true;
}

static bool to_fields(struct oracle *oracle, const struct field *fields, unsigned count,
                      const struct value *given, void *record);

/* A number from 1, or nil. */
static bool to_optional(const struct value *value, uint64_t *number)
{
    *number = value->type == MPACK_TOKEN_NIL ? 0 : value->number;
    return value->type == MPACK_TOKEN_NIL || (is_number(value, UINT64_MAX) && value->number);
}

static bool to_task(struct oracle *oracle, const struct value *value, struct task_header *task)
{
    const struct value *parts[TASK_FIELDS_SESSION];
    bool whose = is_array(value, TASK_FIELDS_SESSION, parts);
    task->shared = task->session = 0;
    if (!whose && !is_array(value, TASK_FIELDS_SHARED, parts) && !is_array(value, TASK_FIELDS, parts))
        return false;
    if (!is_array(value, TASK_FIELDS, parts) &&
        (!to_optional(parts[TASK_FIELDS], &task->shared) ||
         (whose && !to_optional(parts[TASK_FIELDS_SHARED], &task->session))))
        return false;
    return to_fields(oracle, text_task_fields, TASK_FIELDS, parts[0], task) &&
           task->breadcrumbs.count <= MAX_BREADCRUMBS && task->runtime.size >= 1 &&
           task->runtime.size <= MAX_RUNTIME && task->name.size <= MAX_NAME && task->meta.size <= MAX_META;
}

/* An element of LIST, MANAGERS, CLIENTS, COUNTS or RELEASE. */
static bool to_listed(struct oracle *oracle, enum field_type type, const struct value *value,
                      struct builder *list)
{
    const struct value *parts[LISTED_TASK_FIELDS];
    struct listed_task task;
    struct listed_manager manager;
    struct listed_client client;
    if (type == FIELD_SLOTS) {
        if (!is_array(value, 2, parts) || !is_uuid(parts[0]) ||
            (parts[1]->type != MPACK_TOKEN_NIL && !is_number(parts[1], NO_NUMBER - 1)))
            return false;
        builder_slot(list, parts[0]->span.data,
                     parts[1]->type == MPACK_TOKEN_NIL ? NO_NUMBER : parts[1]->number);
        return true;
    }
    if (type == FIELD_COUNTS) {
        if (!is_array(value, 2, parts) || !is_text(parts[0], 0, SIZE_MAX) || !is_number(parts[1], UINT64_MAX))
            return false;
        builder_count(list, parts[0]->span, parts[1]->number);
        return true;
    }
    if (type == FIELD_LISTED_CLIENTS) {
        if (!is_array(value, LISTED_CLIENT_FIELDS, parts) ||
            !to_fields(oracle, text_listed_client_fields, LISTED_CLIENT_FIELDS, parts[0], &client))
            return false;
        builder_listed_client(list, &client);
        return true;
    }
    if (type == FIELD_LISTED_TASKS) {
        if (!is_array(value, LISTED_TASK_FIELDS, parts) ||
            !to_fields(oracle, text_listed_task_fields, LISTED_TASK_FIELDS, parts[0], &task))
            return false;
        builder_listed_task(list, &task);
        return true;
    }
    if (!is_array(value, LISTED_MANAGER_FIELDS, parts) ||
        !to_fields(oracle, text_listed_manager_fields, LISTED_MANAGER_FIELDS, parts[0], &manager))
        return false;
    builder_listed_manager(list, &manager);
    return true;
}

static bool to_element(struct oracle *oracle, enum field_type type, const struct value *value,
                       struct builder *list)
{
    struct address address;
    struct task_header task = {0};
    struct result_header result = {0};
    const struct value *parts[RESULT_FIELDS + TIMING_ALL];
    switch (type) {
    case FIELD_ADDRESSES:
        if (!to_address(value, &address))
            return false;
        builder_address(list, &address);
        return true;
    case FIELD_TEXTS:
        if (!is_text(value, 0, SIZE_MAX))
            return false;
        builder_text(list, (const char *)value->span.data, value->span.size);
        return true;
    case FIELD_LENGTHS:
        if (!is_number(value, UINT64_MAX))
            return false;
        builder_number(list, value->number);
        return true;
    case FIELD_RANGES:
        if (!is_array(value, 2, parts) || !is_number(parts[0], WORKER_LIMIT) ||
            !is_number(parts[1], WORKER_LIMIT) || parts[0]->number >= parts[1]->number)
            return false;
        builder_range(list, (uint32_t)parts[0]->number, (uint32_t)parts[1]->number);
        return true;
    case FIELD_RUNTIMES:
        if (!is_array(value, 2, parts) || !is_text(parts[0], 1, MAX_RUNTIME) ||
            !is_text(parts[1], 0, SIZE_MAX))
            return false;
        builder_runtime(list, parts[0]->span, parts[1]->span);
        return true;
    case FIELD_TASKS:
        if (!to_task(oracle, value, &task))
            return false;
        builder_task(list, &task);
        return true;
    case FIELD_LISTED_TASKS:
    case FIELD_LISTED_MANAGERS:
    case FIELD_LISTED_CLIENTS:
    case FIELD_COUNTS:
    case FIELD_SLOTS: return to_listed(oracle, type, value, list);
    default:
        if (value->count < RESULT_FIELDS || value->count > RESULT_FIELDS + TIMING_ALL ||
            !is_array(value, value->count, parts) ||
            !to_fields(oracle, text_result_fields, value->count, parts[0], &result))
            return false;
        result.timed = (uint8_t)(value->count - RESULT_FIELDS);
        builder_result(list, &result);
        return true;
    }
}

static bool to_list(struct oracle *oracle, enum field_type type, const struct value *value, struct list *out)
{
    bool inside = oracle->inside;
    struct builder *list = &oracle->lists[inside ? MOST_LISTS : oracle->list++];
    builder_reset(list);
    oracle->inside = type == FIELD_TASKS; /* its entries have breadcrumbs */
    if (value->type != MPACK_TOKEN_ARRAY || ((type == FIELD_TASKS || type == FIELD_RESULTS) && !value->count))
        return false;
    for (const struct value *element = value->element; element; element = element->after)
        if (!to_element(oracle, type, element, list))
            return false;
    oracle->inside = inside;
    *out = builder_list(list);
    return true;
}

static bool to_field(struct oracle *oracle, const struct field *field, const struct value *value,
                     char *record)
{
    void *at = record + field->at;
    bool nil = value->type == MPACK_TOKEN_NIL;
    switch (field->type) {
    case FIELD_BARE:
    case FIELD_NUMBER: *(uint64_t *)at = value->number; return is_number(value, UINT64_MAX);
    case FIELD_MAYBE_NUMBER:
        *(uint64_t *)at = nil ? NO_NUMBER : value->number;
        return nil || is_number(value, NO_NUMBER - 1);
    case FIELD_NUMBER32: *(uint32_t *)at = (uint32_t)value->number; return is_number(value, UINT32_MAX);
    case FIELD_BYTE:
        if (!strcmp(field->name, "flags")) { /* any number, whose other bits mean nothing */
            *(uint8_t *)at = value->number & TASK_FLAG_BITS;
            return is_number(value, UINT64_MAX);
        }
        *(uint8_t *)at = (uint8_t)value->number;
        return is_number(value, UINT8_MAX);
    case FIELD_TEXT:
    case FIELD_MAYBE_TEXT:
        *(struct span *)at = value->span;
        return (nil && field->type == FIELD_MAYBE_TEXT) || value->type == MPACK_TOKEN_STR;
    case FIELD_BYTES: *(struct span *)at = value->span; return value->type == MPACK_TOKEN_BIN;
    case FIELD_UUID:
    case FIELD_MAYBE_UUID:
        *(const uint8_t **)at = value->span.data;
        return (nil && field->type == FIELD_MAYBE_UUID) || is_uuid(value);
    case FIELD_MAYBE_ADDRESS: *(bool *)(record + field->flag) = !nil; return nil || to_address(value, at);
    case FIELD_ADDRESS: return to_address(value, at);
    case FIELD_TASK: return to_task(oracle, value, at);
    default: return to_list(oracle, field->type, value, at);
    }
}

static bool to_fields(struct oracle *oracle, const struct field *fields, unsigned count,
                      const struct value *given, void *record)
{
    for (unsigned i = 0; i < count && given; i++, given = given->after)
        if (!to_field(oracle, &fields[i], given, record))
            return false;
    return true;
}

/* The first four fields. */
static bool read_common(struct oracle *oracle, uint32_t *fields, struct message *message)
{
    mpack_token_t head;
    if (!read_token(oracle, &head) || head.type != MPACK_TOKEN_ARRAY || head.length > oracle->left ||
        head.length < 4)
        return false;
    *fields = head.length - 4;
    uint64_t numbers[4];
    for (int i = 0; i < 4; i++) {
        const struct value *value = read_value(oracle, DEEPEST);
        if (!value || !is_number(value, UINT64_MAX))
            return false;
        numbers[i] = value->number;
    }
    message->kind = numbers[1] > UINT32_MAX ? UINT32_MAX : (unsigned)numbers[1];
    message->seq = numbers[2];
    message->ack = numbers[3];
    return numbers[0] == PROTOCOL_VERSION;
}

static bool read_header(struct oracle *oracle, struct message *message)
{
    struct value all = {.type = MPACK_TOKEN_ARRAY};
    if (!read_common(oracle, &all.count, message))
        return false;
    const struct shape *shape = message_shape(message->kind);
    if (!shape)
        return true;
    if (all.count < shape->required || !read_elements(oracle, &all, 1) || oracle->left)
        return false;
    struct value nil = {.type = MPACK_TOKEN_NIL};
    for (unsigned i = all.count; i < shape->count; i++) /* left out at the end, as STATUS may: nil, or 0 */
        if ((shape->fields[i].type == FIELD_MAYBE_TEXT || shape->fields[i].type == FIELD_MAYBE_NUMBER) &&
            !to_field(oracle, &shape->fields[i], &nil, (char *)message))
            return false;
    if (!to_fields(oracle, shape->fields, shape->count, all.element, message))
        return false;
    message_set_timed(message, all.count);
    bool batch = message->kind == KIND_SUBMIT_BATCH || message->kind == KIND_RESULT_BATCH;
    return !batch || message->batch.tasks.count == message->batch.lengths.count;
}

bool oracle_text(const uint8_t *bytes, size_t size, char *out, size_t capacity)
{
    struct message message = {0};
    struct oracle oracle = {.at = (const char *)bytes, .left = size};
    oracle.values = calloc(size + 1, sizeof *oracle.values);
    mpack_tokbuf_init(&oracle.buffer);
    bool good = read_header(&oracle, &message);
    if (good)
        message_text(&message, out, capacity);
    for (unsigned i = 0; i <= MOST_LISTS; i++)
        builder_free(&oracle.lists[i]);
    free(oracle.values);
    return good;
}
