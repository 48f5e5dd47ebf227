/* sink: where results go: standard output, one file, a folder with a file for each, or JSON; and failures, to
 * standard error. */
#ifndef MAILROOM_CLI_SINK_H
#define MAILROOM_CLI_SINK_H

#include <stdbool.h>

#include "clients/c/core/work.h"
#include "clients/cli/exits.h"
#include "clients/cli/invocation.h"

enum sink_kind {
    SINK_RAW,    /* a result as it is */
    SINK_LINES,  /* a result, and a newline where it does not end with one */
    SINK_FOLDER, /* a file for each */
};

struct sink {
    enum sink_kind kind;
    const struct invocation *invocation;
    const char *path;   /* RAW: a file, NULL: standard output; FOLDER: the folder */
    char *const *names; /* FOLDER: the files that the bodies came from, NULL: they are numbered */
    bool one;           /* there is only one: it needs no number in what people read */
    uint64_t shown, failed;
    enum cli_exit code;   /* so far: CLI_FAILED when something failed, CLI_UNKNOWN_TASK when that was it */
    enum cli_exit broken; /* not CLI_FINE: nothing can be written any more */
    char why[400];        /* of that; "": nobody reads it */
};

/* How many results there will be is known: several are on lines of their own. False: they cannot go into one
 * file. */
bool sink_expect(struct sink *sink, uint64_t count);

/* Shows what became of a task. False: it cannot be written, see `broken`. */
bool sink_show(struct sink *sink, const struct work_outcome *outcome);

/* Sees to it that all that was shown is written. */
bool sink_flush(struct sink *sink);

#endif
