/* message_parse: a recursive descent over one line; each function takes what it reads off the cursor, or says
 * false. */
#include "tests/support/message_parse.h"

#include <ctype.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "tests/support/text_fields.h"

struct cursor {
    const char *at;
    struct message_scratch *scratch;
    unsigned lists; /* of the scratch's builders, how many this message has taken */
    bool inside;    /* in a task of an array, whose breadcrumbs have the last builder */
    unsigned named; /* of the present record's fields, the highest that was given, counted from 1 */
};

static bool take(struct cursor *cursor, const char *text)
{
    size_t size = strlen(text);
    if (strncmp(cursor->at, text, size) != 0)
        return false;
    cursor->at += size;
    return true;
}

/* `size` zeroed bytes of the scratch, which parse made large enough for the line. */
static uint8_t *keep(struct cursor *cursor, size_t size)
{
    uint8_t *bytes = cursor->scratch->bytes + cursor->scratch->size;
    cursor->scratch->size += size;
    memset(bytes, 0, size);
    return bytes;
}

/* What stands up to the end of a bare word. */
static size_t word(const struct cursor *cursor)
{
    return strcspn(cursor->at, " ,()[]{}\"=");
}

static bool take_number(struct cursor *cursor, const struct field *field, uint64_t *number)
{
    char *end;
    if (field && field->type == FIELD_MAYBE_NUMBER && take(cursor, "nil")) {
        *number = NO_NUMBER;
        return true;
    }
    if (field && isalpha((unsigned char)*cursor->at)) {
        for (*number = 0; *number < CODE_LIMIT; ++*number) {
            const char *name = text_number_name(field, *number);
            if (name && strlen(name) == word(cursor) && take(cursor, name))
                return true;
        }
    }
    if (!isdigit((unsigned char)*cursor->at))
        return false;
    *number = strtoull(cursor->at, &end, 10);
    cursor->at = end;
    return true;
}

static bool take_number32(struct cursor *cursor, const struct field *field, uint32_t *out)
{
    uint64_t number;
    if (!take_number(cursor, field, &number) || number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

static int hex_digit(char digit)
{
    return isdigit((unsigned char)digit) ? digit - '0' : (tolower((unsigned char)digit) - 'a') + 10;
}

static bool take_quoted(struct cursor *cursor, struct span *span)
{
    uint8_t *out = keep(cursor, 0);
    size_t size = 0;
    while (*cursor->at && *cursor->at != '"') {
        uint8_t byte = (uint8_t)*cursor->at++;
        if (byte == '\\' && *cursor->at == 'x' && isxdigit((unsigned char)cursor->at[1]) &&
            isxdigit((unsigned char)cursor->at[2])) {
            byte = (uint8_t)(hex_digit(cursor->at[1]) << 4 | hex_digit(cursor->at[2]));
            cursor->at += 3;
        } else if (byte == '\\' && *cursor->at) {
            byte = (uint8_t)*cursor->at++;
        }
        out[size++] = byte;
    }
    cursor->scratch->size += size;
    *span = (struct span){out, size};
    return take(cursor, "\"");
}

static bool take_text(struct cursor *cursor, struct span *span)
{
    if (take(cursor, "\""))
        return take_quoted(cursor, span);
    size_t size = word(cursor);
    uint8_t *bytes = keep(cursor, size);
    memcpy(bytes, cursor->at, size);
    cursor->at += size;
    *span = (struct span){bytes, size};
    return true;
}

static bool take_uuid(struct cursor *cursor, const uint8_t **out)
{
    size_t size = word(cursor);
    uint8_t *bytes = keep(cursor, UUID_SIZE);
    if (size == 2 * UUID_SIZE) {
        for (int i = 0; i < UUID_SIZE; i++, cursor->at += 2) {
            if (!isxdigit((unsigned char)cursor->at[0]) || !isxdigit((unsigned char)cursor->at[1]))
                return false;
            bytes[i] = (uint8_t)(hex_digit(cursor->at[0]) << 4 | hex_digit(cursor->at[1]));
        }
    } else if (size && size < UUID_SIZE) {
        memcpy(bytes, cursor->at, size);
        cursor->at += size;
    } else {
        return false;
    }
    *out = bytes;
    return true;
}

static bool take_address(struct cursor *cursor, struct address *address)
{
    if (!take(cursor, "("))
        return false;
    address->worker = WORKER_NIL;
    return (take(cursor, "nil") || take_number32(cursor, NULL, &address->worker)) && take(cursor, ",") &&
           take_number(cursor, NULL, &address->mailbox) && take(cursor, ",") &&
           take_number32(cursor, NULL, &address->slot) && take(cursor, ")");
}

static bool take_fields(struct cursor *cursor, const struct field *fields, unsigned count, void *record);

static void default_task(struct task_header *task)
{
    *task = (struct task_header){.runtime = span_text("python"), .priority = 128};
    task->return_address.worker = WORKER_NIL;
}

/* {field=value ...} */
static bool take_braces(struct cursor *cursor, const struct field *fields, unsigned count, void *record)
{
    if (!take(cursor, "{"))
        return false;
    cursor->inside = true;
    bool taken = take_fields(cursor, fields, count, record);
    cursor->inside = false;
    return taken && take(cursor, "}");
}

/* How many fields of its timing a result was given. */
static uint8_t timed(const struct cursor *cursor)
{
    return (uint8_t)(cursor->named > RESULT_FIELDS ? cursor->named - RESULT_FIELDS : 0);
}

static bool take_record(struct cursor *cursor, enum field_type type, struct builder *list)
{
    struct task_header task;
    struct result_header result = {.return_address.worker = WORKER_NIL};
    struct listed_task listed = {.uuid = type == FIELD_LISTED_TASKS ? keep(cursor, UUID_SIZE) : NULL};
    struct listed_manager manager = {0};
    struct listed_client client = {0};
    default_task(&task);
    switch (type) {
    case FIELD_TASKS:
        if (!take_braces(cursor, text_task_fields, TASK_FIELDS_SESSION, &task))
            return false;
        builder_task(list, &task);
        return true;
    case FIELD_RESULTS:
        cursor->named = 0;
        if (!take_braces(cursor, text_result_fields, RESULT_FIELDS + TIMING_ALL, &result))
            return false;
        result.timed = timed(cursor);
        builder_result(list, &result);
        return true;
    case FIELD_LISTED_TASKS:
        if (!take_braces(cursor, text_listed_task_fields, LISTED_TASK_FIELDS, &listed))
            return false;
        builder_listed_task(list, &listed);
        return true;
    case FIELD_LISTED_MANAGERS:
        if (!take_braces(cursor, text_listed_manager_fields, LISTED_MANAGER_FIELDS, &manager))
            return false;
        builder_listed_manager(list, &manager);
        return true;
    default:
        if (!take_braces(cursor, text_listed_client_fields, LISTED_CLIENT_FIELDS, &client))
            return false;
        builder_listed_client(list, &client);
        return true;
    }
}

/* (uuid,slot) */
static bool take_slot(struct cursor *cursor, struct builder *list)
{
    const uint8_t *uuid;
    uint64_t slot = NO_NUMBER;
    if (!take(cursor, "(") || !take_uuid(cursor, &uuid) || !take(cursor, ",") ||
        (!take(cursor, "nil") && !take_number(cursor, NULL, &slot)) || !take(cursor, ")"))
        return false;
    builder_slot(list, uuid, slot);
    return true;
}

/* (name,value) */
static bool take_count(struct cursor *cursor, struct builder *list)
{
    struct span name;
    uint64_t value;
    if (!take(cursor, "(") || !take_text(cursor, &name) || !take(cursor, ",") ||
        !take_number(cursor, NULL, &value) || !take(cursor, ")"))
        return false;
    builder_count(list, name, value);
    return true;
}

static bool take_element(struct cursor *cursor, enum field_type type, struct builder *list)
{
    struct address address;
    struct span first, second;
    uint32_t lower, upper;
    uint64_t number;
    switch (type) {
    case FIELD_ADDRESSES:
        if (!take_address(cursor, &address))
            return false;
        builder_address(list, &address);
        return true;
    case FIELD_TEXTS:
        if (!take_text(cursor, &first))
            return false;
        builder_text(list, (const char *)first.data, first.size);
        return true;
    case FIELD_LENGTHS:
        if (!take_number(cursor, NULL, &number))
            return false;
        builder_number(list, number);
        return true;
    case FIELD_RANGES:
        if (!take(cursor, "(") || !take_number32(cursor, NULL, &lower) || !take(cursor, ",") ||
            !take_number32(cursor, NULL, &upper) || !take(cursor, ")"))
            return false;
        builder_range(list, lower, upper);
        return true;
    case FIELD_RUNTIMES:
        if (!take(cursor, "(") || !take_text(cursor, &first) || !take(cursor, ",") ||
            !take_text(cursor, &second) || !take(cursor, ")"))
            return false;
        builder_runtime(list, first, second);
        return true;
    case FIELD_COUNTS: return take_count(cursor, list);
    case FIELD_SLOTS: return take_slot(cursor, list);
    default: return take_record(cursor, type, list);
    }
}

static bool take_list(struct cursor *cursor, enum field_type type, struct list *out)
{
    if (!take(cursor, "[") ||
        (!cursor->inside && (out->at != NULL || cursor->lists == MOST_LISTS))) /* it came twice */
        return false;
    struct builder *list = &cursor->scratch->lists[cursor->inside ? MOST_LISTS : cursor->lists++];
    builder_reset(list);
    while (!take(cursor, "]")) {
        if ((list->count && !take(cursor, ",")) || !take_element(cursor, type, list))
            return false;
    }
    *out = builder_list(list);
    if (list->count == 0)
        out->at = out->end = (const uint8_t *)"";
    return true;
}

static bool take_value(struct cursor *cursor, const struct field *field, char *record)
{
    void *at = record + field->at;
    uint32_t number;
    switch (field->type) {
    case FIELD_BYTE:
        if (!take_number32(cursor, NULL, &number) || number > UINT8_MAX)
            return false;
        *(uint8_t *)at = (uint8_t)number;
        return true;
    case FIELD_NUMBER32: return take_number32(cursor, field, at);
    case FIELD_BARE:
    case FIELD_NUMBER:
    case FIELD_MAYBE_NUMBER: return take_number(cursor, field, at);
    case FIELD_MAYBE_TEXT:
        if (word(cursor) == 3 && take(cursor, "nil"))
            return true;
        return take_text(cursor, at);
    case FIELD_BYTES:
    case FIELD_TEXT: return take_text(cursor, at);
    case FIELD_MAYBE_UUID:
        if (word(cursor) == 3 && take(cursor, "nil"))
            return true;
        return take_uuid(cursor, at);
    case FIELD_UUID: return take_uuid(cursor, at);
    case FIELD_MAYBE_ADDRESS:
        if (take(cursor, "nil"))
            return true;
        *(bool *)(record + field->flag) = true;
        return take_address(cursor, at);
    case FIELD_ADDRESS: return take_address(cursor, at);
    default: return take_list(cursor, field->type, at);
    }
}

static bool take_field(struct cursor *cursor, const struct field *fields, unsigned count, void *record)
{
    size_t size = word(cursor);
    for (unsigned i = 0; i < count; i++) {
        if (strlen(fields[i].name) == size && take(cursor, fields[i].name)) {
            cursor->named = i >= cursor->named ? i + 1 : cursor->named;
            return take(cursor, "=") && take_value(cursor, &fields[i], record);
        }
    }
    return false;
}

/* Fields up to the end of the line, or of the record. */
static bool take_fields(struct cursor *cursor, const struct field *fields, unsigned count, void *record)
{
    for (;;) {
        cursor->at += strspn(cursor->at, " ");
        if (!*cursor->at || *cursor->at == '}')
            return true;
        if (!take_field(cursor, fields, count, record))
            return false;
    }
}

static bool take_kind(struct cursor *cursor, unsigned *kind)
{
    size_t size = word(cursor);
    for (*kind = 0; *kind < KIND_LIMIT; ++*kind)
        if (message_shape(*kind) && strlen(kind_name(*kind)) == size && take(cursor, kind_name(*kind)))
            return true;
    return false;
}

static void set_defaults(struct message *message, const uint8_t *zeros)
{
    const struct shape *shape = message_shape(message->kind);
    for (const struct field *field = shape->fields; field < shape->fields + shape->count; field++) {
        void *at = field_of(message, field->at);
        if (field->type == FIELD_MAYBE_NUMBER)
            *(uint64_t *)at = NO_NUMBER;
        else if (field->type == FIELD_UUID)
            *(const uint8_t **)at = zeros;
        else if (field->type == FIELD_ADDRESS)
            ((struct address *)at)->worker = WORKER_NIL;
        else if (field->type == FIELD_TASK)
            default_task(at);
    }
}

/* Fields of every message. */
static const struct field common_fields[] = {
    {"seq", "", FIELD_NUMBER, offsetof(struct message, seq), 0},
    {"ack", "", FIELD_NUMBER, offsetof(struct message, ack), 0},
};

static bool take_message(struct cursor *cursor, struct message *message)
{
    memset(message, 0, sizeof *message);
    if (!take_kind(cursor, &message->kind))
        return false;
    set_defaults(message, keep(cursor, UUID_SIZE));
    const struct shape *shape = message_shape(message->kind);
    bool task = message->kind == KIND_SUBMIT;
    while (*(cursor->at += strspn(cursor->at, " "))) {
        unsigned named = cursor->named;
        bool taken = take_field(cursor, common_fields, 2, message);
        cursor->named = named; /* those are of every kind */
        if (!taken && task)
            taken = take_field(cursor, text_task_fields, TASK_FIELDS_SESSION, &message->submit);
        else if (!taken)
            taken = take_field(cursor, shape->fields, shape->count, message);
        if (!taken || !strchr(" ", *cursor->at))
            return false;
    }
    message_set_timed(message, cursor->named);
    return true;
}

bool message_parse_text(const char *line, struct message *message, struct message_scratch *scratch)
{
    struct cursor cursor = {line, scratch, 0, false, 0};
    size_t needed = (strlen(line) + 2) * UUID_SIZE; /* a uuid is the most that a byte of text may become */
    if (scratch->capacity < needed) {
        scratch->bytes = mem_resize(scratch->bytes, needed, 1);
        scratch->capacity = needed;
    }
    scratch->size = 0;
    scratch->fault = NULL;
    if (take_message(&cursor, message))
        return true;
    scratch->fault = cursor.at;
    return false;
}

void message_scratch_free(struct message_scratch *scratch)
{
    for (unsigned i = 0; i < sizeof scratch->lists / sizeof scratch->lists[0]; i++)
        builder_free(&scratch->lists[i]);
    mem_free(scratch->bytes);
    *scratch = (struct message_scratch){0};
}
