/* Tests of common/link/post_line: which lines are dialled, and when one is over. */
#include <criterion/criterion.h>

#include "common/link/post.h"

enum { NOW = 1000, REDIAL = 2000 };

static const uint8_t boot[UUID_SIZE] = {1};
static struct post post;
static struct outbox outbox;

static void open_post(void)
{
    static const char *const lines[] = {"node0:7473", "node1:7473"};
    struct post_config config = {
        .boot = boot, .software = "test 1", .name = "boss", .redial = REDIAL, .max_connections = 50};
    for (unsigned role = 0; role < ROLE_LIMIT; role++)
        config.limits[role] = (struct link_limits){.expiry = 60000, .window = 1 << 20, .max_body = 1 << 20};
    post_init(&post, &config, lines, 2, NOW);
}

static void close_post(void)
{
    post_free(&post);
    outbox_free(&outbox);
}

static void tell(enum event_kind kind, uint32_t line, uint32_t conn, uint64_t now)
{
    struct event event = {
        .kind = kind, .door = DOOR_LINE, .now = now, .number = line, .conn = conn, .text = "a text"};
    struct delivery delivery;
    cr_assert_eq(post_event(&post, &event, &outbox, &delivery), POST_NOTHING);
}

/* How many orders of a kind a turn brings, and the number of the last one. */
static unsigned turn(enum order_kind kind, uint64_t now, uint32_t *last)
{
    const char *why;
    unsigned count = 0;
    cr_assert_null(post_expired(&post, now, &outbox, &why));
    post_flush(&post, now, &outbox);
    for (size_t i = 0; i < outbox.count; i++) {
        if (outbox.orders[i].kind != kind)
            continue;
        count++;
        *last = outbox.orders[i].conn;
    }
    outbox_clear(&outbox);
    return count;
}

TestSuite(post_line, .init = open_post, .fini = close_post);

Test(post_line, lines_may_have_any_number)
{
    uint32_t last = 0;
    cr_assert_eq(turn(ORDER_DIAL, NOW, &last), 2);
    tell(EVENT_FOUND, 300, 0, NOW);
    tell(EVENT_FOUND, 7, 0, NOW + 1);
    cr_assert_eq(turn(ORDER_DIAL, NOW + 1, &last), 2);
    cr_assert_eq(last, 7);
    cr_assert_str_eq(post_line_name(&post, 300), "a text");
    cr_assert_str_eq(post_line_name(&post, 1), "node1:7473");
    cr_assert_str_eq(post_line_name(&post, NO_LINE), "dialled in");
}

Test(post_line, an_address_that_is_gone_is_forgotten_once_nothing_is_under_way)
{
    uint32_t last = 0;
    turn(ORDER_DIAL, NOW, &last);
    tell(EVENT_FOUND, 2, 0, NOW);
    turn(ORDER_DIAL, NOW, &last);
    tell(EVENT_MISSED, 2, 0, NOW);
    cr_assert_eq(turn(ORDER_FORGET, NOW, &last), 0, "it is being dialled");
    tell(EVENT_OPENED, 2, 5, NOW);
    cr_assert_eq(outbox.orders[outbox.count - 1].kind, ORDER_CLOSE);
    cr_assert_eq(turn(ORDER_FORGET, NOW, &last), 1);
    cr_assert_eq(last, 2);
    cr_assert_eq(post.conns_open, 0);
    cr_assert_eq(turn(ORDER_DIAL, NOW + REDIAL, &last), 0);
}

Test(post_line, a_line_that_rests_is_not_dialled_until_it_is_woken)
{
    uint32_t last = 0;
    post_line_rest(&post, 0, &outbox);
    cr_assert_eq(turn(ORDER_DIAL, NOW, &last), 1);
    cr_assert_eq(last, 1);
    post_line_wake(&post, 0, NOW + 10);
    post_line_wake(&post, 0, NOW + 10);
    cr_assert_eq(turn(ORDER_DIAL, NOW + 10, &last), 1);
    cr_assert_eq(last, 0);
    tell(EVENT_OPENED, 0, 3, NOW + 10); /* it waits for the answer to its HELLO */
    post_line_rest(&post, 0, &outbox);
    cr_assert_eq(turn(ORDER_CLOSE, NOW + 10, &last), 1);
    cr_assert_eq(last, 3);
    cr_assert_eq(turn(ORDER_DIAL, NOW + REDIAL, &last), 0);
    post_line_wake(&post, 0, NOW + REDIAL);
    cr_assert_eq(turn(ORDER_DIAL, NOW + REDIAL, &last), 1);
}

Test(post_line, a_line_may_rest_while_it_is_dialled)
{
    uint32_t last = 0;
    turn(ORDER_DIAL, NOW, &last);
    post_line_rest(&post, 1, &outbox);
    tell(EVENT_REFUSED, 1, 0, NOW);
    cr_assert_eq(turn(ORDER_DIAL, NOW + REDIAL, &last), 0);
    cr_assert_eq(turn(ORDER_FORGET, NOW + REDIAL, &last), 0, "it only rests");
}
