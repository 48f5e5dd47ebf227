/* index: see index.h. Open addressing with linear probing; two tables while it is being resized. */
#include "common/base/index.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/slab.h"

enum {
    SMALLEST = 64,
    MOVE_STEP = 24, /* entries looked at with each change while two tables exist: soon there is one again */
    SPARSE = 8,     /* a table with less than one in so many of its places in use is too large */
};

/* An empty place is all zeros: the memory of a large table comes so from the system, page by page when it is
 * used, and making the table is no pause. */
static void table_new(struct index_table *table, size_t size)
{
    table->entries = mem_zalloc(size, sizeof(*table->entries));
    table->mask = size - 1;
    table->count = 0;
}

static void table_drop(struct index_table *table)
{
    mem_free(table->entries);
    *table = (struct index_table){0};
}

void index_init(struct index *index)
{
    *index = (struct index){0};
    table_new(&index->now, SMALLEST);
}

void index_free(struct index *index)
{
    table_drop(&index->now);
    table_drop(&index->old);
}

static void table_put(struct index_table *table, struct index_entry entry)
{
    size_t at = entry.hash & table->mask;
    while (table->entries[at].number_plus_1 != 0)
        at = (at + 1) & table->mask;
    table->entries[at] = entry;
    table->count++;
}

/* Closes the hole at `at` by moving later entries of the same run back. */
static void table_close(struct index_table *table, size_t at)
{
    size_t next = at;
    for (;;) {
        next = (next + 1) & table->mask;
        if (table->entries[next].number_plus_1 == 0)
            break;
        size_t home = table->entries[next].hash & table->mask;
        if (((next - home) & table->mask) >= ((next - at) & table->mask)) {
            table->entries[at] = table->entries[next];
            at = next;
        }
    }
    table->entries[at].number_plus_1 = 0;
    table->count--;
}

/* Moves a few entries of the old table. An entry is moved by removing it, and the run behind it closes up, so
 * the same place is looked at again. */
static void move_some(struct index *index)
{
    if (index->old.entries == NULL)
        return;
    for (int i = 0; i < MOVE_STEP && index->old.count > 0; i++) {
        struct index_entry entry = index->old.entries[index->moved];
        if (entry.number_plus_1 == 0) {
            index->moved = (index->moved + 1) & index->old.mask;
            continue;
        }
        table_close(&index->old, index->moved);
        table_put(&index->now, entry);
    }
    if (index->old.count == 0)
        table_drop(&index->old);
}

static void resize(struct index *index, size_t size)
{
    index->old = index->now;
    index->moved = 0;
    index->sparse = 0;
    table_new(&index->now, size);
}

/* A table shrinks only when it has been too large for as many removals as it has places: tasks come and go in
 * bursts, and a table that follows each of them is moved all the time. */
static bool is_too_large(struct index *index)
{
    size_t size = index->now.mask + 1;
    if (index->now.count >= size / SPARSE)
        index->sparse = 0;
    else
        index->sparse++;
    return size > SMALLEST && index->sparse > size;
}

void index_add(struct index *index, uint32_t hash, uint32_t number)
{
    assert(number != NO_RECORD);
    size_t size = index->now.mask + 1;
    /* At most 3/4 full. The move is done long before the new table can be full: it takes size / MOVE_STEP
     * changes. */
    if (index->old.entries == NULL && index->now.count + 1 > size - size / 4)
        resize(index, 2 * size);
    table_put(&index->now, (struct index_entry){hash, number + 1});
    move_some(index);
}

static bool table_remove(struct index_table *table, uint32_t hash, uint32_t number)
{
    if (table->entries == NULL)
        return false;
    for (size_t at = hash & table->mask; table->entries[at].number_plus_1 != 0; at = (at + 1) & table->mask) {
        if (table->entries[at].number_plus_1 == number + 1 && table->entries[at].hash == hash) {
            table_close(table, at);
            return true;
        }
    }
    return false;
}

bool index_remove(struct index *index, uint32_t hash, uint32_t number)
{
    bool found = table_remove(&index->now, hash, number) || table_remove(&index->old, hash, number);
    move_some(index);
    if (is_too_large(index) && index->old.entries == NULL)
        resize(index, (index->now.mask + 1) / 2);
    return found;
}

struct index_cursor index_find(const struct index *index, uint32_t hash)
{
    return (struct index_cursor){.hash = hash, .table = 0, .at = hash & index->now.mask};
}

uint32_t index_next(const struct index *index, struct index_cursor *cursor)
{
    for (;; cursor->table++) {
        const struct index_table *table = cursor->table == 0 ? &index->now : &index->old;
        if (cursor->table > 1 || table->entries == NULL)
            return NO_RECORD;
        if (cursor->table == 1 && cursor->at == SIZE_MAX)
            cursor->at = cursor->hash & table->mask;
        while (table->entries[cursor->at].number_plus_1 != 0) {
            struct index_entry entry = table->entries[cursor->at];
            cursor->at = (cursor->at + 1) & table->mask;
            if (entry.hash == cursor->hash)
                return entry.number_plus_1 - 1;
        }
        cursor->at = SIZE_MAX; /* the next table begins at the hash's own place */
    }
}

uint32_t index_walk(const struct index *index, size_t *place)
{
    const struct index_table *tables[] = {&index->now, &index->old};
    size_t before = 0; /* places of the tables that are behind */
    for (size_t t = 0; t < 2 && tables[t]->entries != NULL; before += tables[t++]->mask + 1) {
        while (*place - before <= tables[t]->mask) {
            uint32_t number_plus_1 = tables[t]->entries[(*place)++ - before].number_plus_1;
            if (number_plus_1 != 0)
                return number_plus_1 - 1;
        }
    }
    return NO_RECORD;
}

size_t index_count(const struct index *index)
{
    return index->now.count + index->old.count;
}

static uint64_t mix(uint64_t x)
{ /* splitmix64's finaliser */
    x ^= x >> 30;
    x *= 0xbf58476d1ce4e5b9u;
    x ^= x >> 27;
    x *= 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

uint32_t index_hash(uint64_t seed, uint64_t a, uint64_t b)
{
    return (uint32_t)mix(mix(a ^ seed) + b * 0x9e3779b97f4a7c15u);
}

uint32_t index_hash16(uint64_t seed, const uint8_t *bytes)
{
    uint64_t a, b;
    memcpy(&a, bytes, sizeof(a));
    memcpy(&b, bytes + sizeof(a), sizeof(b));
    return index_hash(seed, a, b);
}

uint32_t index_hash_bytes(uint64_t seed, const uint8_t *bytes, size_t size)
{
    uint64_t state = mix(seed ^ size);
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
        uint64_t word = 0;
        memcpy(&word, bytes + at, size - at < sizeof(word) ? size - at : sizeof(word));
        state = mix(state ^ word);
    }
    return (uint32_t)state;
}
