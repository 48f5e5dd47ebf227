/* backlog: submits that the broker has no room for: which are tried again, and when; and when patience is
 * over. It sends nothing. What was refused waits, and what is submitted meanwhile waits behind it, in order.
 * One is tried at a time, more while the broker takes them, so that a full broker is not flooded. */
#ifndef MAILROOM_C_BACKLOG_H
#define MAILROOM_C_BACKLOG_H

#include "clients/c/core/outstanding.h"

enum { BACKLOG_LONG = 1024 /* submits, */, BACKLOG_LARGE = 64 << 20 /* bytes: from then on it is full */ };

struct backlog {
    uint64_t patience; /* ms without any progress (a submit that the broker takes, a task that ends), and
                          without hope of some */
    struct submission *first, *last;
    uint64_t count, bytes, under_way;
    uint64_t at_once;  /* how many may be under way */
    uint64_t pause;    /* ms until the next attempt */
    uint64_t try_at;   /* ms; NEVER: an answer is waited for, or there is nothing */
    uint64_t moved_at; /* ms, the last progress */
};

void backlog_init(struct backlog *backlog, uint64_t patience);

/* Whether so much waits, submits and bytes, that whoever submits more had better wait too. */
bool backlog_is_full(uint64_t count, uint64_t bytes);

/* Takes a submit that was not sent, for others wait already. */
void backlog_add(struct backlog *backlog, struct submission *submission);

/* The broker has no room for a submit. `hope`: there may be room without anybody's doing, for there are tasks
 * that have not ended. False: patience is over. */
bool backlog_refused(struct backlog *backlog, struct submission *submission, bool hope, uint64_t now);

/* The broker has a submit, which may have waited here: others are tried at once. */
void backlog_taken(struct backlog *backlog, struct submission *submission, uint64_t now);

/* A task has ended, so that there may be room soon. */
void backlog_moved(struct backlog *backlog, uint64_t now);

/* The next submit that is to be sent now; NULL: none. */
struct submission *backlog_due(struct backlog *backlog, uint64_t now);

/* Forgets a submit, if it is here. */
void backlog_drop(struct backlog *backlog, struct submission *submission);

/* On a new link: what was on its way may have been lost with the old one. */
void backlog_begin_anew(struct backlog *backlog, uint64_t now);

/* Forgets all. */
void backlog_clear(struct backlog *backlog);

#endif
