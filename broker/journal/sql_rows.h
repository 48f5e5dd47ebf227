/* sql_rows: rows into SQLite's statements, and out of them. */
#ifndef MAILROOM_JOURNAL_SQL_ROWS_H
#define MAILROOM_JOURNAL_SQL_ROWS_H

#include <sqlite3.h>

#include "broker/journal/rows.h"
#include "broker/journal/sql_text.h"

/* Fills the parameters of an INSERT with a record; `now`: ms since 1970. Borrows from the record. */
void sql_rows_bind(sqlite3_stmt *statement, const struct table *table, const struct record *record,
                   uint64_t now, struct rows_scratch *scratch);

/* The same of a DELETE, with its key. */
void sql_rows_bind_key(sqlite3_stmt *statement, const struct table *table, const struct record *record);

/* The row that a SELECT stands at. It borrows from the statement until its next step, but for the body, whose
 * reference is the caller's. False: it is damaged. */
bool sql_rows_read(sqlite3_stmt *statement, unsigned kind, uint64_t now, struct record *record);

#endif
