/* index: from a hash to the numbers of records: the hot tables' look-up. It grows and shrinks in small steps
 * (a few entries are moved with each insert and removal), so that a million entries cost the same per
 * operation as ten and nothing pauses. From one size to the next it is a half or a third more: 11 to 16 bytes
 * for each of many entries.
 *
 * It keeps 32 bits of hash and 32 bits of number for each entry; comparing keys is the caller's: iterate over
 * the candidates. */
#ifndef MAILROOM_INDEX_H
#define MAILROOM_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_entry {
    uint32_t hash;
    uint32_t number_plus_1; /* 0: empty */
};

struct index_table {
    struct index_entry *entries; /* NULL: no table */
    size_t size, count;          /* places, a power of two or one and a half of one; those in use */
};

struct index {
    struct index_table now; /* where new entries go */
    struct index_table old; /* still being moved into `now` */
    size_t moved;           /* entries of `old` below this are moved */
    size_t sparse;          /* removals since `now` last had many entries for its size */
};

struct index_cursor {
    uint32_t hash;
    bool in_old; /* `now` is behind */
    size_t at;
};

void index_init(struct index *index);
void index_free(struct index *index);

/* Adds an entry; the caller sees to it that the key is not there already. */
void index_add(struct index *index, uint32_t hash, uint32_t number);

/* Removes the entry with this hash and number; false when there is none. */
bool index_remove(struct index *index, uint32_t hash, uint32_t number);

/* Where an entry with this hash stands, or behind it: places have the order of the hashes. */
static inline size_t index_home(const struct index_table *table, uint32_t hash)
{
    return (size_t)((uint64_t)hash * table->size >> 32);
}

static inline size_t index_behind(const struct index_table *table, size_t at)
{
    return at + 1 == table->size ? 0 : at + 1;
}

/* Starts a look-up; index_next gives one candidate after the other, NO_RECORD at the end. No change of the
 * index in between. */
static inline struct index_cursor index_find(const struct index *index, uint32_t hash)
{
    return (struct index_cursor){.hash = hash, .in_old = false, .at = index_home(&index->now, hash)};
}

/* The candidates of the table that is still being moved, when those of the other one are all told. */
uint32_t index_next_old(const struct index *index, struct index_cursor *cursor);

static inline uint32_t index_next(const struct index *index, struct index_cursor *cursor)
{
    const struct index_table *now = &index->now;
    for (struct index_entry entry;
         !cursor->in_old && (entry = now->entries[cursor->at]).number_plus_1 != 0;) {
        cursor->at = index_behind(now, cursor->at);
        if (entry.hash == cursor->hash)
            return entry.number_plus_1 - 1;
    }
    return index_next_old(index, cursor);
}

/* All numbers, one with each call, NO_RECORD at the end; `*place` is 0 at first. No change of the index in
 * between. */
uint32_t index_walk(const struct index *index, size_t *place);

size_t index_count(const struct index *index);

/* A well-mixed hash of up to two 64-bit words, and of 16 bytes. `seed` is drawn per process, so that no peer
 * can choose colliding keys. */
uint32_t index_hash(uint64_t seed, uint64_t a, uint64_t b);
uint32_t index_hash16(uint64_t seed, const uint8_t *bytes);

/* The same of any number of bytes. */
uint32_t index_hash_bytes(uint64_t seed, const uint8_t *bytes, size_t size);

#endif
