/* Tests of common/base/slab: numbers used again, records zeroed, nothing moves. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/base/slab.h"

struct record {
    uint32_t number;
    uint8_t content[20];
};

static bool is_zero(const struct record *record)
{
    const struct record zero = {0};
    return memcmp(record, &zero, sizeof(zero)) == 0;
}

Test(slab, numbers_are_small_and_given_again)
{
    struct slab slab;
    slab_init(&slab, sizeof(struct record));
    for (uint32_t i = 0; i < 10; i++)
        cr_assert_eq(slab_take(&slab), i);
    slab_give(&slab, 3);
    slab_give(&slab, 7);
    cr_assert_eq(slab.used, 8);
    cr_assert_eq(slab_take(&slab), 7); /* the last one given back first: it is still in the cache */
    cr_assert_eq(slab_take(&slab), 3);
    cr_assert_eq(slab_take(&slab), 10);
    slab_clear(&slab);
    cr_assert_eq(slab_take(&slab), 0); /* it can be used again */
    slab_clear(&slab);
}

Test(slab, a_record_is_zeroed_each_time)
{
    struct slab slab;
    slab_init(&slab, sizeof(struct record));
    for (unsigned round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 2000; i++) {
            struct record *record = slab_at(&slab, slab_take(&slab));
            cr_assert(is_zero(record));
            memset(record, 0xa5, sizeof(*record));
        }
        for (uint32_t i = 0; i < 2000; i++)
            slab_give(&slab, i);
    }
    slab_clear(&slab);
}

Test(slab, nothing_moves_while_it_grows)
{
    enum { COUNT = 50 * SLAB_CHUNK };
    static struct record *records[COUNT];
    struct slab slab;
    slab_init(&slab, sizeof(struct record));
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t number = slab_take(&slab);
        records[i] = slab_at(&slab, number);
        records[i]->number = number;
        memset(records[i]->content, (int)i, sizeof(records[i]->content));
    }
    for (uint32_t i = 0; i < COUNT; i++) {
        cr_assert_eq(slab_at(&slab, i), records[i]);
        cr_assert_eq(records[i]->number, i);
        cr_assert_eq(records[i]->content[19], (uint8_t)i);
    }
    slab_clear(&slab);
}

Test(slab, memory_follows_what_is_used_at_once)
{
    struct slab slab;
    slab_init(&slab, sizeof(struct record));
    for (uint32_t i = 0; i < 1000000; i++)
        slab_give(&slab, slab_take(&slab));
    cr_assert_eq(slab.chunk_count, 1);
    cr_assert_eq(slab.used, 0);
    slab_clear(&slab);
}

/* Takes so many, and gives each back but for every `kept`th. */
static void burst(struct slab *slab, uint32_t count, uint32_t kept)
{
    for (uint32_t i = 0; i < count; i++)
        slab_take(slab);
    for (uint32_t i = 0; i < count; i++)
        if (i % kept != 0)
            slab_give(slab, i);
}

static uint32_t chunks_there(const struct slab *slab)
{
    uint32_t there = 0;
    for (uint32_t i = 0; i < slab->chunk_count; i++)
        there += slab->chunks[i] != NULL;
    return there;
}

Test(slab, a_burst_is_given_back_and_numbers_are_used_again)
{
    enum { CHUNKS = 20, COUNT = CHUNKS * SLAB_CHUNK };
    struct slab slab;
    slab_init_giving(&slab, sizeof(struct record));
    for (unsigned round = 0; round < 3; round++) {
        burst(&slab, COUNT, UINT32_MAX);
        cr_assert_eq(slab.used, 1);
        cr_assert_leq(chunks_there(&slab), 2); /* the one in use, and one for the next burst */
        cr_assert(slab_has(&slab, 0));
        cr_assert(!slab_has(&slab, COUNT));
        slab_give(&slab, 0);
        cr_assert_eq(slab.chunk_count, CHUNKS);
        cr_assert_eq(chunks_there(&slab), 1);
    }
    slab_clear(&slab);
    cr_assert(slab.gives_back);
}

Test(slab, a_chunk_stays_while_a_record_of_it_is_used)
{
    enum { CHUNKS = 10, COUNT = CHUNKS * SLAB_CHUNK };
    struct slab slab;
    slab_init_giving(&slab, sizeof(struct record));
    burst(&slab, COUNT, SLAB_CHUNK);
    cr_assert_eq(chunks_there(&slab), CHUNKS);
    for (uint32_t i = CHUNKS; i < COUNT; i++) /* the others are used before there is a chunk more */
        slab_take(&slab);
    cr_assert_eq(slab.chunk_count, CHUNKS);
    slab_take(&slab);
    cr_assert_eq(slab.chunk_count, CHUNKS + 1);
    slab_clear(&slab);
}

Test(slab, others_keep_what_they_have)
{
    struct slab slab;
    slab_init(&slab, sizeof(struct record));
    burst(&slab, 5 * SLAB_CHUNK, UINT32_MAX);
    cr_assert_eq(chunks_there(&slab), 5);
    slab_clear(&slab);
}

Test(slab, the_smallest_record_is_a_number)
{
    struct slab slab;
    slab_init(&slab, sizeof(uint32_t));
    uint32_t a = slab_take(&slab), b = slab_take(&slab);
    *(uint32_t *)slab_at(&slab, a) = 11;
    *(uint32_t *)slab_at(&slab, b) = 22;
    cr_assert_eq(*(uint32_t *)slab_at(&slab, a), 11);
    slab_clear(&slab);
}
