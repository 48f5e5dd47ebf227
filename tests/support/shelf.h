/* shelf: a journal in memory, for stories and the simulator: what a broker has said, how far it is safe, and
 * what another process of its cluster hears. It holds the broker to what common/link/record.h asks of it. */
#ifndef MAILROOM_TEST_SHELF_H
#define MAILROOM_TEST_SHELF_H

#include "common/link/record.h"

struct shelf;

struct shelf *shelf_new(void);
void shelf_free(struct shelf *shelf);

/* The next record, copied. NULL, or what is wrong with it, as far as can be seen now. */
const char *shelf_say(struct shelf *shelf, const struct record *record);

/* How many the present process has said, and how many of them are not safe. */
uint64_t shelf_said(const struct shelf *shelf);
size_t shelf_waiting(const struct shelf *shelf);

/* The next `count` records are safe from here on; the number of the last one. */
uint64_t shelf_commit_some(struct shelf *shelf, size_t count);

/* The process is gone, and what was not safe. The next one counts its records from 1. */
void shelf_crash(struct shelf *shelf);

/* What is safe, in the order in which it is to be heard: the row at `*at`, from 0; NULL: there are no more.
 */
const struct record *shelf_next(const struct shelf *shelf, size_t *at);

/* How many rows of a kind are safe; 0: of all kinds. */
size_t shelf_count(const struct shelf *shelf, unsigned kind);

#endif
