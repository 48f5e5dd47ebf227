/* Tests of common/link/post_share: parts that peers open and close, by their numbers. What goes out is for
 * stories. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/link/post_inner.h"
#include "offices.h"

enum { MANY = 1000 };

static const char *open_part(struct office *office, uint64_t number, struct account *account)
{
    struct slice body = {blob_copy("part", 4), 0, 4};
    const char *why = post_share_open(&office->post, office->peer, number, body, account, false);
    slice_drop(&body);
    return why;
}

static struct offices *met(void)
{
    struct offices *offices = offices_new();
    offices_settle(offices);
    return offices;
}

Test(post_share, parts_are_found_by_number_until_they_are_closed)
{
    struct offices *offices = met();
    struct office *boss = &offices->side[BOSS];
    struct account account = {0};
    uint32_t share;
    for (uint64_t number = 1; number <= MANY; number++)
        cr_assert_null(open_part(boss, number * 3, &account));
    cr_assert_eq(account.bytes, MANY * (4 + BLOB_COST + SHARE_COST));
    for (uint64_t number = 2; number <= MANY; number += 2)
        cr_assert_null(post_share_close(&boss->post, boss->peer, number * 3));
    cr_assert_eq(account.bytes, MANY / 2 * (4 + BLOB_COST + SHARE_COST));
    for (uint64_t number = 1; number <= MANY; number++)
        cr_assert_eq(post_share_find(boss->peer, number * 3, &share), number % 2 == 1);
    cr_assert(post_share_find(boss->peer, 0, &share) && share == NO_SHARE);
    cr_assert_not(post_share_find(boss->peer, 4, &share));
    cr_assert_eq(boss->post.shares.used, MANY / 2);
    offices_free(offices);
}

Test(post_share, a_number_comes_once_and_grows)
{
    struct offices *offices = met();
    struct office *boss = &offices->side[BOSS];
    cr_assert_null(open_part(boss, 7, NULL));
    cr_assert_not_null(open_part(boss, 7, NULL));
    cr_assert_not_null(open_part(boss, 6, NULL));
    cr_assert_null(post_share_close(&boss->post, boss->peer, 7));
    cr_assert_not_null(post_share_close(&boss->post, boss->peer, 7));
    cr_assert_not_null(open_part(boss, 7, NULL));
    offices_free(offices);
}

Test(post_share, a_peer_has_so_many_open_and_no_more)
{
    struct offices *offices = met();
    struct office *boss = &offices->side[BOSS];
    for (uint64_t number = 1; number <= MAX_SHARES; number++)
        cr_assert_null(open_part(boss, number, NULL));
    cr_assert_not_null(strstr(open_part(boss, MAX_SHARES + 1, NULL), "65536"));
    offices_free(offices);
}

Test(post_share, what_stands_behind_a_part_that_is_closed_is_work)
{
    struct offices *offices = met();
    struct office *boss = &offices->side[BOSS];
    for (uint64_t number = 1; number <= MAX_SHARES; number++)
        cr_assert_null(open_part(boss, number, NULL));
    uint64_t before = boss->post.spent;
    cr_assert_null(post_share_close(&boss->post, boss->peer, MAX_SHARES));
    cr_assert_eq(boss->post.spent, before);
    cr_assert_null(post_share_close(&boss->post, boss->peer, 1));
    cr_assert_gt(boss->post.spent, before + 500); /* a MiB is moved: some 15 us at the least */
    offices_free(offices);
}

Test(post_share, a_part_lives_as_long_as_a_task_begins_with_it)
{
    struct offices *offices = met();
    struct office *boss = &offices->side[BOSS];
    struct account account = {0};
    uint32_t share;
    cr_assert_null(open_part(boss, 1, &account));
    cr_assert(post_share_find(boss->peer, 1, &share));
    post_share_use(&boss->post, share);
    cr_assert_null(post_share_close(&boss->post, boss->peer, 1));
    cr_assert_eq(account.bytes, 4 + BLOB_COST + SHARE_COST);
    cr_assert_eq(memcmp(blob_data(post_share_at(&boss->post, share)->blob), "part", 4), 0);
    post_share_drop(&boss->post, share);
    cr_assert_eq(account.bytes, 0);
    cr_assert_eq(boss->post.shares.used, 0);
    offices_free(offices);
}

Test(post_share, parts_are_a_peer_s_until_its_link_ends)
{
    struct offices *offices = met();
    struct office *boss = &offices->side[BOSS];
    struct account account = {0}, next = {0}, others = {0};
    uint32_t share, other;
    const uint8_t link_id[UUID_SIZE] = {7};
    struct peer *stranger = post_peer_new(&boss->post, ROLE_CLIENT, link_id, 0);
    struct slice body = slice_of(blob_copy("part", 4), 0, 4);
    cr_assert_null(post_share_open(&boss->post, stranger, 1, body, &others, false));
    for (uint64_t number = 1; number <= 3; number++)
        cr_assert_null(open_part(boss, number, &account));
    cr_assert(post_share_find(boss->peer, 2, &share));
    post_share_use(&boss->post, share);
    cr_assert_null(post_share_close(&boss->post, boss->peer, 2));
    cr_assert_null(post_share_close(&boss->post, boss->peer, 3));
    uint64_t bytes = account.bytes, each = bytes / 2;
    post_share_charge(&boss->post, boss->peer, &account, &next);
    cr_assert_eq(account.bytes, 0);
    cr_assert_eq(next.bytes, bytes, "also of the one that is closed, and no other's");
    cr_assert_eq(others.bytes, each);
    post_share_forget_peer(&boss->post, boss->peer);
    cr_assert_eq(next.bytes, each, "a task begins with it");
    cr_assert_eq(boss->peer->opened, NO_RECORD);
    post_share_drop(&boss->post, share);
    cr_assert_eq(next.bytes, 0);
    cr_assert(post_share_find(stranger, 1, &other));
    cr_assert_eq(stranger->opened, other);
    blob_unref(body.blob);
    blob_unref(body.blob);
    post_peer_free(&boss->post, stranger);
    cr_assert_eq(others.bytes, 0);
    offices_free(offices);
}
