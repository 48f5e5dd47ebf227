/* What malloc gives back to the system, also of what other threads had: ZeroMQ's are such. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "edge/usage.h"

enum { MIB = 1 << 20, PIECE = 900000 /* bytes, below what malloc maps */, MOST = 70, SMALL = 9000 };

static void *pieces[MOST];
static int wanted; /* one arena's, which are at most 64 MiB */
static pthread_barrier_t step;

/* Has `wanted` pieces; a while later, a little more. */
static void *have_pieces(void *unused)
{
    (void)unused;
    for (int i = 0; i < wanted; i++)
        memset(pieces[i] = malloc(PIECE), 1, PIECE);
    pthread_barrier_wait(&step);
    pthread_barrier_wait(&step);
    free(malloc(SMALL));
    return NULL;
}

/* What is in memory once another thread's pieces were freed here and that was seen to. */
static uint64_t left_of(int count)
{
    pthread_t thread;
    struct usage usage;
    wanted = count;
    usage_init(&usage);
    uint64_t before = usage_memory(&usage, 0, 1000);
    pthread_barrier_init(&step, NULL, 2);
    pthread_create(&thread, NULL, have_pieces, NULL);
    pthread_barrier_wait(&step);
    for (int i = 0; i < count; i++)
        free(pieces[i]);
    uint64_t memory = usage_memory(&usage, 0, 2000);
    cr_assert_gt(memory, before + 45 * MIB, "malloc keeps it for the next burst");
    usage_trim(&usage, memory, 0, 2000);
    pthread_barrier_wait(&step);
    pthread_join(thread, NULL);
    memory = usage_memory(&usage, 0, 3000);
    usage_trim(&usage, memory, 0, 3000);
    usage_free(&usage);
    return memory > before ? memory - before : 0;
}

#ifdef __SANITIZE_ADDRESS__ /* its malloc is another */
static const bool other_malloc = true;
#else
static const bool other_malloc = false;
#endif

Test(trim, the_end_of_another_thread_s_arena_goes_back, .disabled = other_malloc)
{
    cr_assert_lt(left_of(MOST), 16 * MIB);
}

Test(trim, one_below_its_threshold_too, .disabled = other_malloc)
{
    cr_assert_lt(left_of(MOST - 10), 16 * MIB);
}

enum {
    TASKS = 160,          /* MiB, of tasks of a client that leaves, */
    GO = 8,               /* MiB of them in a tenth of a second */
    TASK = 300,           /* bytes */
    EACH = MIB / TASK,    /* so many in a MiB of what is kept */
    AT_ONCE = 48 + 3 * GO /* MiB that are given back in one go, at most: that is how long nobody is served */
};

Test(trim, what_many_tasks_leave_goes_back_a_part_at_a_time, .disabled = other_malloc)
{
    struct usage usage;
    usage_init(&usage);
    void **tasks = malloc((size_t)TASKS * EACH * sizeof *tasks);
    for (size_t i = 0; i < (size_t)TASKS * EACH; i++)
        memset(tasks[i] = malloc(TASK), 1, TASK);
    void *behind_them = malloc(TASK); /* else the end of all would go by itself */
    uint64_t now = 1000, most = 0, kept = (uint64_t)TASKS * MIB;
    uint64_t first = usage_memory(&usage, kept, now), before = first;
    for (size_t i = 0; kept > 0; now += 100) {
        for (size_t end = i + (size_t)GO * EACH; i < end; i++)
            free(tasks[i]);
        kept -= (uint64_t)GO * MIB;
        uint64_t memory = usage_memory(&usage, kept, now);
        if (memory > 0)
            usage_trim(&usage, memory, kept, now);
        usage.due = 0;
        memory = usage_memory(&usage, kept, now);
        most = before > memory + most ? before - memory : most;
        before = memory;
    }
    cr_assert_lt(before, first - (TASKS - 64) * (uint64_t)MIB, "it went back");
    cr_assert_lt(most, AT_ONCE * (uint64_t)MIB);
    usage_free(&usage);
    free(behind_them);
    free(tasks);
}
