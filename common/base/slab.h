/* slab: records of one size, named by small numbers. It grows in chunks, so nothing moves and nothing pauses;
 * freed numbers are used again. */
#ifndef MAILROOM_SLAB_H
#define MAILROOM_SLAB_H

#include <stddef.h>
#include <stdint.h>

enum { SLAB_CHUNK = 1024 /* records */ };

#define NO_RECORD UINT32_MAX

struct slab {
    size_t record_size;
    uint8_t **chunks;
    uint32_t chunk_count, chunk_capacity;
    uint32_t free;  /* the first free record's number, chained through their first four bytes */
    uint32_t fresh; /* numbers from here on were never used */
    uint32_t used;
};

/* `record_size` is at least 4 bytes. */
void slab_init(struct slab *slab, size_t record_size);

/* Frees all chunks; what the records own is the caller's to free first. */
void slab_clear(struct slab *slab);

/* The number of a zeroed record. */
uint32_t slab_take(struct slab *slab);

void slab_give(struct slab *slab, uint32_t number);

static inline void *slab_at(const struct slab *slab, uint32_t number)
{
    return slab->chunks[number / SLAB_CHUNK] + (size_t)(number % SLAB_CHUNK) * slab->record_size;
}

#endif
