/* load: the roles that the load generator plays, each a process of its own. tests/bench/README.md says what
 * is measured with them. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MAX_WATCHED = 4 };

struct load_options {
    const char *connect, *listen, *name;
    const char *keys; /* client, manager that listens, proxy, echo: a folder of `mailroom keygen`, or NULL */
    bool plain;       /* client: no protocol, frames of the same sizes for zmq_proxy */
    bool keep;        /* client: results stay at the broker */
    bool forget;      /* client: what it has read is released, slot by slot, as libmailroom's is */
    bool fill;        /* client: first queue all that may be outstanding, then measure */
    bool hold;        /* employee: give no room before SIGUSR1 */
    size_t outstanding, body, map, shared, rate, room, serving, connections;
    double seconds, warm;
    pid_t watched[MAX_WATCHED]; /* processes whose CPU time and memory the client reports */
    size_t watched_count;
    pid_t release; /* client with `fill`: who gets SIGUSR1 when the queue is full; 0: nobody */
};

/* Submits tasks, keeps `outstanding` of them under way, measures for `seconds` after `warm`, prints one line
 * of JSON. */
void client_run(void *context, const struct load_options *options);

/* Answers every task at once: as a manager that listens, or as a worker that connects. Runs until it is
 * killed. */
void employee_run(void *context, const struct load_options *options);

/* Holds `connections` clients that do nothing. */
void idle_run(void *context, const struct load_options *options);

/* A client that submits at a rate and reads nothing; one that sends bodies of `body` bytes in chunks, one
 * after the other, without a pause. Both run until they are killed. */
void rude_run(void *context, const struct load_options *options);
void bulk_run(void *context, const struct load_options *options);

/* zmq_proxy between a ROUTER that listens and a DEALER that listens, or connects where `connect` is given. */
void plain_proxy(void *context, const struct load_options *options, const char *back);

/* The worker behind a proxy: answers every message with a header of a RESULT's size and the same body. */
void plain_echo(void *context, const struct load_options *options);

#endif
