/* Tests of common/link/post_work: mail that waits for its turn. */
#include <criterion/criterion.h>
#include <string.h>

#include "offices.h"

enum { PEERS = 3, WORK = 400 };

static uint8_t ids[PEERS][UUID_SIZE] = {{1}, {2}, {3}};

/* A boss with little work in a turn, and three clients. */
static struct offices *crowded(void)
{
    struct offices *offices = offices_new();
    struct post *post = &offices->side[BOSS].post;
    offices_settle(offices);
    post->config.work = WORK;
    post_fill_pool(post);
    for (uint32_t i = 0; i < PEERS; i++) {
        struct message hello = stranger_hello(ROLE_CLIENT, ids[i], ids[i]);
        stranger_mail(offices, BOSS, DOOR_FRONT, 50 + i, &hello);
        stranger_said(offices, BOSS, 50 + i);
    }
    return offices;
}

/* The next message of a client, which names a manager of `size` bytes; what came of it. */
static enum post_verdict say(struct offices *offices, uint32_t client, uint64_t seq,
                             struct delivery *delivery)
{
    uint8_t header[1024];
    struct message message = {.kind = KIND_DRAIN, .seq = seq};
    message.drain.manager = span_text("node3");
    size_t size = message_encode(&message, header, sizeof header);
    struct event event = {.kind = EVENT_MAIL,
                          .conn = 50 + client,
                          .now = offices->now,
                          .header = header,
                          .header_size = size,
                          .frames = 1};
    enum post_verdict verdict =
        post_event(&offices->side[BOSS].post, &event, &offices->side[BOSS].outbox, delivery);
    outbox_clear(&offices->side[BOSS].outbox);
    return verdict;
}

/* Acts on a delivered message with so many units; whether it was to go on. */
static bool act(struct offices *offices, struct delivery *delivery, uint64_t units, bool keep)
{
    struct post *post = &offices->side[BOSS].post;
    bool more = post_spend(post, units);
    if (keep)
        post_keep(post, delivery, offices->now);
    post_handled(post, delivery);
    return more;
}

/* A message that is done, or begun, as it comes. */
static void say_and_act(struct offices *offices, uint32_t client, uint64_t seq, struct delivery *delivery,
                        uint64_t units, bool keep)
{
    cr_assert_eq(say(offices, client, seq, delivery), POST_DELIVER);
    act(offices, delivery, units, keep);
}

static enum post_verdict next(struct offices *offices, struct delivery *delivery)
{
    return post_next(&offices->side[BOSS].post, offices->now, delivery);
}

Test(post_work, what_is_not_done_waits_and_is_not_acknowledged)
{
    struct offices *offices = crowded();
    struct post *post = &offices->side[BOSS].post;
    struct delivery delivery;
    cr_assert_eq(say(offices, 0, 1, &delivery), POST_DELIVER);
    struct peer *peer = delivery.peer;
    cr_assert_not(act(offices, &delivery, WORK, true));
    cr_assert_eq(peer->link.received, 1);
    cr_assert_eq(peer->link.handled, 0);
    cr_assert_eq(say(offices, 0, 2, &delivery), POST_NOTHING); /* it waits behind */
    cr_assert_eq(say(offices, 1, 1, &delivery), POST_DELIVER); /* another one does not */
    act(offices, &delivery, 1, false);
    cr_assert_eq(delivery.peer->link.handled, 1);
    post_fill_pool(post);
    cr_assert_eq(next(offices, &delivery), POST_DELIVER);
    cr_assert(delivery.peer == peer && delivery.message.seq == 1);
    act(offices, &delivery, 1, false);
    cr_assert_eq(peer->link.handled, 1);
    cr_assert_eq(next(offices, &delivery), POST_DELIVER);
    cr_assert_eq(delivery.message.seq, 2);
    act(offices, &delivery, 1, false);
    cr_assert_eq(peer->link.handled, 2);
    cr_assert_not(post_is_busy(post));
    offices_free(offices);
}

Test(post_work, peers_take_turns_and_none_has_more_than_its_share)
{
    struct offices *offices = crowded();
    struct post *post = &offices->side[BOSS].post;
    struct delivery delivery;
    uint64_t spent[PEERS] = {0};
    for (uint32_t i = 0; i < PEERS; i++) {
        say_and_act(offices, i, 1, &delivery, WORK, true);
    }
    for (unsigned turn = 0; turn < 10; turn++) {
        post_fill_pool(post);
        while (next(offices, &delivery) == POST_DELIVER) {
            uint32_t client = delivery.peer->link_id[0] - 1;
            unsigned units = 0;
            while (units++, post_spend(post, 1))
                continue;
            cr_assert_leq(units, WORK / 4);
            spent[client] += units;
            act(offices, &delivery, 0, true);
        }
    }
    for (uint32_t i = 0; i < PEERS; i++)
        cr_assert(spent[i] > 10 * (WORK / 4 - 2) && spent[i] <= 10 * WORK / 4, "%u", (unsigned)spent[i]);
    offices_free(offices);
}

Test(post_work, who_waits_alone_has_all_of_a_turn)
{
    struct offices *offices = crowded();
    struct post *post = &offices->side[BOSS].post;
    struct delivery delivery;
    say_and_act(offices, 0, 1, &delivery, WORK, true);
    post_fill_pool(post);
    cr_assert_eq(next(offices, &delivery), POST_DELIVER);
    cr_assert(post_spend(post, WORK - 10));
    cr_assert_not(post_spend(post, 10));
    act(offices, &delivery, 0, false);
    offices_free(offices);
}

Test(post_work, who_waits_gives_way_to_what_has_come_and_not_twice_in_a_row)
{
    struct offices *offices = crowded();
    struct post *post = &offices->side[BOSS].post;
    struct delivery delivery;
    say_and_act(offices, 0, 1, &delivery, WORK, true);
    cr_assert_not(post_gives_way(post)); /* nobody else has said anything */
    for (uint64_t seq = 1; seq <= 4; seq++) {
        say_and_act(offices, 1, seq, &delivery, 1, false);
        cr_assert_eq(post_gives_way(post), seq % 2 == 1);
    }
    post_fill_pool(post);
    cr_assert_eq(next(offices, &delivery), POST_DELIVER);
    act(offices, &delivery, 1, false);
    say_and_act(offices, 1, 5, &delivery, 1, false);
    cr_assert_not(post_gives_way(post)); /* nobody waits */
    offices_free(offices);
}

Test(post_work, who_waits_alone_has_its_share_while_others_are_heard)
{
    struct offices *offices = crowded();
    struct post *post = &offices->side[BOSS].post;
    struct delivery delivery;
    say_and_act(offices, 0, 1, &delivery, WORK, true);
    say_and_act(offices, 1, 1, &delivery, 1, false);
    cr_assert(post_gives_way(post));
    unsigned turns = 0;
    uint64_t had = 0;
    for (; had <= WORK / 4 && turns < 1000; turns++) {
        post_fill_pool(post);
        cr_assert_eq(next(offices, &delivery), POST_DELIVER);
        for (had = 1; post_spend(post, 1); had++)
            continue;
        act(offices, &delivery, 0, true);
    }
    cr_assert(turns > 10 && turns < 1000, "%u", turns);
    offices_free(offices);
}

Test(post_work, what_waits_goes_with_its_peer)
{
    struct offices *offices = crowded();
    struct post *post = &offices->side[BOSS].post;
    struct delivery delivery;
    cr_assert_eq(say(offices, 0, 1, &delivery), POST_DELIVER);
    struct peer *peer = delivery.peer;
    act(offices, &delivery, WORK, true);
    say(offices, 0, 2, &delivery);
    cr_assert(post_is_busy(post));
    post_end(post, peer, false, offices->now, &offices->side[BOSS].outbox);
    cr_assert_not(post_is_busy(post));
    post_fill_pool(post);
    cr_assert_eq(next(offices, &delivery), POST_NOTHING);
    offices_free(offices);
}

Test(post_work, who_sends_ahead_where_there_is_no_room_is_lost)
{
    struct offices *offices = crowded();
    struct delivery delivery;
    struct account all = {.most = 4 << 20}, own = {.above = &all};
    cr_assert_eq(say(offices, 0, 1, &delivery), POST_DELIVER);
    struct peer *peer = delivery.peer;
    act(offices, &delivery, WORK, true);
    link_charge(&peer->link, &own);
    uint64_t seq = 1;
    enum post_verdict verdict = POST_NOTHING;
    while (verdict == POST_NOTHING && seq < 100000)
        verdict = say(offices, 0, ++seq, &delivery);
    cr_assert_eq(verdict, POST_LOST);
    cr_assert_eq(delivery.code, CODE_BUSY);
    cr_assert_leq(peer->inbox.bytes, (4 << 20) + 2 * ACCOUNT_LUMP);
    link_charge(&peer->link, NULL);
    offices_free(offices);
}

Test(post_work, who_sends_far_beyond_its_window_is_lost)
{
    struct offices *offices = crowded();
    struct delivery delivery;
    cr_assert_eq(say(offices, 0, 1, &delivery), POST_DELIVER);
    delivery.peer->link.limits.window = 1000;
    struct peer *peer = delivery.peer;
    act(offices, &delivery, WORK, true);
    uint64_t seq = 2;
    while (say(offices, 0, seq++, &delivery) == POST_NOTHING)
        cr_assert_lt(peer->inbox.bytes, 64 << 20);
    cr_assert_eq(delivery.code, CODE_MALFORMED);
    cr_assert_not_null(strstr(delivery.why, "than its window allows"));
    cr_assert_gt(peer->inbox.bytes, 32 << 20);
    offices_free(offices);
}

Test(post_work, of_many_whose_time_is_up_at_once_some_end_in_each_turn)
{
    enum { MANY = 100, AT_ONCE = 40 };
    struct offices *offices = crowded();
    struct office *boss = &offices->side[BOSS];
    struct post *post = &boss->post;
    struct delivery delivery;
    const char *why;
    for (uint32_t i = 0; i < MANY; i++) {
        uint8_t id[UUID_SIZE] = {9, (uint8_t)i};
        struct message hello = stranger_hello(ROLE_CLIENT, id, id);
        hello.hello.expiry = 5000;
        stranger_mail(offices, BOSS, DOOR_FRONT, 100 + i, &hello);
        struct event closed = {.kind = EVENT_CLOSED, .conn = 100 + i, .now = offices->now};
        post_event(post, &closed, &boss->outbox, &delivery);
    }
    uint32_t peers = post->peers.used, turns = 0;
    post_flush(post, offices->now, &boss->outbox);
    offices->now += 20000;
    do {
        uint32_t before = post->peers.used;
        for (struct peer *peer; (peer = post_expired(post, offices->now, &boss->outbox, &why)) != NULL;)
            post_end(post, peer, false, offices->now, &boss->outbox);
        post_flush(post, offices->now, &boss->outbox);
        cr_assert_leq(before - post->peers.used, AT_ONCE);
        turns++;
    } while (post_deadline(post) <= offices->now && turns < MANY);
    cr_assert_leq(post->peers.used, peers - MANY);
    offices_free(offices);
}
