/* Tests of common/roster: whose a worker id is, what credit is, and who gets the next task. */
#include <criterion/criterion.h>
#include <string.h>

#include "common/post_inner.h"

#include "common/roster.h"
#include "tasks.h"

/* A boss's tables, with peers whose links are connected to nobody. */
struct staff {
    struct post post;
    struct ledger ledger;
    struct roster roster;
    struct outbox outbox;
    uint8_t peers; /* so far: makes link ids */
};

static const uint8_t boot[UUID_SIZE] = {1};

static void open_staff(struct staff *staff)
{
    struct link_limits limits = {
        .expiry = 1000, .window = 1 << 20, .max_body = 1 << 20, .max_queue = 1 << 20};
    struct post_config config = {.boot = boot, .limits = {[ROLE_MANAGER] = limits}};
    *staff = (struct staff){0};
    post_init(&staff->post, &config, NULL, 0, 0);
    ledger_init(&staff->ledger, 1);
    roster_init(&staff->roster);
}

static void close_staff(struct staff *staff)
{
    roster_free(&staff->roster);
    ledger_free(&staff->ledger);
    post_free(&staff->post);
    outbox_free(&staff->outbox);
}

/* An employee that has started, without credit. */
static struct employee *hire(struct staff *staff, uint32_t workers, uint32_t runtimes)
{
    uint8_t link_id[UUID_SIZE] = {++staff->peers};
    struct peer *peer = post_peer_new(&staff->post, ROLE_MANAGER, link_id, 0);
    link_connected(&peer->link, 1 << 20, 1 << 20, 0, 0);
    struct employee *employee = roster_add(&staff->roster, peer);
    roster_started(&staff->roster, employee, workers, runtimes);
    return employee;
}

/* Gives it tasks; returns the number of the message in which they went. */
static uint64_t send(struct staff *staff, struct employee *employee, unsigned count)
{
    struct task_header header = tasks_header(tasks_root(1, 0));
    while (count-- > 0) {
        post_send_task(&staff->post, employee->peer, &header, SLICE_NONE);
        roster_reorder(&staff->roster, employee);
    }
    post_flush(&staff->post, 0, &staff->outbox);
    return employee->peer->link.next_seq - 1;
}

static void waiting(struct staff *staff, struct employee *employee, uint32_t idle, uint32_t room,
                    uint64_t receipt)
{
    roster_waiting(&staff->roster, employee, idle, room, 0, receipt);
}

/* Ids. */

static uint32_t give(struct staff *staff, struct employee *employee, uint64_t count)
{
    uint32_t lower, upper;
    cr_assert(roster_give_ids(&staff->roster, employee, count, &lower, &upper));
    cr_assert_eq(upper - lower, count);
    return lower;
}

Test(roster, ids_are_whose_they_were_given_to)
{
    struct staff staff;
    open_staff(&staff);
    roster_fill_pool(&staff.roster, 100, WORKER_LIMIT);
    struct employee *a = hire(&staff, 1, 1), *b = hire(&staff, 1, 1), *none = hire(&staff, 1, 1);
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
    close_staff(&staff);
}

Test(roster, ids_of_one_who_left_are_nobodys_and_never_given_again)
{
    struct staff staff;
    open_staff(&staff);
    roster_fill_pool(&staff.roster, 0, 30);
    struct employee *a = hire(&staff, 1, 1), *b = hire(&staff, 1, 1);
    uint32_t first = give(&staff, a, 10), second = give(&staff, b, 10);
    roster_remove(&staff.roster, a);
    cr_assert_eq(roster_responsible_for(&staff.roster, first + 5), NULL);
    cr_assert_eq(roster_responsible_for(&staff.roster, second), b);
    struct employee *next = hire(&staff, 1, 1); /* has the number of a */
    cr_assert_eq(roster_responsible_for(&staff.roster, first + 5), NULL);
    uint32_t third = give(&staff, next, 10), lower, upper;
    cr_assert(third >= 20 || third + 10 <= first);
    cr_assert_eq(roster_responsible_for(&staff.roster, third), next);
    cr_assert(!roster_give_ids(&staff.roster, b, 1, &lower, &upper));
    close_staff(&staff);
}

Test(roster, more_ids_than_there_are_change_nothing)
{
    struct staff staff;
    open_staff(&staff);
    roster_fill_pool(&staff.roster, 0, 10);
    roster_fill_pool(&staff.roster, 500, 600);
    struct employee *a = hire(&staff, 1, 1);
    uint32_t lower, upper;
    static const uint64_t impossible[] = {0, 101, 110, 1ull << 32, (1ull << 32) + 5, UINT64_MAX};
    for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++)
        cr_assert(!roster_give_ids(&staff.roster, a, impossible[i], &lower, &upper));
    cr_assert(!a->has_ids);
    cr_assert_eq(give(&staff, a, 100), 500);
    cr_assert_eq(give(&staff, a, 10), 0);
    roster_forget_ids(&staff.roster);
    cr_assert_eq(roster_responsible_for(&staff.roster, 500), NULL);
    close_staff(&staff);
}

Test(roster, ids_asked_for_one_by_one_take_no_memory)
{
    struct staff staff;
    open_staff(&staff);
    roster_fill_pool(&staff.roster, 0, WORKER_LIMIT);
    struct employee *a = hire(&staff, 1, 1), *b = hire(&staff, 1, 1);
    for (unsigned i = 0; i < 10000; i++)
        give(&staff, i < 5000 ? a : b, 1);
    cr_assert_eq(staff.roster.given.count, 2);
    cr_assert_eq(roster_responsible_for(&staff.roster, 4999), a);
    cr_assert_eq(roster_responsible_for(&staff.roster, 5000), b);
    close_staff(&staff);
}

Test(roster, ids_held_to_an_array)
{
    enum { IDS = 5000, EMPLOYEES = 20 };
    static struct employee *of[IDS];
    struct employee *employees[EMPLOYEES];
    struct staff staff;
    uint64_t seed = 3;
    open_staff(&staff);
    roster_fill_pool(&staff.roster, 3000, IDS); /* so that ranges are not given in their order */
    roster_fill_pool(&staff.roster, 0, 2000);
    for (unsigned i = 0; i < EMPLOYEES; i++)
        employees[i] = hire(&staff, 1, 1);
    for (unsigned step = 0; step < 600; step++) {
        unsigned at = (unsigned)tasks_roll(&seed, EMPLOYEES);
        uint32_t lower, upper;
        if (tasks_roll(&seed, 40) == 0) {
            for (uint32_t i = 0; i < IDS; i++)
                of[i] = of[i] == employees[at] ? NULL : of[i];
            roster_remove(&staff.roster, employees[at]);
            employees[at] = hire(&staff, 1, 1);
        } else if (roster_give_ids(&staff.roster, employees[at], 1 + tasks_roll(&seed, 20), &lower, &upper)) {
            for (uint32_t i = lower; i < upper; i++)
                of[i] = employees[at];
        }
        for (uint32_t i = 0; i < IDS; i += 7)
            cr_assert_eq(roster_responsible_for(&staff.roster, i), of[i]);
    }
    close_staff(&staff);
}

/* Credit. */

Test(roster, credit_is_set_not_added)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, 4, 1);
    cr_assert_eq(roster_credit(a), 0);
    for (unsigned i = 0; i < 1000; i++) {
        waiting(&staff, a, 2, 3, 0);
        cr_assert_eq(roster_credit(a), 3);
        cr_assert_eq(roster_idle(a), 2);
        cr_assert_eq(staff.roster.credit, 3);
    }
    waiting(&staff, a, 0, 1, 0);
    cr_assert_eq(staff.roster.credit, 1);
    close_staff(&staff);
}

Test(roster, what_was_sent_since_the_receipt_is_taken_off)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, 10, 1);
    waiting(&staff, a, 10, 10, 0);
    uint64_t first = send(&staff, a, 3), second = send(&staff, a, 2);
    cr_assert_eq(roster_credit(a), 5);
    waiting(&staff, a, 10, 10, 0); /* said before it had read anything */
    cr_assert_eq(roster_credit(a), 5);
    waiting(&staff, a, 7, 8, first);
    cr_assert_eq(roster_credit(a), 6);
    cr_assert_eq(roster_idle(a), 5);
    waiting(&staff, a, 7, 8, first);
    cr_assert_eq(roster_credit(a), 6);
    waiting(&staff, a, 7, 8, second);
    cr_assert_eq(roster_credit(a), 8);
    waiting(&staff, a, 7, 8, first); /* older than the last one: it is all read, as it said before */
    cr_assert_eq(roster_credit(a), 8);
    close_staff(&staff);
}

Test(roster, an_unknown_receipt_means_that_all_was_read)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, 10, 1);
    waiting(&staff, a, 10, 10, 0);
    send(&staff, a, 4);
    waiting(&staff, a, 10, 10, UINT64_MAX);
    cr_assert_eq(roster_credit(a), 10);
    cr_assert_eq(a->peer->tasks_sent, 0);
    close_staff(&staff);
}

Test(roster, tasks_that_wait_to_go_out_count_as_sent)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, 10, 1);
    struct task_header header = tasks_header(tasks_root(1, 0));
    waiting(&staff, a, 2, 2, 0);
    uint64_t first = send(&staff, a, 1);
    post_send_task(&staff.post, a->peer, &header, SLICE_NONE); /* is in the bundle when WAITING comes */
    waiting(&staff, a, 2, 2, first);
    cr_assert_eq(roster_credit(a), 1);
    close_staff(&staff);
}

Test(roster, receipts_of_many_messages_take_little_memory)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, 10, 1);
    uint64_t sent[10] = {0};
    waiting(&staff, a, 100, 100, 0);
    for (unsigned i = 0; i < 20000; i++) {
        sent[i % 10] = send(&staff, a, 1 + i % 3);
        waiting(&staff, a, 100, 100, sent[(i + 1) % 10]); /* nine messages back */
        cr_assert(i < 10 || (roster_credit(a) >= 100 - 19 && roster_credit(a) <= 100 - 17));
        outbox_clear(&staff.outbox);
    }
    cr_assert_leq(a->peer->sent_capacity, 64);
    close_staff(&staff);
}

Test(roster, the_largest_numbers_do_not_wrap_round)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, WORKER_LIMIT, 1), *b = hire(&staff, WORKER_LIMIT, 1);
    waiting(&staff, a, UINT32_MAX, UINT32_MAX, UINT64_MAX);
    waiting(&staff, b, UINT32_MAX, UINT32_MAX, UINT64_MAX);
    cr_assert_eq(staff.roster.credit, 2 * (uint64_t)UINT32_MAX);
    cr_assert_eq(roster_idle_sum(&staff.roster), 2 * (uint64_t)UINT32_MAX);
    cr_assert_eq(staff.roster.total_workers, 2ull << 30);
    send(&staff, a, 2);
    cr_assert_eq(roster_credit(a), UINT32_MAX - 2);
    cr_assert_eq(roster_choose(&staff.roster, 1), b);
    roster_remove(&staff.roster, a);
    roster_remove(&staff.roster, b);
    cr_assert_eq(staff.roster.credit, 0);
    cr_assert_eq(staff.roster.total_workers, 0);
    close_staff(&staff);
}

Test(roster, nothing_for_one_who_has_not_started_or_is_not_connected)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, 4, 1);
    a->started = false;
    waiting(&staff, a, 4, 4, 0);
    cr_assert_eq(roster_choose(&staff.roster, 1), NULL);
    roster_started(&staff.roster, a, 4, 1);
    cr_assert_eq(roster_choose(&staff.roster, 1), a);
    link_broken(&a->peer->link, 5);
    roster_reorder(&staff.roster, a);
    cr_assert_eq(roster_choose(&staff.roster, 1), NULL);
    cr_assert_eq(staff.roster.credit, 0);
    link_connected(&a->peer->link, 1 << 20, 1 << 20, 0, 6);
    roster_reorder(&staff.roster, a);
    cr_assert_eq(roster_choose(&staff.roster, 1), a);
    close_staff(&staff);
}

/* The choice. */

Test(roster, most_idle_first_then_fewest_tasks)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, 4, 1), *b = hire(&staff, 4, 1), *c = hire(&staff, 4, 1);
    waiting(&staff, a, 1, 9, 0);
    waiting(&staff, b, 3, 9, 0);
    waiting(&staff, c, 1, 9, 0);
    cr_assert_eq(roster_choose(&staff.roster, 1), b);
    send(&staff, b, 2);
    a->num_tasks = 5;
    roster_reorder(&staff.roster, a);
    c->num_tasks = 4;
    roster_reorder(&staff.roster, c);
    b->num_tasks = 6;
    roster_reorder(&staff.roster, b);
    cr_assert_eq(roster_choose(&staff.roster, 1), c); /* all have one idle */
    waiting(&staff, c, 0, 9, 0);
    cr_assert_eq(roster_choose(&staff.roster, 1), a);
    waiting(&staff, a, 1, 0, 0); /* without room it is not asked, however idle */
    cr_assert_eq(roster_choose(&staff.roster, 1), b);
    close_staff(&staff);
}

Test(roster, idle_workers_are_filled_evenly)
{
    struct staff staff;
    struct employee *employees[5];
    open_staff(&staff);
    for (unsigned i = 0; i < 5; i++) {
        employees[i] = hire(&staff, 10, 1);
        waiting(&staff, employees[i], 10, 20, 0);
    }
    for (unsigned given = 0; given < 50; given++) {
        struct employee *chosen = roster_choose(&staff.roster, 1);
        for (unsigned i = 0; i < 5; i++)
            cr_assert_geq(roster_idle(chosen), roster_idle(employees[i]));
        send(&staff, chosen, 1);
    }
    for (unsigned i = 0; i < 5; i++) {
        cr_assert_eq(roster_idle(employees[i]), 0);
        cr_assert_eq(roster_credit(employees[i]), 10);
    }
    close_staff(&staff);
}

Test(roster, only_who_has_the_runtime)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *plain = hire(&staff, 4, 1), *python = hire(&staff, 4, 2), *both = hire(&staff, 4, 3);
    waiting(&staff, plain, 1, 1, 0);
    waiting(&staff, python, 2, 2, 0);
    waiting(&staff, both, 3, 3, 0);
    cr_assert_eq(roster_runtimes(&staff.roster), 3);
    cr_assert_eq(roster_choose(&staff.roster, 1), both);
    waiting(&staff, both, 0, 0, 0);
    cr_assert_eq(roster_choose(&staff.roster, 1), plain);
    cr_assert_eq(roster_choose(&staff.roster, 2), python);
    cr_assert_eq(roster_choose(&staff.roster, 3), python);
    cr_assert_eq(roster_choose(&staff.roster, 4), NULL);
    roster_started(&staff.roster, python, 4, 4); /* its workers are others now */
    cr_assert_eq(roster_choose(&staff.roster, 2), NULL);
    cr_assert_eq(roster_choose(&staff.roster, 4), python);
    close_staff(&staff);
}

Test(roster, teams_that_are_empty_are_used_again)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, 4, 1);
    for (uint32_t runtimes = 1; runtimes < 5000; runtimes++) {
        roster_started(&staff.roster, a, 4, runtimes);
        waiting(&staff, a, 1, 1, 0);
        cr_assert_eq(roster_choose(&staff.roster, runtimes), a);
        waiting(&staff, a, 1, 0, 0);
    }
    cr_assert_leq(staff.roster.team_count, 2);
    close_staff(&staff);
}

Test(roster, employees_hold_tasks_until_they_are_released)
{
    struct staff staff;
    open_staff(&staff);
    struct employee *a = hire(&staff, 4, 1), *b = hire(&staff, 4, 1);
    uint32_t tasks[6];
    for (uint32_t i = 0; i < 6; i++) {
        struct task_header header = tasks_header(tasks_root(1, i));
        tasks[i] = ledger_add(&staff.ledger, &header, SLICE_NONE, 0);
        roster_hold(&staff.ledger, i < 5 ? a : b, tasks[i]);
    }
    cr_assert_eq(a->num_tasks, 5);
    static const unsigned order[] = {2, 4, 0, 1, 3};
    for (unsigned i = 0; i < 5; i++) {
        uint32_t left = 0;
        for (uint32_t at = a->held; at != NO_RECORD; at = ledger_task(&staff.ledger, at)->next)
            left++;
        cr_assert_eq(left, 5 - i);
        roster_release(&staff.ledger, a, tasks[order[i]]);
        cr_assert_eq(ledger_task(&staff.ledger, tasks[order[i]])->holder, NO_RECORD);
    }
    cr_assert_eq(a->held, NO_RECORD);
    cr_assert_eq(b->num_tasks, 1);
    cr_assert_eq(ledger_task(&staff.ledger, tasks[5])->holder, b->number);
    close_staff(&staff);
}

/* Lost ids. */

Test(roster, ids_of_who_leaves_are_lost_for_good)
{
    struct staff staff;
    open_staff(&staff);
    roster_fill_pool(&staff.roster, 0, 100);
    struct employee *a = hire(&staff, 1, 1), *b = hire(&staff, 1, 1);
    give(&staff, a, 10);
    give(&staff, b, 10);
    give(&staff, a, 10);
    cr_assert(roster_owns(&staff.roster, a, 2, 5));
    cr_assert(!roster_owns(&staff.roster, a, 5, 11));
    cr_assert(roster_overlaps(&staff.roster, a, 5, 11));
    cr_assert(!roster_overlaps(&staff.roster, a, 10, 20));
    struct builder ranges = {0};
    roster_ranges(&staff.roster, a, &ranges);
    cr_assert_eq(ranges.count, 2);
    builder_free(&ranges);
    roster_remove(&staff.roster, a);
    cr_assert(roster_is_lost(&staff.roster, 0) && roster_is_lost(&staff.roster, 29));
    cr_assert(!roster_is_lost(&staff.roster, 10) && !roster_is_lost(&staff.roster, 30));
    cr_assert(!roster_is_lost(&staff.roster, WORKER_NIL));
    cr_assert_eq(roster_responsible_for(&staff.roster, 0), NULL);
    cr_assert_eq(roster_responsible_for(&staff.roster, 12), b);
    cr_assert_geq(give(&staff, b, 5), 30);
    close_staff(&staff);
}

Test(roster, lost_ids_held_to_an_array)
{
    enum { IDS = 300 };
    bool lost[IDS] = {false};
    struct staff staff;
    uint64_t seed = 5;
    open_staff(&staff);
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
    close_staff(&staff);
}
