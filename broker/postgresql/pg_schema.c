/* pg_schema: see pg_schema.h. */
#include "broker/postgresql/pg_schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "broker/journal/sql_text.h"
#include "mailroom_version.h"

#define ROW "200" /* bytes that one takes beside its body, about */

enum { VERSION = 2 /* of the tables, as SCHEMA_VERSION of those in SQLite */ };

#define LOCK                                                                                      \
    "7884802861881781868" /* of PostgreSQL's advisory locks: "mailroomd's journal" to nobody else \
                           */

bool pg_schema_begin(struct pg_link *link, bool careful)
{
    /* the server is to notice that this side is gone: PG_LEASE after its last sign the lock is free. By its
     * network's own signs; and, since the machine of a process that stands still gives these too, by its
     * silence, for it looks twice a second */
    return pg_link_do(link, "SET tcp_keepalives_idle = 2") &&
           pg_link_do(link, "SET tcp_keepalives_interval = 1") &&
           pg_link_do(link, "SET tcp_keepalives_count = 3") &&
           pg_link_do(link, "SET tcp_user_timeout = " PG_LEASE) &&
           pg_link_do(link, "SET idle_session_timeout = " PG_LEASE) &&
           pg_link_do(link, "SET idle_in_transaction_session_timeout = " PG_LEASE) &&
           pg_link_do(link, "SET lock_timeout = 1500") &&
           pg_link_do(link, "SET client_min_messages = warning") &&
           pg_link_do(link, "SET search_path = mailroom") &&
           (careful || pg_link_do(link, "SET synchronous_commit = off"));
}

static void say_who(struct pg_link *link, char *who, size_t size)
{
    PGresult *result = pg_link_ask(
        link,
        "SELECT convert_to(a.application_name || coalesce(' at ' || host(a.client_addr), ''), 'UTF8') FROM pg_locks l JOIN "
        "pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND "
        "l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND "
        "(l.classid::bigint << 32 | l.objid::bigint) = " LOCK,
        PG_PATIENCE);
    bool there = PQntuples(result) > 0;
    snprintf(who, size, "%.*s", there ? PQgetlength(result, 0, 0) : 14,
             there ? PQgetvalue(result, 0, 0) : "another broker");
    PQclear(result);
}

enum pg_lock pg_schema_lock(struct pg_link *link, char *who, size_t size)
{
    PGresult *result = pg_link_ask(link, "SELECT pg_try_advisory_lock(" LOCK ")", PG_PATIENCE);
    bool asked = PQntuples(result) == 1, ours = asked && PQgetvalue(result, 0, 0)[0] != 0;
    PQclear(result);
    if (asked && !ours)
        say_who(link, who, size);
    return ours ? PG_LOCK_OURS : asked ? PG_LOCK_THEIRS : PG_LOCK_FAILS;
}

void pg_schema_unlock(struct pg_link *link)
{
    pg_link_do(link, "SELECT pg_advisory_unlock(" LOCK ")");
}

/* Whether a journal of a newer program is there. */
static bool is_newer(struct pg_link *link, char *why)
{
    PGresult *result = pg_link_ask(link, "SELECT schema FROM mailroom.journal", PG_PATIENCE);
    int64_t version = PQntuples(result) > 0 ? pg_number(result, 0, 0) : 0;
    PQclear(result);
    if (version <= VERSION)
        return false;
    snprintf(why, STORE_WHY,
             "the journal in %s was written by a newer mailroomd: its schema is %" PRId64
             ", and %s knows up to %d; start the newer one",
             link->name, version, MAILROOM_VERSION, VERSION);
    return true;
}

static bool make_table(struct pg_link *link, const struct table *table)
{
    struct sql sql = {.postgresql = true};
    sql_create(&sql, table);
    if (!pg_link_do(link, sql.text))
        return false;
    for (unsigned i = table->keys; i < table->count; i++) {
        struct sql add = {.postgresql = true};
        sql_add(&add, "ALTER TABLE %s ADD COLUMN IF NOT EXISTS ", table->name);
        sql_column(&add, table, i);
        if (!pg_link_do(link, add.text))
            return false;
    }
    return true;
}

#define UUID "encode(job.uuid, 'hex')::uuid AS uuid"
#define TEXT(column) "encode(" column ", 'escape')"
#define SINCE(table) "to_timestamp(" table ".written / 1000) AS since"

/* What people ask for most: `psql -c 'SELECT * FROM mailroom.tasks'`. */
static const char *const views[] = {
    "CREATE OR REPLACE VIEW tasks AS SELECT " UUID
    ", task.slot, " TEXT("task.name") " AS name, " TEXT("task.runtime") " AS runtime, task.priority, length(task.body) AS bytes, " TEXT(
        "session.name") " AS client, " SINCE("task") " FROM task LEFT JOIN job ON job.mailbox = task.job LEFT JOIN session ON session.serial = job.session",
    "CREATE OR REPLACE VIEW results AS SELECT " UUID ", slot.slot, " TEXT(
        "job.name") " AS name, CASE slot.state WHEN 2 "
                    "THEN 'done' WHEN 3 THEN 'failed' WHEN 4 THEN 'cancelled' ELSE 'asked for' END AS state, " TEXT("slot.text") " AS text, length(slot.body) AS bytes, " TEXT(
                        "session.name") " AS client, " SINCE("slot") " FROM slot LEFT JOIN job ON job.mailbox = slot.mailbox LEFT JOIN session ON session.serial = job.session"};

static bool make_all(struct pg_link *link)
{
    bool good =
        pg_link_do(link, "CREATE SCHEMA IF NOT EXISTS mailroom") &&
        pg_link_do(link,
                   "CREATE TABLE IF NOT EXISTS journal (only_one BIGINT PRIMARY KEY CHECK (only_one = 1), "
                   "cluster BYTEA NOT NULL, name BYTEA, epoch BIGINT NOT NULL, token BYTEA NOT NULL, "
                   "program TEXT, schema BIGINT NOT NULL)");
    for (unsigned kind = 1; good && kind < RECORD_KINDS; kind++)
        good = make_table(link, table_of(kind));
    good =
        good &&
        pg_link_do(link, "CREATE INDEX IF NOT EXISTS cancelled_root ON cancelled (root_mailbox, root_slot)");
    for (unsigned i = 0; good && i < sizeof views / sizeof *views; i++)
        good = pg_link_do(link, views[i]);
    return good;
}

static PGresult *ask_with(struct pg_link *link, const char *sql, int count, const char *const *values,
                          const int *sizes)
{
    static const int binary[4] = {1, 1, 1, 1};
    static const Oid types[4] = {PG_BYTES, PG_BYTES, PG_NUMBER, PG_NUMBER};
    if (!link->connection ||
        !PQsendQueryParams(link->connection, sql, count, types, values, sizes, binary, 1))
        return NULL;
    return pg_link_last(link, PG_PATIENCE);
}

/* Reads who it is from the row that has just been written. */
static bool read_identity(struct pg_link *link, const PGresult *result, const struct store_plan *plan,
                          struct store_identity *identity, char *why)
{
    int size = PQgetlength(result, 0, 2);
    const char *name = PQgetvalue(result, 0, 2);
    if (PQgetlength(result, 0, 0) != UUID_SIZE)
        return false;
    memcpy(identity->cluster, PQgetvalue(result, 0, 0), UUID_SIZE);
    identity->epoch = (uint64_t)pg_number(result, 0, 1);
    if (plan->cluster == NULL || PQgetisnull(result, 0, 2) ||
        ((size_t)size == strlen(plan->cluster) && memcmp(name, plan->cluster, (size_t)size) == 0))
        return true;
    snprintf(why, STORE_WHY,
             "the journal in %s is the cluster '%.*s''s, and this broker is to be '%.100s' (setting "
             "journal/cluster); give each cluster a database of its own",
             link->name, size < 100 ? size : 100, name, plan->cluster);
    return false;
}

static bool identify(struct pg_link *link, const struct store_plan *plan, const uint8_t *token,
                     struct store_identity *identity, char *why)
{
    uint8_t version[8];
    pg_put_number(version, VERSION);
    const char *values[] = {(const char *)token, plan->cluster, (const char *)version};
    int sizes[] = {UUID_SIZE, plan->cluster ? (int)strlen(plan->cluster) : 0, sizeof version};
    PGresult *result = ask_with(
        link,
        "INSERT INTO journal VALUES (1, uuid_send(gen_random_uuid()), $2, 1, $1, 'mailroomd " MAILROOM_VERSION
        "', $3) ON CONFLICT (only_one) DO UPDATE SET name = coalesce(journal.name, excluded.name), epoch = "
        "journal.epoch + 1, token = excluded.token, program = excluded.program, schema = excluded.schema "
        "RETURNING cluster, epoch, name",
        3, values, sizes);
    bool good = result && read_identity(link, result, plan, identity, why);
    PQclear(result);
    return good;
}

bool pg_schema_take(struct pg_link *link, const struct store_plan *plan, const uint8_t *token,
                    struct store_identity *identity, char *why)
{
    if (is_newer(link, why))
        return false;
    return pg_link_do(link, "BEGIN") && make_all(link) && identify(link, plan, token, identity, why) &&
           pg_link_do(link, "COMMIT");
}

bool pg_schema_is_ours(struct pg_link *link, uint64_t epoch, const uint8_t *token, bool *known)
{
    PGresult *result = pg_link_ask(link, "SELECT epoch, token FROM mailroom.journal", PG_PATIENCE);
    *known = result != NULL;
    bool ours = PQntuples(result) == 1 && (uint64_t)pg_number(result, 0, 0) == epoch &&
                PQgetlength(result, 0, 1) == UUID_SIZE &&
                memcmp(PQgetvalue(result, 0, 1), token, UUID_SIZE) == 0;
    PQclear(result);
    return ours;
}

/* One number; false: there is none. */
static bool ask_number(struct pg_link *link, const char *sql, uint64_t *number)
{
    PGresult *result = pg_link_ask(link, sql, PG_PATIENCE);
    bool good = PQntuples(result) == 1;
    if (good)
        *number = (uint64_t)pg_number(result, 0, 0);
    PQclear(result);
    return good;
}

bool pg_schema_measure(struct pg_link *link, uint64_t most, uint64_t *size, uint64_t *used)
{
    if (!ask_number(
            link,
            "SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class WHERE relkind = "
            "'r' AND relnamespace = 'mailroom'::regnamespace",
            size))
        return false;
    if (*size <= most || most == 0) {
        *used = *size;
        return true;
    }
    struct sql sum = {.postgresql = true};
    sql_add(&sum, "SELECT (0");
    for (unsigned kind = 1; kind < RECORD_KINDS; kind++) {
        const struct table *table = table_of(kind);
        sql_add(&sum, "+(SELECT count(*)*" ROW "+%s FROM %s)",
                table->body ? "coalesce(sum(pg_column_size(body)),0)" : "0", table->name);
    }
    sql_add(&sum, ")::bigint");
    bool good = pg_link_do(link, "SET statement_timeout = 1000") && ask_number(link, sum.text, used);
    return pg_link_do(link, "SET statement_timeout = 0") && good;
}
