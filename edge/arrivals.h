/* arrivals: how many connections each host has, and how fast it makes them, whatever comes of them: no host
 * is to take all that there may be, nor the time of the thread that accepts them. */
#ifndef MAILROOM_EDGE_ARRIVALS_H
#define MAILROOM_EDGE_ARRIVALS_H

#include <stddef.h>
#include <stdint.h>

struct arrival;

struct arrivals {
    struct arrival *hosts; /* by number, uthash's */
    uint64_t rate;         /* connections a second that one host may make, bursts of ten seconds' worth */
};

enum arrivals_verdict {
    ARRIVALS_FINE,
    ARRIVALS_MANY, /* of all that there may be it has more than four times what is free */
    ARRIVALS_FAST, /* it has made more than `rate` a second */
};

/* A host has one more (0: nobody knows which; that is fine). `open` of at most `most` are there in all, with
 * it. */
enum arrivals_verdict arrivals_begin(struct arrivals *arrivals, uint64_t host, uint64_t open, uint64_t most,
                                     uint64_t now);

/* And one less. */
void arrivals_end(struct arrivals *arrivals, uint64_t host);

/* How many it has. */
uint32_t arrivals_count(const struct arrivals *arrivals, uint64_t host);

/* Forgets hosts that are gone and have been slow. Now and then. */
void arrivals_sweep(struct arrivals *arrivals, uint64_t now);

void arrivals_free(struct arrivals *arrivals);

#endif
