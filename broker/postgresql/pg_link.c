/* pg_link: see pg_link.h. */
#include "broker/postgresql/pg_link.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A text of libpq's, which has lines. */
static void note(struct pg_link *link, const char *text)
{
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
    const char *const values[] = {place, application, "2", "1", "1", "1", "2000", NULL};
    link->connection = PQconnectdbParams(words, values, 1);
    write_name(link, place);
    if (PQstatus(link->connection) == CONNECTION_OK && PQsetnonblocking(link->connection, 1) == 0)
        return true;
    note(link, PQerrorMessage(link->connection));
    pg_link_close(link);
    return false;
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
        if (!PQisBusy(link->connection))
            return true;
        int64_t left = until - now_ms();
        struct pollfd file = {PQsocket(link->connection), (short)(unsent ? POLLIN | POLLOUT : POLLIN), 0};
        if (left <= 0 || poll(&file, 1, (int)left) == 0)
            return give_up(link, "it does not answer");
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
    note(link, text ? text : PQresultErrorMessage(result));
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
