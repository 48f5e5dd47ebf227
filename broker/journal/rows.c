/* rows: see rows.h. */
#include "broker/journal/rows.h"

#include "common/base/mem.h"
#include "common/wire/wire.h"

/* Sums. That of a row is that of its columns, whatever their order; a column that says nothing has none, so
 * that rows of before it was there keep theirs. */

static uint64_t fold(uint64_t sum, const uint8_t *data, size_t size)
{
    uint64_t word;
    for (; size >= sizeof word; data += sizeof word, size -= sizeof word) {
        memcpy(&word, data, sizeof word);
        sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
        sum ^= sum >> 32;
    }
    word = size;
    memcpy((uint8_t *)&word + 1, data, size);
    sum = (sum ^ word) * 0xbf58476d1ce4e5b9u;
    return sum ^ sum >> 29;
}

static uint64_t sum_of(const char *name, const void *data, size_t size)
{
    uint64_t seed = fold(size, (const uint8_t *)name, strlen(name));
    return size ? fold(seed, data, size) : 0;
}

static const void *field(const struct record *record, const struct column *column)
{
    return (const uint8_t *)record + column->place;
}

static uint64_t number_of(const struct record *record, const struct column *column)
{
    const void *at = field(record, column);
    switch (column->type) {
    case COLUMN_FLAG: return *(const bool *)at;
    case COLUMN_U8: return *(const uint8_t *)at;
    case COLUMN_U32: return *(const uint32_t *)at;
    default: return *(const uint64_t *)at;
    }
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

/* The bytes of a column that is no number; data NULL: it says nothing. */
static struct span bytes_of(const struct record *record, const struct column *column)
{
    const void *at = field(record, column);
    switch (column->type) {
    case COLUMN_FIXED:
        return is_zero(at, column->size) ? (struct span){NULL, 0} : (struct span){at, column->size};
    case COLUMN_STRING: return (struct span){at, strnlen(at, column->size - 1u)};
    case COLUMN_LIST: {
        const struct list *list = at;
        return list->count ? (struct span){list->at, (size_t)(list->end - list->at)} : (struct span){NULL, 0};
    }
    default: return *(const struct span *)at;
    }
}

static bool is_number(const struct column *column)
{
    return column->type <= COLUMN_U64;
}

static uint64_t sum_of_row(const struct table *table, const struct record *record)
{
    uint64_t sum = sum_of("body", slice_data(&record->body), record->body.size);
    for (unsigned i = 0; i < table->count; i++) {
        const struct column *column = &table->columns[i];
        if (is_number(column)) {
            uint64_t number = number_of(record, column);
            sum += number ? sum_of(column->name, &number, sizeof number) : 0;
        } else {
            struct span bytes = bytes_of(record, column);
            sum += sum_of(column->name, bytes.data, bytes.size);
        }
    }
    return sum;
}

/* Writing. */

static struct cell cell_of_list(const struct list *list, struct rows_scratch *scratch)
{
    size_t size = (size_t)(list->end - list->at);
    if (scratch->capacity < size + WIRE_PREFIX) {
        scratch->capacity = 2 * (size + WIRE_PREFIX);
        scratch->bytes = mem_resize(scratch->bytes, scratch->capacity, 1);
    }
    const uint8_t *end = wire_put_raw(wire_put_array(scratch->bytes, list->count), list->at, size);
    return (struct cell){.type = CELL_BYTES, .bytes = {scratch->bytes, (size_t)(end - scratch->bytes)}};
}

static struct cell cell_of(const struct column *column, bool key, const struct record *record,
                           struct rows_scratch *scratch)
{
    if (is_number(column)) {
        uint64_t number = number_of(record, column);
        bool none = column->type == COLUMN_U32 && number == UINT32_MAX;
        return (struct cell){.type = CELL_NUMBER, .number = none ? -1 : (int64_t)number};
    }
    if (column->type == COLUMN_FIXED && key)
        return (struct cell){.type = CELL_BYTES, .bytes = {field(record, column), column->size}};
    struct span bytes = bytes_of(record, column);
    if (bytes.size == 0)
        return (struct cell){.type = CELL_NULL};
    if (column->type == COLUMN_LIST)
        return cell_of_list(field(record, column), scratch);
    bool text = column->type == COLUMN_STRING || column->type == COLUMN_TEXT;
    return (struct cell){.type = text ? CELL_TEXT : CELL_BYTES, .bytes = bytes};
}

unsigned rows_key(const struct table *table, const struct record *record, struct cell *cells)
{
    for (unsigned i = 0; i < table->keys; i++)
        cells[i] = cell_of(&table->columns[i], true, record, NULL);
    return table->keys;
}

unsigned rows_write(const struct table *table, const struct record *record, uint64_t now,
                    struct rows_scratch *scratch, struct cell *cells)
{
    unsigned count = 0;
    for (; count < table->count; count++)
        cells[count] = cell_of(&table->columns[count], count < table->keys, record, scratch);
    if (table->body && record->body.size > 0)
        cells[count++] =
            (struct cell){.type = CELL_BYTES, .bytes = {slice_data(&record->body), record->body.size}};
    else if (table->body)
        cells[count++] = (struct cell){.type = CELL_NULL};
    cells[count++] = (struct cell){.type = CELL_NUMBER, .number = (int64_t)now};
    cells[count++] = (struct cell){.type = CELL_NUMBER, .number = (int64_t)sum_of_row(table, record)};
    return count;
}

/* Reading. */

static void put_number(struct record *record, const struct column *column, uint64_t number)
{
    void *at = (uint8_t *)record + column->place;
    switch (column->type) {
    case COLUMN_FLAG: *(bool *)at = number != 0; break;
    case COLUMN_U8: *(uint8_t *)at = (uint8_t)number; break;
    case COLUMN_U32: *(uint32_t *)at = (uint32_t)number; break;
    default: *(uint64_t *)at = number; break;
    }
}

/* A list as bind_list has put it. */
static bool put_list(struct list *list, const uint8_t *bytes, size_t size)
{
    struct wire wire = {bytes, bytes + size};
    uint32_t count;
    *list = (struct list){0};
    if (size == 0)
        return true;
    if (!wire_take_array(&wire, &count))
        return false;
    *list = (struct list){wire.at, wire.end, count};
    for (uint32_t i = 0; i < count; i++) {
        if (!wire_skip(&wire, WIRE_NESTING))
            return false;
    }
    return wire.at == wire.end;
}

/* One cell into the record. False: no record can have this. */
static bool take(const struct cell *cell, const struct column *column, struct record *record)
{
    if (is_number(column)) {
        put_number(record, column, (uint64_t)cell->number);
        return true;
    }
    void *at = (uint8_t *)record + column->place;
    const uint8_t *bytes = cell->bytes.data;
    size_t size = cell->bytes.size;
    switch (column->type) {
    case COLUMN_FIXED:
        if (size == column->size)
            memcpy(at, bytes, size);
        return size == column->size || size == 0;
    case COLUMN_STRING:
        if (size > 0 && size < column->size)
            memcpy(at, bytes, size);
        return size < column->size;
    case COLUMN_LIST: return put_list(at, bytes, size);
    default: *(struct span *)at = cell->bytes; return true;
    }
}

bool rows_read(const struct cell *cells, unsigned kind, uint64_t now, struct record *record)
{
    const struct table *table = table_of(kind);
    const struct cell *extra = cells + table->count;
    *record = (struct record){.kind = (uint8_t)kind, .verb = RECORD_NEW};
    for (unsigned i = 0; i < table->count; i++) {
        if (!take(&cells[i], &table->columns[i], record))
            return false;
    }
    if (table->body) {
        if (extra->bytes.size > 0)
            record->body =
                (struct slice){blob_copy(extra->bytes.data, extra->bytes.size), 0, extra->bytes.size};
        extra++;
    }
    uint64_t written = (uint64_t)extra[0].number;
    record->age = written < now ? now - written : 0;
    if ((uint64_t)extra[1].number == sum_of_row(table, record))
        return true;
    slice_drop(&record->body);
    return false;
}
