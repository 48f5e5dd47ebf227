/* Tests of common/base/account: bytes go up to all accounts above, and who takes most meets his bound first.
 */
#include <criterion/criterion.h>

#include "common/base/account.h"

Test(account, what_is_counted_below_is_counted_above)
{
    struct account top = {0}, middle = {.above = &top}, one = {.above = &middle}, other = {.above = &middle};
    account_add(&one, 10);
    account_add(&other, 5);
    account_add(&top, 1);
    account_add(NULL, 7);
    account_take(&one, 4);
    cr_assert(one.bytes == 6 && other.bytes == 5 && middle.bytes == 0 &&
              top.bytes == 1); /* not worth a word */
    account_settle(&one);
    account_settle(&other);
    account_settle(&middle);
    cr_assert(middle.bytes == 11 && top.bytes == 12);
    account_add(&one, 2 * ACCOUNT_LUMP);
    cr_assert(middle.bytes == 11 + 2 * ACCOUNT_LUMP && top.bytes == 12 + 2 * ACCOUNT_LUMP);
    account_take(&one, 2 * ACCOUNT_LUMP + 6);
    account_settle(&one);
    account_settle(&middle);
    cr_assert(one.bytes == 0 && middle.bytes == 5 && top.bytes == 6);
}

Test(account, what_is_unread_is_a_part_of_all)
{
    struct account one = {0};
    account_add(&one, 3);
    account_add_unread(&one, 5);
    account_add_unread(NULL, 5);
    cr_assert(one.bytes == 8 && one.unread == 5);
    account_take_unread(&one, 5);
    cr_assert(one.bytes == 3 && one.unread == 0);
}

Test(account, the_lowest_that_is_full_is_named)
{
    struct account top = {.most = 20}, one = {.most = 10, .above = &top}, other = {.above = &top};
    const struct account *full = NULL;
    cr_assert(account_has_room(&one, 10, &full) && full == NULL);
    cr_assert(!account_has_room(&one, 11, &full) && full == &one);
    account_add(&other, 15);
    account_settle(&other);
    cr_assert(account_has_room(&one, 5, &full));
    cr_assert(!account_has_room(&one, 6, &full) && full == &top);
    account_add(&other, 10);
    account_settle(&other); /* more than there may be: nothing fits, and none is too many */
    cr_assert(!account_has_room(&one, 0, NULL));
    cr_assert(account_has_room(NULL, UINT64_MAX, NULL));
}

/* How far an account gets that takes all it may, by steps of one. */
static uint64_t fill(struct account *account)
{
    while (account_has_room(account, 1, NULL)) {
        account_add(account, 1);
        for (struct account *told = account; told; told = told->above)
            account_settle(told);
    }
    return account->bytes;
}

Test(account, a_share_leaves_room_for_who_comes_later)
{
    struct account top = {.most = 1000};
    struct account one = {.share = ACCOUNT_SHARE, .above = &top}, other = one, third = one;
    cr_assert_eq(fill(&one), 800);
    cr_assert_gt(fill(&other), 100);
    cr_assert_lt(top.bytes, 1000);
    cr_assert(!account_has_room(&one, 1, NULL) && account_has_room(&third, 30, NULL));
    account_take(&one, 700);
    account_settle(&one);
    cr_assert_gt(fill(&other), 300);
    cr_assert(account_has_room(&one, 10, NULL));
}

Test(account, a_share_of_a_share_leaves_room_in_both)
{
    struct account top = {.most = 1000};
    struct account house = {.share = ACCOUNT_SHARE, .above = &top}, neighbour = house;
    struct account one = {.share = ACCOUNT_SHARE, .above = &house}, other = one, third = one;
    cr_assert_gt(fill(&one), 600);
    cr_assert_gt(fill(&other), 30);
    cr_assert_leq(house.bytes, 800);
    cr_assert(!account_has_room(&one, 1, NULL) && account_has_room(&third, 1, NULL));
    cr_assert_gt(fill(&neighbour), 100);
    cr_assert_lt(top.bytes, 1000);
}
