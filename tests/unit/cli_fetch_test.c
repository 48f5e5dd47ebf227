/* Tests of clients/c/core/fetch: asking, waiting, getting, releasing. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli_broker.h"

static const uint8_t one[UUID_SIZE] = {1}, two[UUID_SIZE] = {2};
static struct cli_broker *broker;
static struct fetch fetch;

static void begin(void)
{
    broker = cli_broker_new();
    broker->fetch = &fetch;
}

static void end(void)
{
    fetch_free(&fetch);
    cli_broker_free(broker);
}

TestSuite(cli_fetch, .init = begin, .fini = end);

static void expect(uint64_t number, const char *result)
{
    struct work_outcome outcome;
    cr_assert(fetch_next(&fetch, &outcome), "nothing is there");
    cr_assert_eq(outcome.number, number);
    cr_assert_eq(outcome.done, result != NULL);
    if (result) {
        cr_assert_eq(outcome.body.size, strlen(result));
        cr_assert_arr_eq(slice_data(&outcome.body), result, outcome.body.size);
    }
    fetch_drop(&fetch);
}

static void expect_nothing(void)
{
    struct work_outcome outcome;
    cr_assert(!fetch_next(&fetch, &outcome));
}

/* Answers the questions of this round in the order in which they were asked. */
static void answer(enum task_state state, uint64_t total, uint64_t done)
{
    struct cli_sent asked[8];
    unsigned count = 0;
    for (unsigned i = 0; i < broker->count; i++) {
        if (broker->sent[i].kind == KIND_STATUS)
            asked[count++] = broker->sent[i];
    }
    cli_broker_look_away(broker);
    for (unsigned i = 0; i < count; i++)
        cli_broker_status(broker, &asked[i], state, total, done);
}

Test(cli_fetch, all_entries_of_a_map_are_got_in_order_and_released)
{
    fetch.expands = true;
    fetch_add_task(&fetch, one);
    cli_broker_joins(broker, true);
    answer(STATE_DONE, 3, 3);
    cr_assert_eq(cli_broker_count(broker, KIND_REQUEST), 3);
    cli_broker_result(broker, one, 2, "c");
    cli_broker_result(broker, one, 0, "a");
    expect(0, "a");
    expect_nothing();
    cr_assert_eq(fetch.phase, FETCH_GETS);
    cli_broker_error(broker, CODE_TASK_FAILED, one, 1);
    cr_assert_eq(fetch.phase, FETCH_HAS);
    expect(1, NULL);
    expect(2, "c");
    fetch_release(&fetch, &broker->client);
    cli_broker_turn(broker, 0);
    cr_assert_eq(cli_broker_sent(broker, KIND_RELEASE)->count, 3);
}

Test(cli_fetch, what_has_not_ended_is_waited_for)
{
    fetch.expands = true;
    fetch_add_task(&fetch, one);
    cli_broker_joins(broker, true);
    answer(STATE_RUNNING, 2, 1);
    cr_assert_eq(fetch.phase, FETCH_WAITS);
    cr_assert_eq(cli_broker_count(broker, KIND_REQUEST), 0);
    cr_assert_eq(fetch.targets[0].ended, 1);
    cli_broker_restarts(broker, true); /* the next round */
    cr_assert_eq(fetch.phase, FETCH_ASKS);
    answer(STATE_DONE, 2, 2);
    cr_assert_eq(cli_broker_count(broker, KIND_REQUEST), 2);
}

Test(cli_fetch, several_tasks_come_in_the_order_in_which_they_were_named)
{
    fetch.expands = true;
    fetch_add_task(&fetch, one);
    fetch_add_task(&fetch, two);
    fetch_add_task(&fetch, one);
    cr_assert_eq(fetch.target_count, 2);
    cli_broker_joins(broker, true);
    answer(STATE_DONE, 1, 1);
    cli_broker_result(broker, two, 0, "2");
    expect_nothing();
    cli_broker_result(broker, one, 0, "1");
    expect(0, "1");
    expect(1, "2");
}

/* An admin is told how another client's task is, and does not get its results. */
Test(cli_fetch, an_error_without_a_slot_is_about_the_whole_task)
{
    fetch.expands = true;
    fetch_add_task(&fetch, one);
    fetch_add_task(&fetch, two);
    cli_broker_joins(broker, true);
    answer(STATE_DONE, 2, 2);
    cr_assert_eq(cli_broker_count(broker, KIND_REQUEST), 4);
    cli_broker_error(broker, CODE_NOT_OWNER, one, NO_NUMBER);
    cli_broker_result(broker, two, 1, "b");
    cli_broker_error(broker, CODE_NOT_OWNER, one, NO_NUMBER); /* the answer to the next REQUEST */
    cr_assert_eq(fetch.phase, FETCH_GETS);
    cli_broker_result(broker, two, 0, "a");
    cr_assert_eq(fetch.phase, FETCH_HAS);
    expect(0, NULL);
    expect(1, NULL);
    expect(2, "a");
    expect(3, "b");
}

Test(cli_fetch, a_task_that_is_not_known_fails_and_the_others_do_not)
{
    fetch.expands = true;
    fetch_add_task(&fetch, one);
    fetch_add_task(&fetch, two);
    cli_broker_joins(broker, true);
    struct cli_sent first = broker->sent[0], second = broker->sent[1];
    cli_broker_look_away(broker);
    cli_broker_status(broker, &first, STATE_UNKNOWN, 0, 0);
    cli_broker_status(broker, &second, STATE_DONE, 1, 1);
    cr_assert_eq(cli_broker_count(broker, KIND_REQUEST), 1);
    struct work_outcome outcome;
    cr_assert(fetch_next(&fetch, &outcome));
    cr_assert_eq(outcome.code, CODE_UNKNOWN_TASK);
    expect(0, NULL);
    cli_broker_result(broker, two, 0, "there");
    expect(1, "there");
    cr_assert_eq(fetch.phase, FETCH_HAS);
}

Test(cli_fetch, one_entry_of_a_map_that_has_not_ended_is_asked_for)
{
    fetch_add_slot(&fetch, one, 1);
    cli_broker_joins(broker, true);
    answer(STATE_RUNNING, 3, 1);
    cr_assert_eq(cli_broker_sent(broker, KIND_REQUEST)->slot, 1);
    struct cli_sent fence = *cli_broker_sent(broker, KIND_STATUS);
    cli_broker_status(broker, &fence, STATE_RUNNING, 3, 1);
    cr_assert_eq(fetch.phase, FETCH_WAITS, "it is not there");
    cli_broker_restarts(broker, true);
    answer(STATE_RUNNING, 3, 2);
    cli_broker_result(broker, one, 1, "it is");
    cr_assert_eq(fetch.phase, FETCH_HAS);
    expect(0, "it is");
}

Test(cli_fetch, results_of_others_are_not_ours)
{
    fetch.expands = true;
    fetch_add_task(&fetch, one);
    cli_broker_joins(broker, true);
    cli_broker_result(broker, one, 0, "before we asked");
    cli_broker_result(broker, two, 0, "another task's");
    answer(STATE_DONE, 1, 1);
    cli_broker_result(broker, one, 1, "beyond");
    expect_nothing();
    cli_broker_result(broker, one, 0, "ours");
    expect(0, "ours");
}

Test(cli_fetch, what_the_broker_is_too_busy_for_is_requested_later)
{
    fetch_add_slot(&fetch, one, 0);
    cli_broker_joins(broker, true);
    answer(STATE_DONE, 1, 1);
    cli_broker_look_away(broker);
    cli_broker_error(broker, CODE_BUSY, one, 0);
    cr_assert_eq(cli_broker_count(broker, KIND_REQUEST), 0);
    cli_broker_turn(broker, fetch_deadline(&fetch) - broker->now);
    cr_assert_eq(cli_broker_count(broker, KIND_REQUEST), 1);
}

Test(cli_fetch, requests_are_made_again_on_another_link)
{
    fetch_add_slot(&fetch, one, 0);
    fetch_add_slot(&fetch, one, 1);
    cli_broker_joins(broker, true);
    answer(STATE_DONE, 2, 2);
    cli_broker_result(broker, one, 0, "a");
    cli_broker_restarts(broker, true);
    cr_assert_eq(cli_broker_sent(broker, KIND_REQUEST)->slot, 1);
    cli_broker_result(broker, one, 1, "b");
    expect(0, "a");
    expect(1, "b");
}
