/* watch: what happens at a listening socket that no mail tells of: connections that are turned away since
 * they speak with other security, those that shake ZeroMQ's hands and then say nothing, those that nobody
 * wants any more, and those that are too many. They are told of in the log, and the last three are closed.
 *
 * ZeroMQ has no call that closes a ROUTER's connection. Its monitor names their descriptors, though, and says
 * of each that it has ended before it closes it. So a copy of a descriptor that was made while no such word
 * had come is a copy of this connection, whatever its number stands for by now: that is shut down, and ZeroMQ
 * sees a peer that has left. */
#ifndef MAILROOM_EDGE_WATCH_H
#define MAILROOM_EDGE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

#include "edge/arrivals.h"

enum { WATCH_PERIOD = 2000 /* ms between two calls of watch_turn */ };

struct watched;
struct turned;

struct watch_rules {
    bool keys;     /* who connects needs one */
    uint64_t most; /* connections at a time */
    uint64_t rate; /* of them, that one host may make in a second; 0: hosts are of no matter */
};

struct watch {
    void *router, *monitor;
    struct watched *files; /* by descriptor */
    size_t room;
    size_t open, silent; /* connections; those of them that have to say something */
    struct watch_rules rules;
    struct arrivals arrivals;
    struct turned *turned; /* connections that are to be closed, being too many */
    size_t turned_count, turned_room;
    uint64_t turned_at; /* ms: the last watch_turn; */
    unsigned
        patience;    /* so many more of them close nothing: this process did not run, and has mail to read */
    uint32_t serial; /* of the connections */
};

/* Which connection a mail came by; for watch_forget. */
struct watch_mark {
    size_t file;
    uint32_t serial; /* 0: it is not known */
    uint64_t who;
};

/* Watches a ROUTER that is not bound yet. Without a monitor, where there are no sockets left, it sees
 * nothing.
 */
void watch_open(struct watch *watch, void *context, void *router, const struct watch_rules *rules);

/* Before the ROUTER is closed. */
void watch_close(struct watch *watch);

/* Reads what has happened, and closes what is too many. */
void watch_read(struct watch *watch, uint64_t now);

/* A connection's first mail came with this message; `who` is a number for its routing id, not 0. Call
 * watch_read first. */
struct watch_mark watch_heard(struct watch *watch, zmq_msg_t *message, uint64_t who);

/* Nobody listens to that connection any more: it is closed, like a silent one, whatever it says meanwhile.
 * Only if another routing id speaks on it was this mail another connection's, which had its descriptor
 * before. */
void watch_forget(struct watch *watch, struct watch_mark mark, uint64_t now);

/* Closes connections that have been silent for long. Call it each WATCH_PERIOD. */
void watch_turn(struct watch *watch, uint64_t now);

#endif
