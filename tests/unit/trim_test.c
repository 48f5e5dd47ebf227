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
    uint64_t before = usage_memory(&usage, 1000);
    pthread_barrier_init(&step, NULL, 2);
    pthread_create(&thread, NULL, have_pieces, NULL);
    pthread_barrier_wait(&step);
    for (int i = 0; i < count; i++)
        free(pieces[i]);
    uint64_t memory = usage_memory(&usage, 2000);
    cr_assert_gt(memory, before + 45 * MIB, "malloc keeps it for the next burst");
    usage_trim(&usage, memory, 0, 2000);
    pthread_barrier_wait(&step);
    pthread_join(thread, NULL);
    memory = usage_memory(&usage, 3000);
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
