/* pg_link: see pg_link.h. */
#include "broker/postgresql/pg_link.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CONNECT_MS = 2000 /* that libpq waits for a connection, at least */ };

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A text of libpq's, which has lines. */
static void note(struct pg_link *link, const char *text)
{
    link->state[0] = '\0';
    link->silent = false;
    snprintf(link->why, sizeof link->why, "%s", text);
    for (char *at = link->why; *at; at++) {
        if (*at == '\n')
            *at = at[1] ? ' ' : '\0';
    }
}

/* Which database it is, for people. */
static void write_name(struct pg_link *link, const char *place)
{
    const char *host = PQhost(link->connection), *port = PQport(link->connection);
    const char *database = PQdb(link->connection);
    if (host && host[0] && database)
        snprintf(link->name, sizeof link->name, "postgresql://%s:%s/%s", host, port ? port : "", database);
    else if (!link->name[0]) { /* as it was said, but for a password */
        const char *user = strstr(place, "://") + 3, *at = strchr(user, '@');
        snprintf(link->name, sizeof link->name, "postgresql://%s", at ? at + 1 : user);
        link->name[strcspn(link->name, "?")] = '\0';
    }
}

/* Whether somebody at the server's address has said that nobody serves there, or that the one who does takes
 * nobody now: no answer of that kind comes from a network that is gone. */
static bool was_answered(const char *text, const char *const *words, const char *const *values)
{
    if (strstr(text, strerror(ECONNREFUSED)) || strstr(text, strerror(ENOENT)))
        return true;
    PGPing ping = PQpingParams(words, values, 1);
    return ping == PQPING_REJECT || ping == PQPING_OK;
}

bool pg_link_open(struct pg_link *link, const char *place)
{
    char host[64] = "", application[100];
    gethostname(host, sizeof host - 1);
    snprintf(application, sizeof application, "mailroomd %s:%ld", host, (long)getpid());
    const char *const words[] = {"dbname",
                                 "application_name",
                                 "connect_timeout",
                                 "keepalives_idle",
                                 "keepalives_interval",
                                 "keepalives_count",
                                 "tcp_user_timeout",
                                 NULL};
    /* so that wait_for_result sees first that nothing comes */
    const char *const values[] = {place, application, "2", "2", "1", "2", "4000", NULL};
    int64_t begun = now_ms();
    link->connection = PQconnectdbParams(words, values, 1);
    write_name(link, place);
    if (PQstatus(link->connection) == CONNECTION_OK && PQsetnonblocking(link->connection, 1) == 0) {
        link->heard_ms = now_ms();
        return true;
    }
    note(link, PQerrorMessage(link->connection));
    link->silent = now_ms() - begun >= CONNECT_MS || !was_answered(link->why, words, values);
    if (!link->silent)
        link->heard_ms = now_ms();
    pg_link_close(link);
    return false;
}

bool pg_link_is_silent(const struct pg_link *link)
{
    return link->silent && now_ms() - link->heard_ms >= PG_PATIENCE;
}

bool pg_link_may_heal(const struct pg_link *link)
{
    /* connection, transaction's state (read-only), rollback, resources, locks, operator */
    static const char *const classes[] = {"08", "25", "40", "53", "55", "57"};
    bool may = link->connection == NULL;
    for (unsigned i = 0; i < sizeof classes / sizeof *classes; i++)
        may = may || strncmp(link->state, classes[i], 2) == 0;
    return may;
}

void pg_link_close(struct pg_link *link)
{
    PQfinish(link->connection);
    link->connection = NULL;
}

static bool give_up(struct pg_link *link, const char *text)
{
    note(link, text);
    pg_link_close(link);
    return false;
}

/* Waits until there is a result, while what is to be sent is sent. */
static bool wait_for_result(struct pg_link *link, int patience)
{
    int64_t until = now_ms() + patience;
    for (;;) {
        int unsent = PQflush(link->connection);
        if (unsent < 0 || !PQconsumeInput(link->connection))
            return give_up(link, PQerrorMessage(link->connection));
        if (!PQisBusy(link->connection)) {
            link->heard_ms = now_ms();
            return true;
        }
        int64_t left = until - now_ms(); /* below 0: this process has stood still, and what came is there */
        struct pollfd file = {PQsocket(link->connection), (short)(unsent ? POLLIN | POLLOUT : POLLIN), 0};
        if (poll(&file, 1, left > 0 ? (int)left : 0) == 0) {
            give_up(link, "it does not answer");
            link->silent = true;
            return false;
        }
        if (file.revents & POLLOUT) /* it takes what it is sent */
            until = now_ms() + patience;
    }
}

PGresult *pg_link_next(struct pg_link *link, int patience, bool *good)
{
    *good = link->connection && wait_for_result(link, patience);
    return *good ? PQgetResult(link->connection) : NULL;
}

void pg_link_note(struct pg_link *link, const PGresult *result)
{
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    note(link, text ? text : PQresultErrorMessage(result));
    snprintf(link->state, sizeof link->state, "%s", state ? state : "");
}

PGresult *pg_link_last(struct pg_link *link, int patience)
{
    PGresult *last = NULL, *next;
    bool good;
    while ((next = pg_link_next(link, patience, &good)) != NULL) {
        PQclear(last);
        last = next;
    }
    ExecStatusType status = PQresultStatus(last);
    if (good && (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK))
        return last;
    if (good)
        pg_link_note(link, last);
    PQclear(last);
    return NULL;
}

PGresult *pg_link_ask(struct pg_link *link, const char *sql, int patience)
{
    if (!link->connection)
        return NULL;
    if (!PQsendQueryParams(link->connection, sql, 0, NULL, NULL, NULL, NULL, 1)) {
        give_up(link, PQerrorMessage(link->connection));
        return NULL;
    }
    return pg_link_last(link, patience);
}

bool pg_link_do(struct pg_link *link, const char *sql)
{
    PGresult *result = pg_link_ask(link, sql, PG_PATIENCE);
    PQclear(result);
    return result != NULL;
}

void pg_put_number(uint8_t *bytes, int64_t number)
{
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)((uint64_t)number >> (56 - 8 * i));
}

int64_t pg_number(const PGresult *result, int row, int column)
{
    const char *bytes = PQgetvalue(result, row, column);
    uint64_t number = 0;
    int size = PQgetlength(result, row, column);
    for (int i = 0; i < size && size <= 8; i++)
        number = number << 8 | (uint8_t)bytes[i];
    return (int64_t)number;
}
