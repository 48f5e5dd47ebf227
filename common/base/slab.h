/* slab: records of one size, named by small numbers. It grows in chunks, so nothing moves and nothing pauses;
 * freed numbers are used again. A chunk of which no record is in use can be given back: then nobody may look
 * at a record that is not in use. */
#ifndef MAILROOM_SLAB_H
#define MAILROOM_SLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SLAB_CHUNK = 1024 /* records */ };

#define NO_RECORD UINT32_MAX

/* What is known of a chunk. */
struct slab_chunk {
    uint32_t free;           /* its first free record's number, chained through their first four bytes */
    uint32_t fresh;          /* so many of its records were used since it was made */
    uint32_t used;           /* and so many are */
    uint32_t next, previous; /* in the list that it is in; NO_RECORD: in none, or the last, the first */
};

struct slab {
    size_t record_size;
    uint8_t **chunks;          /* NULL: it was given back */
    struct slab_chunk *states; /* of each of them */
    uint32_t chunk_count, chunk_capacity;
    uint32_t open;   /* the first chunk that has a free record, */
    uint32_t vacant; /* and the first that was given back; NO_RECORD: there is none */
    uint32_t fresh;  /* numbers from here on were never used */
    uint32_t used;
    bool gives_back;
};

/* `record_size` is at least 4 bytes. */
void slab_init(struct slab *slab, size_t record_size);

/* The same of one that gives chunks back. */
void slab_init_giving(struct slab *slab, size_t record_size);

/* Frees all chunks; what the records own is the caller's to free first. */
void slab_clear(struct slab *slab);

/* The number of a zeroed record. */
uint32_t slab_take(struct slab *slab);

void slab_give(struct slab *slab, uint32_t number);

/* For a slab whose records stand beside those of another one and have their numbers: sees to it that there is
 * a record of that number, of which nothing is known. */
void slab_reach(struct slab *slab, uint32_t number);

/* Whether there is a record of this number: one that is in use, or one that was. */
static inline bool slab_has(const struct slab *slab, uint32_t number)
{
    return number < slab->fresh && slab->chunks[number / SLAB_CHUNK] != NULL &&
           number % SLAB_CHUNK < slab->states[number / SLAB_CHUNK].fresh;
}

static inline void *slab_at(const struct slab *slab, uint32_t number)
{
    return slab->chunks[number / SLAB_CHUNK] + (size_t)(number % SLAB_CHUNK) * slab->record_size;
}

#endif
