/* reaper: gives large pieces of memory back to the system beside the loop. Taking the pages of 300 MB off a
 * process takes the kernel 30 ms (measured), for which the loop would stand still. The other threads must not
 * wait for it either: each of their own mmap and munmap, with which libzmq gets and frees the memory of
 * larger messages, waits while munmap is at work. So the pages go in small pieces first. What is not large
 * goes at once: malloc keeps its place, without the pages. */
#include "edge/reaper.h"

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/mem.h"

enum { PIECE = 1 << 20 /* bytes: a tenth of a millisecond */ };

struct large {
    void *memory;
    size_t size;
};

/* Gives back the pages that lie within the memory. Where the system does not want to, free does it all. */
static void drop_pages(const struct large *large)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t from = ((uintptr_t)large->memory + page - 1) / page * page;
    uintptr_t to = ((uintptr_t)large->memory + large->size) / page * page;
    for (uintptr_t at = from; at < to; at += PIECE)
        if (madvise((void *)at, to - at < PIECE ? to - at : PIECE, MADV_DONTNEED) != 0)
            return;
}

static void *reap(void *context)
{
    struct large *large = context;
    drop_pages(large);
    free(large->memory);
    mem_free(large);
    return NULL;
}

void reaper_free(void *memory, size_t size)
{
    pthread_t thread;
    if (size < MEM_LARGE) {
        drop_pages(&(struct large){memory, size});
        free(memory);
        return;
    }
    struct large *large = mem_alloc(sizeof *large);
    *large = (struct large){memory, size};
    if (pthread_create(&thread, NULL, reap, large) == 0)
        pthread_detach(thread);
    else
        reap(large);
}

void reaper_drop(void *memory, size_t size)
{
    drop_pages(&(struct large){memory, size});
}
