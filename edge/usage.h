/* usage: what the process itself uses, for those who ask how it is. */
#ifndef MAILROOM_EDGE_USAGE_H
#define MAILROOM_EDGE_USAGE_H

#include <stdint.h>

struct usage {
    int file;                /* -1: the system does not say */
    uint64_t due, trim_due;  /* ms; the second where it is not known that much was freed, */
    uint64_t soon_due;       /* and where it is */
    uint64_t seen;           /* bytes: what was in memory at the last look, 0: more than now */
    uint64_t highest;        /* bytes: what was kept at most since the last trim */
    uint64_t trimming_until; /* ms: threads give back what they free; 0: they keep it */
};

/* Settles how malloc works, too: for the process. */
void usage_init(struct usage *usage);
void usage_free(struct usage *usage);

/* Bytes that the process has in memory (its resident set), of which `kept` are there for somebody; 0: it was
 * looked up less than a second before `now` (ms), and not much was let go since, or it is not known. Costs a
 * system call when it is due, and comparisons else. */
uint64_t usage_memory(struct usage *usage, uint64_t kept, uint64_t now);

/* Of `memory` bytes only `kept` are there for somebody: where much more was freed, malloc gives it back to
 * the system. That takes 0.1 ms for each MB, in one go, and nobody else can allocate meanwhile. So it is done
 * whenever so much was freed that it is worth it; and where it may be in vain, a 200th of the time. */
void usage_trim(struct usage *usage, uint64_t memory, uint64_t kept, uint64_t now);

#endif
