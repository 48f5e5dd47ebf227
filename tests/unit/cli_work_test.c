/* Tests of clients/c/core/work: batches, order, refusals and lost brokers. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cli_broker.h"
#include "common/base/mem.h"

static struct cli_broker *broker;
static struct work work;

static void begin_with(uint64_t most, bool submit_only)
{
    struct work_config config = {.prefix = {1, 2, 3},
                                 .runtime = "plain",
                                 .name = "test",
                                 .priority = 128,
                                 .flags = TASK_DELIVER,
                                 .most = most,
                                 .most_bytes = 1 << 20,
                                 .submit_only = submit_only};
    broker = cli_broker_new_mail(NEVER);
    work_init(&work, &config);
    broker->work = &work;
}

static void begin(void)
{
    begin_with(10, false);
}

static void end(void)
{
    work_free(&work);
    cli_broker_free(broker);
}

TestSuite(cli_work, .init = begin, .fini = end);

/* The next outcome is that result, or failed where it is NULL. */
static void expect(uint64_t number, const char *result)
{
    struct work_outcome outcome;
    cr_assert(work_next(&work, &outcome), "nothing has ended");
    cr_assert_eq(outcome.number, number);
    cr_assert_eq(outcome.done, result != NULL);
    if (result) {
        cr_assert_eq(outcome.body.size, strlen(result));
        if (*result) /* an empty body has no bytes to compare */
            cr_assert_arr_eq(slice_data(&outcome.body), result, outcome.body.size);
    }
    work_drop(&work);
}

static void expect_nothing(void)
{
    struct work_outcome outcome;
    cr_assert(!work_next(&work, &outcome));
}

Test(cli_work, what_comes_together_is_one_batch_and_comes_out_in_order)
{
    for (unsigned i = 0; i < 3; i++)
        work_add(&work, cli_body("abc" + i));
    cli_broker_joins(broker, false);
    struct cli_sent batch = *cli_broker_sent(broker, KIND_SUBMIT_BATCH);
    cr_assert_eq(batch.count, 3);
    cr_assert_str_eq(batch.body, "abcbcc");
    cli_broker_result(broker, batch.uuid, 2, "third");
    cli_broker_result(broker, batch.uuid, 1, "second");
    expect_nothing();
    cli_broker_result(broker, batch.uuid, 0, "first");
    expect(0, "first");
    expect(1, "second");
    expect(2, "third");
    expect_nothing();
    cr_assert_eq(work.done, 3);
    cr_assert_eq(work.live + work.bytes, 0);
}

Test(cli_work, one_alone_is_a_submit)
{
    cli_broker_joins(broker, false);
    work_add(&work, SLICE_NONE);
    cli_broker_turn(broker, 0);
    cli_broker_result(broker, cli_broker_sent(broker, KIND_SUBMIT)->uuid, 0, "result");
    expect(0, "result");
}

Test(cli_work, each_batch_has_a_uuid_of_its_own)
{
    cli_broker_joins(broker, false);
    for (unsigned i = 0; i < 2; i++) {
        work_add(&work, cli_body("x"));
        cli_broker_turn(broker, 0);
    }
    cr_assert_eq(cli_broker_count(broker, KIND_SUBMIT), 2);
    cr_assert_neq(memcmp(broker->sent[0].uuid, broker->sent[2].uuid, UUID_SIZE), 0);
}

Test(cli_work, an_entry_fails_alone_and_a_batch_as_a_whole)
{
    work_add(&work, cli_body("a"));
    work_add(&work, cli_body("b"));
    cli_broker_joins(broker, false);
    struct cli_sent batch = *cli_broker_sent(broker, KIND_SUBMIT_BATCH);
    cli_broker_error(broker, CODE_TASK_FAILED, batch.uuid, 0);
    struct work_outcome outcome;
    cr_assert(work_next(&work, &outcome));
    cr_assert_eq(outcome.code, CODE_TASK_FAILED);
    cr_assert_str_eq(outcome.text, "it says why");
    expect(0, NULL);
    expect_nothing();
    cli_broker_error(broker, CODE_CANCELLED, batch.uuid, NO_NUMBER);
    expect(1, NULL);
    cr_assert_eq(work.failed, 2);
}

Test(cli_work, a_second_answer_for_an_entry_is_nothing)
{
    work_add(&work, cli_body("a"));
    work_add(&work, cli_body("b"));
    cli_broker_joins(broker, false);
    struct cli_sent batch = *cli_broker_sent(broker, KIND_SUBMIT_BATCH);
    cli_broker_result(broker, batch.uuid, 0, "one");
    cli_broker_result(broker, batch.uuid, 0, "two");
    cli_broker_error(broker, CODE_TASK_FAILED, batch.uuid, 0);
    cli_broker_result(broker, batch.uuid, 7, "beyond");
    expect(0, "one");
    cli_broker_result(broker, batch.uuid, 0, "late");
    cr_assert_eq(work.done, 1);
    cr_assert_eq(work.failed, 0);
    expect_nothing();
}

Test(cli_work, what_is_busy_is_sent_again_later_and_what_is_new_waits)
{
    work_add(&work, cli_body("a"));
    cli_broker_joins(broker, false);
    struct cli_sent refused = *cli_broker_sent(broker, KIND_SUBMIT);
    cli_broker_look_away(broker);
    cli_broker_error(broker, CODE_BUSY, refused.uuid, NO_NUMBER);
    work_add(&work, cli_body("b"));
    cli_broker_turn(broker, 0);
    cr_assert_eq(broker->count, 0);
    cr_assert_str_eq(work.busy_text, "it says why");
    cr_assert_eq(work.busy_since, broker->now);
    cli_broker_turn(broker, correspondence_deadline(broker->mail) - broker->now);
    struct cli_sent again = *cli_broker_sent(broker, KIND_SUBMIT),
                    asked = *cli_broker_sent(broker, KIND_STATUS);
    cr_assert_str_eq(again.body, "a");
    cli_broker_look_away(broker);
    cli_broker_status(broker, &asked, STATE_QUEUED, 1, 0);
    cr_assert_eq(work.busy_since, NEVER);
    cr_assert_str_eq(cli_broker_sent(broker, KIND_SUBMIT)->body, "b");
    cli_broker_result(broker, again.uuid, 0, "done");
    expect(0, "done");
}

Test(cli_work, a_broker_that_has_lost_the_session_gets_all_that_has_not_ended)
{
    for (unsigned i = 0; i < 3; i++)
        work_add(&work, cli_body("abc" + i));
    cli_broker_joins(broker, false);
    struct cli_sent batch = *cli_broker_sent(broker, KIND_SUBMIT_BATCH);
    cli_broker_result(broker, batch.uuid, 1, "second");
    cli_broker_restarts(broker, false);
    struct cli_sent again = *cli_broker_sent(broker, KIND_SUBMIT_BATCH);
    cr_assert_eq(again.count, 2);
    cr_assert_str_eq(again.body, "abcc");
    cr_assert_arr_eq(again.uuid, batch.uuid, UUID_SIZE);
    cli_broker_result(broker, again.uuid, 1, "third");
    cli_broker_result(broker, again.uuid, 0, "first");
    expect(0, "first");
    expect(1, "second");
    expect(2, "third");
}

Test(cli_work, there_is_room_again_when_half_has_ended)
{
    cli_broker_joins(broker, false);
    for (unsigned i = 0; i < 10; i++) {
        cr_assert(work_has_room(&work, 1));
        work_add(&work, cli_body("x"));
    }
    cr_assert(!work_has_room(&work, 1));
    cli_broker_turn(broker, 0);
    struct cli_sent batch = *cli_broker_sent(broker, KIND_SUBMIT_BATCH);
    for (uint32_t slot = 0; slot < 5; slot++) {
        cr_assert(!work_has_room(&work, 1));
        cli_broker_result(broker, batch.uuid, slot, "");
    }
    cr_assert(work_has_room(&work, 1));
    for (uint32_t slot = 0; slot < 5; slot++)
        expect(slot, "");
    work_add(&work, cli_body("y"));
    cr_assert_eq(work.added, 11);
}

Test(cli_work, bytes_are_bounded_but_for_one_body)
{
    cr_assert(work_has_room(&work, 2 << 20));
    work_add(&work, cli_body("x"));
    cr_assert(!work_has_room(&work, 2 << 20));
    cr_assert(work_has_room(&work, 1));
}

Test(cli_work, bodies_that_are_large_together_go_apart)
{
    uint8_t *bytes;
    for (unsigned i = 0; i < 3; i++) {
        struct blob *blob = blob_new(WORK_BATCH_BYTES / 2, &bytes);
        memset(bytes, 'x', WORK_BATCH_BYTES / 2);
        work_add(&work, (struct slice){blob, 0, WORK_BATCH_BYTES / 2});
    }
    cli_broker_joins(broker, false);
    cr_assert_eq(work.batch_count, 2);
    cr_assert_eq(work.batches[0].count, 2);
}

Test(cli_work, a_body_that_the_broker_does_not_accept_fails)
{
    broker->max_body = 100;
    cli_broker_joins(broker, false);
    char text[102] = {0};
    memset(text, 'x', 101);
    work_add(&work, cli_body(text));
    work_add(&work, cli_body("small"));
    cli_broker_turn(broker, 0);
    struct work_outcome outcome;
    cr_assert(work_next(&work, &outcome));
    cr_assert_eq(outcome.code, CODE_TOO_LARGE);
    expect(0, NULL);
    cli_broker_result(broker, cli_broker_sent(broker, KIND_SUBMIT)->uuid, 0, "fits");
    expect(1, "fits");
}

Test(cli_work, whoever_only_submits_is_done_when_the_broker_has_it, .init = NULL)
{
    end();
    begin_with(10, true);
    work_add(&work, cli_body("a"));
    work_add(&work, cli_body("b"));
    cli_broker_joins(broker, true);
    struct cli_sent batch = *cli_broker_sent(broker, KIND_SUBMIT_BATCH);
    expect_nothing();
    cli_broker_status(broker, cli_broker_sent(broker, KIND_STATUS), STATE_QUEUED, 2, 0);
    for (uint32_t slot = 0; slot < 2; slot++) {
        struct work_outcome outcome;
        cr_assert(work_next(&work, &outcome));
        cr_assert_eq(outcome.slot, slot);
        cr_assert_arr_eq(outcome.uuid, batch.uuid, UUID_SIZE);
        work_drop(&work);
    }
    cr_assert_eq(work.live, 0);
}

Test(cli_work, whoever_only_submits_asks_again_when_the_broker_had_no_room, .init = NULL)
{
    end();
    begin_with(10, true);
    work_add(&work, cli_body("a"));
    cli_broker_joins(broker, true);
    struct cli_sent refused = *cli_broker_sent(broker, KIND_SUBMIT),
                    asked = *cli_broker_sent(broker, KIND_STATUS);
    cli_broker_error(broker, CODE_BUSY, refused.uuid, NO_NUMBER);
    cli_broker_look_away(broker);
    cr_assert(!work_may_be_there(&work, 0));
    cli_broker_status(broker, &asked, STATE_UNKNOWN, 0, 0);
    cr_assert_eq(broker->count, 0);
    cli_broker_turn(broker, correspondence_deadline(broker->mail) - broker->now);
    asked = *cli_broker_sent(broker, KIND_STATUS);
    cli_broker_look_away(broker);
    cli_broker_status(broker, &asked, STATE_QUEUED, 1, 0);
    asked = *cli_broker_sent(broker, KIND_STATUS); /* that was the backlog's own */
    cli_broker_status(broker, &asked, STATE_QUEUED, 1, 0);
    expect(0, "");
    cr_assert_null(broker->mail->outstanding.first);
}

Test(cli_work, whoever_only_submits_does_not_mind_that_it_fails_at_once, .init = NULL)
{
    end();
    begin_with(10, true);
    work_add(&work, cli_body("a"));
    work_add(&work, cli_body("b"));
    cli_broker_joins(broker, true);
    struct cli_sent batch = *cli_broker_sent(broker, KIND_SUBMIT_BATCH);
    cli_broker_error(broker, CODE_TASK_FAILED, batch.uuid, 1);
    cli_broker_status(broker, cli_broker_sent(broker, KIND_STATUS), STATE_RUNNING, 2, 0);
    expect(0, "");
    expect(1, "");
    cr_assert_eq(work.failed, 0);
}
