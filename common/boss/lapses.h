/* lapses: how long tasks waited and ran, as counts of times by powers of two: cheap to add to, and what a
 * histogram is made of. */
#ifndef MAILROOM_LAPSES_H
#define MAILROOM_LAPSES_H

#include <stdint.h>

enum { LAPSE_CLASSES = 25 /* up to 1, 2, 4 ... 2^23 ms (2.3 hours), and above */ };

struct lapses {
    uint64_t counts[LAPSE_CLASSES]; /* of times in each class, not in those below it */
    uint64_t sum;                   /* ms */
};

/* One time more. */
static inline void lapses_add(struct lapses *lapses, uint32_t ms)
{
    unsigned class = ms > 1 ? 32u - (unsigned)__builtin_clz(ms - 1) : 0;
    lapses->counts[class < LAPSE_CLASSES ? class : LAPSE_CLASSES - 1]++;
    lapses->sum += ms;
}

/* The longest time, in ms, that a class but the last one has. */
static inline uint64_t lapses_most(unsigned class)
{
    return UINT64_C(1) << class;
}

#endif
