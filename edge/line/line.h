/* line: one process to dial: a DEALER for each connection, with the monitor that tells of its fate. */
#ifndef MAILROOM_EDGE_LINE_H
#define MAILROOM_EDGE_LINE_H

#include <sys/socket.h>

#include "edge/line/address.h"
#include "edge/line/keys.h"
#include "edge/line/resolve.h"

struct conn;

enum { IPC_SIZE = 6 + 108 /* bytes of `ipc://` and a path, with the closing zero */ };

enum line_state {
    LINE_IDLE,       /* not dialled */
    LINE_RESOLVING,  /* its name is being looked up */
    LINE_CONNECTING, /* until ZeroMQ's own handshake is done */
    LINE_KNOCKING,   /* it was not connected: whether anybody listens there is being found out */
    LINE_OPEN,
    LINE_ENDED, /* the connection is gone; what had arrived is still to be read */
};

/* What line_watch found. */
enum line_news { LINE_NO_NEWS, LINE_OPENED, LINE_REFUSED, LINE_LOST };

struct line {
    uint32_t number;
    struct host_port address;    /* that is dialled now; */
    struct host_port first;      /* of several brokers the first one, */
    const char *rest_of_brokers; /* and those behind the present one, NULL: none */
    bool dialled;                /* it was dialled before, */
    uint64_t opened, lasted;     /* ms: when its last connection came to be, and for how long it was there */
    char ipc[IPC_SIZE];          /* the endpoint in place of `address`; "": there is none */
    const struct keys *keys;     /* NULL: it is dialled without */
    const char *keys_hint;       /* how this program is given keys, for texts; static */
    enum key_role role;          /* whom it is to reach: KEY_MANAGER or KEY_BROKER */
    char text[2 * ADDRESS_SIZE]; /* the address, for people */
    enum line_state state;
    struct resolve *resolve;              /* LINE_RESOLVING */
    struct addrinfo *addresses, *next;    /* what the name stands for; the next one to try */
    void *context, *dealer, *monitor;     /* LINE_CONNECTING and later */
    int64_t largest_frame;                /* bytes that may come in one frame */
    int epoll, dealer_file, monitor_file; /* the loop's epoll descriptor, and the sockets' ZMQ_FD in it */
    bool knocks;                          /* whether nobody listens is to be found out: `nobody` */
    bool nobody;                          /* LINE_REFUSED: surely nothing listens there */
    int knock;                            /* LINE_KNOCKING: its descriptor */
    struct sockaddr_storage tried;        /* the address that was dialled last, */
    socklen_t tried_size;                 /* 0: none, or one of several */
    bool local;                           /* the address that is tried is loopback */
    bool rest;         /* mail_receive's: frames of a message of too many are still to be dropped */
    unsigned misfit;   /* LINE_REFUSED: how certain it is that the keys do not fit, up to MISFIT_CERTAIN */
    bool news;         /* the loop's: line_watch may have something new */
    bool busy;         /* the loop's: it is on the list of lines to look at */
    struct conn *conn; /* the loop's: LINE_OPEN and LINE_ENDED */
    uint32_t name;     /* the loop's: whose address it is, NO_NAME: nobody's */
    bool seen;         /* the loop's: the name still had it in this look-up */
    bool missed;       /* the loop's: the core knows that the name has it no more */
    uint64_t since;    /* ms: when this address was dialled */
    char why[1024];    /* LINE_REFUSED, LINE_LOST: a text for people */
};

/* What the epoll holds for a line's monitor, with the line's number; for its DEALER it holds the number
 * alone. */
#define LINE_NEWS 0x80000000u

/* A line to `address`; its sockets are made in `context`, their descriptors put into `epoll`. */
void line_init(struct line *line, uint32_t number, const struct host_port *address, void *context, int epoll);

/* It is dialled by this endpoint instead, `ipc://PATH` of less than IPC_SIZE bytes, and without keys: whoever
 * may open the socket's file is trusted. */
void line_set_ipc(struct line *line, const char *endpoint);

/* It is dialled with `keys` (borrowed), and who answers must have the key that they hold of those in `role`.
 */
void line_set_keys(struct line *line, const struct keys *keys, enum key_role role);

/* The key of who answers; NULL: it is dialled without keys. */
const struct certificate *line_server(const struct line *line);

/* Says to people which name the address belongs to: "node:7473 at 10.0.0.7". */
void line_describe(struct line *line, const struct host_port *name);

/* Begins to connect: of several brokers (host_port.others) to the next one, unless the last connection was of
 * use. line_watch tells how it goes, when a descriptor in the epoll says so or the eventfd
 * `wake` counts up. */
void line_dial(struct line *line, int wake, uint64_t now);

/* What is new; call it until it says LINE_NO_NEWS. After LINE_REFUSED the line is idle; after LINE_LOST it is
 * LINE_ENDED: read its mail, then close it. */
enum line_news line_watch(struct line *line, uint64_t now);

/* Whether the DEALER has mail, which no descriptor need announce any more: sending may have used the
 * announcement up. The monitor is only ever read, and read empty, so its descriptor always tells. */
bool line_has_more(struct line *line);

/* Makes it idle. What was sent on it has `linger` ms to leave. */
void line_close(struct line *line, int linger);

#endif
