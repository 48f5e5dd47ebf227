/* conns: the numbers of open connections. A number is small, unique among the open ones, and used again. */
#ifndef MAILROOM_EDGE_CONNS_H
#define MAILROOM_EDGE_CONNS_H

#include <stdbool.h>
#include <uthash.h>

#include "common/link/event.h"
#include "edge/line/certificates.h"
#include "edge/watch.h"

struct line;
struct listener;

struct conn {
    uint32_t number;
    enum door door;
    bool local;                /* it came over ipc or loopback */
    uint64_t host;             /* where it came from, see struct event; 0: it is not known */
    bool failed;               /* nothing can be sent any more; EVENT_CLOSED is on its way */
    struct key key;            /* that it was made with; no role: none */
    char user[KEY_TEXT_SIZE];  /* the same as text, of a connection that came in */
    struct line *line;         /* DOOR_LINE, else NULL */
    struct listener *listener; /* the others, else NULL */
    struct watch_mark mark;    /* which of its connections */
    UT_hash_handle hh;         /* in the listener's table, by identity */
    size_t identity_size;      /* bytes */
    uint8_t identity[];        /* the ROUTER's routing id */
};

struct conns {
    struct conn **at;  /* by number; NULL where it is free */
    uint32_t capacity; /* entries of `at` and of `freed` */
    uint32_t made;     /* numbers below this were given at least once */
    uint32_t *freed;   /* those of them that are free */
    uint32_t freed_count;
};

/* A connection with a number of its own; all but number, door and identity is zero. It lives until
 * conns_remove. */
struct conn *conns_add(struct conns *conns, enum door door, const void *identity, size_t identity_size);

/* The open connection of that number, or NULL. */
struct conn *conns_get(const struct conns *conns, uint32_t number);

/* Frees the connection and its number. The caller has taken it out of its listener's table. */
void conns_remove(struct conns *conns, struct conn *conn);

/* Frees all. */
void conns_free(struct conns *conns);

#endif
