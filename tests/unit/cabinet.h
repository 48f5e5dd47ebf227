/* cabinet: a store of the test's own, in a folder or in a database of PostgreSQL's, and records to put into
 * it. */
#ifndef MAILROOM_TESTS_CABINET_H
#define MAILROOM_TESTS_CABINET_H

#include "broker/journal/store.h"

extern char folder[64], why[STORE_WHY]; /* the folder; what a store said last */
extern char place[128];                 /* of the store: the folder, or the database in it */
extern struct store_identity identity;  /* of the one that was opened last */

/* For TestSuite: .init and .fini. */
void make_folder(void);
void remove_folder(void);

/* Stores that must open: as the plan says; in the folder. */
struct store *open_plan(const struct store_plan *plan);
struct store *open_store(void);

/* Commits one record, whose body stays the caller's. */
bool commit(struct store *store, const struct record *record);

/* A body with one reference; a task that has it. */
struct slice body_of(const char *text);
struct record make_task(uint32_t worker, uint64_t mailbox, uint32_t slot, const char *body);

/* Changes the journal by SQL, without mailroom. */
void run_sql(const char *sql);

/* What run_sql does where the store is no folder. */
extern void (*run_other_sql)(const char *sql);

#endif
