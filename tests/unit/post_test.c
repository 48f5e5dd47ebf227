/* Tests of common/link/post between a boss that dials and a manager: the handshake, breaks, new processes,
 * time. Strangers are tests/unit/post_stranger_test.c's. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "common/base/mem.h"
#include "offices.h"
#include "tasks.h"

static struct offices *met(void)
{
    struct offices *offices = offices_new();
    offices_settle(offices);
    cr_assert_eq(offices->side[BOSS].answered, 1);
    cr_assert_eq(offices->side[MANAGER].joined, 1);
    return offices;
}

/* All that was sent has come, and is known to have come. */
static void check_all_came(struct offices *offices)
{
    offices_wait(offices, 5000); /* acknowledgements may take 100 ms each, and the window waits for them */
    for (unsigned side = 0; side < 2; side++) {
        const struct link *link = &offices->side[side].peer->link;
        cr_assert_eq(offices->side[!side].came, offices->side[side].sent);
        cr_assert_eq(link->first_seq, link->next_seq);
    }
}

Test(post, the_handshake_tells_each_side_who_the_other_is)
{
    struct offices *offices = met();
    const struct peer *manager = offices->side[BOSS].peer, *boss = offices->side[MANAGER].peer;
    cr_assert(manager->role == ROLE_MANAGER && boss->role == ROLE_BOSS);
    cr_assert_str_eq(manager->name, "manager");
    cr_assert_str_eq(boss->name, "boss");
    cr_assert_str_eq(boss->software, "test 1");
    cr_assert_eq(manager->ids, 100);
    cr_assert_eq(boss->ids, 0);
    cr_assert(memcmp(boss->boot, offices->side[BOSS].boot, UUID_SIZE) == 0);
    cr_assert(memcmp(manager->boot, offices->side[MANAGER].boot, UUID_SIZE) == 0);
    cr_assert(memcmp(manager->link_id, boss->link_id, UUID_SIZE) == 0);
    cr_assert_eq(manager->link.peer_window, 1 << 20);
    cr_assert_eq(boss->link.peer_max_body, 4 << 20);
    offices_free(offices);
}

Test(post, mail_goes_both_ways_in_order_whatever_its_size)
{
    struct offices *offices = met();
    for (unsigned i = 0; i < 300; i++) {
        offices_send(offices, i % 2, i % 50 == 7 ? 3000 * 1000 : i % 5 * 1000); /* some come in chunks */
        if (i % 30 == 0)
            offices_settle(offices);
    }
    check_all_came(offices);
    offices_free(offices);
}

Test(post, what_waits_for_the_turn_goes_out_in_batches_and_in_order)
{
    struct offices *offices = met();
    struct office *boss = &offices->side[BOSS];
    struct task_header header = tasks_header(tasks_root(1, 1));
    uint64_t before = boss->peer->link.next_seq;
    for (unsigned i = 0; i < 300; i++)
        post_send_task(&boss->post, boss->peer, &header, NO_SHARE, tasks_body(10, 0));
    offices_send(offices, BOSS, 0); /* not before the tasks */
    cr_assert_eq(boss->peer->tasks_sent, 300);
    offices_turn(offices, BOSS);
    cr_assert_eq(boss->peer->link.next_seq - before, 3); /* 256 tasks, 44 tasks, the other message */
    cr_assert_eq(post_sent_since(boss->peer, before), 44);
    cr_assert_eq(post_sent_since(boss->peer, before + 1), 0);
    offices_settle(offices);
    cr_assert_eq(offices->side[MANAGER].came, 1);
    offices_free(offices);
}

Test(post, a_text_is_cut_before_it_makes_a_header_too_large)
{
    struct offices *offices = met();
    struct office *boss = &offices->side[BOSS];
    char *text = mem_zalloc(1, MAX_HEADER);
    memset(text, 'x', MAX_HEADER);
    struct span large = {(const uint8_t *)text, MAX_HEADER - 50};
    struct message log = {.kind = KIND_LOG, .log.text = large, .log.logger = large};
    post_send(&boss->post, boss->peer, &log, SLICE_NONE);
    post_send_error(&boss->post, boss->peer, CODE_BUSY, "", NO_NUMBER);
    struct message error = {.kind = KIND_ERROR, .error.text = large};
    post_send(&boss->post, boss->peer, &error, SLICE_NONE);
    offices_send(offices, BOSS, 0);
    offices_wait(offices, 1000);
    cr_assert_eq(offices->side[MANAGER].came, 1);
    cr_assert_eq(offices->side[MANAGER].lost, 0);
    mem_free(text);
    offices_free(offices);
}

Test(post, a_link_goes_on_after_a_break)
{
    struct offices *offices = met();
    offices_send(offices, BOSS, 1000);
    offices_turn(offices, BOSS);
    offices_cut(offices); /* it was under way */
    offices_send(offices, BOSS, 2000);
    offices_send(offices, MANAGER, 3000);
    offices_wait(offices, 300);
    cr_assert_eq(offices->dialled, 2);
    check_all_came(offices);
    cr_assert_eq(offices->side[BOSS].post.resumed, 1);
    cr_assert_eq(offices->side[MANAGER].post.resumed, 1);
    cr_assert_eq(offices->side[BOSS].lost + offices->side[MANAGER].lost, 0);
    cr_assert_eq(offices->side[MANAGER].joined, 1);
    offices_free(offices);
}

static void random_step(struct offices *offices, uint64_t *seed)
{
    unsigned side = (unsigned)tasks_roll(seed, 2);
    uint64_t what = tasks_roll(seed, 100);
    if (what < 20)
        offices_send(offices, side, what == 7 ? 600 * 1000 : what % 4 * 1000);
    else if (what < 50)
        offices_turn(offices, side);
    else if (what < 95)
        offices_carry(offices, side);
    else if (what < 97)
        offices_cut(offices);
    else
        offices->now += tasks_roll(seed, 200);
}

Test(post, breaks_at_any_moment_lose_nothing_and_repeat_nothing)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t random = seed;
        struct offices *offices = met();
        for (unsigned step = 0; step < 3000; step++)
            random_step(offices, &random);
        offices_wait(offices, 5000);
        check_all_came(offices);
        for (unsigned side = 0; side < 2; side++) {
            cr_assert_gt(offices->side[side].sent, 200);
            cr_assert_gt(offices->side[side].post.resumed, 5);
            cr_assert_eq(offices->side[side].lost, 0, "seed %" PRIu64 ": %s", seed, offices->side[side].why);
        }
        offices_free(offices);
    }
}

Test(post, a_new_process_of_the_manager_begins_a_new_link)
{
    struct offices *offices = met();
    offices_send(offices, BOSS, 1000);
    offices_settle(offices);
    offices_restart(offices, MANAGER);
    offices_wait(offices, 300);
    cr_assert_eq(offices->side[BOSS].lost, 1);
    cr_assert_str_eq(offices->side[BOSS].why, "it began anew");
    cr_assert_eq(offices->side[BOSS].answered, 2);
    cr_assert_eq(offices->side[MANAGER].joined, 1);
    offices_send(offices, BOSS, 1000);
    offices_send(offices, MANAGER, 1000);
    check_all_came(offices);
    cr_assert_eq(offices->side[BOSS].post.peers.used, 1);
    offices_free(offices);
}

Test(post, a_new_process_of_the_boss_begins_a_new_link_and_the_old_one_expires)
{
    struct offices *offices = met();
    offices_send(offices, MANAGER, 1000);
    offices_settle(offices);
    offices_restart(offices, BOSS);
    offices_settle(offices);
    cr_assert_eq(offices->side[MANAGER].joined, 2);
    offices_send(offices, BOSS, 1000);
    offices_send(offices, MANAGER, 1000);
    check_all_came(offices);
    cr_assert_eq(offices->side[MANAGER].lost, 0);
    offices_wait(offices, 60000);
    cr_assert_eq(offices->side[MANAGER].lost, 1);
    cr_assert_str_eq(offices->side[MANAGER].why, "its connection did not come back in time");
    cr_assert_eq(offices->side[MANAGER].post.peers.used, 1);
    offices_free(offices);
}

Test(post, a_link_without_a_connection_expires_on_both_sides)
{
    struct offices *offices = met();
    offices->reachable = false;
    offices_cut(offices);
    offices_wait(offices, 59000);
    cr_assert_eq(offices->side[BOSS].lost + offices->side[MANAGER].lost, 0);
    offices_wait(offices, 2000);
    for (unsigned side = 0; side < 2; side++) {
        cr_assert_eq(offices->side[side].lost, 1);
        cr_assert_eq(offices->side[side].post.peers.used, 0);
    }
    offices->reachable = true;
    offices_wait(offices, 3000);
    cr_assert_eq(offices->side[BOSS].answered, 2);
    cr_assert_eq(offices->side[MANAGER].joined, 2);
    offices_send(offices, BOSS, 1000);
    check_all_came(offices);
    offices_free(offices);
}

Test(post, a_link_that_expires_while_it_shakes_hands_is_not_dialled_twice)
{
    struct offices *offices = met();
    offices->reachable = false;
    offices_cut(offices);
    offices_wait(offices, 57000);
    offices->reachable = true;
    while (offices->conns[BOSS] == NO_CONN) {
        offices->now += 50;
        offices_turn(offices, BOSS);
    }
    unsigned dialled = offices->dialled;
    for (unsigned i = 0; i < 100; i++) { /* the manager is slow to answer */
        offices->now += 50;
        offices_turn(offices, BOSS);
    }
    cr_assert_eq(offices->side[BOSS].lost, 1);
    cr_assert_eq(offices->dialled, dialled);
    offices_wait(offices, 3000);
    cr_assert_eq(offices->side[BOSS].answered, 2);
    offices_send(offices, BOSS, 1000);
    offices_send(offices, MANAGER, 1000);
    check_all_came(offices);
    offices_free(offices);
}

Test(post, an_idle_connection_lives_by_its_heartbeats)
{
    struct offices *offices = met();
    offices_wait(offices, 120000);
    cr_assert_eq(offices->closed, 0);
    cr_assert_eq(offices->dialled, 1);
    cr_assert_eq(offices->side[BOSS].lost + offices->side[MANAGER].lost, 0);
    offices_free(offices);
}

/* Only `side` turns, its mail goes nowhere, until it gives the connection up. Returns the ms. */
static uint64_t alone(struct offices *offices, unsigned side)
{
    uint64_t begin = offices->now;
    while (offices->conns[side] != NO_CONN && offices->now - begin < 100000) {
        offices->now += 100;
        offices_turn(offices, side);
    }
    return offices->now - begin;
}

Test(post, a_silent_connection_is_given_up_after_three_intervals_and_made_anew)
{
    for (unsigned side = 0; side < 2; side++) {
        struct offices *offices = met();
        offices_send(offices, side, 1000);
        uint64_t took = alone(offices, side);
        cr_assert(took >= 3000 && took <= 4100, "%" PRIu64 " ms", took);
        offices_wait(offices, 300);
        offices_send(offices, !side, 1000);
        check_all_came(offices);
        cr_assert_eq(offices->side[BOSS].post.resumed, 1);
        cr_assert_eq(offices->side[BOSS].lost + offices->side[MANAGER].lost, 0);
        offices_free(offices);
    }
}

Test(post, a_manager_that_cannot_be_reached_is_dialled_less_and_less_often)
{
    static const uint64_t waits[] = {201, 402, 804, 1608, 2000, 2000, 2000};
    struct offices *offices = offices_new();
    offices->reachable = false;
    for (uint64_t end = offices->now + 12000; offices->now < end; offices->now++)
        offices_turn(offices, BOSS);
    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
        cr_assert_eq(offices->due[i + 1] - offices->due[i], waits[i]);
    offices->reachable = true;
    offices_wait(offices, 2000);
    cr_assert_eq(offices->side[BOSS].answered, 1);
    offices->reachable = false;
    unsigned dialled = offices->dialled;
    offices_cut(offices);
    offices_wait(offices, 250); /* the waits begin anew */
    cr_assert_eq(offices->dialled, dialled + 1);
    offices_free(offices);
}

Test(post, a_manager_that_refuses_is_asked_again)
{
    struct offices *offices = offices_new();
    offices->side[MANAGER].refuses = true;
    offices_wait(offices, 5000);
    cr_assert(offices->dialled >= 4 && offices->dialled <= 7);
    cr_assert_eq(offices->side[BOSS].answered, 0);
    cr_assert_eq(offices->side[MANAGER].post.peers.used, 0);
    cr_assert_eq(offices->side[MANAGER].post.conns_open, 0);
    offices->side[MANAGER].refuses = false;
    offices_wait(offices, 2000);
    cr_assert_eq(offices->side[BOSS].answered, 1);
    offices_free(offices);
}

/* The boss's line is open, and what the manager says is in the test's hand. */
static struct offices *dialled(void)
{
    struct offices *offices = offices_new();
    offices_turn(offices, BOSS);
    cr_assert_neq(offices->conns[BOSS], NO_CONN);
    return offices;
}

/* The boss has turned away from what answered, and tries again later. */
static void check_turned_away(struct offices *offices)
{
    cr_assert_eq(offices->side[BOSS].answered, 0);
    offices_turn(offices, BOSS);
    cr_assert_eq(offices->conns[BOSS], NO_CONN);
    offices_wait(offices, 1000);
    cr_assert_eq(offices->side[BOSS].answered, 1);
    offices_free(offices);
}

Test(post, what_answers_a_line_must_be_a_manager_of_this_link)
{
    for (unsigned wrong = 0; wrong < 3; wrong++) {
        struct offices *offices = dialled();
        uint8_t boot[UUID_SIZE] = {5}, link[UUID_SIZE];
        struct message hello;
        const char *why;
        struct letter *letter = offices->pipes[MANAGER].letters[0];
        message_decode(letter->header, letter->header_size, &hello, &why);
        memcpy(link, hello.hello.link, UUID_SIZE);
        struct message welcome = stranger_hello(wrong == 0 ? ROLE_WORKER : ROLE_MANAGER, boot, link);
        welcome.kind = KIND_WELCOME;
        if (wrong == 1)
            link[5] ^= 1;
        if (wrong == 2)
            welcome.hello.peer_boot = offices->side[BOSS].boot; /* goes on with a link that never was */
        stranger_mail(offices, BOSS, DOOR_LINE, offices->conns[BOSS], &welcome);
        check_turned_away(offices);
    }
}

Test(post, what_answers_a_line_may_be_anything)
{
    static const char answers[][5] = {"HTTP/", "\x94\x02\x21", "\x94\x01\x22", "\x95\x01\x04", "\xc1"};
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct offices *offices = dialled();
        stranger_bytes(offices, BOSS, DOOR_LINE, offices->conns[BOSS], answers[i], sizeof(answers[i]), 1);
        check_turned_away(offices);
    }
}

Test(post, a_line_that_does_not_answer_is_dialled_again)
{
    struct offices *offices = dialled();
    uint64_t took = alone(offices, BOSS);
    cr_assert(took >= 10000 && took <= 10100);
    check_turned_away(offices);
}

Test(post, a_manager_whose_numbers_cannot_be_is_lost)
{
    struct offices *offices = met();
    offices_cut(offices);
    while (offices->conns[BOSS] == NO_CONN) {
        offices->now += 50;
        offices_turn(offices, BOSS);
    }
    const struct peer *peer = offices->side[BOSS].peer;
    struct message welcome = stranger_hello(ROLE_MANAGER, peer->boot, peer->link_id);
    welcome.kind = KIND_WELCOME;
    welcome.hello.peer_boot = offices->side[BOSS].boot;
    welcome.hello.received = 1000; /* more than was sent */
    stranger_mail(offices, BOSS, DOOR_LINE, offices->conns[BOSS], &welcome);
    cr_assert_eq(offices->side[BOSS].lost, 1);
    cr_assert_str_eq(offices->side[BOSS].why, "its numbers do not fit");
    offices_wait(offices, 3000);
    cr_assert_eq(offices->side[BOSS].answered, 2);
    offices_send(offices, BOSS, 0);
    offices_settle(offices);
    cr_assert_eq(offices->side[MANAGER].came, 1);
    offices_free(offices);
}

Test(post, mail_after_the_end_of_the_link_is_a_strangers)
{
    struct offices *offices = met();
    struct office *manager = &offices->side[MANAGER];
    post_end(&manager->post, manager->peer, false, offices->now, &manager->outbox);
    offices_turn(offices, MANAGER);
    offices_send(offices, BOSS, 1000);
    offices_settle(offices);
    cr_assert_eq(manager->came, 0);
    offices_wait(offices, 3000); /* the boss heard of the end and dialled; the manager knows no such link */
    cr_assert_eq(offices->side[BOSS].answered, 2);
    cr_assert_eq(manager->joined, 2);
    offices_free(offices);
}
