/* names: host names that stand for managers. Each of a name's addresses is a line, and they are looked up
 * again and again: what is new is told to the core by EVENT_FOUND, what is gone by EVENT_MISSED. */
#ifndef MAILROOM_EDGE_NAMES_H
#define MAILROOM_EDGE_NAMES_H

#include "edge/line/address.h"
#include "edge/line/resolve.h"

#define NO_NAME UINT32_MAX

struct edge;

struct name {
    struct host_port address;
    struct resolve *resolve; /* the look-up that is under way, or NULL */
    uint64_t since;          /* ms: when the last one began */
    uint64_t due;            /* ms: when the next one begins */
    uint64_t wait;           /* ms: after one that failed */
    bool told;               /* the log has said that it fails, */
    bool crowded;            /* or that it has more addresses than there may be lines */
};

struct names {
    struct name *at;
    uint32_t count;
    uint64_t period; /* ms between two look-ups of a name */
    uint64_t due;    /* ms: the first of theirs; NEVER: none */
};

/* Begins the look-ups whose time has come. */
void names_turn(struct edge *edge);

/* Sees to the look-ups that are done. */
void names_collect(struct edge *edge);

/* A line of this name could not be connected: perhaps there are other addresses by now. */
void names_hurry(struct edge *edge, uint32_t name);

void names_free(struct names *names);

#endif
