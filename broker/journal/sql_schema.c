/* sql_schema: see sql_schema.h. */
#include "broker/journal/sql_schema.h"

#include <inttypes.h>
#include <stdio.h>

#include "broker/journal/sql_rows.h"
#include "mailroom_version.h"

int64_t schema_number(sqlite3 *db, const char *sql, int64_t otherwise)
{
    sqlite3_stmt *statement;
    int64_t number = otherwise;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
}

const char *schema_refuse(sqlite3 *db, const char *place, char *why)
{
    int64_t mark = schema_number(db, "PRAGMA application_id", -1);
    int64_t version = schema_number(db, "PRAGMA user_version", -1);
    int64_t tables = schema_number(db, "SELECT count(*) FROM sqlite_master", -1);
    int code = sqlite3_errcode(db) & 0xff;
    bool failed = mark < 0 || version < 0 || tables < 0;
    if (failed && (code == SQLITE_CANTOPEN || code == SQLITE_READONLY)) /* a log wants a file beside it */
        snprintf(
            why, STORE_WHY,
            "the journal in %s cannot be read where nothing can be written (%s): copy the folder to where it "
            "can be, and look there",
            place, sqlite3_errmsg(db));
    else if (failed)
        snprintf(why, STORE_WHY, "the journal in %s is damaged, or is none: %s", place, sqlite3_errmsg(db));
    else if (mark == 0 && version == 0 && tables == 0)
        return NULL;
    else if (mark != SCHEMA_MARK)
        snprintf(why, STORE_WHY, "journal.db in %s is another program's, and no journal of mailroomd's",
                 place);
    else if (version > SCHEMA_VERSION)
        snprintf(why, STORE_WHY,
                 "the journal in %s was written by a newer mailroomd: its schema is %" PRId64
                 ", and %s knows up to %d; start the newer one",
                 place, version, MAILROOM_VERSION, SCHEMA_VERSION);
    else
        return NULL;
    return why;
}

static bool run(sqlite3 *db, const struct sql *sql)
{
    return sqlite3_exec(db, sql->text, NULL, NULL, NULL) == SQLITE_OK;
}

/* Adds the columns that the table lacks. */
static bool add_columns(sqlite3 *db, const struct table *table)
{
    unsigned columns = table->count + 2u + table->body;
    for (unsigned i = 0; i < columns; i++) {
        struct sql look = {.used = 0}, add = {.used = 0};
        const char *name = i < table->count ? table->columns[i].name : sql_extra(table, i - table->count);
        sql_add(&look, "SELECT count(*) FROM pragma_table_info('%s') WHERE name = '%s'", table->name, name);
        if (schema_number(db, look.text, 0) == 1)
            continue;
        sql_add(&add, "ALTER TABLE %s ADD COLUMN ", table->name);
        sql_column(&add, table, i);
        if (!run(db, &add))
            return false;
    }
    return true;
}

#define UUID                                                                             \
    "lower(substr(hex(job.uuid), 1, 8) || '-' || substr(hex(job.uuid), 9, 4) || '-' || " \
    "substr(hex(job.uuid), 13, 4) || '-' || substr(hex(job.uuid), 17, 4) || '-' || substr(hex(job.uuid), 21)) AS uuid"
#define SINCE(table) "datetime(" table ".written / 1000, 'unixepoch') AS since"

/* What people ask for most: `sqlite3 journal.db 'SELECT * FROM tasks'`. */
static const char views[] =
    "DROP VIEW IF EXISTS tasks;"
    "CREATE VIEW tasks AS SELECT " UUID
    ", task.slot, task.name, task.runtime, task.priority, length(task.body) AS bytes, session.name AS client, " SINCE(
        "task") " FROM task LEFT JOIN job ON job.mailbox = task.job LEFT JOIN session ON session.serial = job.session;"
                "DROP VIEW IF EXISTS results;"
                "CREATE VIEW results AS SELECT " UUID ", slot.slot, job.name,"
                " CASE slot.state WHEN 2 THEN 'done' WHEN 3 THEN 'failed' WHEN 4 THEN 'cancelled' ELSE 'asked for' END AS state,"
                " slot.text, length(slot.body) AS bytes, session.name AS client, " SINCE(
                    "slot") " FROM slot LEFT JOIN job ON job.mailbox = slot.mailbox LEFT JOIN session ON session.serial = job.session;";

bool schema_make(sqlite3 *db)
{
    struct sql sql = {.used = 0};
    sql_add(&sql,
            "CREATE TABLE IF NOT EXISTS journal (only INTEGER PRIMARY KEY CHECK (only = 1), "
            "cluster BLOB NOT NULL, name TEXT, epoch INTEGER NOT NULL, program TEXT);"
            "PRAGMA application_id = %d; PRAGMA user_version = %d;",
            SCHEMA_MARK, SCHEMA_VERSION);
    if (!run(db, &sql))
        return false;
    for (unsigned kind = 1; kind < RECORD_KINDS; kind++) {
        struct sql create = {.used = 0};
        sql_create(&create, table_of(kind));
        if (!run(db, &create) || !add_columns(db, table_of(kind)))
            return false;
    }
    sql = (struct sql){.used = 0};
    sql_add(&sql, "CREATE INDEX IF NOT EXISTS cancelled_root ON cancelled (root_mailbox, root_slot)");
    return run(db, &sql) && sqlite3_exec(db, views, NULL, NULL, NULL) == SQLITE_OK;
}

/* The journal's own row: a new one, or the next epoch of the one there, which gets a name if it has none. */
static bool next_epoch(sqlite3 *db, const struct store_plan *plan)
{
    static const char text[] =
        "INSERT INTO journal VALUES (1, randomblob(16), ?1, 1, ?2) ON CONFLICT (only) DO UPDATE SET "
        "name = coalesce(name, excluded.name), epoch = epoch + 1, program = excluded.program";
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, text, -1, &statement, NULL) != SQLITE_OK)
        return false;
    sqlite3_bind_text(statement, 1, plan->cluster, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, "mailroomd " MAILROOM_VERSION, -1, SQLITE_STATIC);
    sqlite3_step(statement);
    return sqlite3_finalize(statement) == SQLITE_OK;
}

/* It has another name than it is to have. */
static bool refuse_name(sqlite3_stmt *statement, const struct store_plan *plan, char *why)
{
    const char *name = (const char *)sqlite3_column_text(statement, 2);
    if (plan->cluster == NULL || name == NULL || strcmp(name, plan->cluster) == 0)
        return false;
    snprintf(why, STORE_WHY,
             "the journal in %s is the cluster '%.100s''s, and this broker is to be '%.100s' (setting "
             "journal/cluster); give each cluster a folder of its own",
             plan->place, name, plan->cluster);
    return true;
}

bool schema_identify(sqlite3 *db, const struct store_plan *plan, struct store_identity *identity, char *why)
{
    sqlite3_stmt *statement;
    bool good = false, refused = false;
    if (next_epoch(db, plan) && sqlite3_prepare_v2(db, "SELECT cluster, epoch, name FROM journal", -1,
                                                   &statement, NULL) == SQLITE_OK) {
        if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == UUID_SIZE) {
            memcpy(identity->cluster, sqlite3_column_blob(statement, 0), UUID_SIZE);
            identity->epoch = (uint64_t)sqlite3_column_int64(statement, 1);
            refused = refuse_name(statement, plan, why);
            good = !refused;
        }
        sqlite3_finalize(statement);
    }
    if (!good && !refused)
        snprintf(why, STORE_WHY, "the journal in %s cannot say whose it is: %s", plan->place,
                 sqlite3_errmsg(db));
    return good;
}
