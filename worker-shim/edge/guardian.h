/* guardian: a small process between the shim and its workers. It is forked before the shim has threads,
 * starts and kills workers on command, and ends them and all their descendants when the shim is gone, also
 * when it was killed with -9. */
#ifndef MAILROOM_SHIM_EDGE_GUARDIAN_H
#define MAILROOM_SHIM_EDGE_GUARDIAN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/wire/page.h"
#include "worker-shim/edge/folder.h"

enum { WORKER_NAME_SIZE = 64, REPORT_TEXT_SIZE = 200 }; /* bytes, with the closing zero */

/* What the shim asks for, one packet each. */
struct guardian_command {
    enum { GUARDIAN_SPAWN, GUARDIAN_KILL, GUARDIAN_END } kind;
    uint32_t slot;
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

/* Forks the guardian; signals are blocked and no thread exists. Returns its end of the line (SOCK_SEQPACKET,
 * closed when the guardian is gone) and its process in `*pid`, or -1 with errno set. */
int guardian_start(const struct guardian_plan *plan, pid_t *pid);

#endif
