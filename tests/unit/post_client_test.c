/* Tests of common/link/post as a client's: it dials its boss with a session's token, and hears of refusals.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "common/link/post.h"

enum { NOW = 1000, CONN = 3 };

static const uint8_t boot[UUID_SIZE] = {1}, boss_boot[UUID_SIZE] = {2}, token[UUID_SIZE] = {7, 7};
static uint8_t link_id[UUID_SIZE];
static struct post post;
static struct outbox outbox;
static struct delivery delivery;

static void open_post(void)
{
    struct post_config config = {.boot = boot,
                                 .session = token,
                                 .software = "test 1",
                                 .name = "client",
                                 .redial = 2000,
                                 .max_connections = 50};
    for (unsigned role = 0; role < ROLE_LIMIT; role++)
        config.limits[role] = (struct link_limits){.expiry = 60000, .window = 1 << 20, .max_body = 1 << 20};
    post_init(&post, &config, NULL, 0, NOW);
    post_line_add(&post, 0, "host:7472", ROLE_BOSS, NOW);
}

static void close_post(void)
{
    post_free(&post);
    outbox_free(&outbox);
}

/* The connection is made; what its first letter says. */
static struct message opened(void)
{
    const char *why;
    struct message hello = {0};
    struct event event = {.kind = EVENT_OPENED, .door = DOOR_LINE, .now = NOW, .conn = CONN};
    cr_assert_null(post_expired(&post, NOW, &outbox, &why));
    outbox_clear(&outbox);
    cr_assert_eq(post_event(&post, &event, &outbox, &delivery), POST_NOTHING);
    cr_assert_eq(outbox.count, 1);
    const struct letter *letter = outbox.orders[0].letter;
    cr_assert_eq(message_decode(letter->header, letter->header_size, &hello, &why), CODE_NONE);
    memcpy(link_id, hello.hello.link, UUID_SIZE);
    return hello;
}

static enum post_verdict mail(const struct message *message)
{
    static uint8_t header[512];
    struct event event = {.kind = EVENT_MAIL, .door = DOOR_LINE, .now = NOW, .conn = CONN, .frames = 1};
    event.header = header;
    event.header_size = message_encode(message, header, sizeof header);
    return post_event(&post, &event, &outbox, &delivery);
}

static struct message welcome(const uint8_t *session)
{
    struct message message = {.kind = KIND_WELCOME};
    message.hello = (struct hello){.role = ROLE_BOSS,
                                   .boot = boss_boot,
                                   .link = link_id,
                                   .session = session,
                                   .expiry = 60000,
                                   .window = 1 << 20,
                                   .max_body = 1 << 20,
                                   .software = span_text("test 1"),
                                   .name = span_text("boss")};
    return message;
}

TestSuite(post_client, .init = open_post, .fini = close_post);

Test(post_client, hello_names_the_session_and_welcome_says_whether_it_was_known)
{
    struct message hello = opened();
    cr_assert_eq(hello.kind, KIND_HELLO);
    cr_assert_eq(hello.hello.role, ROLE_CLIENT);
    cr_assert_arr_eq(hello.hello.session, token, UUID_SIZE);
    struct message answer = welcome(token);
    cr_assert_eq(mail(&answer), POST_ANSWERED);
    cr_assert_arr_eq(delivery.peer->session, token, UUID_SIZE);
}

Test(post_client, a_session_that_was_not_known_is_zeros)
{
    static const uint8_t none[UUID_SIZE];
    opened();
    struct message answer = welcome(NULL);
    cr_assert_eq(mail(&answer), POST_ANSWERED);
    cr_assert_arr_eq(delivery.peer->session, none, UUID_SIZE);
}

Test(post_client, a_refusal_is_told_with_its_code_and_dialled_again)
{
    const char *why;
    opened();
    struct message refusal = {.kind = KIND_ERROR};
    refusal.error.code = CODE_NOT_OWNER;
    refusal.error.text = span_text("this key\nis another's");
    refusal.error.corr = refusal.error.slot = NO_NUMBER;
    cr_assert_eq(mail(&refusal), POST_REFUSED);
    cr_assert_eq(delivery.code, CODE_NOT_OWNER);
    cr_assert_str_eq(delivery.why, "this key?is another's");
    outbox_clear(&outbox);
    cr_assert_null(post_expired(&post, NOW + 2000, &outbox, &why));
    cr_assert_eq(outbox.count, 1);
    cr_assert_eq(outbox.orders[0].kind, ORDER_DIAL);
}

/* The boss, as the leader of its cluster in that epoch. */
static struct message welcome_of(const uint8_t *cluster, uint64_t epoch)
{
    struct message message = welcome(NULL);
    message.hello.cluster = cluster;
    message.hello.epoch = epoch;
    return message;
}

/* It is gone, and dialled anew. */
static void end_link(void)
{
    const char *why;
    post_end(&post, delivery.peer, true, NOW, &outbox);
    cr_assert_null(post_expired(&post, NOW + 2000, &outbox, &why));
    opened();
}

Test(post_client, a_boss_whose_epoch_is_over_is_passed_over)
{
    static const uint8_t cluster[UUID_SIZE] = {9}, other[UUID_SIZE] = {8};
    opened();
    struct message second = welcome_of(cluster, 2), first = welcome_of(cluster, 1);
    cr_assert_eq(mail(&second), POST_ANSWERED);
    end_link();
    first.hello.link = second.hello.link = link_id;
    cr_assert_eq(mail(&first), POST_REFUSED);
    cr_assert_eq(delivery.code, CODE_SHUTTING_DOWN);
    cr_assert(
        strstr(delivery.why, "the epoch 1 of this broker is over: one of the same cluster, of epoch 2"));
    opened();
    cr_assert_eq(mail(&second), POST_ANSWERED, "who is as far goes on");
    end_link();
    struct message elsewhere = welcome_of(other, 1);
    cr_assert_eq(mail(&elsewhere), POST_ANSWERED, "another cluster has epochs of its own");
}

Test(post_client, a_version_that_differs_is_a_refusal_too)
{
    static const uint8_t header[] = {0x94, 2, 4, 0, 0};
    struct event event = {.kind = EVENT_MAIL, .door = DOOR_LINE, .now = NOW, .conn = CONN, .frames = 1};
    opened();
    event.header = header;
    event.header_size = sizeof header;
    cr_assert_eq(post_event(&post, &event, &outbox, &delivery), POST_REFUSED);
    cr_assert_eq(delivery.code, CODE_BAD_VERSION);
}

Test(post_client, what_is_no_answer_to_a_hello_is_unexpected)
{
    opened();
    struct message ping = {.kind = KIND_PING};
    cr_assert_eq(mail(&ping), POST_REFUSED);
    cr_assert_eq(delivery.code, CODE_UNEXPECTED);
}
