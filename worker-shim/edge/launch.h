/* launch: how the guardian starts the workers' command. */
#ifndef MAILROOM_SHIM_EDGE_LAUNCH_H
#define MAILROOM_SHIM_EDGE_LAUNCH_H

#include <stdbool.h>
#include <sys/types.h>

/* A name and a value in turn; ends with NULL. */
typedef const char *launch_environment[16];

struct launch {
    char *const *command;           /* argv, ends with NULL; found by PATH */
    const char *const *environment; /* what it finds beside ours */
    int file;                       /* stays open for it; below 0: none */
};

/* Forks a process that leads a group of its own, gets SIGKILL when this one ends, and becomes the command.
 * Returns its process, or -1; `*error` is an errno where it could not become the command, else 0. */
pid_t launch(const struct launch *what, int *error);

/* Whether a process is a child of this one that was not reaped: so long its number is no other's. */
bool launch_is_ours(pid_t pid);

#endif
