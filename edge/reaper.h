/* reaper: gives large pieces of memory back to the system beside the loop. */
#ifndef MAILROOM_EDGE_REAPER_H
#define MAILROOM_EDGE_REAPER_H

#include <stddef.h>

/* Frees `size` bytes that malloc gave, in a thread of its own; for mem_free_large_by. From any thread. */
void reaper_free(void *memory, size_t size);

#endif
