/* sqlite: a store in a folder: SQLite's write-ahead log, one transaction for each group. Why SQLite: a format
 * that people can read with tools they have, twenty years of tests against crashes, and nothing to run beside
 * the broker. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "broker/journal/place.h"
#include "broker/journal/sql_log.h"
#include "broker/journal/sql_rows.h"
#include "broker/journal/sql_schema.h"
#include "broker/journal/store_kind.h"
#include "common/base/mem.h"

enum {
    PRIVATE = 0600,
    PAGE = 4096,       /* bytes */
    LOG_PAGES = 8192,  /* 32 MiB */
    LOG_KEPT = 16384,  /* of its file, once it begins anew: 64 MiB */
    SPARE = 1024,      /* free pages that are kept, */
    GIVE_BACK = 256,   /* and so many are given back to the system at a time: some ms */
    CACHE = 32 << 10,  /* KiB */
    BEYOND = 64 << 20, /* bytes */
    READER = 2000,     /* ms to wait for who reads the tables */
};

struct sqlite {
    struct store store; /* first: what others know of it */
    char *place, *file;
    int lock;
    bool careful;
    uint64_t most;
    int log_enough; /* pages of the write-ahead log, before they go into the database */
    sqlite3 *db;
    sqlite3_stmt *put[RECORD_KINDS], *drop[RECORD_KINDS];
    sqlite3_stmt *drop_messages, *drop_cancelled, *drop_slots;
    sqlite3_stmt *page_count, *freelist_count;
    bool messages, cancelled; /* there may be rows of these kinds */
    int log_pages,
        checked;  /* pages of the write-ahead log, and how many of them were in the database at last */
    int log_most; /* pages that the log's file has had: they stay */
    uint64_t free_pages;
    struct rows_scratch scratch;
};

/* New work is refused above `most`; what ends needs room beyond it, but not any. */
static uint64_t hard_size(uint64_t most)
{
    return most + most / 4 + BEYOND;
}

/* Why SQLite could not, in words that say what to do. */
static void say(const struct sqlite *store, char *why)
{
    int code = sqlite3_extended_errcode(store->db);
    const char *text = sqlite3_errmsg(store->db);
    int error = sqlite3_system_errno(store->db);
    switch (error == ENOSPC ? SQLITE_FULL : code & 0xff) {
    case SQLITE_FULL:
        if (store->most && store->store.numbers.used + BEYOND / 2 >= hard_size(store->most))
            snprintf(why, STORE_WHY, "the journal in %s is far beyond its %llu bytes (setting journal/size)",
                     store->place, (unsigned long long)store->most);
        else
            snprintf(why, STORE_WHY, "the disk with the journal in %s is full", store->place);
        break;
    case SQLITE_READONLY:
        snprintf(why, STORE_WHY, "the journal in %s cannot be written: %s", store->place, text);
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        snprintf(
            why, STORE_WHY,
            "the journal in %s is damaged: %s; `mailroom journal --verify %s` says more, and with another folder "
            "the broker begins anew",
            store->place, text, store->place);
        break;
    default:
        snprintf(why, STORE_WHY, "the journal in %s: %s%s%s", store->place, text, error ? ": " : "",
                 error ? strerror(error) : "");
    }
}

static bool run(struct sqlite *store, const char *sql)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

static int on_commit(void *self, sqlite3 *db, const char *name, int pages)
{
    ((struct sqlite *)self)->log_pages = pages;
    return SQLITE_OK;
}

static bool prepare(struct sqlite *store, const char *text, sqlite3_stmt **statement)
{
    return sqlite3_prepare_v3(store->db, text, -1, SQLITE_PREPARE_PERSISTENT, statement, NULL) == SQLITE_OK;
}

static bool prepare_all(struct sqlite *store)
{
    for (unsigned kind = 1; kind < RECORD_KINDS; kind++) {
        struct sql put = {.used = 0}, drop = {.used = 0};
        sql_put(&put, table_of(kind));
        sql_drop(&drop, table_of(kind));
        if (!prepare(store, put.text, &store->put[kind]) || !prepare(store, drop.text, &store->drop[kind]))
            return false;
    }
    store->messages = schema_number(store->db, "SELECT EXISTS (SELECT 1 FROM message)", 1) != 0;
    store->cancelled = schema_number(store->db, "SELECT EXISTS (SELECT 1 FROM cancelled)", 1) != 0;
    return prepare(store, "DELETE FROM message WHERE worker = ?1 AND mailbox = ?2 AND slot = ?3",
                   &store->drop_messages) &&
           prepare(store, "DELETE FROM cancelled WHERE root_mailbox = ?1 AND root_slot = ?2",
                   &store->drop_cancelled) &&
           prepare(store, "DELETE FROM slot WHERE mailbox = ?1", &store->drop_slots) &&
           prepare(store, "PRAGMA page_count", &store->page_count) &&
           prepare(store, "PRAGMA freelist_count", &store->freelist_count);
}

static void close_database(struct sqlite *store)
{
    for (unsigned kind = 1; kind < RECORD_KINDS; kind++) {
        sqlite3_finalize(store->put[kind]);
        sqlite3_finalize(store->drop[kind]);
        store->put[kind] = store->drop[kind] = NULL;
    }
    sqlite3_finalize(store->drop_messages);
    sqlite3_finalize(store->drop_cancelled);
    sqlite3_finalize(store->drop_slots);
    sqlite3_finalize(store->page_count);
    sqlite3_finalize(store->freelist_count);
    store->drop_messages = store->drop_cancelled = store->drop_slots = NULL;
    store->page_count = store->freelist_count = NULL;
    sqlite3_close(store->db);
    store->db = NULL;
}

/* Opens the file, as this program needs it. */
static bool open_database(struct sqlite *store)
{
    char sql[512];
    int file = open(store->file, O_RDWR | O_CREAT | O_CLOEXEC, PRIVATE); /* sessions' tokens are in there */
    if (file >= 0)
        close(file);
    int code = sqlite3_open_v2(store->file, &store->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return false;
    sqlite3_busy_timeout(store->db, READER);
    sqlite3_wal_hook(store->db, on_commit, store);
    snprintf(
        sql, sizeof sql,
        "PRAGMA page_size = %d; PRAGMA auto_vacuum = INCREMENTAL; PRAGMA cache_size = -%d; PRAGMA synchronous = "
        "FULL; PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = %d;",
        PAGE, CACHE, LOG_KEPT * PAGE);
    return run(store, sql);
}

/* How sure a commit is, and how large the file may become. */
static bool tune(struct sqlite *store)
{
    char sql[128];
    snprintf(sql, sizeof sql, "PRAGMA synchronous = %s; PRAGMA max_page_count = %llu",
             store->careful ? "FULL" : "NORMAL",
             (unsigned long long)(store->most ? hard_size(store->most) / PAGE : UINT32_MAX - 1));
    return run(store, sql);
}

/* All that is wrong with the pages that is found soon; false: `why`. */
static bool check_pages(struct sqlite *store, char *why)
{
    sqlite3_stmt *statement;
    bool good = false;
    if (!prepare(store, "PRAGMA quick_check(1)", &statement)) {
        say(store, why);
        return false;
    }
    int code = sqlite3_step(statement);
    const char *text = code == SQLITE_ROW ? (const char *)sqlite3_column_text(statement, 0) : NULL;
    good = text && strcmp(text, "ok") == 0;
    if (!good && !text)
        say(store, why);
    else if (!good)
        snprintf(
            why, STORE_WHY,
            "the journal in %s is damaged: %.200s; `mailroom journal --verify %s` says more, and with another "
            "folder the broker begins anew",
            store->place, text, store->place);
    sqlite3_finalize(statement);
    return good;
}

/* With `journal/sync` normal a power cut may have left such a log, and what is before the damage is what
 * there is. */
static bool check_log(const struct sqlite *store, char *why)
{
    char *log = place_file(store->place, PLACE_FILE "-wal");
    uint64_t frame = 0;
    bool good = !store->careful || sql_log_is_whole(log, &frame);
    if (!good)
        snprintf(why, STORE_WHY,
                 "the journal in %s is damaged: its log " PLACE_FILE
                 "-wal is not as it was written from page %llu on; "
                 "started once with journal/sync = normal the broker goes on with what is before that",
                 store->place, (unsigned long long)frame);
    mem_free(log);
    return good;
}

/* Its tables and its identity, in one transaction. */
static bool make_and_identify(struct sqlite *store, const struct store_plan *plan,
                              struct store_identity *identity, char *why)
{
    if (!run(store, "BEGIN IMMEDIATE") || !schema_make(store->db)) {
        say(store, why);
    } else if (schema_identify(store->db, plan, identity, why)) {
        if (run(store, "COMMIT"))
            return true;
        say(store, why);
    }
    if (!sqlite3_get_autocommit(store->db))
        run(store, "ROLLBACK");
    return false;
}

static uint64_t pages(sqlite3_stmt *statement)
{
    uint64_t number =
        sqlite3_step(statement) == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    sqlite3_reset(statement);
    return number;
}

static void measure(struct sqlite *store)
{
    uint64_t all = pages(store->page_count);
    store->free_pages = pages(store->freelist_count);
    store->log_most = store->log_pages > store->log_most ? store->log_pages : store->log_most;
    store->store.numbers.size = (all + (uint64_t)store->log_most) * PAGE;
    store->store.numbers.used = (all - store->free_pages) * PAGE;
}

/* From a file to a store that can be committed to. */
static bool begin(struct sqlite *store, const struct store_plan *plan, struct store_identity *identity,
                  char *why)
{
    if (!check_log(store, why))
        return false;
    if (!open_database(store)) {
        say(store, why);
        return false;
    }
    if (schema_refuse(store->db, store->place, why) || !check_pages(store, why))
        return false;
    if (!run(store, "PRAGMA journal_mode = WAL") || !make_and_identify(store, plan, identity, why)) {
        if (why[0] == '\0')
            say(store, why);
        return false;
    }
    if (!tune(store) || !prepare_all(store)) {
        say(store, why);
        return false;
    }
    measure(store);
    return true;
}

static void close_store(struct store *closed)
{
    struct sqlite *store = (struct sqlite *)closed;
    close_database(store);
    close(store->lock);
    mem_free(store->scratch.bytes);
    mem_free(store->place);
    mem_free(store->file);
    mem_free(store);
}

static struct store *open_store(const struct store_plan *plan, struct store_identity *identity, char *why)
{
    int lock = place_lock(plan->place, why);
    if (lock < 0)
        return NULL;
    struct sqlite *store = mem_zalloc(1, sizeof *store);
    store->lock = lock;
    store->place = mem_text(plan->place, strlen(plan->place));
    store->file = place_file(plan->place, PLACE_FILE);
    store->careful = plan->careful;
    store->most = plan->most;
    store->log_enough = plan->log ? (int)(plan->log / PAGE) + 1 : LOG_PAGES;
    if (begin(store, plan, identity, why))
        return &store->store;
    close_store(&store->store);
    return NULL;
}

/* All rows of one table. */
static bool load_table(struct sqlite *store, unsigned kind,
                       void (*row)(void *self, const struct record *record), void *self, char *why)
{
    struct sql sql = {.used = 0};
    sqlite3_stmt *statement;
    struct record record;
    uint64_t now = store_now();
    bool good = true;
    int code;
    sql_load(&sql, table_of(kind));
    if (!prepare(store, sql.text, &statement)) {
        say(store, why);
        return false;
    }
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        good = sql_rows_read(statement, kind, now, &record);
        if (!good)
            break;
        row(self, &record);
        slice_drop(&record.body);
    }
    if (code != SQLITE_DONE && good)
        say(store, why);
    else if (!good)
        snprintf(
            why, STORE_WHY,
            "the journal in %s is damaged: a row of its table %s is not as it was written; `mailroom journal "
            "--verify %s` says more, and with another folder the broker begins anew",
            store->place, table_of(kind)->name, store->place);
    sqlite3_finalize(statement);
    return good && code == SQLITE_DONE;
}

static bool load(struct store *store, void (*row)(void *self, const struct record *record), void *self,
                 char *why)
{
    for (unsigned kind = 1; kind < RECORD_KINDS; kind++) {
        if (!load_table((struct sqlite *)store, kind, row, self, why))
            return false;
    }
    return true;
}

static bool step(sqlite3_stmt *statement)
{
    bool good = sqlite3_step(statement) == SQLITE_DONE;
    sqlite3_reset(statement);
    return good;
}

static void bind_address(sqlite3_stmt *statement, const struct address *address)
{
    sqlite3_bind_int64(statement, 1, address->worker == WORKER_NIL ? -1 : (sqlite3_int64)address->worker);
    sqlite3_bind_int64(statement, 2, (sqlite3_int64)address->mailbox);
    sqlite3_bind_int64(statement, 3, address->slot);
}

/* What a task owned. */
static bool drop_of_task(struct sqlite *store, const struct address *address)
{
    bind_address(store->drop[RECORD_FATE], address);
    if (!step(store->drop[RECORD_FATE]))
        return false;
    if (store->messages) {
        bind_address(store->drop_messages, address);
        if (!step(store->drop_messages))
            return false;
    }
    if (!store->cancelled || address->worker != WORKER_NIL)
        return true;
    sqlite3_bind_int64(store->drop_cancelled, 1, (sqlite3_int64)address->mailbox);
    sqlite3_bind_int64(store->drop_cancelled, 2, address->slot);
    return step(store->drop_cancelled);
}

/* What a row owned that goes. */
static bool drop_owned(struct sqlite *store, const struct record *record)
{
    switch (record->kind) {
    case RECORD_SESSION:
        sqlite3_bind_int64(store->drop[RECORD_PATHS], 1, (sqlite3_int64)record->session.serial);
        return step(store->drop[RECORD_PATHS]);
    case RECORD_JOB:
        sqlite3_bind_int64(store->drop_slots, 1, (sqlite3_int64)record->job.mailbox);
        return step(store->drop_slots);
    case RECORD_TASK: return drop_of_task(store, &record->task.address);
    default: return true;
    }
}

static bool carry_out(struct sqlite *store, const struct record *record, uint64_t now)
{
    const struct table *table = table_of(record->kind);
    if (record->verb != RECORD_DROP) {
        sql_rows_bind(store->put[record->kind], table, record, now, &store->scratch);
        store->messages = store->messages || record->kind == RECORD_MESSAGE;
        store->cancelled = store->cancelled || record->kind == RECORD_CANCELLED;
        return step(store->put[record->kind]);
    }
    sql_rows_bind_key(store->drop[record->kind], table, record);
    return step(store->drop[record->kind]) && drop_owned(store, record);
}

static bool write_group(struct sqlite *store, const struct group *group)
{
    uint64_t now = store_now();
    if (!run(store, "BEGIN IMMEDIATE"))
        return false;
    for (uint32_t i = 0; i < group->count; i++) {
        if (!carry_out(store, group->records[i], now))
            return false;
    }
    return run(store, "COMMIT");
}

/* A connection that met an error of the disk is of no use any more: what it keeps in memory may not be what
 * is there. */
static bool revive(struct sqlite *store, char *why)
{
    close_database(store);
    if (open_database(store) && tune(store) && prepare_all(store))
        return true;
    say(store, why);
    close_database(store);
    return false;
}

static bool commit(struct store *written, const struct group *group, char *why)
{
    struct sqlite *store = (struct sqlite *)written;
    if (store->db == NULL && !revive(store, why))
        return false;
    if (group->writes + group->deletes == 0)
        return true;
    int before = store->log_pages;
    if (!write_group(store, group)) {
        int code = sqlite3_errcode(store->db) & 0xff;
        say(store, why);
        if (!sqlite3_get_autocommit(store->db))
            run(store, "ROLLBACK");
        if (code != SQLITE_FULL && code != SQLITE_BUSY)
            close_database(store);
        return false;
    }
    bool anew = store->log_pages < before; /* the log's */
    store->checked = anew ? 0 : store->checked;
    store->log_most = anew && store->log_most > LOG_KEPT ? LOG_KEPT : store->log_most;
    store->store.numbers.written += (uint64_t)(store->log_pages - (anew ? 0 : before)) * PAGE;
    store->store.numbers.rows += group->writes + group->deletes;
    measure(store);
    return true;
}

static bool tidy(struct store *tidied)
{
    struct sqlite *store = (struct sqlite *)tidied;
    if (store->db == NULL)
        return false;
    if (store->log_pages - store->checked >= store->log_enough) {
        int all;
        sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &all, &store->checked);
        store->store.numbers.checkpoints++;
        return true;
    }
    if (store->free_pages <= SPARE || store->free_pages * PAGE < store->store.numbers.used / 4)
        return false;
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA incremental_vacuum(%d)", GIVE_BACK);
    uint64_t before = store->free_pages;
    bool good = run(store, sql);
    measure(store);
    return good && store->free_pages < before;
}

const struct store_kind sqlite_kind = {
    .open = open_store, .load = load, .commit = commit, .tidy = tidy, .close = close_store};
