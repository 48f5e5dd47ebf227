/* reaper: gives large pieces of memory back to the system beside the loop. */
#ifndef MAILROOM_EDGE_REAPER_H
#define MAILROOM_EDGE_REAPER_H

#include <stddef.h>

/* Frees `size` bytes that malloc gave, those that are large (MEM_LARGE) in a thread of its own; for
 * mem_free_large_by. From any thread. */
void reaper_free(void *memory, size_t size);

/* Gives back the pages within a part of a piece that malloc gave, at once: for mem_drop_pages_by. */
void reaper_drop(void *memory, size_t size);

#endif
