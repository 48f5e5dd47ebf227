/* run: one run of the command: its input in, its output and the end of its standard error out, never
 * blocking. */
#ifndef MAILROOM_PLAIN_RUN_H
#define MAILROOM_PLAIN_RUN_H

#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/base/blob.h"

enum {
    RUN_FILES = 3,             /* descriptors that a run can wait for */
    RUN_TAIL = 8192,           /* bytes of standard error that are kept: the last ones */
    RUN_TEXT = 128 + RUN_TAIL, /* bytes of the text that says how it failed */
};

/* Its input: two pieces, one behind the other, each may be empty. */
struct run_input {
    const void *data[2];
    size_t size[2]; /* bytes */
};

struct run {
    pid_t pid;            /* leads a process group of its own; 0: nothing runs */
    int status;           /* of the last one that ended, as waitpid gives it, */
    uint64_t cpu, memory; /* and what it took, with the children that it waited for: us; bytes at most, of the
                             largest process */
    int input, output, error; /* our ends of its pipes, -1: closed */
    struct run_input from;    /* borrowed: what it has not taken yet */
    uint8_t *bytes;           /* its output so far */
    size_t size, capacity;
    size_t most;         /* bytes of output that it may have */
    bool too_large;      /* it had more, and was killed for it */
    char tail[RUN_TAIL]; /* a ring: the end of its standard error */
    size_t tail_size;    /* bytes that ever went in */
};

/* Starts `command` (argv, found by PATH) on this input, whose bytes stay the caller's, and there until
 * run_end. False, with a text in `why`, when it cannot be started. */
bool run_start(struct run *run, char *const *command, const struct run_input *input, size_t most, char *why,
               size_t why_size);

/* Fills in what the run waits for; fd -1 where it is nothing. */
void run_wants(const struct run *run, struct pollfd files[RUN_FILES]);

/* Reads and writes what is ready. */
void run_serve(struct run *run, const struct pollfd files[RUN_FILES]);

/* Kills the command with its process group. run_end follows when it has ended. */
void run_kill(const struct run *run);

/* Asks the command to end, by SIGTERM to its process group, which is killed at once where nobody in it
 * listens to that. run_end follows. */
void run_ask(const struct run *run);

/* If the command's process has ended: reads what is left of its output, kills what is left of its group, and
 * returns true. Then either `*result` is its output (the caller's) and `why` is empty, or `why` (RUN_TEXT
 * bytes) says how it failed. */
bool run_end(struct run *run, struct slice *result, char *why);

#endif
