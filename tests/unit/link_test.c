/* Tests of common/link/link: the recorded scenarios in tests/vectors/link (the Python twin runs them too), a
 * pipe that is cut at random, and memory. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/link_rest.h"
#include "pair.h"

Test(link, recorded_scenarios)
{
    glob_t found;
    cr_assert(eq(int, glob(MAILROOM_SOURCE_DIR "/tests/vectors/link/*.txt", 0, NULL, &found), 0));
    cr_assert(found.gl_pathc >= 15);
    for (size_t i = 0; i < found.gl_pathc; i++)
        pair_run_scenario(found.gl_pathv[i]);
    globfree(&found);
}

/* Mail that checks itself: number n of a direction is an IDS with count n and a body whose size follows from
 * n. */
struct traffic {
    uint64_t sent[2], came[2]; /* by the link that sends */
    uint64_t seed;
    bool large; /* some bodies come in chunks */
};

static uint64_t roll(struct traffic *traffic, uint64_t sides)
{
    traffic->seed = traffic->seed * 6364136223846793005u + 1442695040888963407u;
    return (traffic->seed >> 33) % sides;
}

static size_t size_of(const struct traffic *traffic, uint64_t number)
{
    return traffic->large && number % 211 == 7 ? 2 * LINK_CHUNK + number : number * 37 % 1500;
}

static void send_numbered(struct pair *pair, struct traffic *traffic, unsigned from)
{
    uint64_t number = ++traffic->sent[from];
    struct message message = {.kind = KIND_IDS, .ids.count = number};
    link_send(&pair->links[from], letter_new(&message, pair_body(size_of(traffic, number), 0)));
}

static bool take_numbered(struct pair *pair, struct traffic *traffic, unsigned to)
{
    enum link_verdict verdict;
    struct message message;
    struct slice body;
    const char *why = "";
    if (!pair_take(pair, to, &verdict, &message, &body, &why))
        return false;
    cr_assert(verdict < LINK_FAULT, "%s", why);
    if (verdict == LINK_DELIVER) {
        cr_assert(eq(u64, message.ids.count, ++traffic->came[!to]));
        cr_assert(eq(sz, body.size, size_of(traffic, message.ids.count)));
        cr_assert(pair_is_body(&body));
    }
    slice_drop(&body);
    return true;
}

static void command(struct pair *pair, const char *line, const char *expected)
{
    const char *said = pair_command(pair, line, __FILE__);
    cr_assert(strcmp(said, expected) == 0, "%s: \"%s\", not \"%s\"", line, said, expected);
}

/* A handshake after a break; now and then its answer is lost and the connection breaks again. */
static void reconnect(struct pair *pair, struct traffic *traffic)
{
    command(pair, "break", "");
    while (roll(traffic, 3) == 0) {
        unsigned listener = roll(traffic, 2);
        char line[60];
        snprintf(line, sizeof line, "connect %c received=%" PRIu64, "ab"[listener],
                 pair -> links[!listener].received);
        command(pair, line, "goes on");
        pair_next(pair, listener);
        command(pair, "break", "");
    }
    command(pair, "connect", "goes on, goes on");
}

static void random_step(struct pair *pair, struct traffic *traffic)
{
    unsigned at = roll(traffic, 2);
    uint64_t what = roll(traffic, 100);
    if (what < 25)
        send_numbered(pair, traffic, at);
    else if (what < 60)
        pair_next(pair, at);
    else if (what < 90)
        take_numbered(pair, traffic, at);
    else if (what < 98)
        pair_command(pair, at ? "due b" : "due a", __FILE__);
    else if (what == 98)
        reconnect(pair, traffic);
    pair->now += roll(traffic, 4);
}

/* Without further breaks, until nothing moves any more. */
static void settle(struct pair *pair, struct traffic *traffic)
{
    for (unsigned calm = 0; calm < 3; pair->now += LINK_ACK_DELAY) {
        bool moved = false;
        for (unsigned at = 0; at < 2; at++) {
            pair_command(pair, at ? "due b" : "due a", __FILE__);
            pair_next(pair, at);
            while (take_numbered(pair, traffic, at))
                moved = true;
        }
        calm = moved ? 0 : calm + 1;
    }
}

Test(link, a_pipe_that_is_cut_loses_nothing_and_repeats_nothing)
{
    for (uint64_t seed = 1; seed <= 30; seed++) {
        struct pair *pair = pair_new();
        struct traffic traffic = {.seed = seed, .large = true};
        for (unsigned at = 0; at < 2; at++)
            pair->links[at].limits.window = 4000;
        reconnect(pair, &traffic);
        for (unsigned step = 0; step < 4000; step++)
            random_step(pair, &traffic);
        settle(pair, &traffic);
        for (unsigned at = 0; at < 2; at++) {
            cr_assert(gt(u64, traffic.sent[at], 300));
            cr_assert(eq(u64, traffic.came[at], traffic.sent[at]), "seed %" PRIu64, seed);
            cr_assert(eq(u64, pair->links[at].first_seq, pair->links[at].next_seq));
            cr_assert(eq(u64, pair->links[at].ahead + pair->links[at].waiting + pair->links[at].control, 0));
        }
        pair_free(pair);
    }
}

Test(link, memory_does_not_grow_over_a_long_run)
{
    struct pair *pair = pair_new();
    struct traffic traffic = {.seed = 1};
    struct link *a = &pair->links[0];
    reconnect(pair, &traffic);
    for (unsigned i = 0; i < 200000; i++) {
        send_numbered(pair, &traffic, 0);
        pair_next(pair, 0);
        if (i >= 500)
            take_numbered(pair, &traffic, 1);
        pair_command(pair, "due b", __FILE__);
        take_numbered(pair, &traffic, 0);
        cr_assert(a->ring_size <= 1024);
    }
    cr_assert(eq(u64, traffic.came[0], 199500));
    pair_free(pair);
}

Test(link, a_burst_leaves_no_memory_behind)
{
    struct pair *pair = pair_new();
    struct traffic traffic = {.seed = 1};
    struct link *a = &pair->links[0];
    for (unsigned i = 0; i < 10000; i++)
        send_numbered(pair, &traffic, 0);
    cr_assert(eq(sz, a->ring_size, 16384));
    reconnect(pair, &traffic);
    settle(pair, &traffic);
    cr_assert(eq(u64, traffic.came[0], 10000));
    cr_assert(eq(sz, a->ring_size, 64));
    cr_assert(eq(sz, pair->links[1].chunks_capacity, 0));
    pair_free(pair);
}

Test(link, an_announced_length_takes_no_memory)
{
    struct pair *pair = pair_new();
    command(pair, "connect", "goes on, goes on");
    command(pair, "raw b CHUNK 1000 length=1000000000 seq=1", "");
    command(pair, "take b", "swallow");
    cr_assert(le(sz, pair->links[1].chunks_capacity, 2000));
    pair_free(pair);
}

Test(link, a_body_that_came_whole_is_shared_not_copied)
{
    struct pair *pair = pair_new();
    struct slice body = pair_body(100000, 0), out;
    struct message message = {.kind = KIND_RESULT, .seq = 1};
    const char *why;
    command(pair, "connect", "goes on, goes on");
    cr_assert(eq(int, link_receive(&pair->links[1], &message, 20, &body, 0, &out, &why), LINK_DELIVER));
    cr_assert(eq(ptr, out.blob, body.blob));
    slice_drop(&body);
    cr_assert(pair_is_body(&out));
    slice_drop(&out);
    pair_free(pair);
}

Test(link, control_mail_that_is_not_read_ends_it_and_results_do_not)
{
    struct pair *pair = pair_new();
    struct link *a = &pair->links[0];
    a->limits.max_unread = 1000;
    command(pair, "connect", "goes on, goes on");
    struct message result = {.kind = KIND_RESULT}, ids = {.kind = KIND_IDS};
    link_send(a, letter_new(&result, pair_body(100000, 0)));
    cr_assert(eq(u64, a->control, 0));
    while (a->control <= 1000) {
        cr_assert(eq(int, link_due(a, pair->now), LINK_NOTHING));
        link_send(a, letter_new(&ids, SLICE_NONE));
    }
    cr_assert(eq(u64, link_deadline(a), 0));
    command(pair, "due a", "unread");
    command(pair, "due a", "unread");
    while (pair_next(pair, 0))
        continue;
    uint64_t control = a->control;
    command(pair, "break", "");
    command(pair, "due a", "unread");
    command(pair, "connect a received=5", "goes on");
    cr_assert(lt(u64, a->control, control));
    pair_free(pair);
}

Test(link, a_full_link_of_which_nothing_is_read_is_stuck)
{
    struct pair *pair = pair_new();
    struct link *a = &pair->links[0];
    struct message result = {.kind = KIND_RESULT};
    a->limits.max_queue = 1000;
    command(pair, "connect", "goes on, goes on");
    uint64_t expiry = a->limits.expiry;
    for (unsigned i = 0; i < 3; i++)
        link_send(a, letter_new(&result, pair_body(2000, 0)));
    command(pair, "due a", "nothing");
    cr_assert(eq(u64, a->full_since, pair->now));
    pair->now += expiry - 101;
    cr_assert(ne(int, link_due(a, pair->now), LINK_STUCK));
    pair_next(pair, 0);
    command(pair, "take b", "deliver RESULT 2000");
    pair->now += 100;
    command(pair, "due b", "ACK");
    command(pair, "take a", "swallow");
    cr_assert(eq(u64, a->full_since, NEVER)); /* it has read one */
    cr_assert(ne(int, link_due(a, pair->now), LINK_STUCK));
    pair->now += expiry;
    a->limits.patient = true;
    cr_assert(ne(int, link_due(a, pair->now), LINK_STUCK));
    a->limits.patient = false;
    command(pair, "due a", "stuck");
    pair_free(pair);
}

Test(link, what_waited_while_a_connection_broke_is_acknowledged_once_it_came_again)
{
    struct link_limits limits = {.expiry = 60000, .window = 1 << 20, .max_body = 1 << 20};
    struct link link;
    struct slice none = SLICE_NONE, out;
    const char *why;
    link_init(&link, &limits, 0);
    cr_assert(link_connected(&link, 1 << 20, 1 << 20, 0, 0));
    for (uint64_t seq = 1; seq <= 3; seq++) {
        struct message message = {.kind = KIND_IDS, .seq = seq};
        cr_assert_eq(link_receive(&link, &message, 10, &none, 0, &out, &why), LINK_DELIVER);
    }
    link_handled(&link, 0, 0, 0); /* all of them wait */
    link_broken(&link, 1);
    cr_assert_eq(link.shown, 0); /* what the next handshake says */
    link_handled(&link, 3, 30, 2);
    cr_assert(link_connected(&link, 1 << 20, 1 << 20, 0, 3));
    cr_assert_eq(link_acked(&link), 0); /* its peer has not sent them on this connection */
    struct message first = {.kind = KIND_IDS, .seq = 1};
    cr_assert_eq(link_receive(&link, &first, 10, &none, 4, &out, &why), LINK_SWALLOWED);
    cr_assert_eq(link_acked(&link), 1);
    link_free(&link);
}

/* A body in pieces, or the first of them. */
static void receive_piece(struct link *link, uint64_t seq, unsigned kind, uint64_t now)
{
    struct message message = {.kind = kind, .seq = seq, .chunk.length = 2 * LINK_CHUNK};
    struct slice piece = pair_body(LINK_CHUNK, 0), out;
    const char *why = "";
    enum link_verdict expected = kind == KIND_CHUNK ? LINK_SWALLOWED : LINK_DELIVER;
    cr_assert_eq(link_receive(link, &message, 10, &piece, now, &out, &why), expected, "%s", why);
    slice_drop(&piece);
    slice_drop(&out);
}

static void connected(struct link *link, uint64_t expiry)
{
    struct link_limits limits = {.expiry = expiry, .window = 8 << 20, .max_body = 8 << 20};
    link_init(link, &limits, 0);
    cr_assert(link_connected(link, 8 << 20, 8 << 20, 0, 0));
}

Test(link, a_body_that_came_in_pieces_is_acknowledged_at_once)
{
    struct link link;
    connected(&link, 60000);
    receive_piece(&link, 1, KIND_CHUNK, 1);
    cr_assert_eq(link_due(&link, 1), LINK_NOTHING);
    receive_piece(&link, 2, KIND_RESULT, 1);
    cr_assert_eq(link_due(&link, 1), LINK_SEND_ACK);
    link_free(&link);
}

Test(link, what_is_withheld_is_acknowledged_when_it_may_be_or_a_second_later)
{
    struct link link;
    connected(&link, 60000);
    receive_piece(&link, 1, KIND_CHUNK, 1);
    cr_assert_eq(link_acked(&link), 1);
    link_withhold(&link, true, 2);
    receive_piece(&link, 2, KIND_RESULT, 2);
    cr_assert_eq(link_acked(&link), 1); /* nor with anything that is sent */
    cr_assert_eq(link_due(&link, 500), LINK_NOTHING);
    link_withhold(&link, false, 500);
    cr_assert_eq(link_due(&link, 500), LINK_SEND_ACK);
    cr_assert_eq(link.acknowledged, 2);
    link_withhold(&link, true, 600);
    receive_piece(&link, 3, KIND_CHUNK, 600);
    receive_piece(&link, 4, KIND_RESULT, 600);
    cr_assert_eq(link_deadline(&link), 600 + LINK_WITHHELD);
    cr_assert_eq(link_due(&link, 599 + LINK_WITHHELD), LINK_NOTHING);
    cr_assert_eq(link_due(&link, 600 + LINK_WITHHELD), LINK_SEND_ACK);
    cr_assert_eq(link.acknowledged, 4);
    link_free(&link);
}

Test(link, who_keeps_a_link_for_a_short_time_has_not_long_to_wait)
{
    struct link link;
    connected(&link, 400); /* with nothing acknowledged for so long, the other side gives up */
    link_withhold(&link, true, 0);
    receive_piece(&link, 1, KIND_CHUNK, 1);
    receive_piece(&link, 2, KIND_RESULT, 1);
    cr_assert_eq(link_due(&link, 99), LINK_NOTHING);
    cr_assert_eq(link_due(&link, 100), LINK_SEND_ACK);
    link_free(&link);
    connected(&link, 0); /* it ends with its connection */
    link_withhold(&link, true, 0);
    receive_piece(&link, 1, KIND_CHUNK, 1);
    cr_assert_eq(link_acked(&link), 1);
    link_free(&link);
}

/* Sends so many messages without a body. */
static void send_many(struct link *link, uint64_t count, const struct slice *body)
{
    struct message message = {.kind = KIND_ERROR};
    while (count-- > 0)
        link_send(link, letter_new(&message, slice_ref(body)));
}

static uint64_t put_out(struct link *link)
{
    uint64_t count = 0;
    while (link_next(link))
        count++;
    return count;
}

Test(link, no_more_letters_go_ahead_than_one_ack_may_free_at_once)
{
    struct link link;
    struct slice none = SLICE_NONE, out;
    struct message ack = {.kind = KIND_ACK};
    const char *why;
    connected(&link, 60000);
    link.peer_window = LINK_MOST_AHEAD;
    send_many(&link, LINK_MOST_LETTERS + 10, &none);
    cr_assert(eq(u64, put_out(&link), LINK_MOST_LETTERS));
    ack.ack = 3;
    cr_assert_eq(link_receive(&link, &ack, 10, &none, 0, &out, &why), LINK_SWALLOWED);
    cr_assert(eq(u64, put_out(&link), 3));
    ack.ack = LINK_MOST_LETTERS + 3;
    cr_assert_eq(link_receive(&link, &ack, 10, &none, 0, &out, &why), LINK_SWALLOWED);
    cr_assert(eq(u64, put_out(&link), 7));
    link_free(&link);
}

Test(link, what_many_letters_of_a_link_that_is_over_keep_goes_a_part_at_a_time)
{
    struct link_rests rests = {0};
    struct account account = {0};
    struct link link;
    struct slice body = pair_body(8, 0);
    unsigned turns = 0;
    connected(&link, 60000);
    link_charge(&link, &account);
    send_many(&link, 100, &body);
    link_rests_take(&rests, &link);
    cr_assert(eq(u32, rests.count, 0)); /* a few go at once */
    connected(&link, 60000);
    link_charge(&link, &account);
    send_many(&link, 10000, &body);
    link_rests_take(&rests, &link);
    cr_assert(eq(u64, account.bytes, 0));
    cr_assert(eq(u32, body.blob->refs, 10001));
    for (unsigned before = body.blob->refs; rests.count > 0; turns++) {
        link_rests_drop(&rests);
        cr_assert(lt(u32, before - body.blob->refs, 5000));
        before = body.blob->refs;
    }
    cr_assert(gt(u32, turns, 2));
    cr_assert(eq(u32, body.blob->refs, 1));
    link_rests_free(&rests);
    slice_drop(&body);
}

static size_t dropped;

static void note_dropped(void *memory, size_t size)
{
    (void)memory;
    dropped += size;
}

Test(link, what_is_only_passed_on_gives_its_memory_up_as_it_arrives)
{
    struct link link;
    struct message result = {.kind = KIND_RESULT}, ack = {.kind = KIND_ACK};
    struct slice body = pair_body(4 * LINK_CHUNK, 0), none = SLICE_NONE, out;
    const char *why;
    mem_drop_pages_by(note_dropped);
    for (unsigned passing = 0; passing < 2; passing++) {
        connected(&link, 60000);
        body.blob->passing = passing;
        link_send(&link, letter_new(&result, slice_ref(&body)));
        while (link_next(&link))
            continue;
        cr_assert(eq(sz, dropped, 0));
        ack.ack = 2;
        cr_assert_eq(link_receive(&link, &ack, 10, &none, 0, &out, &why), LINK_SWALLOWED);
        cr_assert(eq(sz, dropped, passing * 2 * LINK_CHUNK)); /* and what was not acknowledged is there */
        link_free(&link);
        cr_assert(eq(sz, dropped, passing * 2 * LINK_CHUNK));
    }
    mem_drop_pages_by(NULL);
    slice_drop(&body);
}

Test(link, what_a_boss_with_a_journal_has_read_in_part_can_be_said_again_as_a_whole)
{
    struct link link;
    struct message result = {.kind = KIND_RESULT}, ack = {.kind = KIND_ACK, .ack = 2, .acked.safe = 2};
    struct slice body = pair_body(4 * LINK_CHUNK, 0), none = SLICE_NONE, out;
    bool read;
    const char *why;
    dropped = 0;
    mem_drop_pages_by(note_dropped);
    connected(&link, 60000);
    link_settle(&link, true, 0);
    body.blob->passing = true;
    link_send(&link, letter_new(&result, slice_ref(&body)));
    while (link_next(&link))
        continue;
    cr_assert_eq(link_receive(&link, &ack, 10, &none, 0, &out, &why), LINK_SWALLOWED);
    cr_assert_eq(link.first_seq, 3); /* two of its pieces are safe there, */
    cr_assert(eq(sz, dropped, 0));   /* and worth nothing without the others */
    struct letter *whole = link_take_back(&link, &read);
    cr_assert(whole && !read && whole->kind == KIND_RESULT);
    cr_assert(eq(sz, whole->body.size, 4 * LINK_CHUNK));
    cr_assert(pair_is_body(&whole->body));
    cr_assert_null(link_take_back(&link, &read));
    letter_unref(whole);
    link_free(&link);
    mem_drop_pages_by(NULL);
    slice_drop(&body);
}
