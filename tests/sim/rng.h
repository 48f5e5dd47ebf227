/* rng: the only source of chance in the simulator: splitmix64, so that a run follows from its seed alone. */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdbool.h>
#include <stdint.h>

struct rng {
    uint64_t state;
};

/* Mixes two numbers into one; the same in each run. */
static inline uint64_t rng_mix(uint64_t a, uint64_t b)
{
    uint64_t z = a * 0x9e3779b97f4a7c15u + b + 0x632be59bd9b4e019u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static inline struct rng rng_of(uint64_t seed, uint64_t stream)
{
    return (struct rng){rng_mix(seed, stream)};
}

static inline uint64_t rng_next(struct rng *rng)
{
    rng->state += 0x9e3779b97f4a7c15u;
    return rng_mix(rng->state, 0);
}

/* 0 to n - 1; n is not 0. */
static inline uint32_t rng_below(struct rng *rng, uint32_t n)
{
    return (uint32_t)((rng_next(rng) >> 32) * n >> 32);
}

/* `low` to `high`, both included. */
static inline uint32_t rng_between(struct rng *rng, uint32_t low, uint32_t high)
{
    return low + rng_below(rng, high - low + 1);
}

/* True `many` times in `of`. */
static inline bool rng_chance(struct rng *rng, uint32_t many, uint32_t of)
{
    return rng_below(rng, of) < many;
}

static inline void rng_bytes(struct rng *rng, uint8_t *bytes, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = (uint8_t)(rng_next(rng) >> 56);
}

#endif
