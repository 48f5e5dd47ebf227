/* watch: what happens at a listening socket that no mail tells of: connections that are turned away since
 * they speak with other security, and those that shake ZeroMQ's hands and then say nothing. They are told of
 * in the log; what is done about them is not this room's. */
#ifndef MAILROOM_EDGE_WATCH_H
#define MAILROOM_EDGE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <zmq.h>

struct watch {
    void *router, *monitor;
    uint64_t *since; /* by descriptor: ms when it shook hands, 0: it has spoken, or there is none */
    size_t room;
    size_t silent; /* how many of these are not 0 */
    bool keys;
};

/* Watches a ROUTER that is not bound yet; `keys`: who connects needs a key. Without a monitor, where there
 * are no sockets left, it sees nothing. */
void watch_open(struct watch *watch, void *context, void *router, bool keys);

/* Before the ROUTER is closed. */
void watch_close(struct watch *watch);

/* Reads what has happened. */
void watch_read(struct watch *watch, uint64_t now);

/* A first mail came with this message. */
void watch_heard(struct watch *watch, zmq_msg_t *message);

/* Tells of connections that have been silent for long. */
void watch_tell(struct watch *watch, uint64_t now);

#endif
