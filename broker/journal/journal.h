/* journal: takes records from the loop and has them written by a thread of its own, in groups. It never makes
 * the loop wait. Who opens it hears by a file (journal_file) that there is news, and asks what it is
 * (journal_news). */
#ifndef MAILROOM_JOURNAL_JOURNAL_H
#define MAILROOM_JOURNAL_JOURNAL_H

#include "broker/journal/store.h"

struct journal_plan {
    struct store_plan store;
    uint64_t group_ms; /* how long a group waits for more; what comes and goes meanwhile is never written. Up
                          to ten times as long where writing takes much of a processor */
    uint64_t group_bytes; /* from which on it does not wait; at most a quarter of `queue` */
    uint64_t queue;       /* bytes of records that are not written yet, from which on new work is refused */
};

void journal_plan_default(struct journal_plan *plan);

struct journal;

/* Opens or makes it. NULL: `why` (STORE_WHY bytes) says why not. */
struct journal *journal_open(const struct journal_plan *plan, struct store_identity *identity, char *why);

/* Hands all that is in it to `row`, in the order of record.h, before the first record is appended. False:
 * `why`, and whether it may be there `*later`, when it is opened anew. */
bool journal_load(struct journal *journal, void (*row)(void *self, const struct record *record), void *self,
                  bool *later, char *why);

/* Starts to write. False: `why`. */
bool journal_start(struct journal *journal, char *why);

/* One record more, which it takes over; they are numbered from 1. The thread has it from the next
 * journal_flush on: it is cheaper to hand over many at a time. */
void journal_append(struct journal *journal, struct record *record);
void journal_flush(struct journal *journal);

/* Why it takes no new work. */
enum journal_refusal {
    JOURNAL_TAKES, /* it does */
    JOURNAL_FAILS, /* what was last tried to be written was not */
    JOURNAL_FULL,  /* it has all the bytes that it may */
    JOURNAL_BEHIND,
    JOURNAL_REFUSALS
};

/* What has happened since it was asked last. */
struct journal_news {
    uint64_t committed; /* all records up to this one are safe */
    bool lost;          /* another broker has it: this one must not serve any more, */
    enum journal_refusal refusal;
    char why[STORE_WHY]; /* the same in words */
    struct journal_numbers numbers;
};

/* A file that is readable when there is news; and the news. */
int journal_file(const struct journal *journal);
void journal_news(struct journal *journal, struct journal_news *news);

/* When a group closes whose first record came at `first_ns`, and which is to wait `open_ns`: not before
 * `rest_ns`, but at most ten times as long. A longer group has fewer rows for each task, since more of them
 * begin and end in it: where writing takes much of a processor, others have it in between, to end theirs. It
 * is processor time that counts: who has a slow disk waits no longer. */
uint64_t journal_due(uint64_t first_ns, uint64_t open_ns, uint64_t rest_ns);

/* Writes what is there, if it can be written, and closes. How many records were not. */
uint64_t journal_close(struct journal *journal);

#endif
