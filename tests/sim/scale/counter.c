/* counter: see counter.h. */
#include "tests/sim/scale/counter.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_START_INSTRUMENTATION
#define CALLGRIND_TOGGLE_COLLECT
#endif

enum { UNKNOWN = -2, NONE = -1 };

static int counter = UNKNOWN;
static bool instrumented;

static void open_counter(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_HW_INSTRUCTIONS,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    if (counter == UNKNOWN)
        counter = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
    if (counter < 0)
        counter = NONE;
}

static uint64_t count(void)
{
    uint64_t value = 0;
    return counter >= 0 && read(counter, &value, sizeof value) == sizeof value ? value : 0;
}

static uint64_t begun;

bool counter_counts(void)
{
    open_counter();
    return counter >= 0;
}

void counter_start(void)
{
    open_counter();
    if (!instrumented)
        CALLGRIND_START_INSTRUMENTATION;
    instrumented = true;
    begun = count();
    CALLGRIND_TOGGLE_COLLECT;
}

uint64_t counter_stop(void)
{
    CALLGRIND_TOGGLE_COLLECT;
    return count() - begun;
}
