/* Tests of common/base/index: held to a plain array, through growth and shrinking, with hashes that are
 * alike; and that no single change does much. */
#include <criterion/criterion.h>
#include <inttypes.h>

#include "common/base/index.h"
#include "common/base/slab.h"

enum { MOST = 40000, MOVED_AT_MOST = 24, ALIKE = 50 /* of these hashes there are many */ };

struct model {
    struct index index;
    struct pair {
        uint32_t hash, number;
    } entries[MOST]; /* what is in it, in no order */
    size_t count;
    uint32_t alike[ALIKE]; /* how many there are of each of the small hashes */
    uint32_t next;
    uint64_t seed;
};

static uint64_t roll(struct model *model, uint64_t sides)
{
    model->seed = model->seed * 6364136223846793005u + 1442695040888963407u;
    return (model->seed >> 33) % sides;
}

/* What each change may do: move a few entries, and no more. */
static void check_step(const struct model *model, const struct index *before)
{
    const struct index *after = &model->index;
    if (before->old.entries == after->old.entries && before->old.entries != NULL)
        cr_assert_leq(before->old.count - after->old.count, MOVED_AT_MOST + 1);
    if (before->old.entries == NULL && after->old.entries != NULL)
        cr_assert_leq(after->now.count, MOVED_AT_MOST + 1); /* the new table begins empty */
    cr_assert_eq(index_count(after), model->count);
    cr_assert_leq(after->now.count, after->now.size * 3 / 4 + 1);
}

/* The hashes that many have are even. */
static uint32_t alike_hash(uint32_t alike)
{
    return alike << 26;
}

static void add(struct model *model)
{
    struct index before = model->index;
    /* One in eight has a hash that many have; the others are scattered by chance. */
    uint32_t alike = (uint32_t)roll(model, ALIKE);
    bool is_alike = roll(model, 8) == 0;
    uint32_t hash = is_alike ? alike_hash(alike) : (uint32_t)(roll(model, 1u << 31) * 2 + 1);
    struct pair entry = {hash, model->next++};
    index_add(&model->index, entry.hash, entry.number);
    model->entries[model->count++] = entry;
    if (is_alike)
        model->alike[alike]++;
    check_step(model, &before);
}

static void drop(struct model *model)
{
    if (model->count == 0)
        return;
    struct index before = model->index;
    size_t at = roll(model, model->count);
    struct pair entry = model->entries[at];
    model->entries[at] = model->entries[--model->count];
    if (entry.hash % 2 == 0)
        model->alike[entry.hash / alike_hash(1)]--;
    cr_assert(index_remove(&model->index, entry.hash, entry.number));
    check_step(model, &before);
    cr_assert(!index_remove(&model->index, entry.hash, entry.number));
}

static bool has(const struct index *index, uint32_t hash, uint32_t number)
{
    struct index_cursor cursor = index_find(index, hash);
    for (uint32_t found; (found = index_next(index, &cursor)) != NO_RECORD;) {
        if (found == number)
            return true;
    }
    return false;
}

static uint32_t count_of(const struct index *index, uint32_t hash)
{
    uint32_t count = 0;
    struct index_cursor cursor = index_find(index, hash);
    while (index_next(index, &cursor) != NO_RECORD)
        count++;
    return count;
}

static void look_up(struct model *model)
{
    if (model->count > 0) {
        struct pair entry = model->entries[roll(model, model->count)];
        cr_assert(has(&model->index, entry.hash, entry.number));
    }
    uint32_t alike = (uint32_t)roll(model, ALIKE);
    cr_assert_eq(count_of(&model->index, alike_hash(alike)), model->alike[alike]);
    cr_assert(!has(&model->index, alike_hash(alike), model->next)); /* a number that was never given */
    cr_assert_eq(count_of(&model->index, alike_hash(alike) + 2), 0);
}

Test(index, does_what_an_array_does)
{
    static struct model model;
    unsigned under_way = 0, grown = 0, shrunk = 0;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        model = (struct model){.seed = seed};
        index_init(&model.index);
        for (unsigned step = 0; step < 100000; step++) {
            size_t size = model.index.now.size;
            bool growing = step / 30000 % 2 == 0;
            if (model.count < MOST && roll(&model, 10) < (growing ? 8 : 1))
                add(&model);
            else
                drop(&model);
            grown += model.index.now.size > size;
            shrunk += model.index.now.size < size;
            under_way += model.index.old.entries != NULL;
            if (step % 4 == 0 || model.index.old.entries)
                look_up(&model);
        }
        for (size_t i = 0; i < model.count; i++)
            cr_assert(has(&model.index, model.entries[i].hash, model.entries[i].number));
        while (model.count > 0)
            drop(&model);
        for (unsigned step = 0; step < 100000; step++) { /* it takes many removals to believe it */
            size_t size = model.index.now.size;
            add(&model);
            drop(&model);
            shrunk += model.index.now.size < size;
        }
        cr_assert_lt(model.index.now.size, 128); /* what is empty becomes small again */
        index_free(&model.index);
    }
    cr_assert_gt(grown, 20); /* or the test shows nothing */
    cr_assert_gt(shrunk, 20);
    cr_assert_gt(under_way, 3000);
}

Test(index, entries_that_are_all_alike_are_told_apart)
{
    struct index index;
    index_init(&index);
    for (uint32_t i = 0; i < 300; i++)
        index_add(&index, 0xffffffff, i); /* the run goes round the end of the table */
    cr_assert_eq(count_of(&index, 0xffffffff), 300);
    for (uint32_t i = 0; i < 300; i += 2)
        cr_assert(index_remove(&index, 0xffffffff, i));
    for (uint32_t i = 0; i < 300; i++)
        cr_assert_eq(has(&index, 0xffffffff, i), i % 2);
    index_free(&index);
}

Test(index, the_same_hash_elsewhere_is_another_entry)
{
    struct index index;
    index_init(&index);
    index_add(&index, 1, 5);
    index_add(&index, 3, 6); /* the same place, another hash */
    cr_assert_eq(count_of(&index, 1), 1);
    cr_assert(!index_remove(&index, 1, 6));
    cr_assert(!index_remove(&index, 2, 5));
    cr_assert_eq(index_count(&index), 2);
    index_free(&index);
}

Test(index, a_walk_comes_to_each_entry_once)
{
    static unsigned seen[2000];
    bool under_way = false;
    for (uint32_t count = 0; count < 2000; count += 7) {
        struct index index;
        index_init(&index);
        for (uint32_t i = 0; i < count; i++) {
            index_add(&index, i * 2654435761u, i);
            seen[i] = 0;
        }
        under_way |= index.old.entries != NULL;
        size_t place = 0;
        for (uint32_t number; (number = index_walk(&index, &place)) != NO_RECORD;)
            seen[number]++;
        for (uint32_t i = 0; i < count; i++)
            cr_assert_eq(seen[i], 1);
        index_free(&index);
    }
    cr_assert(under_way);
}

Test(index, hashes_are_spread_and_depend_on_the_seed)
{
    unsigned low[64] = {0}, same = 0;
    for (uint64_t mailbox = 0; mailbox < 6400; mailbox++) {
        uint32_t hash = index_hash(1, mailbox, 3);
        low[hash % 64]++;
        same += hash == index_hash(2, mailbox, 3);
        cr_assert_neq(hash, index_hash(1, mailbox, 4));
    }
    cr_assert_leq(same, 1);
    for (unsigned i = 0; i < 64; i++)
        cr_assert(low[i] > 50 && low[i] < 160, "place %u has %u of 6400", i, low[i]);
    uint8_t bytes[16] = {1}, other[16] = {[15] = 1};
    cr_assert_neq(index_hash16(1, bytes), index_hash16(1, other));
    cr_assert_eq(index_hash16(1, bytes), index_hash16(1, bytes));
    const uint8_t *text = (const uint8_t *)"a text of twenty-one.";
    for (size_t size = 0; size < 21; size++) {
        cr_assert_neq(index_hash_bytes(1, text, size), index_hash_bytes(1, text, size + 1));
        cr_assert_neq(index_hash_bytes(1, text, size), index_hash_bytes(2, text, size));
    }
    cr_assert_neq(index_hash_bytes(1, text, 20), index_hash_bytes(1, text + 1, 20));
}
