/* guardian: a small process between the shim and its workers. It starts and kills workers on command, and
 * ends them and all their descendants when the shim is gone, also when it was killed with -9. It runs the
 * shim's program under a name of its own, so that the shim can start another one in its place when it has
 * threads, and so that it holds none of the shim's sockets. */
#ifndef MAILROOM_SHIM_EDGE_GUARDIAN_H
#define MAILROOM_SHIM_EDGE_GUARDIAN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/wire/page.h"
#include "worker-shim/edge/folder.h"

enum { WORKER_NAME_SIZE = 64, REPORT_TEXT_SIZE = 800 }; /* bytes, with the closing zero */

/* What the shim asks for, one packet each. */
struct guardian_command {
    enum { GUARDIAN_SPAWN, GUARDIAN_KILL, GUARDIAN_END } kind;
    uint32_t slot;
    bool forks;                  /* SPAWN: it may be forked, where it takes the place of one that worked, */
    bool renewed;                /* or that had done nothing wrong */
    uint32_t grace;              /* END: ms that the workers have to end by themselves */
    char name[WORKER_NAME_SIZE]; /* SPAWN: for MAILROOM_WORKER, */
    char folder[FOLDER_SIZE];    /* and where the socket is, for MAILROOM_SHIM */
};

/* What the guardian says, one packet each. */
struct guardian_report {
    enum { GUARDIAN_SPAWNED, GUARDIAN_EXITED } kind;
    uint32_t slot;
    pid_t pid;
    bool asked;    /* EXITED: by a signal that asks a program to end */
    bool has_word; /* EXITED: `word` is what its page says */
    struct page_word word;
    char text[REPORT_TEXT_SIZE]; /* EXITED: how, for people */
};

/* How workers are started. */
struct guardian_plan {
    char *const *command; /* argv, ends with NULL; found by PATH */
    const char *folder;   /* of the ipc socket, as long as no command names another */
};

/* Starts the guardian; signals are blocked. Returns its end of the line (SOCK_SEQPACKET, closed when the
 * guardian is gone) and its process in `*pid`, or -1 with errno set. */
int guardian_start(const struct guardian_plan *plan, pid_t *pid);

/* Whether this process was started to be a guardian, by these arguments; then guardian_run is all that it
 * does. */
bool guardian_is_meant(int argc, char *const *argv);
void guardian_run(char *const *argv);

#endif
