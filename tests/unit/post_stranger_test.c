/* Tests of common/link/post against strangers: who has not shaken hands, who does it badly, who lies. None of
 * them disturbs the link between the boss and the manager. */
#include <criterion/criterion.h>
#include <string.h>

#include "offices.h"

enum { STRANGER = 45 /* a connection's number */ };

static const uint8_t some_boot[UUID_SIZE] = {7}, some_link[UUID_SIZE] = {8};

static struct offices *met(void)
{
    struct offices *offices = offices_new();
    offices_settle(offices);
    return offices;
}

/* The link lives, and nobody but the two knows of it. */
static void check_undisturbed(struct offices *offices)
{
    for (unsigned side = 0; side < 2; side++)
        offices_send(offices, side, 1000);
    offices_wait(offices, 500);
    for (unsigned side = 0; side < 2; side++)
        cr_assert_eq(offices->side[side].came, 1);
    cr_assert_eq(offices->dialled, 1);
}

static struct said hello(struct offices *offices, unsigned side, enum door door, uint32_t conn,
                         const struct message *message)
{
    stranger_mail(offices, side, door, conn, message);
    return stranger_said(offices, side, conn);
}

Test(post_stranger, a_role_is_refused_at_another_ones_door)
{
    struct offices *offices = met();
    for (unsigned role = 0; role < ROLE_LIMIT + 2; role++) {
        struct message message = stranger_hello(role == 5 ? UINT32_MAX : role, some_boot, some_link);
        if (role == ROLE_CLIENT)
            continue;
        struct said said = hello(offices, BOSS, DOOR_FRONT, STRANGER, &message);
        cr_assert(said.errors == 1 && said.code == CODE_REFUSED && said.welcomes == 0);
    }
    struct message client = stranger_hello(ROLE_CLIENT, some_boot, some_link);
    cr_assert_eq(hello(offices, MANAGER, DOOR_WORKERS, STRANGER, &client).code, CODE_REFUSED);
    cr_assert_eq(hello(offices, BOSS, DOOR_FRONT, STRANGER, &client).welcomes, 1);
    check_undisturbed(offices);
    offices_free(offices);
}

Test(post_stranger, mail_before_the_handshake_is_answered_eight_times)
{
    struct offices *offices = met();
    struct message message = {.kind = KIND_SHUTDOWN, .seq = 1, .shutdown.text = span_text("die")};
    for (unsigned i = 0; i < 20; i++) {
        cr_assert_eq(stranger_mail(offices, BOSS, DOOR_FRONT, STRANGER, &message), POST_NOTHING);
        struct said said = stranger_said(offices, BOSS, STRANGER);
        cr_assert_eq(said.errors, i < 8);
        cr_assert(said.others == 0 && !said.closed);
        cr_assert(i >= 8 || said.code == CODE_NO_HANDSHAKE);
    }
    struct message late = stranger_hello(ROLE_CLIENT, some_boot, some_link);
    cr_assert_eq(hello(offices, BOSS, DOOR_FRONT, STRANGER, &late).welcomes, 1);
    cr_assert_eq(offices->side[BOSS].joined, 1);
    check_undisturbed(offices);
    offices_free(offices);
}

Test(post_stranger, counts_are_told_before_the_handshake_at_the_front_and_eight_times)
{
    struct offices *offices = met();
    struct message message = {.kind = KIND_COUNTS, .counts.corr = 7};
    for (unsigned i = 0; i < 10; i++) {
        cr_assert_eq(stranger_mail(offices, BOSS, DOOR_FRONT, STRANGER, &message),
                     i < 8 ? POST_ASKED : POST_NOTHING);
        struct said said = stranger_said(offices, BOSS, STRANGER);
        cr_assert(said.others == (i < 8) && said.errors == 0 && !said.closed);
    }
    cr_assert_eq(stranger_mail(offices, MANAGER, DOOR_WORKERS, STRANGER, &message), POST_NOTHING);
    cr_assert_eq(stranger_said(offices, MANAGER, STRANGER).code, CODE_NO_HANDSHAKE);
    message.seq = 1; /* who numbers it means a link that there is not */
    cr_assert_eq(stranger_mail(offices, BOSS, DOOR_FRONT, STRANGER + 1, &message), POST_NOTHING);
    cr_assert_eq(stranger_said(offices, BOSS, STRANGER + 1).code, CODE_NO_HANDSHAKE);
    check_undisturbed(offices);
    offices_free(offices);
}

Test(post_stranger, another_version_is_told_so_eight_times)
{
    struct offices *offices = met();
    for (unsigned i = 0; i < 20; i++) {
        stranger_bytes(offices, BOSS, DOOR_FRONT, STRANGER, "\x94\x02\x20\x00\x00", 5, 1);
        struct said said = stranger_said(offices, BOSS, STRANGER);
        cr_assert_eq(said.errors, i < 8);
        cr_assert(i >= 8 || said.code == CODE_BAD_VERSION);
    }
    check_undisturbed(offices);
    offices_free(offices);
}

Test(post_stranger, what_is_no_message_is_malformed)
{
    static const struct {
        const char *bytes;
        size_t size;
        unsigned frames;
    } cases[] = {{"", 0, 1},
                 {"\x94\x01\x22\x00\x00", 5, 0},
                 {"\x94\x01\x22\x00\x00", 5, 3},
                 {"GET / HTTP", 10, 1},
                 {"\xdd\xff\xff\xff\xff", 5, 1},
                 {"\x80\x04\x95\x00", 4, 1}};
    struct offices *offices = met();
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        stranger_bytes(offices, MANAGER, DOOR_FRONT, i + 20, cases[i].bytes, cases[i].size, cases[i].frames);
        struct said said = stranger_said(offices, MANAGER, i + 20);
        if (i + 20 == offices->conns[MANAGER])
            continue; /* that one is the boss's: see below */
        cr_assert(said.errors == 1 && said.code == CODE_MALFORMED && !said.closed, "case %u", i);
    }
    offices_free(offices);
}

Test(post_stranger, a_hello_that_is_cut_short_or_spoilt_makes_no_peer)
{
    struct offices *offices = met();
    struct message message = stranger_hello(ROLE_CLIENT, some_boot, some_link);
    struct letter *letter = letter_new(&message, SLICE_NONE);
    for (uint32_t size = 0; size < letter->header_size; size++) {
        stranger_bytes(offices, BOSS, DOOR_FRONT, STRANGER, (const char *)letter->header, size, 1);
        cr_assert_eq(stranger_said(offices, BOSS, STRANGER).welcomes, 0);
    }
    cr_assert_eq(offices->side[BOSS].joined, 0);
    for (uint32_t at = 0; at < letter->header_size; at++) { /* a bit of each byte is another */
        for (unsigned bit = 0; bit < 8; bit++) {
            letter->header[at] ^= (uint8_t)(1u << bit);
            stranger_bytes(offices, BOSS, DOOR_FRONT, STRANGER, (const char *)letter->header,
                           letter->header_size, 1);
            struct event closed = {.kind = EVENT_CLOSED, .conn = STRANGER, .now = offices->now};
            struct delivery delivery;
            post_event(&offices->side[BOSS].post, &closed, &offices->side[BOSS].outbox, &delivery);
            stranger_said(offices, BOSS, STRANGER);
            letter->header[at] ^= (uint8_t)(1u << bit);
        }
    }
    letter_unref(letter);
    check_undisturbed(offices);
    offices_wait(offices, 61000);
    cr_assert_eq(offices->side[BOSS].post.peers.used, 1); /* what was taken for a client has expired */
    cr_assert_eq(offices->side[BOSS].post.conns_open, 1);
    offices_free(offices);
}

Test(post_stranger, a_silent_one_is_closed_after_ten_seconds)
{
    struct offices *offices = met();
    struct office *boss = &offices->side[BOSS];
    stranger_bytes(offices, BOSS, DOOR_FRONT, STRANGER, "x", 1, 1);
    stranger_said(offices, BOSS, STRANGER);
    const char *why;
    cr_assert_eq(post_expired(&boss->post, offices->now + 9999, &boss->outbox, &why), NULL);
    cr_assert(!stranger_said(offices, BOSS, STRANGER).closed);
    cr_assert_eq(post_expired(&boss->post, offices->now + 10000, &boss->outbox, &why), NULL);
    cr_assert(stranger_said(offices, BOSS, STRANGER).closed);
    offices_free(offices);
}

Test(post_stranger, connections_are_bounded)
{
    struct offices *offices = offices_new();
    struct office *boss = &offices->side[BOSS];
    struct message ping = {.kind = KIND_PING};
    for (uint32_t conn = 100; conn < 150; conn++)
        stranger_mail(offices, BOSS, DOOR_FRONT, conn, &ping);
    cr_assert_eq(boss->post.conns_open, 50);
    outbox_clear(&boss->outbox);
    struct message client = stranger_hello(ROLE_CLIENT, some_boot, some_link);
    struct said said = hello(offices, BOSS, DOOR_FRONT, 200, &client);
    cr_assert(said.closed && said.errors == 1 && said.code == CODE_BUSY && said.welcomes == 0);
    for (unsigned i = 0; i < 2000; i++)
        stranger_mail(offices, BOSS, DOOR_FRONT, 300 + i, &client);
    cr_assert_eq(boss->outbox.count, 2000 + 999); /* all are closed, and a burst of them is told why */
    struct event opened = {.kind = EVENT_OPENED, .door = DOOR_LINE, .conn = 201, .now = offices->now};
    struct delivery delivery;
    post_event(&boss->post, &opened, &boss->outbox, &delivery);
    cr_assert(stranger_said(offices, BOSS, 201).closed);
    const char *why;
    cr_assert_eq(post_expired(&boss->post, offices->now + 10000, &boss->outbox, &why), NULL);
    cr_assert_eq(boss->post.conns_open, 0);
    outbox_clear(&boss->outbox);
    cr_assert_eq(hello(offices, BOSS, DOOR_FRONT, 200, &client).welcomes, 1);
    offices_free(offices);
}

Test(post_stranger, connections_beyond_the_first_are_counted)
{
    struct offices *offices = met();
    struct post *post = &offices->side[BOSS].post;
    struct account account = {0};
    post->account = &account;
    post->config.max_connections = 1000;
    struct message message = stranger_hello(ROLE_CLIENT, some_boot, some_link);
    message.hello.role = ROLE_LIMIT; /* it stays a stranger */
    for (uint32_t conn = 100; post->conns_open < POST_CONNS_FREE + 20; conn++)
        stranger_mail(offices, BOSS, DOOR_FRONT, conn, &message);
    cr_assert_eq(account.bytes, 20 * POST_CONN_COST);
    const char *why;
    cr_assert_eq(post_expired(post, offices->now + 10000, &offices->side[BOSS].outbox, &why), NULL);
    cr_assert_lt(post->conns_open, POST_CONNS_FREE); /* they are closed */
    cr_assert_eq(account.bytes, 0);
    post->account = NULL;
    outbox_clear(&offices->side[BOSS].outbox);
    offices_free(offices);
}

Test(post_stranger, a_link_of_another_process_is_refused)
{
    struct offices *offices = met();
    const struct peer *known = offices->side[MANAGER].peer;
    struct message message = stranger_hello(ROLE_BOSS, some_boot, known->link_id);
    struct said said = hello(offices, MANAGER, DOOR_FRONT, STRANGER, &message);
    cr_assert(said.code == CODE_REFUSED && said.welcomes == 0);
    message.hello.peer_boot = offices->side[MANAGER].boot; /* as if to go on with it */
    said = hello(offices, MANAGER, DOOR_FRONT, STRANGER, &message);
    cr_assert(said.code == CODE_REFUSED && said.welcomes == 0);
    check_undisturbed(offices);
    offices_free(offices);
}

Test(post_stranger, nobody_takes_over_the_link_of_a_line_by_dialling_in)
{
    struct offices *offices = met();
    const struct peer *manager = offices->side[BOSS].peer;
    struct message message = stranger_hello(ROLE_CLIENT, manager->boot, manager->link_id);
    struct said said = hello(offices, BOSS, DOOR_FRONT, STRANGER, &message);
    cr_assert_eq(said.welcomes, 0);
    message.hello.peer_boot = offices->side[BOSS].boot;
    said = hello(offices, BOSS, DOOR_FRONT, STRANGER + 1, &message);
    cr_assert_eq(said.welcomes, 0);
    check_undisturbed(offices);
    offices_free(offices);
}

Test(post_stranger, the_newest_handshake_owns_the_link)
{
    struct offices *offices = met();
    struct office *manager = &offices->side[MANAGER];
    const struct peer *boss = manager->peer;
    uint32_t old = boss->conn;
    struct message message = stranger_hello(ROLE_BOSS, boss->boot, boss->link_id);
    message.hello.peer_boot = manager->boot;
    stranger_mail(offices, MANAGER, DOOR_FRONT, STRANGER, &message);
    cr_assert_eq(boss->conn, STRANGER);
    bool closed = false;
    for (size_t i = 0; i < manager->outbox.count; i++)
        closed |= manager->outbox.orders[i].kind == ORDER_CLOSE && manager->outbox.orders[i].conn == old;
    cr_assert(closed);
    struct said said = stranger_said(offices, MANAGER, STRANGER);
    cr_assert(said.welcomes == 1 && said.goes_on && !said.closed);
    cr_assert_eq(manager->joined, 1);
    struct message ids = {.kind = KIND_IDS, .seq = 1, .ids.count = 1};
    cr_assert_eq(stranger_mail(offices, MANAGER, DOOR_FRONT, old, &ids), POST_NOTHING);
    cr_assert_eq(stranger_said(offices, MANAGER, old).code, CODE_NO_HANDSHAKE);
    cr_assert_eq(stranger_mail(offices, MANAGER, DOOR_FRONT, STRANGER, &ids), POST_DELIVER);
    cr_assert_eq(manager->came, 1);
    offices_free(offices);
}

Test(post_stranger, a_process_may_begin_anew_with_the_same_link)
{
    struct offices *offices = offices_new();
    struct office *boss = &offices->side[BOSS];
    struct message client = stranger_hello(ROLE_CLIENT, some_boot, some_link);
    cr_assert_eq(hello(offices, BOSS, DOOR_FRONT, STRANGER, &client).welcomes, 1);
    struct said said = hello(offices, BOSS, DOOR_FRONT, STRANGER + 1, &client); /* peer_boot is nil */
    cr_assert(said.welcomes == 1 && !said.goes_on);
    cr_assert(boss->joined == 2 && boss->lost == 1);
    cr_assert_str_eq(boss->why, "its process began a new link");
    client.hello.peer_boot = boss->boot;
    client.hello.received = 100; /* more than was ever sent: it cannot go on */
    said = hello(offices, BOSS, DOOR_FRONT, STRANGER + 2, &client);
    cr_assert(said.welcomes == 1 && !said.goes_on);
    cr_assert(boss->joined == 3 && boss->lost == 2);
    cr_assert_eq(boss->post.peers.used, 1);
    client.hello.received = 0;
    said = hello(offices, BOSS, DOOR_FRONT, STRANGER + 3, &client);
    cr_assert(said.welcomes == 1 && said.goes_on);
    client.hello.peer_boot = some_boot; /* of an earlier boot of the broker */
    said = hello(offices, BOSS, DOOR_FRONT, STRANGER + 4, &client);
    cr_assert(said.welcomes == 1 && !said.goes_on);
    offices_free(offices);
}

/* A client that has shaken hands. */
static struct offices *with_client(void)
{
    struct offices *offices = offices_new();
    struct message client = stranger_hello(ROLE_CLIENT, some_boot, some_link);
    cr_assert_eq(hello(offices, BOSS, DOOR_FRONT, STRANGER, &client).welcomes, 1);
    return offices;
}

static void check_fault(struct offices *offices, enum error_code code)
{
    const struct office *boss = &offices->side[BOSS];
    cr_assert_eq(boss->lost, 1);
    cr_assert_eq(boss->code, code);
    struct said said = stranger_said(offices, BOSS, STRANGER);
    cr_assert(said.errors == 1 && said.code == code && said.closed);
    cr_assert_eq(boss->post.peers.used, 0);
    offices_free(offices);
}

Test(post_stranger, a_peer_that_breaks_the_protocol_is_told_and_lost)
{
    struct offices *offices = with_client();
    stranger_bytes(offices, BOSS, DOOR_FRONT, STRANGER, "rubbish", 7, 1);
    check_fault(offices, CODE_MALFORMED);
    offices = with_client();
    stranger_bytes(offices, BOSS, DOOR_FRONT, STRANGER, "\x94\x01\x22\x00\x00", 5, 3);
    check_fault(offices, CODE_MALFORMED);
    offices = with_client();
    stranger_bytes(offices, BOSS, DOOR_FRONT, STRANGER, "\x94\x02\x22\x00\x00", 5, 1);
    check_fault(offices, CODE_BAD_VERSION);
    offices = with_client();
    struct message again = stranger_hello(ROLE_CLIENT, some_boot, some_link);
    stranger_mail(offices, BOSS, DOOR_FRONT, STRANGER, &again);
    check_fault(offices, CODE_UNEXPECTED);
    offices = with_client();
    struct message gap = {.kind = KIND_READY, .seq = 2};
    stranger_mail(offices, BOSS, DOOR_FRONT, STRANGER, &gap);
    check_fault(offices, CODE_MALFORMED);
    offices = with_client();
    struct message large = {.kind = KIND_CHUNK, .seq = 1, .chunk.length = UINT64_MAX};
    stranger_mail(offices, BOSS, DOOR_FRONT, STRANGER, &large);
    check_fault(offices, CODE_TOO_LARGE);
}

Test(post_stranger, a_ping_is_answered_at_once)
{
    struct offices *offices = with_client();
    struct message ping = {.kind = KIND_PING};
    stranger_mail(offices, BOSS, DOOR_FRONT, STRANGER, &ping);
    cr_assert_eq(stranger_said(offices, BOSS, STRANGER).others, 1);
    offices_free(offices);
}

Test(post_stranger, what_a_hello_says_may_be_extreme)
{
    static char text[5000];
    struct offices *offices = offices_new();
    struct office *boss = &offices->side[BOSS];
    memset(text, '\n', sizeof(text) - 1);
    struct message client = stranger_hello(ROLE_CLIENT, some_boot, some_link);
    client.hello.heartbeat = client.hello.expiry = client.hello.window = client.hello.max_body =
        client.hello.ids = UINT64_MAX;
    client.hello.received = UINT64_MAX;
    client.hello.features = FEATURE_JOURNAL;
    client.hello.name = client.hello.software = span_text(text);
    cr_assert_eq(hello(offices, BOSS, DOOR_FRONT, STRANGER, &client).welcomes, 1);
    offices_settle(offices); /* the manager of the line, who is the peer from now on */
    struct peer *peer = slab_at(&boss->post.peers, 0);
    cr_assert_eq(peer->link.limits.heartbeat, 1000); /* the smaller one holds */
    cr_assert_eq(peer->link.limits.expiry, 60000);
    cr_assert_not(peer->link.peer_journals); /* only a boss says what is safe there */
    cr_assert_eq(strlen(peer->name), sizeof(peer->name) - 1);
    cr_assert_eq(strspn(peer->name, "?"), sizeof(peer->name) - 1); /* nothing that would break a log's line */
    client.hello.heartbeat = client.hello.expiry = client.hello.window = client.hello.max_body = 0;
    uint8_t link[UUID_SIZE] = {9};
    client.hello.link = link;
    cr_assert_eq(hello(offices, BOSS, DOOR_FRONT, STRANGER + 1, &client).welcomes, 1);
    struct event closed = {.kind = EVENT_CLOSED, .conn = STRANGER + 1, .now = offices->now};
    struct delivery delivery;
    post_event(&boss->post, &closed, &boss->outbox, &delivery);
    stranger_said(offices, BOSS, STRANGER + 1);
    offices_turn(offices, BOSS);
    offices->now++;
    offices_turn(offices, BOSS);
    cr_assert_eq(boss->lost, 1); /* it wanted to expire at once */
    offices_free(offices);
}
