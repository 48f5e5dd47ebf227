/* counter: instructions of this thread: the processor's counter where it may be read (perf_event_open), and
 * valgrind's, which tests/sim/measure-scale asks where it may not. */
#ifndef SCALE_COUNTER_H
#define SCALE_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

/* Whether the processor's can be read. */
bool counter_counts(void);

/* Counts from here to counter_stop, which returns how many there were; 0 where they cannot be counted. */
void counter_start(void);
uint64_t counter_stop(void);

#endif
