/* sql_look: look.h for a journal in SQLite. */
#include <stdio.h>
#include <unistd.h>

#include "broker/journal/look.h"
#include "broker/journal/place.h"
#include "broker/journal/sql_schema.h"
#include "common/base/mem.h"

enum { MOST_CELLS = 12, WAIT = 5000 /* ms for a broker that is at it */ };

struct look {
    sqlite3 *db;
    char *place;
    sqlite3_stmt *statement; /* of the list under way, or NULL */
    struct look_cell cells[MOST_CELLS];
    bool failed;
};

static const char *const lists[LOOK_LISTS] = {
    [LOOK_JOURNAL] =
        "SELECT lower(hex(cluster)) AS cluster, name, epoch, program,"
        " (SELECT count(*) FROM session) AS sessions, (SELECT count(*) FROM task) AS tasks,"
        " (SELECT count(*) FROM slot) AS results, (SELECT count(*) FROM manager) AS managers,"
        " (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size) AS bytes FROM journal",
    [LOOK_SESSIONS] =
        "SELECT serial AS session, name AS client, key_name AS key, coalesce(t.count, 0) AS tasks,"
        " coalesce(r.count, 0) AS results, datetime(written / 1000, 'unixepoch') AS since FROM session"
        " LEFT JOIN (SELECT job.session, count(*) AS count FROM task JOIN job ON job.mailbox = task.job GROUP BY 1) AS t"
        " ON t.session = serial"
        " LEFT JOIN (SELECT job.session, count(*) AS count FROM slot JOIN job USING (mailbox) GROUP BY 1) AS r"
        " ON r.session = serial ORDER BY serial",
    [LOOK_TASKS] = "SELECT * FROM tasks",
    [LOOK_RESULTS] = "SELECT * FROM results",
};

struct look *look_open(const char *place, char *why)
{
    if (store_is_shared(place)) {
        snprintf(why, STORE_WHY, "%s", STORE_ELSEWHERE);
        return NULL;
    }
    char *file = place_file(place, PLACE_FILE);
    if (access(file, F_OK) != 0) {
        snprintf(why, STORE_WHY, "there is no journal in %s (no " PLACE_FILE ")", place);
        mem_free(file);
        return NULL;
    }
    struct look *look = mem_zalloc(1, sizeof *look);
    look->place = mem_text(place, strlen(place));
    bool good = sqlite3_open_v2(file, &look->db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK;
    mem_free(file);
    sqlite3_busy_timeout(look->db, WAIT);
    if (!good)
        snprintf(why, STORE_WHY, "the journal in %s cannot be opened: %s", place, sqlite3_errmsg(look->db));
    if (good && schema_refuse(look->db, place, why) == NULL) {
        sqlite3_exec(look->db, "BEGIN", NULL, NULL, NULL); /* all lists are of one moment */
        return look;
    }
    sqlite3_close(look->db);
    mem_free(look->place);
    mem_free(look);
    return NULL;
}

void look_begin(struct look *look, enum look_list list)
{
    look->failed =
        sqlite3_prepare_v2(look->db, lists[list], -1, &look->statement, NULL) != SQLITE_OK || look->failed;
}

static void read_cell(struct look *look, int place)
{
    struct look_cell *cell = &look->cells[place];
    cell->name = sqlite3_column_name(look->statement, place);
    cell->number = sqlite3_column_type(look->statement, place) == SQLITE_INTEGER;
    cell->value = (uint64_t)sqlite3_column_int64(look->statement, place);
    cell->text.data = cell->number ? NULL : sqlite3_column_text(look->statement, place);
    cell->text.size = cell->text.data ? (size_t)sqlite3_column_bytes(look->statement, place) : 0;
}

bool look_next(struct look *look, const struct look_cell **cells, unsigned *count)
{
    int code = look->statement ? sqlite3_step(look->statement) : SQLITE_DONE;
    if (code == SQLITE_ROW) {
        *count = (unsigned)sqlite3_column_count(look->statement);
        for (unsigned i = 0; i < *count; i++)
            read_cell(look, (int)i);
        *cells = look->cells;
        return true;
    }
    look->failed = look->failed || code != SQLITE_DONE;
    sqlite3_finalize(look->statement);
    look->statement = NULL;
    return false;
}

bool look_close(struct look *look, char *why)
{
    bool good = !look->failed;
    if (!good)
        snprintf(why, STORE_WHY,
                 "the journal in %s cannot be read: %s; `mailroom journal --verify %s` says more",
                 look->place, sqlite3_errmsg(look->db), look->place);
    sqlite3_finalize(look->statement);
    sqlite3_close(look->db);
    mem_free(look->place);
    mem_free(look);
    return good;
}
