/* tool: another program that is run for what it says: found by PATH, never by a shell, with a time to end in.
 */
#ifndef MAILROOM_CLI_TOOL_H
#define MAILROOM_CLI_TOOL_H

#include <stdbool.h>
#include <stdint.h>

enum { TOOL_WHY = 600 };

struct tool {
    char *const *command;     /* ended by NULL */
    char *const *environment; /* ended by NULL; NULL: this process's */
    const char *input;        /* its standard input; NULL: nothing */
    uint64_t timeout;         /* ms, after which it is killed */
};

/* Runs it. `*said`: its standard output, which the caller frees (mem_free). False: it could not be run, did
 * not end well or not in time, or said more than 64 MiB; `why` says so, with the end of its standard error,
 * and
 * `*said` is NULL. */
bool tool_run(const struct tool *tool, char **said, char why[TOOL_WHY]);

#endif
