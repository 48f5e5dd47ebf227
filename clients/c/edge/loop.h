/* loop: the world around a core that has one line: it turns a DEALER, its monitor and the clock into events,
 * and carries out the core's orders. It has no thread and no lock: one thread at a time calls it (drive.h
 * sees to that). What edge/edge.h is for the programs this is for the library. */
#ifndef MAILROOM_C_LOOP_H
#define MAILROOM_C_LOOP_H

#include "common/link/event.h"
#include "common/link/outbox.h"
#include "edge/line/keys.h"

struct loop;

/* A core as the loop sees it: that of edge/edge.h. Its one line has the number 0. Orders that it may give are
 * LETTER, CLOSE, DIAL and LOG (which is dropped: the core tells its own user what he need know). */
struct loop_core {
    void *state;
    void (*step)(void *state, const struct event *event, struct outbox *outbox);
    uint64_t (*deadline)(const void *state); /* ms, or NEVER */
};

struct loop_config {
    const char
        *address; /* host, host:port, tcp://..., ipc://...; or several of TCP, with commas between them */
    unsigned default_port; /* where `address` has none */
    struct keys *keys;     /* NULL: none; the loop's own then, freed with it */
    enum key_role server;  /* whose key answers */
    const char *keys_hint; /* for texts: how this program is given keys; static */
    struct loop_core core;
};

/* False: `address` is none, as `why` (static) says. */
bool loop_check_address(const char *address, unsigned default_port, const char **why);

/* The address without `tcp://`, and whether it is a socket in the file system. */
const char *loop_bare(const char *address);
bool loop_is_ipc(const char *address);

/* A loop that has dialled nothing yet. NULL: errno says why; `config->keys` is the caller's then. */
struct loop *loop_new(const struct loop_config *config);

/* Closes the sockets; what was sent has a moment to leave, `linger` ms. In a forked child they are left as
 * they are, for they are the parent's. */
void loop_free(struct loop *loop, bool forked, int linger);

/* The address as people read it: "host:7472", "ipc:///run/x". */
const char *loop_address(const struct loop *loop);

/* One turn: waits at most `timeout` ms (-1: for ever) until something happens or the core's deadline has
 * come, gives the core all that has arrived, with an EVENT_TURN at the end, and carries out what it orders.
 * `sleeps` (may be NULL) is asked just before it waits, whether it may, and told when it is back. False: a
 * signal handler ran in this thread while it waited. */
struct loop_sleep {
    void *self;
    bool (*may_sleep)(void *self);
    void (*woke)(void *self);
};
bool loop_turn(struct loop *loop, int timeout, const struct loop_sleep *sleeps);

/* Ends a wait of another thread's, or the next one. Async-signal-safe. */
void loop_wake(struct loop *loop);

/* A descriptor that is readable when loop_turn has something to do, also when the deadline has come; from
 * this call on it is kept so. -1: errno. */
int loop_file(struct loop *loop);

#endif
