/* index: see index.h. Open addressing with linear probing; two tables while it is being resized. */
#include "common/base/index.h"

#include <assert.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/base/mem.h"
#include "common/base/slab.h"

#define GONE UINT32_MAX /* in the old table, in place of a number: the entry was moved or removed */

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
    table->size = size;
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
    size_t at = index_home(table, entry.hash);
    while (table->entries[at].number_plus_1 != 0)
        at = index_behind(table, at);
    table->entries[at] = entry;
    table->count++;
}

/* How many places `to` is behind `from`, round the end of the table. */
static inline size_t distance(const struct index_table *table, size_t from, size_t to)
{
    return to >= from ? to - from : to + table->size - from;
}

/* Closes the hole at `at` by moving later entries of the same run back. */
static void table_close(struct index_table *table, size_t at)
{
    size_t next = at;
    for (;;) {
        next = index_behind(table, next);
        if (table->entries[next].number_plus_1 == 0)
            break;
        size_t home = index_home(table, table->entries[next].hash);
        if (distance(table, home, next) >= distance(table, at, next)) {
            table->entries[at] = table->entries[next];
            at = next;
        }
    }
    table->entries[at].number_plus_1 = 0;
    table->count--;
}

/* Moves a few entries of the old table. What was there stays as GONE, so that runs need not close up. */
static void move_old(struct index *index)
{
    struct index_table *old = &index->old;
    for (int i = 0; i < MOVE_STEP && old->count > 0; i++) {
        struct index_entry *entry = &old->entries[index->moved++];
        if (entry->number_plus_1 == 0 || entry->number_plus_1 == GONE)
            continue;
        table_put(&index->now, *entry);
        entry->number_plus_1 = GONE;
        old->count--;
    }
    if (old->count == 0)
        table_drop(old);
}

static inline void move_some(struct index *index)
{
    if (index->old.entries != NULL)
        move_old(index);
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
    size_t size = index->now.size;
    if (index->now.count >= size / SPARSE)
        index->sparse = 0;
    else
        index->sparse++;
    return size / 2 >= SMALLEST && index->sparse > size;
}

/* The next larger size. It is not the double: a table that has just grown is half full all the same. */
static size_t larger(size_t size)
{
    bool is_power = (size & (size - 1)) == 0;
    return size + size / (is_power ? 2 : 3);
}

void index_add(struct index *index, uint32_t hash, uint32_t number)
{
    assert(number < GONE - 1);
    size_t size = index->now.size;
    /* At most 3/4 full. The move is done long before the new table can be full: it takes size / MOVE_STEP
     * changes. */
    if (index->old.entries == NULL && index->now.count + 1 > size - size / 4)
        resize(index, larger(size));
    table_put(&index->now, (struct index_entry){hash, number + 1});
    move_some(index);
}

/* Where the entry is, NULL: not in this table. */
static struct index_entry *table_find(const struct index_table *table, uint32_t hash, uint32_t number)
{
    if (table->entries == NULL)
        return NULL;
    for (size_t at = index_home(table, hash); table->entries[at].number_plus_1 != 0;
         at = index_behind(table, at)) {
        if (table->entries[at].number_plus_1 == number + 1 && table->entries[at].hash == hash)
            return &table->entries[at];
    }
    return NULL;
}

static bool remove_old(struct index_table *old, uint32_t hash, uint32_t number)
{
    struct index_entry *entry = table_find(old, hash, number);
    if (entry == NULL)
        return false;
    entry->number_plus_1 = GONE;
    old->count--;
    return true;
}

bool index_remove(struct index *index, uint32_t hash, uint32_t number)
{
    struct index_entry *entry = table_find(&index->now, hash, number);
    if (entry)
        table_close(&index->now, (size_t)(entry - index->now.entries));
    bool found = entry || remove_old(&index->old, hash, number);
    move_some(index);
    if (is_too_large(index) && index->old.entries == NULL)
        resize(index, index->now.size / 2);
    return found;
}

uint32_t index_next_old(const struct index *index, struct index_cursor *cursor)
{
    const struct index_table *old = &index->old;
    if (old->entries == NULL)
        return NO_RECORD;
    if (!cursor->in_old)
        cursor->at = index_home(old, cursor->hash); /* it begins at the hash's own place there */
    cursor->in_old = true;
    for (struct index_entry entry; (entry = old->entries[cursor->at]).number_plus_1 != 0;) {
        cursor->at = index_behind(old, cursor->at);
        if (entry.hash == cursor->hash && entry.number_plus_1 != GONE)
            return entry.number_plus_1 - 1;
    }
    return NO_RECORD;
}

uint32_t index_walk(const struct index *index, size_t *place)
{
    const struct index_table *tables[] = {&index->now, &index->old};
    size_t before = 0; /* places of the tables that are behind */
    for (size_t t = 0; t < 2 && tables[t]->entries != NULL; before += tables[t++]->size) {
        while (*place - before < tables[t]->size) {
            uint32_t number_plus_1 = tables[t]->entries[(*place)++ - before].number_plus_1;
            if (number_plus_1 != 0 && number_plus_1 != GONE)
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

/* Up to eight bytes as a number that no others of the same size have. */
static uint64_t last_word(const uint8_t *bytes, size_t size)
{
    if (size >= 4)
        return bytes_four(bytes) | (uint64_t)bytes_four(bytes + size - 4) << 32;
    return size == 0 ? 0 : bytes[0] | (uint64_t)bytes[size / 2] << 8 | (uint64_t)bytes[size - 1] << 16;
}

uint32_t index_hash_bytes(uint64_t seed, const uint8_t *bytes, size_t size)
{
    uint64_t state = mix(seed ^ size);
    for (; size > sizeof(uint64_t); bytes += sizeof(uint64_t), size -= sizeof(uint64_t))
        state = mix(state ^ bytes_eight(bytes));
    return (uint32_t)mix(state ^ last_word(bytes, size));
}
