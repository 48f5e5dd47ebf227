/* Tests of common/base/bucket. */
#include <criterion/criterion.h>

#include "common/base/bucket.h"

static unsigned take_all(struct bucket *bucket, uint64_t rate, uint64_t now)
{
    unsigned count = 0;
    while (bucket_take(bucket, rate, 1, now))
        count++;
    return count;
}

Test(bucket, it_begins_full_and_fills_with_time)
{
    struct bucket bucket = {0};
    cr_assert_eq(take_all(&bucket, 5, 1000000), 5 * BUCKET_BURST);
    cr_assert_eq(take_all(&bucket, 5, 1000199), 0);
    cr_assert_eq(take_all(&bucket, 5, 1000200), 1);
    cr_assert_eq(take_all(&bucket, 5, 1001200), 5);
    cr_assert_eq(take_all(&bucket, 5, 9000000), 5 * BUCKET_BURST);
}

Test(bucket, it_is_full_at_the_time_nought_too)
{
    struct bucket bucket = {0};
    cr_assert_eq(take_all(&bucket, 1, 0), BUCKET_BURST);
}

Test(bucket, what_is_more_than_it_holds_is_taken_from_a_full_one_alone)
{
    struct bucket bucket = {0};
    cr_assert(bucket_take(&bucket, 1, 1000, 0));
    cr_assert_not(bucket_take(&bucket, 1, 1, 990999));
    cr_assert(bucket_take(&bucket, 1, 1, 991000));
    cr_assert_not(bucket_take(&bucket, 1, 1000, 991000));
}
