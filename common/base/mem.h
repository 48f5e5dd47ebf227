/* mem: the one checked allocator. It ends the process with a clear text when there is no memory left; limits
 * on what peers may make us keep refuse long before that. Everything that the cores allocate comes from here.
 */
#ifndef MAILROOM_MEM_H
#define MAILROOM_MEM_H

#include <stddef.h>

/* `size` bytes, not initialised; never NULL, also for 0. The caller frees it with mem_free. */
void *mem_alloc(size_t size);

/* The same, or NULL where there are none: for what a caller of the library hands in, whose size is his
 * affair. */
void *mem_try(size_t size);

/* `count` times `size` bytes, zeroed; never NULL. An overflow of the product counts as no memory. */
void *mem_zalloc(size_t count, size_t size);

/* Like realloc for `count` times `size` bytes; never NULL. */
void *mem_resize(void *old, size_t count, size_t size);

/* The same for an array that has `had` entries and gets more, `count` in all: the new ones are zeroed. */
void *mem_grow(void *old, size_t had, size_t count, size_t size);

/* A copy of the `size` bytes at `data`. */
void *mem_copy(const void *data, size_t size);

/* A zero-terminated copy of the `size` bytes at `data`. */
char *mem_text(const char *data, size_t size);

void mem_free(void *memory);

/* The same for a piece of `size` bytes that may be large: from MEM_LARGE on it is freed by what
 * mem_free_large_by was given, if anything. */
enum { MEM_LARGE = 16 << 20 };
void mem_free_large(void *memory, size_t size);

/* The same for a piece of any size that will not be wanted again soon: the system is to have it. */
void mem_give_back(void *memory, size_t size);

/* What stands in a part of a piece is not needed any more: the system may have its pages. The piece itself is
 * freed as it always is. */
void mem_drop_pages(void *memory, size_t size);

/* How the two are done, said once, before there is any such piece. Nothing is, as long as nobody says so. */
void mem_free_large_by(void (*release)(void *memory, size_t size));
void mem_drop_pages_by(void (*drop)(void *memory, size_t size));

#endif
