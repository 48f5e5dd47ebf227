/* cabinet: see cabinet.h. */
#include "tests/unit/cabinet.h"

#include <criterion/criterion.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char folder[64], why[STORE_WHY], place[128];
void (*run_other_sql)(const char *sql);
struct store_identity identity;

void make_folder(void)
{
    strcpy(folder, "/tmp/mailroom-journal-XXXXXX");
    cr_assert(mkdtemp(folder));
    snprintf(place, sizeof place, "%s", folder);
}

void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

struct store *open_plan(const struct store_plan *plan)
{
    struct store *store = store_open(plan, &identity, why);
    cr_assert(store, "%s", why);
    return store;
}

struct store *open_store(void)
{
    return open_plan(&(struct store_plan){.place = place, .careful = true});
}

bool commit(struct store *store, const struct record *record)
{
    struct group group = {0};
    struct record own = *record;
    own.body = slice_ref(&record->body);
    group_add(&group, record_copy(&own));
    group_settle(&group);
    bool good = store_commit(store, &group, why);
    /* A server ends the session of who was silent for long, as a test on a busy machine may be */
    if (!good && !store_is_lost(store) && strstr(why, "cannot be written"))
        good = store_commit(store, &group, why);
    group_free(&group);
    return good;
}

struct slice body_of(const char *text)
{
    return (struct slice){blob_copy(text, strlen(text)), 0, strlen(text)};
}

struct record make_task(uint32_t worker, uint64_t mailbox, uint32_t slot, const char *body)
{
    struct record record = {.kind = RECORD_TASK, .verb = RECORD_NEW, .body = body_of(body)};
    record.task.address = (struct address){worker, slot, mailbox};
    record.task.job = mailbox;
    record.task.runtime = span_text("python/3495");
    return record;
}

void run_sql(const char *sql)
{
    char path[128];
    sqlite3 *db;
    if (run_other_sql) {
        run_other_sql(sql);
        return;
    }
    snprintf(path, sizeof path, "%s/journal.db", folder);
    cr_assert_eq(sqlite3_open(path, &db), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK, "%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}
