/* rows: records as the cells of rows, and back, by the list in tables.h; no database is known here. Each row
 * has the time at which it was first written, and a sum over all that it says, by which damage is noticed. */
#ifndef MAILROOM_JOURNAL_ROWS_H
#define MAILROOM_JOURNAL_ROWS_H

#include "broker/journal/tables.h"

/* One value of a row; borrowed. */
struct cell {
    enum { CELL_NULL, CELL_NUMBER, CELL_TEXT, CELL_BYTES } type;
    int64_t number;    /* NULL: 0 */
    struct span bytes; /* of TEXT and BYTES; NULL: none */
};

enum { MOST_CELLS = MOST_COLUMNS + 3 /* those behind the columns: body, written, sum */ };

/* Memory that cells stand in until the next row is written. */
struct rows_scratch {
    uint8_t *bytes; /* owned */
    size_t capacity;
};

/* The cells of a record, in the order of the statements of sql_text; `now`: ms since 1970. Gives how many.
 * They borrow from the record and from `scratch`. */
unsigned rows_write(const struct table *table, const struct record *record, uint64_t now,
                    struct rows_scratch *scratch, struct cell *cells);

/* The same of its key alone. */
unsigned rows_key(const struct table *table, const struct record *record, struct cell *cells);

/* The record that a row's cells stand for. It borrows from them, but for the body, whose reference is the
 * caller's. False: it is damaged. */
bool rows_read(const struct cell *cells, unsigned kind, uint64_t now, struct record *record);

#endif
