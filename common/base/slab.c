/* slab: see slab.h. */
#include "common/base/slab.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

void slab_init(struct slab *slab, size_t record_size)
{
    assert(record_size >= sizeof(uint32_t));
    *slab = (struct slab){.record_size = record_size, .free = NO_RECORD};
}

void slab_clear(struct slab *slab)
{
    for (uint32_t i = 0; i < slab->chunk_count; i++)
        mem_free(slab->chunks[i]);
    mem_free(slab->chunks);
    slab_init(slab, slab->record_size);
}

static void add_chunk(struct slab *slab)
{
    if (slab->chunk_count == slab->chunk_capacity) {
        slab->chunk_capacity = slab->chunk_capacity ? 2 * slab->chunk_capacity : 8;
        slab->chunks = mem_resize(slab->chunks, slab->chunk_capacity, sizeof(*slab->chunks));
    }
    slab->chunks[slab->chunk_count++] = mem_alloc(SLAB_CHUNK * slab->record_size);
}

uint32_t slab_take(struct slab *slab)
{
    uint32_t number = slab->free;
    if (number != NO_RECORD) {
        memcpy(&slab->free, slab_at(slab, number), sizeof(slab->free));
    } else {
        number = slab->fresh++;
        assert(number != NO_RECORD);
        if (number / SLAB_CHUNK == slab->chunk_count)
            add_chunk(slab);
    }
    slab->used++;
    memset(slab_at(slab, number), 0, slab->record_size);
    return number;
}

void slab_give(struct slab *slab, uint32_t number)
{
    assert(number < slab->fresh && slab->used > 0);
    memcpy(slab_at(slab, number), &slab->free, sizeof(slab->free));
    slab->free = number;
    slab->used--;
}
