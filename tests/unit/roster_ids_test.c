/* Tests of common/boss/roster_ids: whose a worker id is, and which are lost. */
#include <criterion/criterion.h>
#include <string.h>

#include "staff.h"
#include "tasks.h"

static uint32_t give(struct staff *staff, struct employee *employee, uint64_t count)
{
    uint32_t lower, upper;
    cr_assert(roster_give_ids(&staff->roster, employee, count, &lower, &upper));
    cr_assert_eq(upper - lower, count);
    return lower;
}

Test(roster_ids, ids_are_whose_they_were_given_to)
{
    struct staff staff;
    staff_open(&staff);
    roster_fill_pool(&staff.roster, 100, WORKER_LIMIT);
    struct employee *a = staff_hire(&staff, 1, 1), *b = staff_hire(&staff, 1, 1),
                    *none = staff_hire(&staff, 1, 1);
    uint32_t first = give(&staff, a, 10), second = give(&staff, b, 1), third = give(&staff, a, 5000);
    cr_assert(a->has_ids && b->has_ids && !none->has_ids);
    for (uint32_t i = 0; i < 10; i++)
        cr_assert_eq(roster_responsible_for(&staff.roster, first + i), a);
    cr_assert_eq(roster_responsible_for(&staff.roster, second), b);
    cr_assert_eq(roster_responsible_for(&staff.roster, third), a);
    cr_assert_eq(roster_responsible_for(&staff.roster, third + 4999), a);
    cr_assert_eq(roster_responsible_for(&staff.roster, third + 5000), NULL);
    cr_assert_eq(roster_responsible_for(&staff.roster, 99), NULL);
    cr_assert_eq(roster_responsible_for(&staff.roster, 0), NULL);
    cr_assert_eq(roster_responsible_for(&staff.roster, WORKER_LIMIT - 1), NULL);
    cr_assert_eq(roster_responsible_for(&staff.roster, WORKER_NIL), NULL); /* the server is no worker */
    staff_close(&staff);
}

Test(roster_ids, ids_of_one_who_left_are_nobodys_and_never_given_again)
{
    struct staff staff;
    staff_open(&staff);
    roster_fill_pool(&staff.roster, 0, 30);
    struct employee *a = staff_hire(&staff, 1, 1), *b = staff_hire(&staff, 1, 1);
    uint32_t first = give(&staff, a, 10), second = give(&staff, b, 10);
    roster_remove(&staff.roster, a);
    cr_assert_eq(roster_responsible_for(&staff.roster, first + 5), NULL);
    cr_assert_eq(roster_responsible_for(&staff.roster, second), b);
    struct employee *next = staff_hire(&staff, 1, 1); /* has the number of a */
    cr_assert_eq(roster_responsible_for(&staff.roster, first + 5), NULL);
    uint32_t third = give(&staff, next, 10), lower, upper;
    cr_assert(third >= 20 || third + 10 <= first);
    cr_assert_eq(roster_responsible_for(&staff.roster, third), next);
    cr_assert(!roster_give_ids(&staff.roster, b, 1, &lower, &upper));
    staff_close(&staff);
}

Test(roster_ids, more_ids_than_there_are_change_nothing)
{
    struct staff staff;
    staff_open(&staff);
    roster_fill_pool(&staff.roster, 0, 10);
    roster_fill_pool(&staff.roster, 500, 600);
    struct employee *a = staff_hire(&staff, 1, 1);
    uint32_t lower, upper;
    static const uint64_t impossible[] = {0, 101, 110, 1ull << 32, (1ull << 32) + 5, UINT64_MAX};
    for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++)
        cr_assert(!roster_give_ids(&staff.roster, a, impossible[i], &lower, &upper));
    cr_assert(!a->has_ids);
    cr_assert_eq(give(&staff, a, 100), 500);
    cr_assert_eq(give(&staff, a, 10), 0);
    roster_forget_ids(&staff.roster);
    cr_assert_eq(roster_responsible_for(&staff.roster, 500), NULL);
    staff_close(&staff);
}

Test(roster_ids, ids_are_known_in_the_pool_with_an_employee_and_when_lost)
{
    struct staff staff;
    staff_open(&staff);
    struct roster *roster = &staff.roster;
    cr_assert(!roster_knows_ids(roster, 0, WORKER_LIMIT));
    cr_assert(roster_fill_pool(roster, 10, 20));
    struct employee *a = staff_hire(&staff, 1, 1);
    cr_assert_eq(give(&staff, a, 4), 10); /* [10, 14) are given, [14, 20) wait */
    cr_assert(roster_lose(roster, 30, 40));
    static const struct {
        uint32_t lower, upper;
        bool known;
    } each[] = {{0, 10, false},  {0, 11, true},  {13, 14, true}, {14, 15, true},  {19, 30, true},
                {20, 30, false}, {20, 31, true}, {39, 40, true}, {39, 50, true},  {40, 41, false},
                {0, 50, true},   {25, 45, true}, {11, 12, true}, {21, 22, false}, {32, 33, true}};
    for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++)
        cr_assert_eq(roster_knows_ids(roster, each[i].lower, each[i].upper), each[i].known, "[%u, %u)",
                     each[i].lower, each[i].upper);
    staff_close(&staff);
}

Test(roster_ids, the_pool_has_a_bound)
{
    struct staff staff;
    staff_open(&staff);
    for (uint32_t i = 0; i < MAX_POOL; i++)
        cr_assert(roster_fill_pool(&staff.roster, 2 * i, 2 * i + 1));
    cr_assert(!roster_fill_pool(&staff.roster, 2 * MAX_POOL, 2 * MAX_POOL + 1));
    cr_assert_eq(staff.roster.pool_count, MAX_POOL);
    staff_close(&staff);
}

Test(roster_ids, ids_asked_for_one_by_one_take_no_memory)
{
    struct staff staff;
    staff_open(&staff);
    roster_fill_pool(&staff.roster, 0, WORKER_LIMIT);
    struct employee *a = staff_hire(&staff, 1, 1), *b = staff_hire(&staff, 1, 1);
    for (unsigned i = 0; i < 10000; i++)
        give(&staff, i < 5000 ? a : b, 1);
    cr_assert_eq(staff.roster.given.count, 2);
    cr_assert_eq(roster_responsible_for(&staff.roster, 4999), a);
    cr_assert_eq(roster_responsible_for(&staff.roster, 5000), b);
    staff_close(&staff);
}

Test(roster_ids, ids_held_to_an_array)
{
    enum { IDS = 5000, EMPLOYEES = 20 };
    static struct employee *of[IDS];
    struct employee *employees[EMPLOYEES];
    struct staff staff;
    uint64_t seed = 3;
    staff_open(&staff);
    roster_fill_pool(&staff.roster, 3000, IDS); /* so that ranges are not given in their order */
    roster_fill_pool(&staff.roster, 0, 2000);
    for (unsigned i = 0; i < EMPLOYEES; i++)
        employees[i] = staff_hire(&staff, 1, 1);
    for (unsigned step = 0; step < 600; step++) {
        unsigned at = (unsigned)tasks_roll(&seed, EMPLOYEES);
        uint32_t lower, upper;
        if (tasks_roll(&seed, 40) == 0) {
            for (uint32_t i = 0; i < IDS; i++)
                of[i] = of[i] == employees[at] ? NULL : of[i];
            roster_remove(&staff.roster, employees[at]);
            employees[at] = staff_hire(&staff, 1, 1);
        } else if (roster_give_ids(&staff.roster, employees[at], 1 + tasks_roll(&seed, 20), &lower, &upper)) {
            for (uint32_t i = lower; i < upper; i++)
                of[i] = employees[at];
        }
        for (uint32_t i = 0; i < IDS; i += 7)
            cr_assert_eq(roster_responsible_for(&staff.roster, i), of[i]);
    }
    staff_close(&staff);
}

Test(roster_ids, ids_of_who_leaves_are_lost_for_good)
{
    struct staff staff;
    staff_open(&staff);
    roster_fill_pool(&staff.roster, 0, 100);
    struct employee *a = staff_hire(&staff, 1, 1), *b = staff_hire(&staff, 1, 1);
    give(&staff, a, 10);
    give(&staff, b, 10);
    give(&staff, a, 10);
    cr_assert(roster_owns(&staff.roster, a, 2, 5));
    cr_assert(!roster_owns(&staff.roster, a, 5, 11));
    uint32_t from = 5;
    cr_assert_eq(roster_next_of(&staff.roster, &from, 25), a);
    cr_assert_eq(roster_next_of(&staff.roster, &from, 25), b);
    cr_assert_eq(roster_next_of(&staff.roster, &from, 25), a);
    cr_assert_null(roster_next_of(&staff.roster, &from, 25));
    from = 10;
    cr_assert_eq(roster_next_of(&staff.roster, &from, 20), b);
    cr_assert_null(roster_next_of(&staff.roster, &from, 20));
    from = 30;
    cr_assert_null(roster_next_of(&staff.roster, &from, 100), "nobody was given those");
    roster_begin_loss(&staff.roster, a);
    from = 5;
    cr_assert_eq(roster_next_of(&staff.roster, &from, 25), b, "the other one is not there any more");
    cr_assert_null(roster_next_of(&staff.roster, &from, 25));
    cr_assert(roster_is_lost(&staff.roster, 0) && roster_is_lost(&staff.roster, 29));
    roster_remove(&staff.roster, a);
    cr_assert(roster_is_lost(&staff.roster, 0) && roster_is_lost(&staff.roster, 29));
    cr_assert(!roster_is_lost(&staff.roster, 10) && !roster_is_lost(&staff.roster, 30));
    cr_assert(!roster_is_lost(&staff.roster, WORKER_NIL));
    cr_assert_eq(roster_responsible_for(&staff.roster, 0), NULL);
    cr_assert_eq(roster_responsible_for(&staff.roster, 12), b);
    cr_assert_geq(give(&staff, b, 5), 30);
    staff_close(&staff);
}

Test(roster_ids, lost_ids_held_to_an_array)
{
    enum { IDS = 300 };
    bool lost[IDS] = {false};
    struct staff staff;
    uint64_t seed = 5;
    staff_open(&staff);
    for (unsigned round = 0; round < 2000; round++) {
        uint32_t lower = (uint32_t)tasks_roll(&seed, IDS - 1);
        uint32_t upper = lower + 1 + (uint32_t)tasks_roll(&seed, lower + 4 < IDS ? 3 : IDS - lower - 1);
        bool news = false;
        for (uint32_t i = lower; i < upper; i++) {
            news |= !lost[i];
            lost[i] = true;
        }
        cr_assert_eq(roster_lose(&staff.roster, lower, upper), news, "%u to %u", lower, upper);
        for (uint32_t i = 0; i < IDS; i++)
            cr_assert_eq(roster_is_lost(&staff.roster, i), lost[i], "%u", i);
        for (uint32_t i = 1; i < staff.roster.lost.count; i++)
            cr_assert_gt(staff.roster.lost.at[i].lower, staff.roster.lost.at[i - 1].upper);
        if (round % 100 == 99) {
            memset(lost, 0, sizeof lost);
            roster_forget_ids(&staff.roster);
        }
    }
    staff_close(&staff);
}

Test(roster_ids, who_never_worked_gives_its_ids_back)
{
    struct staff staff;
    staff_open(&staff);
    roster_fill_pool(&staff.roster, 0, 100);
    struct employee *a = staff_hire(&staff, 1, 1), *b = staff_hire(&staff, 1, 1),
                    *c = staff_hire(&staff, 1, 1);
    give(&staff, a, 10);
    give(&staff, b, 10);
    give(&staff, c, 10);
    cr_assert_eq(roster_spare_ids(&staff.roster), 70);
    roster_lose(&staff.roster, 12, 13);
    cr_assert(!roster_give_back(&staff.roster, b)); /* one of its workers is known to be lost */
    cr_assert(roster_give_back(&staff.roster, c));
    cr_assert_eq(staff.roster.pool_count, 1); /* it is next to what is there */
    cr_assert(roster_give_back(&staff.roster, a));
    cr_assert_eq(roster_spare_ids(&staff.roster), 90);
    cr_assert_null(roster_responsible_for(&staff.roster, 3));
    cr_assert(!roster_is_lost(&staff.roster, 3));
    staff_close(&staff);
}

Test(roster_ids, whose_ids_are_lost_in_most_pieces)
{
    struct staff staff;
    staff_open(&staff);
    roster_fill_pool(&staff.roster, 0, 100);
    struct employee *a = staff_hire(&staff, 1, 1), *b = staff_hire(&staff, 1, 1);
    uint32_t going;
    cr_assert_null(roster_most_pieces(&staff.roster, &going));
    give(&staff, a, 20);
    give(&staff, b, 20);
    give(&staff, a, 20);
    roster_lose(&staff.roster, 21, 30);
    cr_assert_eq(roster_most_pieces(&staff.roster, &going), b);
    roster_lose(&staff.roster, 3, 4);
    roster_lose(&staff.roster, 45, 46);
    cr_assert_eq(roster_most_pieces(&staff.roster, &going), a);
    cr_assert_eq(a->pieces, 2);
    cr_assert_eq(going, 0);
    roster_lose(&staff.roster, 47, 48);
    roster_begin_loss(&staff.roster, a);
    cr_assert_eq(roster_most_pieces(&staff.roster, &going), b, "the other one is about to leave room");
    cr_assert_eq(going, 1, "[45, 46) and [47, 48) become one with what is around them");
    staff_close(&staff);
}
