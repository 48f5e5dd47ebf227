/* listener: a listening ROUTER and the connections that came in by it. */
#ifndef MAILROOM_EDGE_LISTENER_H
#define MAILROOM_EDGE_LISTENER_H

#include "edge/conns.h"
#include "edge/line/keys.h"
#include "edge/line/mail.h"
#include "edge/owners.h"
#include "edge/place.h"
#include "edge/watch.h"

enum { ENDPOINT_SIZE = 256 }; /* bytes of a bound endpoint's text, at most */

struct listener {
    enum door door;
    void *router;
    int file;   /* that says once that there is mail when some comes (libzmq's ZMQ_FD) */
    bool news;  /* it may have mail */
    bool used;  /* it was sent on since it was found empty: that may have used up the word of mail */
    bool rest;  /* mail_receive's: frames of a message of too many are still to be dropped */
    bool local; /* ipc: every peer is on this machine */
    const struct keys *keys;     /* NULL: whoever comes is let in */
    const struct owners *owners; /* of ipc: who is let in beside this user; NULL: nobody. Borrowed */
    uid_t refused;               /* of ipc: the user of whom the log said last that it is not let in */
    struct conn *peers;          /* by routing id, */
    struct conn *last;           /* whose mail came last, NULL: nobody's that is here */
    uint64_t seed;               /* of whose hashes this is drawn at random */
    struct watch watch;
    struct place place;           /* of ipc: where others find it */
    char endpoint[ENDPOINT_SIZE]; /* where it listens, the port resolved: "tcp://127.0.0.1:7472" */
};

struct listener_limits {
    int64_t frame;        /* bytes of one frame; a larger one closes its connection */
    uint64_t connections; /* at a time; a few more are let in, so that the core can tell them so */
    uint64_t rate;        /* that one host may make in a second */
};

/* Makes a ROUTER with these limits, and binds it to `endpoint`. With `keys`
 * (NULL: none; borrowed) TCP is CURVE, and zap.c must be there to say who is let in; ipc has no keys. 0, or
 * an errno (EADDRINUSE, EADDRNOTAVAIL, EACCES ...), then nothing is left to be closed. */
int listener_open(struct listener *listener, void *context, enum door door, const char *endpoint,
                  const struct keys *keys, const struct listener_limits *limits);

/* Closes the ROUTER; what was sent has a second to leave. The connections stay in their table of numbers. */
void listener_close(struct listener *listener);

/* What is to be done each WATCH_PERIOD: closes connections that are silent for long, and sees to its place.
 */
void listener_turn(struct listener *listener, uint64_t now);

/* Whether there is mail. */
bool listener_has_more(const struct listener *listener);

/* The port that it is bound to; 0 for ipc. */
unsigned listener_port(const struct listener *listener);

/* The connection that a received mail came on: a new one for a routing id that is not known. NULL: its key is
 * not let in any more, or the routing id is that of a connection with another key, or it came over ipc from a
 * process of another user. */
struct conn *listener_conn(struct listener *listener, struct conns *conns, struct mail *mail);

/* Forgets a connection, so that its routing id is a new connection if it should come again. ZeroMQ has no
 * call that drops a ROUTER's peer. */
void listener_forget(struct listener *listener, struct conns *conns, struct conn *conn);

#endif
