/* sql_verify: looks through all of a journal in SQLite: its pages and indexes, each row's sum, and that
 * nothing is there without what it belongs to. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "broker/journal/place.h"
#include "broker/journal/sql_log.h"
#include "broker/journal/sql_rows.h"
#include "broker/journal/sql_schema.h"
#include "broker/journal/store_kind.h"
#include "common/base/mem.h"

enum { MOST_FAULTS = 100 /* that SQLite tells of */ };

struct verify {
    sqlite3 *db;
    void (*say)(void *self, const char *what);
    void *self;
};

static void say(const struct verify *verify, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const struct verify *verify, const char *format, ...)
{
    char text[STORE_WHY];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    verify->say(verify->self, text);
}

static void check_pages(const struct verify *verify)
{
    sqlite3_stmt *statement;
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA integrity_check(%d)", MOST_FAULTS);
    int code = sqlite3_prepare_v2(verify->db, sql, -1, &statement, NULL);
    while (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        if (text && strcmp(text, "ok") != 0)
            say(verify, "pages: %s", text);
    }
    if (sqlite3_finalize(statement) != SQLITE_OK || code != SQLITE_OK)
        say(verify, "pages: %s", sqlite3_errmsg(verify->db));
}

static void check_log(const struct verify *verify, const char *place)
{
    char *log = place_file(place, PLACE_FILE "-wal");
    uint64_t frame;
    if (!sql_log_is_whole(log, &frame))
        say(verify, "log: it is not as it was written from page %llu on", (unsigned long long)frame);
    mem_free(log);
}

static void check_rows(const struct verify *verify, unsigned kind)
{
    const struct table *table = table_of(kind);
    struct sql sql = {.used = 0};
    sqlite3_stmt *statement;
    struct record record;
    int64_t row = 0;
    sql_load(&sql, table);
    int code = sqlite3_prepare_v2(verify->db, sql.text, -1, &statement, NULL);
    while (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW) {
        row++;
        if (!sql_rows_read(statement, kind, 0, &record))
            say(verify, "table %s, row %lld: it is not as it was written", table->name, (long long)row);
        else
            slice_drop(&record.body);
    }
    if (sqlite3_finalize(statement) != SQLITE_OK || code != SQLITE_OK)
        say(verify, "table %s: it cannot be read on: %s", table->name, sqlite3_errmsg(verify->db));
}

/* Rows whose owner is not there. */
static void check_owners(const struct verify *verify)
{
    static const struct {
        const char *table, *owners, *sql;
    } checks[] = {
        {"job", "sessions", "SELECT count(*) FROM job WHERE session NOT IN (SELECT serial FROM session)"},
        {"paths", "sessions", "SELECT count(*) FROM paths WHERE session NOT IN (SELECT serial FROM session)"},
        {"slot", "jobs", "SELECT count(*) FROM slot WHERE mailbox NOT IN (SELECT mailbox FROM job)"},
        {"task", "jobs", "SELECT count(*) FROM task WHERE job NOT IN (SELECT mailbox FROM job)"},
        {"fate", "tasks",
         "SELECT count(*) FROM fate LEFT JOIN task USING (worker, mailbox, slot) WHERE task.job IS NULL"},
        {"message", "tasks",
         "SELECT count(*) FROM message LEFT JOIN task USING (worker, mailbox, slot) WHERE task.job IS NULL"},
    };
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        int64_t rows = schema_number(verify->db, checks[i].sql, 0);
        if (rows > 0)
            say(verify, "table %s: %lld rows of %s that are not there", checks[i].table, (long long)rows,
                checks[i].owners);
    }
}

bool sqlite_verify(const char *place, void (*tell)(void *self, const char *what), void *self, char *why)
{
    struct verify verify = {NULL, tell, self};
    int lock = place_lock_to_look(place, why);
    if (lock < 0)
        return false;
    char *file = place_file(place, PLACE_FILE);
    bool good = false;
    check_log(&verify, place);
    why[0] = '\0';
    if (sqlite3_open_v2(file, &verify.db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        snprintf(why, STORE_WHY, "the journal in %s cannot be opened: %s", place, sqlite3_errmsg(verify.db));
    else
        good = schema_refuse(verify.db, place, why) == NULL;
    if (good) {
        check_pages(&verify);
        for (unsigned kind = 1; kind < RECORD_KINDS; kind++)
            check_rows(&verify, kind);
        check_owners(&verify);
    }
    sqlite3_close(verify.db);
    mem_free(file);
    close(lock);
    return good;
}
