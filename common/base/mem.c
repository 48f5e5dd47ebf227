/* mem: the one checked allocator. It knows no limits: whoever keeps what a peer sent bounds it before it asks
 * here. */
#include "common/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory, size_t count, size_t size)
{
    if (memory)
        return memory;
    fprintf(stderr, "mailroom: out of memory (%zu times %zu bytes)\n", count, size);
    abort();
}

void *mem_alloc(size_t size)
{
    return checked(malloc(size ? size : 1), 1, size);
}

void *mem_try(size_t size)
{
    return malloc(size ? size : 1);
}

void *mem_zalloc(size_t count, size_t size)
{
    return checked(calloc(count ? count : 1, size ? size : 1), count, size);
}

void *mem_resize(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return checked(NULL, count, size);
    return checked(realloc(old, bytes ? bytes : 1), count, size);
}

void *mem_grow(void *old, size_t had, size_t count, size_t size)
{
    uint8_t *grown = mem_resize(old, count, size);
    memset(grown + had * size, 0, (count - had) * size);
    return grown;
}

void *mem_copy(const void *data, size_t size)
{
    void *copy = mem_alloc(size);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

char *mem_text(const char *data, size_t size)
{
    if (size == SIZE_MAX)
        return checked(NULL, 1, size);
    char *text = mem_alloc(size + 1);
    if (size)
        memcpy(text, data, size);
    text[size] = 0;
    return text;
}

void mem_free(void *memory)
{
    free(memory);
}

static void (*release_large)(void *memory, size_t size), (*drop_pages)(void *memory, size_t size);

void mem_free_large(void *memory, size_t size)
{
    if (size >= MEM_LARGE && release_large)
        release_large(memory, size);
    else
        free(memory);
}

void mem_give_back(void *memory, size_t size)
{
    if (release_large)
        release_large(memory, size);
    else
        free(memory);
}

void mem_free_large_by(void (*release)(void *memory, size_t size))
{
    release_large = release;
}

void mem_drop_pages(void *memory, size_t size)
{
    if (drop_pages)
        drop_pages(memory, size);
}

void mem_drop_pages_by(void (*drop)(void *memory, size_t size))
{
    drop_pages = drop;
}
