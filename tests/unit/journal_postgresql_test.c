/* A store in PostgreSQL: what holds of every store, and what is so because two brokers may name it: one has
 * it, the other waits, and who lost it commits nothing. The server is one of its own, in a folder. */
#include <criterion/criterion.h>
#include <criterion/hooks.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/index.h"
#include "common/base/mem.h"
#include "tests/unit/cabinet.h"
#include "tests/unit/contract.h"

#define WHERE "MAILROOM_TEST_POSTGRESQL" /* tells each test's process the server's folder */
#define PROGRAMS "/usr/lib/postgresql/15/bin"

static const char initdb[] = PROGRAMS "/initdb", postgres[] = PROGRAMS "/postgres";

enum { STARTS = 1200 /* looks, 50 ms apart, until the server must answer */, PAUSE_US = 50000 };

static char home[64]; /* the server's folder, "": there is no PostgreSQL here */
static pid_t server;

/* The child becomes a user that the server accepts: it refuses root. */
static void become_nobody(void)
{
    const struct passwd *user = getuid() == 0 ? getpwnam("nobody") : NULL;
    if (user && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0))
        _exit(126);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static pid_t run(const char *const *words)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    become_nobody();
    char log[96];
    snprintf(log, sizeof log, "%s/log", home);
    if (!freopen(log, "ae", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
        _exit(126);
    execv(words[0], (char *const *)(uintptr_t)words);
    _exit(127);
}

static PGconn *connect_to(const char *database)
{
    char text[160];
    snprintf(text, sizeof text, "postgresql://mailroom@/%s?host=%s", database, home);
    return PQconnectdb(text);
}

static bool answers(void)
{
    PGconn *connection = connect_to("postgres");
    bool good = PQstatus(connection) == CONNECTION_OK;
    PQfinish(connection);
    return good;
}

ReportHook(PRE_ALL)(struct criterion_test_set *tests)
{
    char data[96];
    int status = 1;
    if (access(initdb, X_OK) != 0)
        return;
    strcpy(home, "/tmp/mailroom-postgresql-XXXXXX");
    const struct passwd *user = getpwnam("nobody");
    if (!mkdtemp(home) || (getuid() == 0 && (!user || chown(home, user->pw_uid, user->pw_gid) != 0)))
        abort();
    snprintf(data, sizeof data, "%s/data", home);
    const char *const make[] = {initdb,  "-D", data,       "-U", "mailroom", "-A",
                                "trust", "-N", "--locale", "C",  NULL};
    waitpid(run(make), &status, 0);
    const char *const serve[] = {postgres, "-D", data, "-k", home, "-h", "", "-c", "fsync=off", NULL};
    server = status == 0 ? run(serve) : 0;
    for (int i = 0; i < STARTS && server && !answers(); i++)
        usleep(PAUSE_US);
    setenv(WHERE, home, 1);
}

ReportHook(POST_ALL)(struct criterion_global_stats *stats)
{
    char command[128];
    if (server > 0) {
        kill(server, SIGQUIT);
        waitpid(server, NULL, 0);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", home);
    if (home[0] && system(command) != 0)
        abort();
}

/* SQL in one of the server's databases; one number of its answer. */
static long ask(const char *database, const char *sql)
{
    PGconn *connection = connect_to(database);
    PGresult *result = PQexec(connection, sql);
    ExecStatusType status = PQresultStatus(result);
    cr_assert(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK, "%s", PQerrorMessage(connection));
    long number = PQntuples(result) > 0 ? strtol(PQgetvalue(result, 0, 0), NULL, 10) : -1;
    PQclear(result);
    PQfinish(connection);
    return number;
}

static void sql_here(const char *sql)
{
    ask(folder, sql);
}

/* A database for each test, by the number of its process. */
static void make_database(void)
{
    char sql[96];
    const char *where = getenv(WHERE);
    if (!where)
        cr_skip_test("there is no PostgreSQL 15 in " PROGRAMS);
    snprintf(home, sizeof home, "%s", where);
    snprintf(folder, sizeof folder, "test%ld", (long)getpid());
    snprintf(place, sizeof place, "postgresql://mailroom@/%s?host=%s", folder, home);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s", folder);
    ask("postgres", sql);
    run_other_sql = sql_here;
}

TestSuite(journal_postgresql, .init = make_database);

#define SAME(what)                 \
    Test(journal_postgresql, what) \
    {                              \
        contract_##what();         \
    }

SAME(rows_come_back_as_they_were_said)
SAME(owners_are_loaded_before_what_they_own)
SAME(what_a_row_owns_goes_with_it)
SAME(a_row_that_is_put_again_keeps_its_age_and_its_place)
SAME(a_cluster_goes_on_with_the_next_epoch)
SAME(the_journal_of_another_cluster_is_refused)

Test(journal_postgresql, an_older_schema_gets_what_it_lacks)
{
    contract_an_older_schema_gets_what_it_lacks(
        "DROP VIEW mailroom.tasks; ALTER TABLE mailroom.task DROP COLUMN comp_task_id; DROP TABLE mailroom.answer; "
        "UPDATE mailroom.journal SET schema = 0");
}

Test(journal_postgresql, a_newer_schema_is_refused)
{
    store_close(open_store());
    sql_here("UPDATE mailroom.journal SET schema = 1000");
    contract_expect_refusal(&(struct store_plan){.place = place}, "its schema is 1000");
}

Test(journal_postgresql, one_broker_has_it)
{
    struct store *store = open_store();
    char text[64];
    snprintf(text, sizeof text, ":%ld", (long)getpid());
    contract_expect_refusal(&(struct store_plan){.place = place}, text);
    cr_assert(store_look(store, why), "%s", why); /* as a broker does: a server ends who is silent */
    contract_expect_refusal(&(struct store_plan){.place = place}, "is in use by mailroomd ");
    store_close(store);
    store_close(open_store());
}

Test(journal_postgresql, nothing_is_committed_by_who_lost_it)
{
    struct store *old = open_store();
    struct record task = make_task(WORKER_NIL, 1, 0, "first"), late = make_task(WORKER_NIL, 2, 0, "late");
    cr_assert(commit(old, &task), "%s", why);
    sql_here(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        "pg_backend_pid()");
    struct store *next = open_store(); /* the lock is free, as that of a process that stands still becomes */
    cr_expect_not(commit(old, &late));
    while (!store_is_lost(old)) { /* its first word may only have met the end of its session */
        cr_assert(store_look(next, why), "%s", why); /* as a broker does: a server ends who is silent */
        cr_expect_not(commit(old, &late));
        usleep(PAUSE_US);
    }
    cr_expect(strstr(why, "is another broker's now"), "%s", why);
    cr_expect_not(store_look(old, why));
    cr_expect(store_look(next, why), "%s", why);
    cr_expect_eq(ask(folder, "SELECT count(*) FROM mailroom.task"), 1);
    store_close(old);
    store_close(next);
    slice_drop(&task.body);
    slice_drop(&late.body);
}

Test(journal_postgresql, an_epoch_that_was_raised_fences_whoever_has_the_lock)
{
    struct store *store = open_store();
    struct record task = make_task(WORKER_NIL, 1, 0, "late");
    sql_here("UPDATE mailroom.journal SET epoch = epoch + 1");
    cr_expect_not(commit(store, &task));
    cr_expect(store_is_lost(store) && strstr(why, "is another broker's now"), "%s", why);
    cr_expect_eq(ask(folder, "SELECT count(*) FROM mailroom.task"), 0);
    store_close(store);
    slice_drop(&task.body);
}

Test(journal_postgresql, a_session_that_was_ended_is_made_anew)
{
    struct store *store = open_store();
    struct record one = make_task(WORKER_NIL, 1, 0, "one");
    sql_here(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
        "pg_backend_pid()");
    bool first = commit(store, &one);
    cr_expect(first || strstr(why, "cannot be written"), "%s", why);
    cr_expect(first || commit(store, &one), "%s", why);
    cr_expect(store_look(store, why) && !store_is_lost(store));
    cr_expect_eq(ask(folder, "SELECT count(*) FROM mailroom.task"), 1);
    store_close(store);
    slice_drop(&one.body);
}

Test(journal_postgresql, many_rows_are_one_transaction)
{
    struct store *store = open_store();
    struct group group = {0};
    for (unsigned i = 0; i < 1000; i++) {
        struct record task = make_task(WORKER_NIL, i, 0, "a task of many");
        group_add(&group, record_copy(&task));
    }
    group_settle(&group);
    cr_assert(store_commit(store, &group, why), "%s", why);
    group_free(&group);
    cr_expect_eq(ask(folder, "SELECT count(*) FROM mailroom.task"), 1000);
    cr_expect_eq(ask(folder, "SELECT count(*) FROM mailroom.tasks WHERE runtime = 'python/3495'"), 1000);
    cr_expect_eq(store_numbers(store)->rows, 1000);
    store_close(store);
}

/* A task whose body nobody makes smaller. */
static struct record large_task(uint64_t mailbox, size_t size)
{
    struct record task = make_task(WORKER_NIL, mailbox, 0, "");
    slice_drop(&task.body);
    uint8_t *bytes = mem_alloc(size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(index_hash(mailbox, i, 1) >> 8);
    task.body = (struct slice){blob_copy(bytes, size), 0, size};
    mem_free(bytes);
    return task;
}

Test(journal_postgresql, what_it_has_is_measured)
{
    enum { COUNT = 20, SIZE = 1 << 20 };
    struct store *store = open_plan(&(struct store_plan){.place = place, .careful = true, .most = SIZE});
    for (unsigned i = 0; i < COUNT; i++) {
        struct record task = large_task(i, SIZE);
        cr_assert(commit(store, &task), "%s", why);
        slice_drop(&task.body);
    }
    while (store_numbers(store)->used < COUNT * SIZE) /* it looks now and then only */
        cr_expect_not(store_tidy(store));
    cr_expect_geq(store_numbers(store)->size, COUNT * SIZE);
    cr_expect_leq(store_numbers(store)->used, (COUNT + 1) * SIZE);
    for (unsigned i = 0; i < COUNT; i++) {
        struct record gone = make_task(WORKER_NIL, i, 0, "");
        gone.verb = RECORD_DROP;
        cr_assert(commit(store, &gone), "%s", why);
        slice_drop(&gone.body);
    }
    while (store_numbers(store)->used >= SIZE) /* what is gone does not count, though it is on the disk */
        store_tidy(store);
    store_close(store);
}

struct waiter {
    int file;
    struct store *store;
    struct store_identity identity;
    char why[STORE_WHY];
};

static void *wait_for_it(void *self)
{
    struct waiter *waiter = self;
    waiter->store = store_open(&(struct store_plan){.place = place, .waits = waiter->file}, &waiter->identity,
                               waiter->why);
    return NULL;
}

Test(journal_postgresql, who_waits_has_it_next)
{
    struct waiter waiter = {.file = eventfd(0, EFD_CLOEXEC)};
    struct store *store = open_store();
    uint64_t epoch = identity.epoch;
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, wait_for_it, &waiter), 0);
    while (ask(folder, "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'mailroomd%' AND "
                       "datname = current_database()") < 2) {
        cr_assert(store_look(store, why), "%s", why); /* as a broker does: a server ends who is silent */
        usleep(PAUSE_US);
    }
    store_close(store);
    pthread_join(thread, NULL);
    cr_assert(waiter.store, "%s", waiter.why);
    cr_expect_eq(waiter.identity.epoch, epoch + 1);
    store_close(waiter.store);
}

/* How many sessions of brokers on this test's database wait for a lock of a table's. */
static long stuck(void)
{
    char sql[224];
    snprintf(
        sql, sizeof sql,
        "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'mailroomd%%' AND wait_event_type = "
        "'Lock' AND datname = '%s'",
        folder);
    return ask("postgres", sql);
}

Test(journal_postgresql, who_loses_its_session_while_it_takes_over_waits_on)
{
    struct waiter waiter = {.file = eventfd(0, EFD_CLOEXEC)};
    pthread_t thread;
    store_close(open_store());
    PGconn *holder = connect_to(folder);
    PQclear(PQexec(holder, "BEGIN; LOCK TABLE mailroom.journal IN ACCESS EXCLUSIVE MODE"));
    cr_assert_eq(pthread_create(&thread, NULL, wait_for_it, &waiter), 0);
    while (stuck() == 0) /* it has the advisory lock, and is about to read whose journal it is */
        usleep(PAUSE_US);
    sql_here(
        "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = current_database() AND "
        "application_name LIKE 'mailroomd%'");
    while (stuck() == 0) /* it has come again */
        usleep(PAUSE_US);
    while (stuck() > 0) /* and waits for no lock without end: it lets go of all, and comes again */
        usleep(PAUSE_US);
    PQfinish(holder);
    pthread_join(thread, NULL);
    cr_assert(waiter.store, "%s", waiter.why);
    cr_expect_not(waiter.identity.later);
    store_close(waiter.store);
}

Test(journal_postgresql, a_server_that_stands_still_ends_who_has_it)
{
    struct store *store = open_store();
    struct record task = make_task(WORKER_NIL, 1, 0, "late");
    long pid = ask(folder, "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND "
                           "application_name LIKE 'mailroomd%'");
    cr_assert_eq(kill((pid_t)pid, SIGSTOP), 0);
    while (!store_is_lost(store))
        cr_expect_not(commit(store, &task));
    cr_expect(strstr(why, "has not answered for 3 s: another broker may have it by now"), "%s", why);
    cr_assert_eq(kill((pid_t)pid, SIGCONT), 0);
    cr_expect_not(commit(store, &task));
    cr_expect_not(store_look(store, why));
    store_close(store);
    cr_expect_eq(ask(folder, "SELECT count(*) FROM mailroom.task"), 0);
    slice_drop(&task.body);
}

Test(journal_postgresql, who_waits_can_be_told_that_it_is_enough)
{
    struct waiter waiter = {.file = eventfd(0, EFD_CLOEXEC)};
    struct store *store = open_store();
    pthread_t thread;
    cr_assert_eq(pthread_create(&thread, NULL, wait_for_it, &waiter), 0);
    eventfd_write(waiter.file, 1);
    pthread_join(thread, NULL);
    cr_expect(!waiter.store && strstr(waiter.why, "is in use by"), "%s", waiter.why);
    store_close(store);
}

Test(journal_postgresql, a_server_that_is_not_there_is_said_and_no_password_is)
{
    strcpy(place, "postgresql://anna:secret@/none?host=/nonexistent");
    cr_expect_eq(store_open(&(struct store_plan){.place = place}, &identity, why), NULL);
    cr_expect(strstr(why, "cannot be reached") && !strstr(why, "secret"), "%s", why);
}
