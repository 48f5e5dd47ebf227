/* pg_link: a connection to PostgreSQL that never waits for longer than it says: whatever is asked is answered
 * within PG_PATIENCE, or the connection is over. What is sent meanwhile counts as an answer: somebody takes
 * it. */
#ifndef MAILROOM_POSTGRESQL_PG_LINK_H
#define MAILROOM_POSTGRESQL_PG_LINK_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    PG_PATIENCE = 3000, /* ms */
    PG_LOAD = 600000,   /* ms for all rows of a table */
    PG_NUMBER = 20,     /* the types that are used, as PostgreSQL numbers them: int8 and bytea */
    PG_BYTES = 17
};

/* ms after which the server ends a session of which it hears nothing. Its broker looks twice a second, waits
 * PG_PATIENCE for the answer, and has ended by then. */
#define PG_LEASE "5000"

struct pg_link {
    PGconn *connection; /* NULL: there is none */
    char name[160];     /* for texts: without a password */
    char why[300];      /* what went wrong last, as PostgreSQL says it, on one line */
    char state[6];      /* its SQLSTATE, "": it has none */
    int64_t heard_ms;   /* when there was an answer last: a result, or a word that nobody serves there */
    bool silent;        /* what went wrong last is that there was none */
};

/* Whether nothing at all has been heard for PG_PATIENCE, and that is what is wrong. */
bool pg_link_is_silent(const struct pg_link *link);

/* Whether what went wrong last may be over soon, though nobody does anything about it: the connection was
 * lost, or the server had no time, room or permission to write then; not that what was said is wrong. */
bool pg_link_may_heal(const struct pg_link *link);

/* Connects to postgresql://... False: `why`. */
bool pg_link_open(struct pg_link *link, const char *place);
void pg_link_close(struct pg_link *link);

/* Takes all results of what was sent, outside a pipeline; the last one (PQclear), or NULL where it is an
 * error or the connection is over: `why`. */
PGresult *pg_link_last(struct pg_link *link, int patience);

/* One statement without parameters; its result (PQclear), or NULL: `why`. */
PGresult *pg_link_ask(struct pg_link *link, const char *sql, int patience);

/* The same where the answer is of no interest. */
bool pg_link_do(struct pg_link *link, const char *sql);

/* Sends what waits and takes the next result, in or outside a pipeline; NULL: there is none. `*good` false:
 * the connection is over, and `why` says why. */
PGresult *pg_link_next(struct pg_link *link, int patience, bool *good);

/* Notes why a result is none. */
void pg_link_note(struct pg_link *link, const PGresult *result);

/* A number of 8 bytes, and one that a result has. */
void pg_put_number(uint8_t *bytes, int64_t number);
int64_t pg_number(const PGresult *result, int row, int column);

#endif
