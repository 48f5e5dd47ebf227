/* clock: the times and random numbers that the edge puts into events and configurations. */
#ifndef MAILROOM_EDGE_CLOCK_H
#define MAILROOM_EDGE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* ms, monotonic: what event.now holds. */
uint64_t clock_ms(void);

/* The same clock, read for next to nothing and some ms behind. */
uint64_t clock_coarse_ms(void);

/* us since 1970. */
uint64_t clock_wall_us(void);

/* Fills `bytes`, at most 256, with random bytes of the kernel's. */
void clock_random(void *bytes, size_t size);

#endif
