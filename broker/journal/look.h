/* look: what a journal has, for people: lists of rows that say in words what the tables say in numbers. A
 * broker may have the journal meanwhile: it goes on. */
#ifndef MAILROOM_JOURNAL_LOOK_H
#define MAILROOM_JOURNAL_LOOK_H

#include "broker/journal/store.h"

enum look_list { LOOK_JOURNAL, LOOK_SESSIONS, LOOK_TASKS, LOOK_RESULTS, LOOK_LISTS };

struct look_cell {
    const char *name; /* of the column */
    bool number;      /* else a text, */
    uint64_t value;
    struct span text; /* borrowed; data NULL: there is none */
};

struct look;

/* Opens it. NULL: `why` (STORE_WHY bytes). */
struct look *look_open(const char *place, char *why);

/* Begins a list; then gives one row after the other, false at the end. Borrowed until the next call. */
void look_begin(struct look *look, enum look_list list);
bool look_next(struct look *look, const struct look_cell **cells, unsigned *count);

/* Closes it. False: something could not be read; `why`. */
bool look_close(struct look *look, char *why);

#endif
