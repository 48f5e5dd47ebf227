/* usage: what the process itself uses, for those who ask how it is. */
#ifndef MAILROOM_EDGE_USAGE_H
#define MAILROOM_EDGE_USAGE_H

#include <stdbool.h>
#include <stdint.h>

struct usage {
    int file;               /* -1: the system does not say */
    uint64_t due, trim_due; /* ms */
    bool trimming;          /* threads give back what they free until the next look */
};

/* Settles how malloc works, too: for the process. */
void usage_init(struct usage *usage);
void usage_free(struct usage *usage);

/* Bytes that the process has in memory (its resident set); 0: it was looked up less than a second before
 * `now` (ms), or is not known. Costs a system call when it is due, and a comparison else. */
uint64_t usage_memory(struct usage *usage, uint64_t now);

/* Of `memory` bytes only `kept` are there for somebody: where much more was freed, malloc gives it back to
 * the system. That takes 0.1 ms for each MB, and so is done seldom enough to be a 200th of the time. */
void usage_trim(struct usage *usage, uint64_t memory, uint64_t kept, uint64_t now);

#endif
