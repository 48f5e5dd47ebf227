/* store: where a journal's rows are kept: SQLite in a folder, or a database of PostgreSQL's that two brokers
 * may name, of which one has it. One thread at a time may use a store; its functions wait for the disk. */
#ifndef MAILROOM_JOURNAL_STORE_H
#define MAILROOM_JOURNAL_STORE_H

#include "broker/journal/group.h"

enum { STORE_MOST_BODY = 990000000 /* bytes: SQLite's rows have 10^9 */ };
enum { STORE_WHY = 512 /* bytes of a text that says what is wrong, and what to do */, STORE_NAME = 64 };

/* What tools for folders say of a database. */
#define STORE_ELSEWHERE                                                                                 \
    "this reads journals in folders: one in PostgreSQL is read by psql (SELECT * FROM mailroom.tasks, " \
    "mailroom.results), and looked through by pg_amcheck"

struct store_plan {
    const char *place; /* a folder, which is made where it is not there yet; or postgresql://... */
    int waits;         /* a file; as long as it is not readable, a database that another broker has, or that
                          cannot be reached, is waited for; 0: it is not waited for */
    void (*tell)(void *self, const char *why); /* then: why it still waits, often; NULL: nobody hears it */
    void *self;
    const char *cluster; /* the name that the journal's cluster must have; NULL: any */
    bool careful;        /* what is committed survives a power cut, not only this process */
    uint64_t log;        /* bytes that are written before they are put where they stay, 0: 32 MiB */
    uint64_t most;       /* bytes that it may take on the disk, 0: any number */
};

struct store_numbers {
    uint64_t size;        /* bytes on the disk */
    uint64_t used;        /* of them for what is there now */
    uint64_t rows;        /* that were written or deleted, by this process */
    uint64_t written;     /* bytes of all commits */
    uint64_t checkpoints; /* or whatever a store does in place of them */
};

struct store;

/* What a broker is to others through its journal. */
struct store_identity {
    uint8_t cluster[UUID_SIZE];
    uint64_t epoch; /* one more than that of the process before */
    bool later; /* it could not be opened, and may be had later: it is shared, and another broker has it, or
                   its server does not answer */
};

/* Opens it for this process alone, or makes it. NULL: `why` says why not. */
struct store *store_open(const struct store_plan *plan, struct store_identity *identity, char *why);

/* Hands all rows to `row`, owners before what they own. False: `why`. */
bool store_load(struct store *store, void (*row)(void *self, const struct record *record), void *self,
                char *why);

/* Whether that may be over soon: its server was lost on the way. */
bool store_may_load_later(const struct store *store);

/* Writes a settled group, all of it or nothing. False: `why`; it may be tried again, also with more in it. */
bool store_commit(struct store *store, const struct group *group, char *why);

/* Whether a place is one that brokers on several machines may name. */
bool store_is_shared(const char *place);

/* Whether a store that others may take over is there and still this process's: to be asked from time to time
 * while nothing is committed. False: `why`; it may be there again later, unless it is lost. */
bool store_look(struct store *store, char *why);

/* Another broker has it: nothing is ever committed any more, and this one must not serve. */
bool store_is_lost(const struct store *store);

/* What can wait until nobody does: a piece of it, some ms long. Whether there is more. */
bool store_tidy(struct store *store);

const struct store_numbers *store_numbers(const struct store *store);

/* What is committed stays. NULL is ignored. */
void store_close(struct store *store);

/* Looks through all of a journal that no broker has open: `say` hears of each thing that is wrong. False:
 * `why` says what cannot be looked at at all. */
bool store_verify(const char *place, void (*say)(void *self, const char *what), void *self, char *why);

#endif
