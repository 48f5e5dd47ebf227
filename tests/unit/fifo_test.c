/* Tests of common/base/fifo. */
#include <criterion/criterion.h>

#include "common/base/fifo.h"

enum { STAY = 32 };

static void put(struct fifo *fifo, uint64_t value)
{
    *(uint64_t *)fifo_put(fifo) = value;
}

Test(fifo, keeps_the_order_while_some_come_and_some_go)
{
    struct fifo fifo;
    uint64_t in = 0, out = 0;
    fifo_init(&fifo, sizeof in, STAY);
    for (unsigned round = 0; round < 1000; round++) {
        for (unsigned i = 0; i < 1 + round % 7; i++)
            put(&fifo, in++);
        for (unsigned i = 0; i < 1 + round % 5 && fifo.count > 0; i++) {
            cr_assert_eq(*(uint64_t *)fifo_at(&fifo, 0), out++);
            fifo_drop(&fifo);
        }
        cr_assert_eq(fifo.count, in - out);
        for (uint32_t i = 0; i < fifo.count; i++)
            cr_assert_eq(*(uint64_t *)fifo_at(&fifo, i), out + i);
    }
    cr_assert_leq(fifo.capacity, 4 * fifo.count);
    fifo_free(&fifo);
    cr_assert_eq(fifo.capacity, 0);
}

Test(fifo, memory_of_many_goes_with_the_last_one)
{
    struct fifo fifo;
    fifo_init(&fifo, sizeof(uint64_t), STAY);
    for (unsigned most = STAY; most <= 2 * STAY; most += STAY) {
        for (unsigned i = 0; i < most; i++)
            put(&fifo, i);
        while (fifo.count > 0)
            fifo_drop(&fifo);
        cr_assert_eq(fifo.capacity, most == STAY ? STAY : 0);
    }
    put(&fifo, 7);
    cr_assert_eq(*(uint64_t *)fifo_at(&fifo, 0), 7);
    fifo_free(&fifo);
}
