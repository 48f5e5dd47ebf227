/* table: rows of text under headings, as wide as they need to be. */
#ifndef MAILROOM_CLI_TABLE_H
#define MAILROOM_CLI_TABLE_H

#include <stdint.h>
#include <stdio.h>

#include "common/wire/message.h"

enum { TABLE_COLUMNS = 12 };

struct table {
    const char *const *headings; /* one that begins with '>' has its column to the right; ended by NULL */
    size_t columns;
    char **cells; /* row by row, owned */
    size_t count, capacity;
};

/* A table of at most TABLE_COLUMNS columns. */
void table_begin(struct table *table, const char *const *headings);
void table_free(struct table *table);

/* The next cell. What a peer had a say in must not play with the terminal: control characters become '?'. */
void table_text(struct table *table, struct span text);
void table_number(struct table *table, uint64_t number);
void table_format(struct table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes the headings and at most `rows` rows of it, cut to `width` columns of a terminal; 0: all. `end` ends
 * each line. */
void table_write(const struct table *table, FILE *file, size_t rows, size_t width, const char *end);

#endif
