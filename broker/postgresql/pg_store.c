/* pg_store: a store in a database of PostgreSQL's, for brokers on two machines. One of them has it: by a lock
 * that its session keeps, and, because a process that was stopped does not know that its session is over, by
 * the epoch and the token in the journal's own row: each transaction begins with that row's UPDATE, and is
 * rolled back where they are not its own any more. */
#include <poll.h>
#include <stdio.h>
#include <sys/random.h>

#include "broker/journal/rows.h"
#include "broker/journal/sql_text.h"
#include "broker/journal/store_kind.h"
#include "broker/postgresql/pg_schema.h"
#include "common/base/mem.h"

enum {
    STATEMENTS = 256,         /* that are sent before their answers are read */
    AGAIN = 100,              /* ms between two looks at a lock that another broker has */
    MEASURE_MS = 1000,        /* between two looks at its size, */
    MEASURE_BYTES = 16 << 20, /* unless so much was written since */
    OWN = RECORD_KINDS        /* statements beside those of a kind: */
};

enum { DROP_MESSAGES = 2 * OWN, DROP_CANCELLED, DROP_SLOTS, FENCE, NAMED };

struct pg_store {
    struct store store; /* first */
    struct pg_link link;
    char *place;
    bool careful;
    uint64_t epoch;
    uint8_t token[UUID_SIZE];
    uint32_t unread;                   /* statements that were sent since the last answer */
    bool fenced;                       /* this transaction's row was still ours */
    bool silent;                       /* it is lost, for its server did not answer */
    uint64_t most;                     /* bytes that it may have; 0: any number */
    uint64_t measured_ms, measured_at; /* when that was looked at last, and how much had been written then */
    struct rows_scratch scratch;
};

static bool fails(const struct pg_store *store, char *why)
{
    snprintf(why, STORE_WHY, "the journal in %s cannot be written: %s", store->link.name, store->link.why);
    return false;
}

/* Nothing was heard for so long that the server may take this side for gone, and let another broker have the
 * lock: this one is to have ended by then. Whether it is so. */
static bool is_silent(struct pg_store *store, char *why)
{
    store->silent = store->silent || pg_link_is_silent(&store->link);
    if (!store->silent)
        return false;
    store->store.lost = true;
    snprintf(
        why, STORE_WHY,
        "the journal in %s has not answered for %d s: another broker may have it by now, and this one must "
        "not go on",
        store->link.name, PG_PATIENCE / 1000);
    return true;
}

static bool is_lost(struct pg_store *store, char *why)
{
    if (is_silent(store, why))
        return false;
    store->store.lost = true;
    snprintf(why, STORE_WHY,
             "the journal in %s is another broker's now: this one was away for too long, and must not go on",
             store->link.name);
    return false;
}

/* Statements by name, so that the server plans each only once. */

static void write_name(char *name, unsigned number)
{
    snprintf(name, 8, "s%u", number);
}

static bool prepare(struct pg_store *store, unsigned number, const char *text, const struct table *table,
                    unsigned count)
{
    char name[8];
    Oid types[MOST_CELLS];
    for (unsigned i = 0; i < count; i++) {
        const struct column *column = table && i < table->count ? &table->columns[i] : NULL;
        bool body = table && table->body && i == table->count;
        types[i] = body || (column && column->type > COLUMN_U64) ? PG_BYTES : PG_NUMBER;
    }
    if (number == FENCE)
        types[1] = PG_BYTES;
    write_name(name, number);
    if (!store->link.connection || !PQsendPrepare(store->link.connection, name, text, (int)count, types))
        return false;
    PGresult *result = pg_link_last(&store->link, PG_PATIENCE);
    PQclear(result);
    return result != NULL;
}

static bool prepare_all(struct pg_store *store)
{
    for (unsigned kind = 1; kind < RECORD_KINDS; kind++) {
        const struct table *table = table_of(kind);
        struct sql put = {.postgresql = true}, drop = {.postgresql = true};
        sql_put(&put, table);
        sql_drop(&drop, table);
        if (!prepare(store, kind, put.text, table, table->count + 2u + table->body) ||
            !prepare(store, OWN + kind, drop.text, table, table->keys))
            return false;
    }
    return prepare(store, DROP_MESSAGES,
                   "DELETE FROM message WHERE worker = $1 AND mailbox = $2 AND slot = $3", NULL, 3) &&
           prepare(store, DROP_CANCELLED, "DELETE FROM cancelled WHERE root_mailbox = $1 AND root_slot = $2",
                   NULL, 2) &&
           prepare(store, DROP_SLOTS, "DELETE FROM slot WHERE mailbox = $1", NULL, 1) &&
           prepare(store, FENCE, "UPDATE journal SET epoch = epoch WHERE epoch = $1 AND token = $2", NULL, 2);
}

/* Opening. */

static void close_store(struct store *closed)
{
    struct pg_store *store = (struct pg_store *)closed;
    if (store->epoch > 0) /* it was opened, so it has the lock */
        pg_schema_unlock(&store->link);
    pg_link_close(&store->link);
    mem_free(store->scratch.bytes);
    mem_free(store->place);
    mem_free(store);
}

/* Says why it waits, and does so for a moment; false: it is enough, or is not waited for. */
static bool wait_a_moment(const struct store_plan *plan, const char *why)
{
    struct pollfd file = {.fd = plan->waits, .events = POLLIN};
    if (plan->tell)
        plan->tell(plan->self, why);
    return plan->waits > 0 && poll(&file, 1, AGAIN) == 0;
}

static bool reach(struct pg_store *store, char *why)
{
    if (pg_link_open(&store->link, store->place) && pg_schema_begin(&store->link, store->careful))
        return true;
    snprintf(why, STORE_WHY, "the journal in %s cannot be reached: %s", store->link.name, store->link.why);
    pg_link_close(&store->link);
    return false;
}

/* Connects and takes the lock. */
static bool take_lock(struct pg_store *store, const struct store_plan *plan, char *why)
{
    char who[128];
    for (;;) {
        if (store->link.connection || reach(store, why)) {
            switch (pg_schema_lock(&store->link, who, sizeof who)) {
            case PG_LOCK_OURS: return true;
            case PG_LOCK_THEIRS:
                snprintf(why, STORE_WHY, "the journal in %s is in use by %s", store->link.name, who);
                break;
            case PG_LOCK_FAILS: fails(store, why); pg_link_close(&store->link);
            }
        }
        if (!wait_a_moment(plan, why))
            return false;
    }
}

/* With the lock: it is this broker's from now on. False: `why`, and whether that may be over soon
 * (`identity->later`): the session may have ended on the way, and with it the lock. */
static bool take(struct pg_store *store, const struct store_plan *plan, struct store_identity *identity,
                 char *why)
{
    why[0] = '\0';
    if (pg_schema_take(&store->link, plan, store->token, identity, why) && prepare_all(store)) {
        store->epoch = identity->epoch;
        identity->later = false;
        return true;
    }
    identity->later = !why[0] && pg_link_may_heal(&store->link);
    if (!why[0]) {
        fails(store, why);
    } else { /* the server would keep the lock for a moment after the close */
        pg_link_do(&store->link, "ROLLBACK");
        pg_schema_unlock(&store->link);
    }
    pg_link_close(&store->link);
    return false;
}

static struct store *open_store(const struct store_plan *plan, struct store_identity *identity, char *why)
{
    struct pg_store *store = mem_zalloc(1, sizeof *store);
    store->place = mem_text(plan->place, strlen(plan->place));
    store->careful = plan->careful;
    store->most = plan->most;
    identity->later = getrandom(store->token, sizeof store->token, 0) == (ssize_t)sizeof store->token;
    while (identity->later && take_lock(store, plan, why)) {
        if (take(store, plan, identity, why))
            return &store->store;
        if (!wait_a_moment(plan, why))
            break;
    }
    close_store(&store->store);
    return NULL;
}

/* A new connection in place of one that is over: the same epoch, if nobody else has come meanwhile. */
static bool revive(struct pg_store *store, char *why)
{
    char who[128];
    bool known;
    if (!reach(store, why))
        return is_silent(store, why), false;
    enum pg_lock lock = pg_schema_lock(&store->link, who, sizeof who);
    bool ours = pg_schema_is_ours(&store->link, store->epoch, store->token, &known);
    if (known && !ours)
        is_lost(store, why);
    else if (known && lock == PG_LOCK_THEIRS) /* our own old session's, or of who is about to take over */
        snprintf(why, STORE_WHY, "the journal in %s is in use by %s", store->link.name, who);
    else if (known && lock == PG_LOCK_OURS && prepare_all(store))
        return true;
    else if (!is_silent(store, why))
        fails(store, why);
    pg_link_close(&store->link);
    return false;
}

/* Reading. */

static bool read_row(struct pg_store *store, const PGresult *result, unsigned kind, uint64_t now,
                     void (*row)(void *self, const struct record *record), void *self, char *why)
{
    struct cell cells[MOST_CELLS] = {{.type = CELL_NULL}};
    struct record record;
    int count = PQnfields(result);
    for (int i = 0; i < count && i < MOST_CELLS; i++) {
        const uint8_t *bytes = (const uint8_t *)PQgetvalue(result, 0, i);
        if (PQgetisnull(result, 0, i))
            continue;
        if (PQftype(result, i) == PG_NUMBER)
            cells[i] = (struct cell){.type = CELL_NUMBER, .number = pg_number(result, 0, i)};
        else
            cells[i] = (struct cell){.type = CELL_BYTES, .bytes = {bytes, (size_t)PQgetlength(result, 0, i)}};
    }
    if (!rows_read(cells, kind, now, &record)) {
        snprintf(why, STORE_WHY,
                 "the journal in %s is damaged: a row of its table %s is not as it was written; with another "
                 "database the broker begins anew",
                 store->link.name, table_of(kind)->name);
        return false;
    }
    row(self, &record);
    slice_drop(&record.body);
    return true;
}

static bool cannot_be_read(struct pg_store *store, char *why)
{
    store->store.later = pg_link_may_heal(&store->link);
    snprintf(why, STORE_WHY, "the journal in %s cannot be read: %s", store->link.name, store->link.why);
    return false;
}

/* All rows of one table, one after the other: there may be more than memory for all results at once. */
static bool load_table(struct pg_store *store, unsigned kind,
                       void (*row)(void *self, const struct record *record), void *self, char *why)
{
    struct sql sql = {.postgresql = true};
    uint64_t now = store_now();
    bool good = true, sound = true;
    sql_load(&sql, table_of(kind));
    if (!store->link.connection ||
        !PQsendQueryParams(store->link.connection, sql.text, 0, NULL, NULL, NULL, NULL, 1) ||
        !PQsetSingleRowMode(store->link.connection))
        return cannot_be_read(store, why);
    for (PGresult *result; (result = pg_link_next(&store->link, PG_LOAD, &good)) != NULL;) {
        ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_SINGLE_TUPLE && sound)
            sound = read_row(store, result, kind, now, row, self, why);
        else if (status != PGRES_SINGLE_TUPLE && status != PGRES_TUPLES_OK) {
            pg_link_note(&store->link, result);
            sound = cannot_be_read(store, why);
        }
        PQclear(result);
    }
    return good ? sound : cannot_be_read(store, why);
}

static bool load(struct store *loaded, void (*row)(void *self, const struct record *record), void *self,
                 char *why)
{
    struct pg_store *store = (struct pg_store *)loaded;
    for (unsigned kind = 1; kind < RECORD_KINDS; kind++) {
        if (!load_table(store, kind, row, self, why))
            return false;
    }
    return true;
}

/* Writing: a pipeline. */

/* Reads all answers to what was sent. False: one of them is an error, link->why. */
static bool read_answers(struct pg_store *store)
{
    bool good = true, sound = true;
    if (!store->link.connection || !PQpipelineSync(store->link.connection))
        return false;
    for (bool synced = false; !synced;) {
        PGresult *result = pg_link_next(&store->link, PG_PATIENCE, &good);
        if (!good)
            return false;
        ExecStatusType status = PQresultStatus(result);
        synced = result && status == PGRES_PIPELINE_SYNC;
        if (result && status == PGRES_FATAL_ERROR && sound) {
            pg_link_note(&store->link, result);
            sound = false;
        }
        if (result && status == PGRES_COMMAND_OK && strcmp(PQcmdStatus(result), "UPDATE 1") == 0)
            store->fenced = true; /* no other statement is an UPDATE */
        PQclear(result);
    }
    store->unread = 0;
    return sound;
}

static bool send(struct pg_store *store, unsigned number, const struct cell *cells, unsigned count)
{
    const char *values[MOST_CELLS];
    uint8_t numbers[MOST_CELLS][8];
    int sizes[MOST_CELLS], binary[MOST_CELLS];
    char name[8];
    for (unsigned i = 0; i < count; i++) {
        const struct cell *cell = &cells[i];
        binary[i] = 1;
        sizes[i] = cell->type == CELL_NUMBER ? 8 : (int)cell->bytes.size;
        values[i] = cell->type == CELL_NULL ? NULL : (const char *)cell->bytes.data;
        if (cell->type == CELL_NUMBER) {
            pg_put_number(numbers[i], cell->number);
            values[i] = (const char *)numbers[i];
        }
        store->store.numbers.written += (uint64_t)sizes[i];
    }
    write_name(name, number);
    if (!store->link.connection ||
        !PQsendQueryPrepared(store->link.connection, name, (int)count, values, sizes, binary, 1))
        return false;
    return ++store->unread < STATEMENTS || read_answers(store);
}

static bool send_numbers(struct pg_store *store, unsigned number, const int64_t *numbers, unsigned count)
{
    struct cell cells[3];
    for (unsigned i = 0; i < count; i++)
        cells[i] = (struct cell){.type = CELL_NUMBER, .number = numbers[i]};
    return send(store, number, cells, count);
}

/* What a task owned. */
static bool drop_of_task(struct pg_store *store, const struct address *address)
{
    int64_t numbers[] = {address->worker == WORKER_NIL ? -1 : (int64_t)address->worker,
                         (int64_t)address->mailbox, address->slot};
    return send_numbers(store, OWN + RECORD_FATE, numbers, 3) &&
           send_numbers(store, DROP_MESSAGES, numbers, 3) &&
           (address->worker != WORKER_NIL || send_numbers(store, DROP_CANCELLED, numbers + 1, 2));
}

static bool drop(struct pg_store *store, const struct record *record)
{
    struct cell cells[MOST_CELLS];
    if (!send(store, OWN + record->kind, cells, rows_key(table_of(record->kind), record, cells)))
        return false;
    switch (record->kind) {
    case RECORD_SESSION:
        return send_numbers(store, OWN + RECORD_PATHS, &(int64_t){(int64_t)record->session.serial}, 1);
    case RECORD_JOB: return send_numbers(store, DROP_SLOTS, &(int64_t){(int64_t)record->job.mailbox}, 1);
    case RECORD_TASK: return drop_of_task(store, &record->task.address);
    default: return true;
    }
}

static bool carry_out(struct pg_store *store, const struct record *record, uint64_t now)
{
    struct cell cells[MOST_CELLS];
    if (record->verb != RECORD_DROP)
        return send(store, record->kind, cells,
                    rows_write(table_of(record->kind), record, now, &store->scratch, cells));
    return drop(store, record);
}

static bool send_text(struct pg_store *store, const char *sql)
{
    return store->link.connection &&
           PQsendQueryParams(store->link.connection, sql, 0, NULL, NULL, NULL, NULL, 1);
}

static bool send_group(struct pg_store *store, const struct group *group)
{
    uint64_t now = store_now();
    struct cell fence[] = {{.type = CELL_NUMBER, .number = (int64_t)store->epoch},
                           {.type = CELL_BYTES, .bytes = {store->token, UUID_SIZE}}};
    store->fenced = false;
    store->unread = 0;
    if (!send_text(store, "BEGIN") || !send(store, FENCE, fence, 2))
        return false;
    for (uint32_t i = 0; i < group->count; i++) {
        if (!carry_out(store, group->records[i], now))
            return false;
    }
    return read_answers(store);
}

/* All of it, or nothing; a connection on which something failed is not used again. */
static bool write_group(struct pg_store *store, const struct group *group, char *why)
{
    if (!PQenterPipelineMode(store->link.connection))
        return fails(store, why);
    bool good = send_group(store, group);
    if (good && !store->fenced) {
        is_lost(store, why);
    } else if (good) {
        good = send_text(store, "COMMIT") && read_answers(store);
    }
    if (good && !store->store.lost)
        return PQexitPipelineMode(store->link.connection);
    if (!store->store.lost && !is_silent(store, why))
        fails(store, why);
    pg_link_close(&store->link);
    return false;
}

static bool commit(struct store *written, const struct group *group, char *why)
{
    struct pg_store *store = (struct pg_store *)written;
    if (store->store.lost)
        return is_lost(store, why);
    if (!store->link.connection && !revive(store, why))
        return false;
    if (group->writes + group->deletes == 0)
        return true;
    if (!write_group(store, group, why))
        return false;
    store->store.numbers.rows += group->writes + group->deletes;
    return true;
}

static bool look(struct store *looked, char *why)
{
    struct pg_store *store = (struct pg_store *)looked;
    bool known;
    if (looked->lost)
        return is_lost(store, why);
    if (!store->link.connection)
        return revive(store, why);
    if (pg_schema_is_ours(&store->link, store->epoch, store->token, &known))
        return true;
    if (known)
        return is_lost(store, why);
    if (!is_silent(store, why))
        fails(store, why);
    pg_link_close(&store->link);
    return false;
}

/* Looks now and then how large it has become. */
static bool measure(struct store *measured)
{
    struct pg_store *store = (struct pg_store *)measured;
    struct store_numbers *numbers = &store->store.numbers;
    uint64_t now = store_now();
    bool due =
        now - store->measured_ms >= MEASURE_MS || numbers->written - store->measured_at >= MEASURE_BYTES;
    if (!due || !store->link.connection)
        return false;
    store->measured_ms = now;
    store->measured_at = numbers->written;
    pg_schema_measure(&store->link, store->most, &numbers->size, &numbers->used);
    return false;
}

const struct store_kind postgresql_kind = {
    .open = open_store, .load = load, .commit = commit, .tidy = measure, .look = look, .close = close_store};
