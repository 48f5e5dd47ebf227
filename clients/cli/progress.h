/* progress: how far tasks are, on standard error: a bar on a terminal, a line now and then elsewhere. */
#ifndef MAILROOM_CLI_PROGRESS_H
#define MAILROOM_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *command;
    bool silent, terminal;
    bool drawn, used;     /* the bar is there now; it was there */
    uint64_t began, next; /* ms */
    uint64_t total;       /* tasks so far */
    bool complete;        /* there will be no more */
    uint64_t done, failed;
};

void progress_init(struct progress *progress, const char *command, bool quiet, uint64_t now);

/* Shows it, if it is time; the caller has filled in the numbers. */
void progress_show(struct progress *progress, uint64_t now);

/* Takes the bar away, before something else is written to the terminal. */
void progress_clear(struct progress *progress);

/* Shows how it ended. */
void progress_end(struct progress *progress, uint64_t now);

/* ms at which it is to be shown again. */
uint64_t progress_deadline(const struct progress *progress);

#endif
