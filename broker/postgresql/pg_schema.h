/* pg_schema: what a journal in PostgreSQL is: the schema `mailroom` of a database, its version, its tables,
 * whose it is, and who has it. */
#ifndef MAILROOM_POSTGRESQL_PG_SCHEMA_H
#define MAILROOM_POSTGRESQL_PG_SCHEMA_H

#include "broker/journal/store.h"
#include "broker/postgresql/pg_link.h"

/* How a session of ours is to be; false: link->why. */
bool pg_schema_begin(struct pg_link *link, bool careful);

/* Takes the lock by which one broker has it, which the session keeps; or says who has it. */
enum pg_lock { PG_LOCK_OURS, PG_LOCK_THEIRS, PG_LOCK_FAILS };
enum pg_lock pg_schema_lock(struct pg_link *link, char *who, size_t size);

/* Gives the lock back. The server would do so too when it has read that the session is over, which is after
 * its client has gone on. */
void pg_schema_unlock(struct pg_link *link);

/* With the lock: makes its tables, or adds what an older program's lack; its epoch goes up by one, and the
 * leader's token becomes this one. False: `why`, where that is what is in the journal; else link->why. */
bool pg_schema_take(struct pg_link *link, const struct store_plan *plan, const uint8_t *token,
                    struct store_identity *identity, char *why);

/* What the tables take on the server's disk, and how much of that is there now: the rest is rows that are
 * gone, whose room the server uses again. To count it takes a look at each row, so it is not done below
 * `most` bytes on the disk (0: never), and not for long. False: it is not known; link->why. */
bool pg_schema_measure(struct pg_link *link, uint64_t most, uint64_t *size, uint64_t *used);

/* Whether the epoch and the token are there still. False: somebody else's are, or (`*known` false) it could
 * not be asked: link->why. */
bool pg_schema_is_ours(struct pg_link *link, uint64_t epoch, const uint8_t *token, bool *known);

#endif
