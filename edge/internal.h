/* internal: what edge.c (the loop), lines.c and names.c (whom it may dial) and orders.c (its traffic with the
 * core) share. Nobody else includes it. */
#ifndef MAILROOM_EDGE_INTERNAL_H
#define MAILROOM_EDGE_INTERNAL_H

#include "edge/edge.h"
#include "edge/line/line.h"
#include "edge/listener.h"
#include "edge/loop.h"
#include "edge/names.h"
#include "edge/usage.h"
#include "edge/zap.h"

enum {
    LISTENERS = 2, /* DOOR_FRONT and DOOR_WORKERS */
    DRAIN_MESSAGES = 64,
    DRAIN_BYTES = 1 << 20,
    DRAIN_MS =
        2, /* questions may take much longer to answer than to read: others have their turn meanwhile */
    LINE_LINGER = 1000, /* ms */
};

/* What the epoll's entries stand for: a line's number (with LINE_NEWS: its monitor), or one of these. */
#define TAG_WAKE UINT32_MAX
#define TAG_RESOLVED (UINT32_MAX - 1)

struct reader {
    struct edge *edge;
    int file;
    void (*reader)(void *self);
    void *self;
};

/* A connection that could not be sent to. */
struct fault {
    uint32_t conn;
    const char *why; /* static */
};

struct edge {
    void *context;
    zloop_t *loop;
    const struct edge_core *core;
    struct outbox outbox;
    struct keys *keys;           /* NULL: none; borrowed */
    const struct owners *owners; /* of sockets in the file system; NULL: none; borrowed */
    struct zap *zap;             /* with keys */
    struct conns conns;
    struct listener listeners[LISTENERS];
    bool listening[LISTENERS];
    struct line **lines;    /* by number, NULL: there is none */
    uint32_t line_capacity; /* entries of `lines` and of `busy` */
    uint32_t most_lines;
    struct listener_limits limits;
    struct names names;
    bool dials;         /* there may be lines */
    struct line **busy; /* lines to look at */
    size_t busy_count;
    struct fault *faults; /* to be told to the core */
    size_t fault_count, fault_capacity;
    size_t faults_looked, looks; /* for how many of them mail is read, and in how many turns until now */
    int epoll;                   /* holds all that belongs to lines */
    int wake;                    /* an eventfd in it: come back to busy lines */
    bool woken;                  /* it has been written to */
    int resolved;                /* an eventfd in it: a name was looked up */
    int again;                   /* an eventfd: the core has more to do at once */
    int timer;                   /* zloop's number, -1: none */
    uint64_t armed;              /* ms, when the timer rings; NEVER: none */
    bool waited;                 /* the last time it rang too late, and the core was told so */
    uint64_t now;                /* ms, of this turn */
    uint64_t event_count;        /* all that the core was given, */
    uint64_t told_count;         /* and with the last EVENT_TURN */
    struct usage usage;
    struct reader reader;
    struct http *http;   /* NULL: none; borrowed */
    int http_timer;      /* zloop's number, -1: none; */
    uint64_t http_armed; /* ms, when it rings */
    void (*spawner)(void *self, const struct order *order);
    void *spawner_self;
    void (*recorder)(void *self, struct record *record);
    void *recorder_self;
    bool recorded; /* in this step */
    bool exiting, notifies;
    int exit_code;
};

/* A line with the lowest number that is free; NULL: there are as many as there may be. */
struct line *edge_new_line(struct edge *edge, const struct host_port *address);

/* Frees a line that the core has done with, and its number. */
void edge_forget_line(struct edge *edge, uint32_t number);

/* Closes and frees all lines. */
void edge_free_lines(struct edge *edge);

/* Marks a line as one to be looked at before the loop sleeps. */
void edge_touch(struct edge *edge, struct line *line);

/* drain.c: gives the core up to a budget of mail of a line, or of a listener. Whether that is read empty. */
bool drain_line(struct edge *edge, struct line *line);
bool drain_listener(struct edge *edge, struct listener *listener);

/* Whether a listener has mail that was not read: no other word of it may come. */
bool drain_has_more(struct edge *edge);

/* One event to the core, then its orders. The faults that they meet wait for orders_faults. */
void orders_step(struct edge *edge, const struct event *event);

/* Tells the core that the connections of the oldest `count` faults are closed. */
void orders_faults(struct edge *edge, size_t count);

void orders_mail(struct edge *edge, struct conn *conn, struct mail *mail);
void orders_opened(struct edge *edge, struct line *line);
void orders_refused(struct edge *edge, const struct line *line);

/* Reads the table of keys again. Connections with keys that are let in no more are neither heard nor spoken
 * to from then on, and the core ends their links. */
void edge_reload(struct edge *edge);

/* http_loop.c: puts edge->http, if there is one, into the loop. */
void edge_start_http(struct edge *edge);

/* Tells the core that the connection is gone, and frees it. */
void orders_closed(struct edge *edge, struct conn *conn, const char *why);

#endif
