/* message_text: the writing of message_text.h's form. */
#include "tests/support/message_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "tests/support/text_fields.h"

struct out {
    char *data;
    size_t size, capacity; /* size: of the whole text, also where it is cut */
};

static void add(struct out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct out *out, const char *format, ...)
{
    va_list arguments;
    size_t left = out->size < out->capacity ? out->capacity - out->size : 0;
    va_start(arguments, format);
    out->size += (size_t)vsnprintf(left ? out->data + out->size : NULL, left, format, arguments);
    va_end(arguments);
}

static void add_number(struct out *out, const struct field *field, uint64_t number)
{
    const char *name = text_number_name(field, number);
    if (name)
        add(out, "%s", name);
    else if (number == NO_NUMBER && field->type == FIELD_MAYBE_NUMBER)
        add(out, "nil");
    else
        add(out, "%" PRIu64, number);
}

/* Whether a byte needs no quotes. */
static bool is_plain(uint8_t byte)
{
    return byte && byte < 0x80 && (isalnum(byte) || strchr("_./:+@-", byte));
}

static bool is_bare(const struct span *span)
{
    for (size_t i = 0; i < span->size; i++)
        if (!is_plain(span->data[i]))
            return false;
    return span->size && !(span->size == 3 && !memcmp(span->data, "nil", 3));
}

static void add_text(struct out *out, const struct span *span, uint8_t highest)
{
    if (is_bare(span)) {
        add(out, "%.*s", (int)span->size, (const char *)span->data);
        return;
    }
    add(out, "\"");
    for (size_t i = 0; i < span->size; i++) {
        uint8_t byte = span->data[i];
        if (byte == '"' || byte == '\\')
            add(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f || byte > highest)
            add(out, "\\x%02x", byte);
        else
            add(out, "%c", byte);
    }
    add(out, "\"");
}

static void add_uuid(struct out *out, const uint8_t *uuid)
{
    if (!uuid) {
        add(out, "nil");
        return;
    }
    for (int i = 0; i < UUID_SIZE; i++)
        add(out, "%02x", uuid[i]);
}

static void add_address(struct out *out, const struct address *address)
{
    if (address->worker == WORKER_NIL)
        add(out, "(nil,");
    else
        add(out, "(%" PRIu32 ",", address->worker);
    add(out, "%" PRIu64 ",%" PRIu32 ")", address->mailbox, address->slot);
}

static void add_fields(struct out *out, const struct field *fields, unsigned count, const void *record);

static void add_record(struct out *out, const struct field *fields, unsigned count, const void *record)
{
    add(out, "{");
    add_fields(out, fields, count, record);
    add(out, "}");
}

static bool add_slot(struct out *out, struct list *list)
{
    static const struct field slot_field = {.name = "slot", .type = FIELD_MAYBE_NUMBER};
    const uint8_t *uuid;
    uint64_t slot;
    if (!list_next_slot(list, &uuid, &slot))
        return false;
    add(out, "(");
    add_uuid(out, uuid);
    add(out, ",");
    add_number(out, &slot_field, slot);
    add(out, ")");
    return true;
}

/* How many fields a task has on the wire. */
static unsigned task_fields(const struct task_header *task)
{
    return task->session ? TASK_FIELDS_SESSION : task->shared ? TASK_FIELDS_SHARED : TASK_FIELDS;
}

/* One element that has fields of its own; false at the list's end. */
static bool add_next_record(struct out *out, enum field_type type, struct list *list)
{
    struct task_header task;
    struct result_header result;
    struct listed_task listed;
    struct listed_manager manager;
    struct listed_client client;
    if (type == FIELD_TASKS && list_next_task(list, &task))
        add_record(out, text_task_fields, task_fields(&task), &task);
    else if (type == FIELD_RESULTS && list_next_result(list, &result))
        add_record(out, text_result_fields, RESULT_FIELDS + result.timed, &result);
    else if (type == FIELD_LISTED_TASKS && list_next_listed_task(list, &listed))
        add_record(out, text_listed_task_fields, LISTED_TASK_FIELDS, &listed);
    else if (type == FIELD_LISTED_MANAGERS && list_next_listed_manager(list, &manager))
        add_record(out, text_listed_manager_fields, LISTED_MANAGER_FIELDS, &manager);
    else if (type == FIELD_LISTED_CLIENTS && list_next_listed_client(list, &client))
        add_record(out, text_listed_client_fields, LISTED_CLIENT_FIELDS, &client);
    else
        return false;
    return true;
}

/* One element; false at the list's end. */
static bool add_element(struct out *out, enum field_type type, struct list *list)
{
    static const struct field number_field = {.name = "", .type = FIELD_NUMBER};
    struct address address;
    struct span first, second;
    uint32_t lower, upper;
    uint64_t number;
    const char *comma = list->count > 1 ? "," : "";
    if (type == FIELD_TEXTS && list_next_text(list, &first)) {
        add_text(out, &first, 0xff);
    } else if (type == FIELD_ADDRESSES && list_next_address(list, &address)) {
        add_address(out, &address);
    } else if (type == FIELD_RANGES && list_next_range(list, &lower, &upper)) {
        add(out, "(%" PRIu32 ",%" PRIu32 ")", lower, upper);
    } else if (type == FIELD_LENGTHS && list_next_number(list, &number)) {
        add_number(out, &number_field, number);
    } else if (type == FIELD_RUNTIMES && list_next_runtime(list, &first, &second)) {
        add(out, "(");
        add_text(out, &first, 0xff);
        add(out, ",");
        add_text(out, &second, 0xff);
        add(out, ")");
    } else if (type == FIELD_COUNTS && list_next_count(list, &first, &number)) {
        add(out, "(");
        add_text(out, &first, 0xff);
        add(out, ",%" PRIu64 ")", number);
    } else if (!(type == FIELD_SLOTS && add_slot(out, list)) && !add_next_record(out, type, list)) {
        return false;
    }
    add(out, "%s", comma);
    return true;
}

static void add_list(struct out *out, enum field_type type, struct list list)
{
    add(out, "[");
    while (add_element(out, type, &list))
        ;
    add(out, "]");
}

static void add_value(struct out *out, const struct field *field, const char *record)
{
    const void *at = record + field->at;
    const struct span *span = at;
    switch (field->type) {
    case FIELD_BYTE: add_number(out, field, *(const uint8_t *)at); break;
    case FIELD_NUMBER32: add_number(out, field, *(const uint32_t *)at); break;
    case FIELD_BARE:
    case FIELD_NUMBER:
    case FIELD_MAYBE_NUMBER: add_number(out, field, *(const uint64_t *)at); break;
    case FIELD_BYTES: add_text(out, span, 0x7e); break;
    case FIELD_TEXT:
    case FIELD_MAYBE_TEXT:
        if (field->type == FIELD_MAYBE_TEXT && !span->data)
            add(out, "nil");
        else
            add_text(out, span, 0xff);
        break;
    case FIELD_UUID:
    case FIELD_MAYBE_UUID: add_uuid(out, *(const uint8_t *const *)at); break;
    case FIELD_ADDRESS:
    case FIELD_MAYBE_ADDRESS:
        if (field->type == FIELD_MAYBE_ADDRESS && !*(const bool *)(record + field->flag))
            add(out, "nil");
        else
            add_address(out, at);
        break;
    default: add_list(out, field->type, *(const struct list *)at); break;
    }
}

static void add_fields(struct out *out, const struct field *fields, unsigned count, const void *record)
{
    for (unsigned i = 0; i < count; i++) {
        add(out, i ? " %s=" : "%s=", fields[i].name);
        add_value(out, &fields[i], record);
    }
}

static size_t write_text(const struct message *message, bool numbers, char *data, size_t capacity)
{
    struct out out = {data, 0, capacity};
    const struct shape *shape = message_shape(message->kind);
    if (capacity)
        *data = 0;
    if (shape)
        add(&out, "%s", kind_name(message->kind));
    else
        add(&out, "%u", message->kind);
    if (numbers)
        add(&out, " seq=%" PRIu64 " ack=%" PRIu64, message->seq, message->ack);
    if (!shape || !shape->count)
        return out.size;
    add(&out, " ");
    if (message->kind == KIND_SUBMIT)
        add_fields(&out, text_task_fields, task_fields(&message->submit), &message->submit);
    else
        add_fields(&out, shape->fields, message_count(shape, message), message);
    return out.size;
}

size_t message_text(const struct message *message, char *out, size_t capacity)
{
    return write_text(message, true, out, capacity);
}

size_t message_text_fields(const struct message *message, char *out, size_t capacity)
{
    return write_text(message, false, out, capacity);
}
