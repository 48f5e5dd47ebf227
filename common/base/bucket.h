/* bucket: a token bucket: so many a second, and a burst of some seconds' worth. Zeros are a full one. */
#ifndef MAILROOM_BUCKET_H
#define MAILROOM_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

enum {
    BUCKET_BURST = 10,       /* seconds */
    BUCKET_LONGEST = 1 << 20 /* ms: nothing is given back for more, so that no number is too large */
};

struct bucket {
    uint64_t at;    /* ms, of the last look */
    uint64_t spent; /* thousandths of tokens */
};

/* Takes `count` out of it where `rate` a second (at most 2^32) leave as many; false: they do not. What is
 * asked for is taken from a full one, however many it is. */
static inline bool bucket_take(struct bucket *bucket, uint64_t rate, uint64_t count, uint64_t now)
{
    const uint64_t most = rate * BUCKET_BURST * 1000;
    uint64_t passed = now - bucket->at < BUCKET_LONGEST ? now - bucket->at : BUCKET_LONGEST;
    uint64_t back = rate * passed;
    bucket->at = now;
    bucket->spent -= back < bucket->spent ? back : bucket->spent;
    if (bucket->spent > 0 && bucket->spent + count * 1000 > most)
        return false;
    bucket->spent += count * 1000;
    return true;
}

#endif
