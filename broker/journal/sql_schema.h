/* sql_schema: what a journal in SQLite is: a file of ours, its version, its tables, whose it is. */
#ifndef MAILROOM_JOURNAL_SQL_SCHEMA_H
#define MAILROOM_JOURNAL_SQL_SCHEMA_H

#include <sqlite3.h>

#include "broker/journal/store.h"

enum {
    SCHEMA_VERSION = 2,       /* of the tables; raise it with each change of tables.c. A column that an older
                                 journal       lacks is added, and says nothing in the rows that are there */
    SCHEMA_MARK = 0x6d6c726d, /* "mlrm": SQLite's application_id */
};

/* Whether the file is a journal that this program knows, or is empty, and then NULL. Else why not; `place` is
 * for the text, which stands in `why`. */
const char *schema_refuse(sqlite3 *db, const char *place, char *why);

/* Makes its tables, or adds what an older program's lack. False: sqlite3_errmsg says why. */
bool schema_make(sqlite3 *db);

/* Who it is: read, or drawn at random where it is new; its epoch goes up by one, on the disk. False: `why`.
 */
bool schema_identify(sqlite3 *db, const struct store_plan *plan, struct store_identity *identity, char *why);

/* One number that a statement gives, or `otherwise`. */
int64_t schema_number(sqlite3 *db, const char *sql, int64_t otherwise);

#endif
