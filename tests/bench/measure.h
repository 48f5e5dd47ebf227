/* measure: clocks, CPU time and memory of processes, percentiles: what the load generator reads off the
 * world. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Ends the process with code 1 and a text; the bench has no use for half a measurement. */
_Noreturn void measure_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ns, monotonic. */
uint64_t measure_now(void);

/* CPU time of a process with all of its threads, in ns. */
uint64_t measure_cpu(pid_t pid);

/* Resident memory of a process, in bytes. */
uint64_t measure_rss(pid_t pid);

struct samples {
    uint32_t *values; /* ns */
    size_t count, capacity;
};

/* Keeps a latency in ns; those beyond the room for some millions are dropped. */
void measure_sample(struct samples *samples, uint64_t value);

/* The value below which `part` (0 to 1) of the samples are, in ns; 0 without samples. Sorts them. */
uint32_t measure_percentile(struct samples *samples, double part);

#endif
