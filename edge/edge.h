/* edge: the world around a pure core: it turns sockets, clocks and signals into events, and carries out the
 * core's orders. One zloop, entered once. */
#ifndef MAILROOM_EDGE_EDGE_H
#define MAILROOM_EDGE_EDGE_H

#include "common/link/event.h"
#include "common/link/outbox.h"
#include "edge/line/address.h"
#include "edge/line/keys.h"
#include "edge/owners.h"

struct edge;

/* A core as the edge sees it. */
struct edge_core {
    void *state;
    void (*step)(void *state, const struct event *event, struct outbox *outbox);
    uint64_t (*deadline)(const void *state); /* ms, or NEVER */
    uint64_t (*kept)(const void *state);     /* bytes that it keeps for others; NULL: it does not say */
};

/* What a program can hold at a time. */
struct edge_limits {
    uint64_t connections; /* that come in */
    uint64_t rate;        /* of them, that one host may make in a second */
    uint64_t frame;       /* bytes of one frame that comes in; a larger one closes its connection */
    bool strict;          /* better not to start than with fewer connections */
    size_t lines;         /* that go out, */
    size_t found;         /* and those beyond them for the addresses that names have */
};

/* An edge without sockets; signals_block was called before. Raises the limits on open files and sockets, and
 * lowers limits->connections and limits->found where the system does not allow as many. NULL, with a text in
 * `why`, when `limits` cannot be met. */
struct edge *edge_new(struct edge_limits *limits, char *why, size_t why_size);

/* From here on TCP is CURVE, with these keys (borrowed until edge_free); before any listening and any line.
 * 0, or an errno: there is no socket for who answers whom they let in. */
int edge_set_keys(struct edge *edge, struct keys *keys);

/* Listens on a ZeroMQ `endpoint`. 0, or an errno. */
int edge_listen(struct edge *edge, enum door door, const char *endpoint);

/* Who is let in on sockets in the file system beside this user; before edge_listen. Borrowed. */
void edge_set_owners(struct edge *edge, const struct owners *owners);

/* Listens on one more endpoint at that door. 0, or an errno. */
int edge_listen_too(struct edge *edge, enum door door, const char *endpoint);

/* From here on a socket in the file system is bound anew, where it is, when somebody has removed it. */
void edge_look_after(struct edge *edge, enum door door);

/* Where it listens: the endpoint with its port resolved, and the port (0 for ipc). */
const char *edge_endpoint(const struct edge *edge, enum door door);
unsigned edge_port(const struct edge *edge, enum door door);

/* A line that the core may dial; they are numbered from 0 in the order of these calls, before the loop runs.
 * `role`: whose key answers there, KEY_MANAGER or KEY_BROKER; of no matter without keys. */
void edge_add_line(struct edge *edge, const struct host_port *address, enum key_role role);

/* A name that stands for managers, which is looked up every `period` ms: each of its addresses becomes a
 * line, of which the core hears by EVENT_FOUND. */
void edge_watch_name(struct edge *edge, const struct host_port *address, uint64_t period);

/* Who starts and kills workers on ORDER_SPAWN and ORDER_KILL. */
void edge_set_spawner(struct edge *edge, void (*spawner)(void *self, const struct order *order), void *self);

/* Who takes the records of a core that has a journal: they are his from then on. NULL: that were all of a
 * step.
 */
void edge_set_recorder(struct edge *edge, void (*recorder)(void *self, struct record *record), void *self);

/* Before the loop runs: who has this key, which another process has let in, has nothing at `core` any more,
 * if the key is let in no more. */
void edge_check_key(struct edge *edge, const struct edge_core *core, const struct key *key);

/* One event to `core` before the loop runs; `now` is filled in here. */
void edge_prepare(struct edge *edge, const struct edge_core *core, struct event *event);

/* Calls `reader(self)` in the loop when `file` is readable; there is one such file at a time. */
void edge_add_reader(struct edge *edge, int file, void (*reader)(void *self), void *self);
void edge_remove_reader(struct edge *edge);

/* Serves HTTP in the loop, from edge_run on; borrowed until edge_free. Where it listens is the caller's. */
struct http;
void edge_set_http(struct edge *edge, struct http *http);

/* One event from outside the edge (of a worker's process): `now` is filled in here. For readers and the
 * spawner's own ends. */
void edge_event(struct edge *edge, struct event *event);

/* This program is one that serves: it tells systemd so, where that has started it. */
void edge_notify(struct edge *edge);

/* Makes the loop end with `code`, as ORDER_EXIT does. */
void edge_exit(struct edge *edge, int code);

/* Runs the loop around `core` until an ORDER_EXIT; returns its code. */
int edge_run(struct edge *edge, const struct edge_core *core);

/* Closes the sockets; what was sent has a second to leave. */
void edge_free(struct edge *edge);

#endif
