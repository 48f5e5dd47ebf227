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
