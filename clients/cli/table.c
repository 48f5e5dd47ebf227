/* table: see table.h. */
#include "clients/cli/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/shown.h"

enum { GAP = 2 /* columns between two of the table's */ };

void table_begin(struct table *table, const char *const *headings)
{
    *table = (struct table){.headings = headings};
    while (headings[table->columns])
        table->columns++;
}

void table_free(struct table *table)
{
    for (size_t i = 0; i < table->count; i++)
        mem_free(table->cells[i]);
    mem_free(table->cells);
}

void table_text(struct table *table, struct span text)
{
    if (table->count == table->capacity) {
        table->capacity = table->capacity ? 2 * table->capacity : 64;
        table->cells = mem_resize(table->cells, table->capacity, sizeof *table->cells);
    }
    char *cell = mem_text(text.size ? (const char *)text.data : "", text.size);
    shown_clean(cell, strlen(cell));
    table->cells[table->count++] = cell;
}

void table_number(struct table *table, uint64_t number)
{
    table_format(table, "%" PRIu64, number);
}

void table_format(struct table *table, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    table_text(table, span_text(text));
}

static bool begins_character(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80; /* else it goes on with one of UTF-8 */
}

static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += begins_character(*text);
    return width;
}

static bool is_right(const char *heading)
{
    return *heading == '>';
}

/* A line that is being written. */
struct line {
    FILE *file;
    size_t at, width; /* width 0: it has no end */
};

static void put_blanks(struct line *line, size_t count)
{
    for (; count && (!line->width || line->at < line->width); count--, line->at++)
        putc(' ', line->file);
}

static void put_text(struct line *line, const char *text)
{
    for (; *text; text++) {
        bool begins = begins_character(*text);
        if (begins && line->width && line->at == line->width)
            return;
        line->at += begins;
        putc(*text, line->file);
    }
}

/* `cells` has a text for each column. */
static void put_row(const struct table *table, const size_t *widths, const char *const *cells,
                    struct line line)
{
    for (size_t i = 0; i < table->columns; i++) {
        size_t left = widths[i] - width_of(cells[i]);
        bool right = is_right(table->headings[i]), last = i + 1 == table->columns;
        put_blanks(&line, right ? left : 0);
        put_text(&line, cells[i]);
        put_blanks(&line, last ? 0 : (right ? 0 : left) + GAP);
    }
}

void table_write(const struct table *table, FILE *file, size_t rows, size_t width, const char *end)
{
    size_t widths[TABLE_COLUMNS], have = table->count / table->columns;
    const char *headings[TABLE_COLUMNS];
    struct line line = {file, 0, width};
    for (size_t i = 0; i < table->columns; i++) {
        headings[i] = table->headings[i] + is_right(table->headings[i]);
        widths[i] = width_of(headings[i]);
        for (size_t row = 0; row < have; row++) {
            size_t wants = width_of(table->cells[row * table->columns + i]);
            widths[i] = wants > widths[i] ? wants : widths[i];
        }
    }
    put_row(table, widths, headings, line);
    fputs(end, file);
    for (size_t row = 0; row < have && (rows == 0 || row < rows); row++) {
        put_row(table, widths, (const char *const *)table->cells + row * table->columns, line);
        fputs(end, file);
    }
}
