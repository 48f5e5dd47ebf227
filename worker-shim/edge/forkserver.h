/* forkserver: a process that has loaded what workers load, and forks them: one that takes the place of
 * another is there in milliseconds. It is the workers' command with MAILROOM_FORKS in its environment, which
 * only a command that has shown that it knows of it is given; it may end at any time, and then workers are
 * started anew as ever.
 *
 * Packets on its line, text. To it: "fork SLOT" with names and values of the worker's environment behind,
 * each behind a zero byte; "go SLOT", when the process that it has made is known here. From it: "ready PID",
 * its own; "forked SLOT PID"; "failed SLOT".
 */
#ifndef MAILROOM_SHIM_EDGE_FORKSERVER_H
#define MAILROOM_SHIM_EDGE_FORKSERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "worker-shim/edge/launch.h"

struct forkserver {
    int line; /* below 0: there is none */
    pid_t pid;
    bool ready;
    uint64_t again_at; /* ms: none is started before */
    uint64_t late_at;  /* ms: when it has not answered; UINT64_MAX: nothing is asked */
    uint32_t asked;    /* how many answers are to come */
};

enum forkserver_news { FORKSERVER_NOTHING, FORKSERVER_FORKED, FORKSERVER_FAILED, FORKSERVER_GONE };

void forkserver_init(struct forkserver *server);

/* Starts one, unless there is one or the last one went a moment ago. `libraries` is the file in which the
 * workers say what they have loaded: without it they do not know of this. */
void forkserver_start(struct forkserver *server, char *const *command, const char *endpoint,
                      const char *libraries, uint64_t now);

/* Asks for a worker. False: it has to be started anew. */
bool forkserver_ask(struct forkserver *server, uint32_t slot, const char *const *environment, uint64_t now);

/* What it says next, NOTHING where there is nothing. FORKED and FAILED fill `slot`, FORKED `pid`: a process
 * that waits for forkserver_go. GONE: what was asked will not be answered. */
enum forkserver_news forkserver_read(struct forkserver *server, uint64_t now, uint32_t *slot, pid_t *pid);

/* Lets the worker of a slot begin. */
void forkserver_go(const struct forkserver *server, uint32_t slot);

#endif
