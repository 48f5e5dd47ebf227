/* Tests of clients/c/core/worker: what a worker holds ahead of its loop, what it says, and when. */
#include <criterion/criterion.h>

#include "worker_boss.h"

static struct worker_boss *boss;

static void begin(void)
{
    boss = worker_boss_new(true);
    worker_boss_look_away(boss);
}

static void end(void)
{
    worker_boss_free(boss);
}

TestSuite(worker, .init = begin, .fini = end);

static uint64_t now(void)
{
    return boss->now * 1000;
}

/* So many tasks of this length: how long tasks take is known then. */
static void learn(unsigned count, uint64_t us)
{
    for (unsigned i = 0; i < count; i++) {
        worker_waiting(boss->worker, now());
        worker_boss_turn(boss, 0);
        worker_boss_look_away(boss);
        worker_boss_gives(boss, 1, 0);
        worker_boss_done(boss, worker_boss_begins(boss, "a"), us);
    }
    worker_waiting(boss->worker, now());
    worker_boss_turn(boss, 2000);
    worker_boss_look_away(boss);
}

static const struct message *waiting(void)
{
    return &worker_boss_last(boss, KIND_WAITING)->message;
}

static uint64_t ahead(void)
{
    struct mailroom_worker_counts counts = {.size = sizeof counts};
    worker_counts(boss->worker, now(), &counts);
    return counts.ahead;
}

static uint64_t wanted(void)
{
    struct mailroom_worker_counts counts = {.size = sizeof counts};
    worker_counts(boss->worker, now(), &counts);
    return counts.wanted_ahead;
}

static void expect_nothing(void)
{
    cr_assert_null(worker_next(boss->worker, now()));
}

Test(worker, asks_for_one_task_where_it_does_not_know_how_long_they_take)
{
    worker_boss_turn(boss, 0);
    cr_assert_eq(boss->count, 0, "the loop has not said that it waits");
    worker_waiting(boss->worker, now());
    worker_boss_turn(boss, 0);
    cr_assert_eq(waiting()->waiting.idle, 1);
    cr_assert_eq(waiting()->waiting.room, 1);
    worker_waiting(boss->worker, now());
    worker_boss_turn(boss, 5000);
    cr_assert_eq(boss->count, 1, "said once");
}

/* How many it wants ahead, by how long tasks take. */
static const struct {
    uint64_t us;
    uint64_t least, most;
} paces[] = {{10, 300, 512}, {100, 35, 45}, {1000, 3, 5}, {10000, 1, 1}, {100000, 0, 0}, {10000000, 0, 0}};

Test(worker, wants_as_many_ahead_as_fill_a_few_milliseconds)
{
    for (unsigned i = 0; i < sizeof paces / sizeof *paces; i++) {
        end();
        begin();
        learn(300, paces[i].us);
        cr_expect_geq(wanted(), paces[i].least, "%llu us", (unsigned long long)paces[i].us);
        cr_expect_leq(wanted(), paces[i].most, "%llu us", (unsigned long long)paces[i].us);
    }
}

/* A second one may be long, and what waited behind it would be older than what others begin meanwhile. */
Test(worker, wants_nothing_ahead_after_a_few_short_tasks)
{
    learn(1, 10);
    cr_assert_eq(wanted(), 0);
    learn(6, 10);
    cr_assert_eq(wanted(), 0);
    learn(1, 10);
    cr_assert_geq(wanted(), 1);
    cr_assert_leq(wanted(), 16);
}

Test(worker, gives_its_loop_one_task_each_time_that_it_waits)
{
    learn(100, 1000);
    worker_boss_gives(boss, 3, 0);
    struct mailroom_item *first = worker_boss_begins(boss, "a");
    expect_nothing();
    cr_assert_eq(ahead(), 2);
    worker_boss_done(boss, first, 1000);
    expect_nothing();
    worker_boss_done(boss, worker_boss_begins(boss, "b"), 1000);
    worker_boss_done(boss, worker_boss_begins(boss, "c"), 1000);
    cr_assert_eq(worker_boss_count(boss, KIND_RETURN), 0);
}

Test(worker, holds_what_finds_the_loop_awake_until_it_waits_again)
{
    worker_waiting(boss->worker, now());
    worker_boss_turn(boss, 0);
    struct address parent = {WORKER_NIL, 0, 99};
    worker_awake(boss->worker, &parent, now());
    worker_boss_turn(boss, 0);
    cr_assert_eq(waiting()->waiting.room, 0, "there is no room now");
    worker_boss_gives(boss, 1, 0); /* it was on its way */
    expect_nothing();
    cr_assert_eq(worker_boss_count(boss, KIND_RETURN), 0);
    worker_boss_done(boss, worker_boss_begins(boss, "a"), 10);
}

Test(worker, gives_back_what_waits_when_it_is_recalled)
{
    learn(100, 1000);
    worker_boss_gives(boss, 4, 0);
    struct mailroom_item *running = worker_boss_begins(boss, "a");
    worker_boss_recalls(boss, 9, "plain");
    cr_assert_eq(worker_boss_count(boss, KIND_RETURN), 0, "of another runtime");
    worker_boss_recalls(boss, 2, "python");
    const struct boss_heard *back = worker_boss_last(boss, KIND_RETURN);
    cr_assert_eq(back->message.returned.reason, RETURN_UNBEGUN);
    cr_assert_eq(back->count, 2);
    cr_assert_eq(back->first.mailbox, boss->mailbox - 1, "the newest, in their order");
    cr_assert_eq(ahead(), 1);
    worker_boss_recalls(boss, 9, "python");
    cr_assert_eq(worker_boss_last(boss, KIND_RETURN)->count, 1);
    worker_boss_done(boss, running, 1000);
    cr_assert_eq(worker_boss_count(boss, KIND_RETURN), 2);
}

Test(worker, gives_back_what_waits_behind_a_task_that_turns_out_long)
{
    learn(100, 1000);
    worker_boss_gives(boss, 4, 0);
    struct mailroom_item *running = worker_boss_begins(boss, "a");
    worker_boss_turn(boss, 19000);
    cr_assert_eq(worker_boss_count(boss, KIND_RETURN), 0);
    uint64_t due = worker_deadline(boss->worker);
    cr_assert_leq(due, boss->now / 1000 + 3, "and there will be a turn in time");
    worker_boss_turn(boss, 2000);
    cr_assert_eq(worker_boss_last(boss, KIND_RETURN)->count, 3);
    cr_assert_eq(waiting()->waiting.room, 0);
    cr_assert_eq(waiting()->waiting.queued, 0);
    unsigned at = 0;
    while (boss->heard[at].kind != KIND_RETURN)
        at++;
    cr_assert(at > 0 && boss->heard[at - 1].kind == KIND_WAITING &&
                  boss->heard[at - 1].message.waiting.room == 0,
              "that there is no room is said before");
    worker_boss_done(boss, running, 1000);
}

Test(worker, gives_back_what_was_sent_before_that_was_read)
{
    learn(100, 1000);
    worker_boss_gives(boss, 4, 0);
    struct mailroom_item *running = worker_boss_begins(boss, "a");
    boss->late = true;
    worker_boss_turn(boss, 21000);
    cr_assert_eq(worker_boss_last(boss, KIND_RETURN)->count, 3);
    worker_boss_done(boss, running, 0);
    worker_waiting(boss->worker, now());
    worker_boss_look_away(boss);
    worker_boss_gives(boss, 2, 0); /* newer ones, which crossed */
    expect_nothing();
    const struct boss_heard *back = worker_boss_last(boss, KIND_RETURN);
    cr_assert_eq(back->count, 2);
    cr_assert_eq(back->first.mailbox, boss->mailbox - 1);
    cr_assert_eq(waiting()->waiting.idle, 1);
    cr_assert_eq(waiting()->waiting.room, 1, "nothing ahead: it may cross that, too");
    cr_assert_eq(waiting()->waiting.receipt, boss->seq);
    worker_boss_look_away(boss);
    boss->read = boss->come;
    worker_boss_gives(boss, 2, 0);
    cr_assert_eq(worker_boss_count(boss, KIND_RETURN), 0);
    worker_boss_done(boss, worker_boss_begins(boss, "a"), 10);
}

Test(worker, wants_nothing_ahead_until_what_was_recalled_is_there)
{
    learn(100, 1000);
    worker_boss_gives(boss, 4, 0);
    struct mailroom_item *running = worker_boss_begins(boss, "a");
    boss->late = true;
    worker_boss_recalls(boss, 1, "python");
    cr_assert_eq(worker_boss_last(boss, KIND_RETURN)->count, 1);
    cr_assert_eq(waiting()->waiting.room, 0);
    cr_assert_eq(wanted(), 0);
    worker_boss_gives(boss, 1, 0);
    cr_assert_eq(worker_boss_count(boss, KIND_RETURN), 2, "it has crossed that");
    cr_assert_eq(ahead(), 2, "and goes back alone");
    boss->read = boss->come;
    worker_boss_gives(boss, 1, 0);
    cr_assert_eq(worker_boss_count(boss, KIND_RETURN), 2);
    cr_assert_eq(ahead(), 3);
    cr_assert_gt(wanted(), 2);
    worker_boss_done(boss, running, 1000);
}

Test(worker, drops_what_is_cancelled_before_it_began)
{
    learn(100, 1000);
    worker_boss_gives(boss, 3, 0);
    worker_boss_cancels(boss, boss->mailbox - 2);
    struct mailroom_item *item = worker_next(boss->worker, now());
    cr_assert_eq(item->kind, MAILROOM_ITEM_CANCEL, "the loop may have its children");
    mailroom_item_free(item);
    worker_boss_done(boss, worker_boss_begins(boss, "b"), 10);
    cr_assert_eq(ahead(), 1);
}

Test(worker, keeps_messages_for_a_task_behind_it)
{
    struct builder list = {0};
    struct message message = {.kind = KIND_COMMUNICATE};
    learn(100, 1000);
    worker_boss_gives(boss, 2, 0);
    struct mailroom_item *running = worker_boss_begins(boss, "a");
    builder_address(&list, &(struct address){WORKER_NIL, 0, boss->mailbox});
    message.addresses.addresses = builder_list(&list);
    worker_boss_says(boss, &message, "hello");
    expect_nothing();
    worker_boss_done(boss, running, 1000);
    struct mailroom_item *task = worker_boss_begins(boss, "b");
    struct mailroom_item *item = worker_next(boss->worker, now());
    cr_assert_eq(item->kind, MAILROOM_ITEM_MESSAGE);
    cr_assert_eq(item->addresses[0].mailbox, boss->mailbox);
    mailroom_item_free(item);
    worker_boss_done(boss, task, 1000);
    builder_free(&list);
}

Test(worker, sends_a_result_at_once_where_they_are_rare)
{
    worker_waiting(boss->worker, now());
    worker_boss_turn(boss, 5000);
    worker_boss_gives(boss, 1, 0);
    worker_boss_turn(boss, 5000);
    struct mailroom_item *item = worker_boss_begins(boss, "a");
    worker_boss_turn(boss, 2000);
    worker_boss_done(boss, item, 2000);
    cr_assert_leq(worker_deadline(boss->worker), boss->now / 1000);
    worker_boss_turn(boss, 0);
    cr_assert_eq(worker_boss_count(boss, KIND_RESULT), 1);
}

Test(worker, gathers_results_for_a_millisecond_where_they_come_quickly)
{
    learn(300, 10);
    worker_boss_gives(boss, 20, 0);
    worker_boss_look_away(boss);
    for (unsigned i = 0; i < 20; i++) {
        char body[2] = {(char)('a' + i), 0};
        worker_boss_done(boss, worker_boss_begins(boss, body), 10);
        if (i == 0)
            worker_boss_turn(boss, 0); /* this one may leave alone */
    }
    worker_boss_look_away(boss);
    cr_assert_leq(worker_deadline(boss->worker), boss->now / 1000 + 1);
    worker_boss_turn(boss, 1000);
    cr_assert_eq(worker_boss_count(boss, KIND_RESULT_BATCH), 1);
    cr_assert_geq(worker_boss_last(boss, KIND_RESULT_BATCH)->count, 19);
}

Test(worker, says_waiting_rarely_where_it_has_much_ahead)
{
    learn(300, 10);
    uint32_t room = (uint32_t)wanted();
    worker_boss_turn(boss, 5000);
    for (unsigned given = 0; given < room; given += 50)
        worker_boss_gives(boss, 50, 0);
    worker_boss_look_away(boss);
    for (unsigned i = 0; i < 100; i++) {
        char body[2] = {(char)('a' + i % 50), 0};
        worker_boss_done(boss, worker_boss_begins(boss, body), 10);
        if (i % 10 == 0)
            worker_boss_turn(boss, 0);
    }
    cr_assert_leq(worker_boss_count(boss, KIND_WAITING), 1);
}

static enum page_state state_of(uint64_t *begun, uint64_t *mailbox)
{
    struct page_word word = {0};
    cr_assert(page_read(&boss->page, &word));
    *begun = word.begun;
    *mailbox = word.task.mailbox;
    return word.state;
}

Test(worker, writes_what_it_does_into_its_page)
{
    uint64_t begun, mailbox;
    learn(100, 1000);
    worker_boss_gives(boss, 2, 0);
    struct mailroom_item *first = worker_boss_begins(boss, "a");
    cr_assert_eq(state_of(&begun, &mailbox), PAGE_RUNS);
    cr_assert_eq(begun, 101);
    cr_assert_eq(mailbox, boss->mailbox - 1);
    worker_boss_done(boss, first, 10);
    cr_assert_eq(state_of(&begun, &mailbox), PAGE_BETWEEN);
    cr_assert_eq(begun, 101, "the next one has not begun");
    worker_boss_done(boss, worker_boss_begins(boss, "b"), 10);
    worker_waiting(boss->worker, now());
    cr_assert_eq(state_of(&begun, &mailbox), PAGE_WAITS);
    cr_assert_eq(begun, 102);
}

Test(worker, ends_when_it_is_told_to_or_its_id_is_lost)
{
    struct builder ranges = {0};
    struct message lost = {.kind = KIND_EMPLOYEE_LOST};
    const char *text;
    builder_range(&ranges, BOSS_ID + 1, BOSS_ID + 9);
    lost.lost.ranges = builder_list(&ranges);
    worker_boss_says(boss, &lost, "");
    cr_assert_eq(worker_end(boss->worker, &text), 0);
    builder_range(&ranges, 0, BOSS_ID + 1);
    lost.lost.ranges = builder_list(&ranges);
    worker_boss_says(boss, &lost, "");
    cr_assert_eq(worker_end(boss->worker, &text), MAILROOM_END_LOST);
    for (unsigned i = 0; i < 2; i++) { /* again at each call */
        struct mailroom_item *item = worker_next(boss->worker, now());
        cr_assert_eq(item->kind, MAILROOM_ITEM_END);
        mailroom_item_free(item);
    }
    struct address task = {WORKER_NIL, 0, 1};
    cr_assert_eq(worker_result(boss->worker, &task, SLICE_NONE, NULL, now()), MAILROOM_ELOST);
    cr_assert_eq(boss->closes, 1);
    builder_free(&ranges);
}

Test(worker, is_over_where_it_is_refused)
{
    struct worker_boss *other = worker_boss_alone();
    struct event opened = {.kind = EVENT_OPENED, .door = DOOR_LINE, .conn = BOSS_CONN};
    struct message refusal = {.kind = KIND_ERROR};
    const char *text;
    cr_assert_eq(other->dials, 1);
    worker_step(other->worker, &opened, &other->outbox);
    refusal.error.code = CODE_REFUSED;
    refusal.error.text = span_text("no workers here");
    refusal.error.corr = refusal.error.slot = NO_NUMBER;
    uint8_t header[256];
    struct event mail = {
        .kind = EVENT_MAIL, .door = DOOR_LINE, .conn = BOSS_CONN, .frames = 1, .header = header};
    mail.header_size = message_encode(&refusal, header, sizeof header);
    mail.now = other->now / 1000;
    worker_step(other->worker, &mail, &other->outbox);
    cr_assert_eq(worker_end(other->worker, &text), MAILROOM_END_REFUSED);
    cr_assert_str_eq(text, "the shim at ipc:///shim refuses this worker: no workers here");
    worker_boss_free(other);
}

Test(worker, refuses_what_is_too_large_and_says_what)
{
    struct address task = {WORKER_NIL, 0, 1};
    uint8_t *bytes;
    struct slice body = {blob_new(1001, &bytes), 0, 1001};
    cr_assert_eq(worker_result(boss->worker, &task, body, NULL, now()), MAILROOM_ETOOLARGE);
    cr_assert_str_eq(worker_why(boss->worker),
                     "a body of 1001 bytes is larger than the shim accepts (1000, its max_body)");
}

/* Two children whose bodies begin with `common`. */
static void submit_two(const char *common)
{
    struct mailroom_body shared = {.data = common, .size = strlen(common)};
    struct mailroom_address crumb = {BOSS_ID, 1, 0};
    struct mailroom_child children[2];
    for (uint32_t i = 0; i < 2; i++) {
        children[i] = (struct mailroom_child){.task = {.address = {BOSS_ID, 9, i},
                                                       .breadcrumbs = &crumb,
                                                       .breadcrumb_count = 1,
                                                       .runtime = "python",
                                                       .name = "child"},
                                              .body = {.data = i ? "two" : "one", .size = 3}};
    }
    cr_assert_eq(worker_submit(boss->worker, &shared, children, 2, now()), MAILROOM_OK);
    worker_boss_turn(boss, 2000);
}

Test(worker, sends_what_children_have_in_common_once)
{
    submit_two("common");
    cr_assert_eq(boss->count, 3);
    cr_assert_eq(boss->heard[0].kind, KIND_SHARE);
    cr_assert_str_eq(boss->heard[0].body, "common");
    cr_assert_eq(boss->heard[1].count, 2);
    cr_assert_str_eq(boss->heard[1].body, "onetwo");
    cr_assert_eq(boss->heard[2].kind, KIND_UNSHARE);
    worker_boss_look_away(boss);
    submit_two("");
    cr_assert_eq(boss->count, 1, "they have nothing in common");
}

/* Without a page the shim is told. */

static struct worker_boss *told;

static void begin_told(void)
{
    boss = told = worker_boss_new(false);
    worker_boss_look_away(boss);
}

TestSuite(worker_told, .init = begin_told, .fini = end);

Test(worker_told, says_within_a_millisecond_what_runs)
{
    learn(100, 1000);
    worker_boss_gives(boss, 2, 0);
    worker_boss_turn(boss, 2000);
    worker_boss_look_away(boss);
    struct mailroom_item *first = worker_boss_begins(boss, "a");
    cr_assert_leq(worker_deadline(boss->worker), boss->now / 1000 + 1);
    worker_boss_turn(boss, 1000);
    cr_assert_eq(waiting()->waiting.begun, 101);
    cr_assert(waiting()->waiting.has_running);
    cr_assert_eq(waiting()->waiting.running.mailbox, boss->mailbox - 1);
    worker_boss_done(boss, first, 1000);
}

Test(worker_told, says_it_before_a_task_begins_that_was_lost_before)
{
    learn(100, 1000);
    worker_boss_gives(boss, 2, 1);
    worker_boss_look_away(boss);
    struct mailroom_item *first = worker_boss_begins(boss, "a");
    cr_assert(worker_settles(boss->worker));
    worker_boss_turn(boss, 0);
    cr_assert_eq(waiting()->waiting.begun, 101);
    cr_assert(worker_is_out(boss->worker));
    worker_boss_done(boss, first, 10);
    worker_boss_look_away(boss);
    struct mailroom_item *second = worker_boss_begins(boss, "b");
    cr_assert(worker_settles(boss->worker), "and what became of it, before the next one begins");
    worker_boss_turn(boss, 0);
    cr_assert_eq(worker_boss_count(boss, KIND_RESULT), 1);
    cr_assert_eq(waiting()->waiting.begun, 102);
    worker_boss_done(boss, second, 10);
}
