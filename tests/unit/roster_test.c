/* Tests of common/boss/roster: what credit is, and who gets the next task. */
#include <criterion/criterion.h>

#include "common/link/post_inner.h"
#include "staff.h"
#include "tasks.h"

/* Gives it tasks; returns the number of the message in which they went. */
static uint64_t send(struct staff *staff, struct employee *employee, unsigned count)
{
    struct task_header header = tasks_header(tasks_root(1, 0));
    while (count-- > 0) {
        post_send_task(&staff->post, employee->peer, &header, NO_SHARE, SLICE_NONE);
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

/* Credit. */

Test(roster, credit_is_set_not_added)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 4, 1);
    cr_assert_eq(roster_credit(a), 0);
    for (unsigned i = 0; i < 1000; i++) {
        waiting(&staff, a, 2, 3, 0);
        cr_assert_eq(roster_credit(a), 3);
        cr_assert_eq(roster_idle(a), 2);
        cr_assert_eq(staff.roster.credit, 3);
    }
    waiting(&staff, a, 0, 1, 0);
    cr_assert_eq(staff.roster.credit, 1);
    staff_close(&staff);
}

Test(roster, what_was_sent_since_the_receipt_is_taken_off)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 10, 1);
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
    staff_close(&staff);
}

Test(roster, an_unknown_receipt_means_that_all_was_read)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 10, 1);
    waiting(&staff, a, 10, 10, 0);
    send(&staff, a, 4);
    waiting(&staff, a, 10, 10, UINT64_MAX);
    cr_assert_eq(roster_credit(a), 10);
    cr_assert_eq(a->peer->tasks_sent, 0);
    staff_close(&staff);
}

Test(roster, tasks_that_wait_to_go_out_count_as_sent)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 10, 1);
    struct task_header header = tasks_header(tasks_root(1, 0));
    waiting(&staff, a, 2, 2, 0);
    uint64_t first = send(&staff, a, 1);
    post_send_task(&staff.post, a->peer, &header, NO_SHARE,
                   SLICE_NONE); /* is in the bundle when WAITING comes */
    waiting(&staff, a, 2, 2, first);
    cr_assert_eq(roster_credit(a), 1);
    staff_close(&staff);
}

Test(roster, receipts_of_many_messages_take_little_memory)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 10, 1);
    uint64_t sent[10] = {0};
    waiting(&staff, a, 100, 100, 0);
    for (unsigned i = 0; i < 20000; i++) {
        sent[i % 10] = send(&staff, a, 1 + i % 3);
        waiting(&staff, a, 100, 100, sent[(i + 1) % 10]); /* nine messages back */
        cr_assert(i < 10 || (roster_credit(a) >= 100 - 19 && roster_credit(a) <= 100 - 17));
        outbox_clear(&staff.outbox);
    }
    cr_assert_leq(a->peer->sent_capacity, 64);
    staff_close(&staff);
}

Test(roster, who_gives_no_receipts_takes_little_memory)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 10, 1);
    uint64_t sent = 0;
    for (unsigned i = 0; i < 20000; i++) {
        sent = send(&staff, a, 1);
        outbox_clear(&staff.outbox);
    }
    cr_assert_leq(a->peer->sent_capacity, 4096);
    waiting(&staff, a, 30000, 30000, 0);
    cr_assert_eq(roster_credit(a), 10000);
    waiting(&staff, a, 30000, 30000,
            sent - 1); /* what was taken together is under way until all of it is read */
    cr_assert_leq(roster_credit(a), 30000 - 1);
    waiting(&staff, a, 30000, 30000, sent);
    cr_assert_eq(roster_credit(a), 30000);
    staff_close(&staff);
}

Test(roster, the_largest_numbers_do_not_wrap_round)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, WORKER_LIMIT, 1), *b = staff_hire(&staff, WORKER_LIMIT, 1);
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
    staff_close(&staff);
}

Test(roster, nothing_for_one_who_has_not_started_or_is_not_connected)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 4, 1);
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
    staff_close(&staff);
}

/* The choice. */

Test(roster, most_idle_first_then_fewest_tasks)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 4, 1), *b = staff_hire(&staff, 4, 1),
                    *c = staff_hire(&staff, 4, 1);
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
    staff_close(&staff);
}

Test(roster, idle_workers_are_filled_evenly)
{
    struct staff staff;
    struct employee *employees[5];
    staff_open(&staff);
    for (unsigned i = 0; i < 5; i++) {
        employees[i] = staff_hire(&staff, 10, 1);
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
    staff_close(&staff);
}

Test(roster, only_who_has_the_runtime)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *plain = staff_hire(&staff, 4, 1), *python = staff_hire(&staff, 4, 2),
                    *both = staff_hire(&staff, 4, 3);
    waiting(&staff, plain, 1, 1, 0);
    waiting(&staff, python, 2, 2, 0);
    waiting(&staff, both, 3, 3, 0);
    cr_assert_eq(staff.roster.runtimes, 3);
    cr_assert_eq(roster_choose(&staff.roster, 1), both);
    waiting(&staff, both, 0, 0, 0);
    cr_assert_eq(roster_choose(&staff.roster, 1), plain);
    cr_assert_eq(roster_choose(&staff.roster, 2), python);
    cr_assert_eq(roster_choose(&staff.roster, 3), python);
    cr_assert_eq(roster_choose(&staff.roster, 4), NULL);
    roster_started(&staff.roster, python, 4, 4); /* its workers are others now */
    cr_assert_eq(roster_choose(&staff.roster, 2), NULL);
    cr_assert_eq(roster_choose(&staff.roster, 4), python);
    staff_close(&staff);
}

Test(roster, teams_that_are_empty_are_used_again)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 4, 1);
    for (uint32_t runtimes = 1; runtimes < 5000; runtimes++) {
        roster_started(&staff.roster, a, 4, runtimes);
        waiting(&staff, a, 1, 1, 0);
        cr_assert_eq(roster_choose(&staff.roster, runtimes), a);
        waiting(&staff, a, 1, 0, 0);
    }
    cr_assert_leq(staff.roster.team_count, 2);
    staff_close(&staff);
}

/* What is told to a boss above with each turn is counted as it changes, not anew. */
static void check_sums(const struct roster *roster)
{
    uint32_t runtimes = 0, open = 0;
    for (uint32_t i = 0; i < roster->count; i++) {
        const struct employee *employee = roster_at(roster, roster->present[i]);
        runtimes |= employee->runtimes;
        open |= roster_ready(employee) > 0 ? roster_takes(employee) : 0;
    }
    cr_assert_eq(roster->idle, roster_idle_sum(roster));
    cr_assert_eq(roster->runtimes, runtimes);
    cr_assert_eq(roster_open(roster), open);
}

Test(roster, sums_follow_what_each_has)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 4, 3), *b = staff_hire(&staff, 4, 6);
    check_sums(&staff.roster);
    waiting(&staff, a, 3, 3, 0);
    waiting(&staff, b, 2, 5, 0);
    check_sums(&staff.roster);
    cr_assert_eq(roster_open(&staff.roster), 7);
    send(&staff, b, 2);
    check_sums(&staff.roster);
    cr_assert_eq(roster_open(&staff.roster), 3);
    roster_full(&staff.roster, a, 1);
    waiting(&staff, a, 3, 3, 0);
    check_sums(&staff.roster);
    link_broken(&a->peer->link, 5);
    roster_reorder(&staff.roster, a);
    check_sums(&staff.roster);
    cr_assert_eq(staff.roster.idle, 0);
    roster_started(&staff.roster, b, 4, 2);
    check_sums(&staff.roster);
    cr_assert_eq(staff.roster.runtimes, 3);
    roster_want_ids(&staff.roster, a, 7);
    roster_want_ids(&staff.roster, b, 5);
    roster_remove(&staff.roster, a);
    check_sums(&staff.roster);
    cr_assert_eq(staff.roster.runtimes, 2);
    cr_assert_eq(staff.roster.ids_wanted, 5);
    roster_remove(&staff.roster, b);
    check_sums(&staff.roster);
    cr_assert_eq(staff.roster.runtimes + staff.roster.ids_wanted, 0);
    staff_close(&staff);
}

Test(roster, employees_hold_tasks_until_they_are_released)
{
    struct staff staff;
    staff_open(&staff);
    struct employee *a = staff_hire(&staff, 4, 1), *b = staff_hire(&staff, 4, 1);
    uint32_t tasks[6];
    for (uint32_t i = 0; i < 6; i++) {
        struct task_header header = tasks_header(tasks_root(1, i));
        tasks[i] = ledger_add(&staff.ledger, &header, NO_SHARE, SLICE_NONE, 0);
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
    staff_close(&staff);
}
