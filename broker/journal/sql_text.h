/* sql_text: statements of SQL, made from the list in tables.h, as SQLite and PostgreSQL take them. */
#ifndef MAILROOM_JOURNAL_SQL_TEXT_H
#define MAILROOM_JOURNAL_SQL_TEXT_H

#include "broker/journal/tables.h"

/* A statement under way. */
struct sql {
    char text[4096];
    size_t used;
    bool postgresql; /* it is to be PostgreSQL's, else SQLite's */
};

void sql_add(struct sql *sql, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "CREATE TABLE ..."; one column as it stands in there; "INSERT ..." that replaces a row of the same key;
 * "DELETE ..." by key; "SELECT ..." of all, in the order in which they are loaded. */
void sql_create(struct sql *sql, const struct table *table);
void sql_column(struct sql *sql, const struct table *table, unsigned column);
void sql_put(struct sql *sql, const struct table *table);
void sql_drop(struct sql *sql, const struct table *table);
void sql_load(struct sql *sql, const struct table *table);

/* The last three columns of each table, behind those of the list: "body" where there is one, "written",
 * "sum". */
const char *sql_extra(const struct table *table, unsigned place);

#endif
