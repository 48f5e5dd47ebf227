/* slab: see slab.h. Chunks with free records stand in a list, and the first of them is taken from: the one of
 * which a record was freed last. */
#include "common/base/slab.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

void slab_init(struct slab *slab, size_t record_size)
{
    assert(record_size >= sizeof(uint32_t));
    *slab = (struct slab){.record_size = record_size, .open = NO_RECORD, .vacant = NO_RECORD};
}

void slab_init_giving(struct slab *slab, size_t record_size)
{
    slab_init(slab, record_size);
    slab->gives_back = true;
}

void slab_clear(struct slab *slab)
{
    bool gives_back = slab->gives_back;
    for (uint32_t i = 0; i < slab->chunk_count; i++)
        mem_free(slab->chunks[i]);
    mem_free(slab->chunks);
    mem_free(slab->states);
    slab_init(slab, slab->record_size);
    slab->gives_back = gives_back;
}

/* The chunk has a free record again, or for the first time. */
static void enter(struct slab *slab, uint32_t number)
{
    struct slab_chunk *chunk = &slab->states[number];
    chunk->previous = NO_RECORD;
    chunk->next = slab->open;
    if (slab->open != NO_RECORD)
        slab->states[slab->open].previous = number;
    slab->open = number;
}

static void leave(struct slab *slab, uint32_t number)
{
    const struct slab_chunk *chunk = &slab->states[number];
    if (chunk->previous == NO_RECORD)
        slab->open = chunk->next;
    else
        slab->states[chunk->previous].next = chunk->next;
    if (chunk->next != NO_RECORD)
        slab->states[chunk->next].previous = chunk->previous;
}

/* A number for a chunk: of one that was given back, or the next one. */
static uint32_t chunk_number(struct slab *slab)
{
    uint32_t number = slab->vacant;
    if (number != NO_RECORD) {
        slab->vacant = slab->states[number].next;
        return number;
    }
    if (slab->chunk_count == slab->chunk_capacity) {
        slab->chunk_capacity = slab->chunk_capacity ? 2 * slab->chunk_capacity : 8;
        slab->chunks = mem_resize(slab->chunks, slab->chunk_capacity, sizeof(*slab->chunks));
        slab->states = mem_resize(slab->states, slab->chunk_capacity, sizeof(*slab->states));
    }
    return slab->chunk_count++;
}

static void add_chunk(struct slab *slab)
{
    uint32_t number = chunk_number(slab);
    slab->chunks[number] = mem_alloc(SLAB_CHUNK * slab->record_size);
    slab->states[number] = (struct slab_chunk){.free = NO_RECORD};
    enter(slab, number);
}

/* A chunk without a used record. One such stays for the next burst. */
static void give_back(struct slab *slab, uint32_t number)
{
    struct slab_chunk *chunk = &slab->states[number];
    if (!slab->gives_back || (slab->open == number && chunk->next == NO_RECORD))
        return;
    leave(slab, number);
    mem_give_back(slab->chunks[number], SLAB_CHUNK * slab->record_size);
    slab->chunks[number] = NULL;
    chunk->next = slab->vacant;
    slab->vacant = number;
}

void slab_reach(struct slab *slab, uint32_t number)
{
    while (number / SLAB_CHUNK >= slab->chunk_count)
        add_chunk(slab);
}

uint32_t slab_take(struct slab *slab)
{
    if (slab->open == NO_RECORD)
        add_chunk(slab);
    uint32_t place = slab->open, number;
    struct slab_chunk *chunk = &slab->states[place];
    if (chunk->free != NO_RECORD) {
        number = chunk->free;
        memcpy(&chunk->free, slab_at(slab, number), sizeof(chunk->free));
    } else {
        number = place * SLAB_CHUNK + chunk->fresh++;
        assert(number != NO_RECORD);
        if (number >= slab->fresh)
            slab->fresh = number + 1;
    }
    slab->used++;
    if (++chunk->used == SLAB_CHUNK)
        leave(slab, place);
    memset(slab_at(slab, number), 0, slab->record_size);
    return number;
}

void slab_give(struct slab *slab, uint32_t number)
{
    uint32_t place = number / SLAB_CHUNK;
    struct slab_chunk *chunk = &slab->states[place];
    assert(number < slab->fresh && chunk->used > 0);
    memcpy(slab_at(slab, number), &chunk->free, sizeof(chunk->free));
    chunk->free = number;
    slab->used--;
    if (chunk->used-- == SLAB_CHUNK)
        enter(slab, place);
    if (chunk->used == 0)
        give_back(slab, place);
}
