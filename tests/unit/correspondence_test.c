/* Tests of clients/c/core/correspondence: tasks over links, sessions and refusals. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli_broker.h"
#include "common/base/mem.h"
#include "exchange.h"

enum { PATIENCE = 10000 /* ms */ };

static struct cli_broker *broker;
static struct correspondence *mail;

static void begin(void)
{
    broker = cli_broker_new_mail(PATIENCE);
    mail = broker->mail;
}

static void end(void)
{
    cli_broker_free(broker);
}

TestSuite(correspondence, .init = begin, .fini = end);

static void submit(uint8_t number, const char *letters)
{
    mail->now = broker->now;
    correspondence_submit(mail, exchange_make(number, letters, TASK_DELIVER));
    cli_broker_turn(broker, 0);
}

static const struct cli_sent *sent(unsigned kind)
{
    return cli_broker_sent(broker, kind);
}

static unsigned count(unsigned kind)
{
    return cli_broker_count(broker, kind);
}

static void look_away(void)
{
    cli_broker_look_away(broker);
}

/* The broker has no room for the newest submit that it was sent. */
static void refuse(uint8_t number)
{
    look_away();
    cli_broker_error(broker, CODE_BUSY, exchange_uuid(number), NO_NUMBER);
}

Test(correspondence, what_is_submitted_before_there_is_a_link_goes_out_on_it_in_order)
{
    submit(1, "a");
    submit(2, "bc");
    cr_assert_eq(broker->count, 0);
    cli_broker_joins(broker, false);
    cr_assert_eq(broker->sent[0].kind, KIND_CONNECT);
    cr_assert_eq(broker->sent[1].kind, KIND_SUBMIT);
    cr_assert_eq(broker->sent[2].kind, KIND_SUBMIT_BATCH);
    cr_assert_eq(sent(KIND_SUBMIT_BATCH)->count, 2);
    cli_broker_result(broker, exchange_uuid(2), 1, "C");
    cli_broker_result(broker, exchange_uuid(1), 0, "A");
    cli_broker_result(broker, exchange_uuid(2), 0, "B");
    cr_assert_str_eq(exchange_told(mail), "2.1=C 1.0=A 2.0=B ");
    cr_assert_eq(mail->outstanding.kept + mail->outstanding.submits + mail->outstanding.slots, 0);
}

Test(correspondence, a_result_is_told_once)
{
    cli_broker_joins(broker, false);
    submit(1, "ab");
    cli_broker_result(broker, exchange_uuid(1), 0, "A");
    cli_broker_result(broker, exchange_uuid(1), 0, "A");
    cli_broker_result(broker, exchange_uuid(1), 7, "X");
    cli_broker_result(broker, exchange_uuid(9), 0, "X");
    cr_assert_str_eq(exchange_told(mail), "1.0=A ");
}

Test(correspondence, one_slot_fails_and_the_others_go_on)
{
    cli_broker_joins(broker, false);
    submit(1, "ab");
    cli_broker_error(broker, CODE_TASK_FAILED, exchange_uuid(1), 1);
    cr_assert_str_eq(exchange_told(mail), "1.1!7 ");
    cli_broker_error(broker, CODE_TOO_LARGE, exchange_uuid(1), NO_NUMBER);
    cr_assert_str_eq(exchange_told(mail), "1.0!5 ");
    cr_assert_null(mail->outstanding.first);
}

Test(correspondence, on_a_new_link_the_broker_is_asked_what_it_has)
{
    cli_broker_joins(broker, true);
    submit(1, "a");
    submit(2, "b");
    submit(3, "c");
    struct message acknowledged = {.kind = KIND_ACK, .ack = 4};
    broker->seq--; /* it has no number */
    cli_broker_says(broker, &acknowledged, "");
    submit(4, "d"); /* not read */
    cli_broker_restarts(broker, true);
    cr_assert_eq(count(KIND_SUBMIT), 1);
    cr_assert_eq(sent(KIND_SUBMIT)->uuid[15], 4);
    struct cli_sent list = *sent(KIND_LIST);
    look_away();
    cli_broker_lists(broker, &list, exchange_uuid(3), 1, true);
    cr_assert_eq(count(KIND_SUBMIT), 0);
    list = *sent(KIND_LIST);
    look_away();
    cli_broker_lists(broker, &list, exchange_uuid(1), 1, false);
    cr_assert_eq(sent(KIND_SUBMIT)->uuid[15], 2);
    cr_assert_str_eq(exchange_told(mail), "");
}

Test(correspondence, a_list_whose_last_task_was_released_meanwhile_begins_anew)
{
    cli_broker_joins(broker, true);
    submit(1, "a");
    struct message read = {.kind = KIND_ACK, .ack = 2};
    broker->seq--; /* it has no number */
    cli_broker_says(broker, &read, "");
    cli_broker_restarts(broker, true);
    struct cli_sent list = *sent(KIND_LIST);
    look_away();
    cli_broker_lists(broker, &list, exchange_uuid(9), 1, true);
    list = *sent(KIND_LIST);
    look_away();
    struct message released = {.kind = KIND_ERROR};
    released.error.code = CODE_UNKNOWN_TASK;
    released.error.corr = list.corr;
    released.error.uuid = exchange_uuid(9);
    released.error.slot = NO_NUMBER;
    cli_broker_says(broker, &released, "");
    list = *sent(KIND_LIST);
    look_away();
    cli_broker_lists(broker, &list, exchange_uuid(8), 1, false);
    cr_assert_eq(sent(KIND_SUBMIT)->uuid[15], 1);
    cr_assert_str_eq(exchange_told(mail), "");
}

Test(correspondence, a_broker_that_has_lost_the_session_gets_what_has_not_ended_with_new_numbers)
{
    cli_broker_joins(broker, false);
    submit(1, "abcd");
    cli_broker_result(broker, exchange_uuid(1), 0, "A");
    cli_broker_result(broker, exchange_uuid(1), 2, "C");
    cli_broker_restarts(broker, false);
    cr_assert_eq(sent(KIND_SUBMIT_BATCH)->count, 2);
    cr_assert_str_eq(sent(KIND_SUBMIT_BATCH)->body, "bd");
    cli_broker_result(broker, exchange_uuid(1), 1, "D");
    cr_assert_str_eq(exchange_told(mail), "1.0=A 1.2=C anew 2 1.3=D ");
    look_away();
    correspondence_release(mail, exchange_uuid(1), 3); /* the caller's number; the broker's is 1 */
    correspondence_release(mail, exchange_uuid(1), 0); /* the broker lost it */
    cli_broker_turn(broker, RELEASE_DELAY);
    cr_assert_eq(sent(KIND_RELEASE)->count, 1);
    cr_assert_eq(sent(KIND_RELEASE)->slot, 1);
    cli_broker_restarts(broker, false);
    cr_assert_eq(sent(KIND_SUBMIT)->count, 1);
    cr_assert_str_eq(sent(KIND_SUBMIT)->body, "b");
    cli_broker_result(broker, exchange_uuid(1), 0, "B");
    cr_assert_str_eq(exchange_told(mail), "anew 1 1.1=B ");
}

Test(correspondence, what_another_process_submitted_is_gone_with_the_session)
{
    struct task_header header = {.uuid = exchange_uuid(5)};
    uint32_t slots[] = {1, 3};
    cli_broker_joins(broker, true);
    struct submission *adopted = submission_new(&header, 4, true);
    adopted->tag = 5;
    correspondence_adopt(mail, adopted, slots, 2);
    cli_broker_turn(broker, 0);
    cr_assert_eq(count(KIND_REQUEST), 2);
    cli_broker_result(broker, exchange_uuid(5), 3, "D");
    cli_broker_restarts(broker, true); /* the broker has read neither */
    cr_assert_eq(sent(KIND_REQUEST)->slot, 1);
    cli_broker_restarts(broker, false);
    cr_assert_eq(count(KIND_SUBMIT) + count(KIND_REQUEST), 0);
    cr_assert_str_eq(exchange_told(mail), "5.3=D 5.1!-28 anew 0 ");
}

Test(correspondence, a_task_that_does_not_come_by_itself_is_asked_for)
{
    cli_broker_joins(broker, false);
    correspondence_submit(mail, exchange_make(1, "ab", 0));
    correspondence_request(mail, exchange_uuid(1), 1);
    cli_broker_turn(broker, 0);
    cr_assert_eq(sent(KIND_REQUEST)->slot, 1);
    cli_broker_restarts(broker, false);
    cr_assert_eq(broker->sent[1].kind, KIND_SUBMIT_BATCH);
    cr_assert_eq(broker->sent[2].kind, KIND_REQUEST);
    cr_assert_eq(count(KIND_REQUEST), 1);
}

Test(correspondence, what_is_asked_for_of_a_refused_submit_is_asked_for_behind_the_next_attempt)
{
    cli_broker_joins(broker, false);
    correspondence_submit(mail, exchange_make(1, "ab", 0));
    correspondence_request(mail, exchange_uuid(1), 1);
    cli_broker_turn(broker, 0);
    refuse(1);
    cli_broker_error(broker, CODE_UNKNOWN_TASK, exchange_uuid(1), 1);
    correspondence_request(mail, exchange_uuid(1), 0);
    cli_broker_turn(broker, 0);
    cr_assert_eq(broker->count, 0);
    cli_broker_turn(broker, 100);
    cr_assert_eq(broker->sent[0].kind, KIND_SUBMIT_BATCH);
    cr_assert_eq(broker->sent[1].kind, KIND_REQUEST);
    cr_assert_eq(count(KIND_REQUEST), 2);
    cr_assert_str_eq(exchange_told(mail), "full ");
}

Test(correspondence, what_was_not_read_is_asked_for_behind_its_submit)
{
    cli_broker_joins(broker, true);
    correspondence_submit(mail, exchange_make(1, "ab", 0));
    correspondence_request(mail, exchange_uuid(1), 1);
    cli_broker_turn(broker, 0);
    cli_broker_restarts(broker, true);
    cr_assert_eq(broker->sent[1].kind, KIND_SUBMIT_BATCH);
    cr_assert_eq(broker->sent[2].kind, KIND_REQUEST);
    cr_assert_eq(count(KIND_REQUEST), 1);
}

Test(correspondence, an_abandoned_slot_is_released_and_the_last_one_cancels)
{
    cli_broker_joins(broker, false);
    submit(1, "abc");
    correspondence_abandon(mail, exchange_uuid(1), 0);
    cli_broker_turn(broker, 0);
    cr_assert_eq(count(KIND_CANCEL), 0);
    cli_broker_result(broker, exchange_uuid(1), 0, "A");
    cli_broker_turn(broker, RELEASE_DELAY);
    cr_assert_eq(sent(KIND_RELEASE)->slot, 0);
    correspondence_abandon(mail, exchange_uuid(1), MAILROOM_ALL);
    cli_broker_turn(broker, 0);
    cr_assert_eq(sent(KIND_CANCEL)->uuid[15], 1);
    cr_assert_null(mail->outstanding.first);
    look_away();
    cli_broker_restarts(broker, true); /* it was not read */
    cr_assert_eq(count(KIND_CANCEL) + count(KIND_RELEASE), 2);
    cli_broker_restarts(broker, false);
    cr_assert_eq(count(KIND_CANCEL) + count(KIND_RELEASE), 0);
    cr_assert_str_eq(exchange_told(mail), "anew 0 ");
}

/* The caller's word comes a moment after the result: nobody took it, so nobody else would release it. */
Test(correspondence, what_was_told_when_it_is_abandoned_is_released)
{
    cli_broker_joins(broker, false);
    submit(1, "abc");
    cli_broker_result(broker, exchange_uuid(1), 0, "A");
    correspondence_abandon(mail, exchange_uuid(1), 0);
    cli_broker_turn(broker, RELEASE_DELAY);
    cr_assert_eq(sent(KIND_RELEASE)->slot, 0);
    cr_assert_eq(count(KIND_CANCEL), 0);
    cli_broker_result(broker, exchange_uuid(1), 1, "B");
    cli_broker_result(broker, exchange_uuid(1), 2, "C");
    cr_assert_null(mail->outstanding.first);
    look_away();
    correspondence_abandon(mail, exchange_uuid(1), 2);
    cli_broker_turn(broker, RELEASE_DELAY);
    cr_assert_eq(sent(KIND_RELEASE)->slot, 2);
}

Test(correspondence, what_a_busy_broker_refuses_is_tried_again_with_longer_pauses)
{
    cli_broker_joins(broker, false);
    submit(1, "a");
    submit(2, "b");
    refuse(2);
    submit(3, "c"); /* waits behind it */
    cr_assert_eq(count(KIND_SUBMIT), 0);
    cli_broker_turn(broker, 99);
    cr_assert_eq(count(KIND_SUBMIT), 0);
    cli_broker_turn(broker, 1);
    cr_assert_eq(sent(KIND_SUBMIT)->uuid[15], 2);
    cr_assert_eq(sent(KIND_STATUS)->uuid[15], 2);
    refuse(2);
    cli_broker_turn(broker, 199);
    cr_assert_eq(count(KIND_SUBMIT), 0);
    cli_broker_turn(broker, 1);
    struct cli_sent asked = *sent(KIND_STATUS);
    look_away();
    cli_broker_status(broker, &asked, STATE_QUEUED, 1, 0);
    cr_assert_eq(sent(KIND_SUBMIT)->uuid[15], 3);
    cr_assert_str_eq(exchange_told(mail), "full ");
}

Test(correspondence, so_much_may_wait_for_a_busy_broker)
{
    cli_broker_joins(broker, false);
    submit(1, "a");
    refuse(1);
    for (unsigned more = 1; more < BACKLOG_LONG; more++) {
        struct submission *made = exchange_make(2, "b", TASK_DELIVER);
        made->uuid[1] = (uint8_t)more;
        made->uuid[2] = (uint8_t)(more >> 8);
        cr_assert(!backlog_is_full(mail->backlog.count, mail->backlog.bytes));
        correspondence_submit(mail, made);
    }
    cr_assert(backlog_is_full(mail->backlog.count, mail->backlog.bytes));
    cli_broker_error(broker, CODE_TOO_LARGE, exchange_uuid(1), NO_NUMBER);
    cr_assert(!backlog_is_full(mail->backlog.count, mail->backlog.bytes));
}

Test(correspondence, a_task_that_ends_makes_room_soon)
{
    cli_broker_joins(broker, false);
    submit(1, "a");
    submit(2, "b");
    for (int i = 0; i < 6; i++) {
        refuse(2);
        cli_broker_turn(broker, 2000);
    }
    refuse(2);
    cli_broker_result(broker, exchange_uuid(1), 0, "A");
    cli_broker_turn(broker, 100);
    cr_assert_eq(sent(KIND_SUBMIT)->uuid[15], 2);
    cr_assert_str_eq(exchange_told(mail), "full 1.0=A ");
}

Test(correspondence, patience_ends_for_all_that_wait_where_there_is_no_hope)
{
    cli_broker_joins(broker, false);
    submit(1, "a");
    refuse(1);
    submit(2, "b");
    for (uint64_t passed = 0; passed < PATIENCE; passed += 2000) {
        cli_broker_turn(broker, 2000);
        refuse(1);
    }
    cr_assert_str_eq(exchange_told(mail), "full 1.0!1 2.0!1 ");
    cr_assert_null(mail->outstanding.first);
    cr_assert_eq(mail->backlog.count + mail->backlog.bytes, 0);
}

Test(correspondence, a_question_is_asked_on_each_link_until_it_is_answered)
{
    struct mailroom_question counts = {.kind = MAILROOM_ASK_COUNTS};
    correspondence_ask(mail, question_new(&counts, 1));
    correspondence_ask(mail, question_new(&counts, 2));
    correspondence_unask(mail, 2);
    cli_broker_joins(broker, true);
    cr_assert_eq(sent(KIND_COUNTS)->corr, 1);
    cli_broker_restarts(broker, true);
    cr_assert_eq(sent(KIND_COUNTS)->corr, 1);
    struct message answer = {.kind = KIND_COUNTS};
    answer.counts.corr = 1;
    cli_broker_says(broker, &answer, "");
    cli_broker_says(broker, &answer, "");
    cr_assert_str_eq(exchange_told(mail), "?1:0 ");
}

Test(correspondence, a_shutdown_is_answered_by_the_end_of_its_link)
{
    struct mailroom_question end_it = {.kind = MAILROOM_ASK_SHUTDOWN, .name = "enough"};
    cli_broker_joins(broker, true);
    correspondence_ask(mail, question_new(&end_it, 1));
    cli_broker_turn(broker, 0);
    cr_assert_eq(count(KIND_SHUTDOWN), 1);
    struct message goodbye = {.kind = KIND_DISCONNECT};
    goodbye.disconnect.corr = NO_NUMBER;
    cli_broker_says(broker, &goodbye, "");
    cr_assert_str_eq(exchange_told(mail), "?1:-20 ");
    cli_broker_restarts(broker, true);
    cr_assert_eq(count(KIND_SHUTDOWN), 0);
}

Test(correspondence, what_is_cancelled_by_a_question_ends_before_the_answer)
{
    struct mailroom_question cancel = {.kind = MAILROOM_ASK_CANCEL, .uuid = exchange_uuid(1)};
    cli_broker_joins(broker, true);
    submit(1, "ab");
    correspondence_ask(mail, question_new(&cancel, 1));
    cli_broker_turn(broker, 0);
    struct message answer = {.kind = KIND_CANCEL};
    answer.cancel.corr = sent(KIND_CANCEL)->corr;
    answer.cancel.uuid = exchange_uuid(1);
    answer.cancel.state = STATE_RUNNING;
    cli_broker_says(broker, &answer, "");
    cr_assert_str_eq(exchange_told(mail), "1.0!10 1.1!10 ?1:0 ");
}

Test(correspondence, a_part_is_sent_once_for_maps_behind_one_another)
{
    struct slice part = cli_body("part-");
    broker->features = FEATURE_SHARE;
    cli_broker_joins(broker, true);
    look_away();
    for (uint8_t number = 1; number <= 2; number++) {
        struct submission *map = exchange_make(number, "ab", TASK_DELIVER);
        map->shared = slice_ref(&part);
        correspondence_submit(mail, map);
    }
    cli_broker_turn(broker, 0);
    cr_assert_eq(sent(KIND_SHARE)->shared, 1);
    cr_assert_str_eq(sent(KIND_SHARE)->body, "part-");
    cr_assert_eq(broker->sent[2].shared, 1);
    cr_assert_str_eq(broker->sent[2].body, "ab");
    refuse(2); /* perhaps because of the part: it is sent again, too */
    cr_assert_eq(sent(KIND_UNSHARE)->shared, 1);
    cli_broker_turn(broker, 100);
    cr_assert_eq(sent(KIND_SHARE)->shared, 2);
    cr_assert_eq(sent(KIND_SUBMIT_BATCH)->shared, 2);
    cli_broker_restarts(broker, false);
    cr_assert_eq(sent(KIND_SHARE)->shared, 1);
    look_away();
    for (uint8_t number = 1; number <= 2; number++)
        cli_broker_error(broker, CODE_TASK_FAILED, exchange_uuid(number), NO_NUMBER);
    cr_assert_eq(sent(KIND_UNSHARE)->shared, 1);
    slice_drop(&part);
}

Test(correspondence, a_broker_without_parts_gets_whole_bodies)
{
    cli_broker_joins(broker, true);
    struct submission *map = exchange_make(1, "ab", TASK_DELIVER);
    map->shared = cli_body("part-");
    correspondence_submit(mail, map);
    cli_broker_turn(broker, 0);
    cr_assert_eq(count(KIND_SHARE), 0);
    cr_assert_str_eq(sent(KIND_SUBMIT_BATCH)->body, "part-apart-b");
}

Test(correspondence, what_the_broker_does_not_accept_fails)
{
    broker->max_body = 3;
    submit(1, "a");
    correspondence_submit(mail, exchange_make(2, "abcd", TASK_DELIVER));
    cli_broker_joins(broker, true);
    cr_assert_eq(count(KIND_SUBMIT), 1);
    cr_assert_str_eq(exchange_told(mail), "2.0!5 2.1!5 2.2!5 2.3!5 ");
}

Test(correspondence, a_broken_protocol_ends_what_is_under_way_and_not_the_client)
{
    cli_broker_joins(broker, true);
    submit(1, "a");
    cli_broker_error(broker, CODE_MALFORMED, NULL, NO_NUMBER);
    cr_assert_str_eq(exchange_told(mail), "1.0!-27 ");
    cli_broker_restarts(broker, true);
    submit(2, "b");
    cr_assert_eq(sent(KIND_SUBMIT)->uuid[15], 2);
}

Test(correspondence, a_session_that_is_taken_over_ends_all)
{
    struct mailroom_question counts = {.kind = MAILROOM_ASK_COUNTS};
    cli_broker_joins(broker, true);
    submit(1, "a");
    correspondence_ask(mail, question_new(&counts, 1));
    cli_broker_error(broker, CODE_TAKEN, NULL, NO_NUMBER);
    cr_assert_str_eq(exchange_told(mail), "1.0!-26 ?1:-26 over -26 ");
    cr_assert_eq(correspondence_deadline(mail), NEVER);
    submit(2, "b");
    correspondence_ask(mail, question_new(&counts, 2));
    cr_assert_str_eq(exchange_told(mail), "2.0!-26 ?2:-26 ");
}

Test(correspondence, keys_that_do_not_fit_end_a_client_that_was_never_there)
{
    struct event refused = {
        .kind = EVENT_REFUSED, .now = 2000, .text = "it has keys", .misfit = MISFIT_CERTAIN - 1};
    correspondence_step(mail, &refused, &broker->outbox);
    cr_assert_str_eq(exchange_told(mail), "");
    cli_broker_turn(broker, 5000);
    correspondence_step(mail, &refused, &broker->outbox);
    cr_assert_str_eq(exchange_told(mail), "over -22 ");
}

Test(correspondence, who_leaves_is_over_with_the_answer_and_nothing_fails)
{
    cli_broker_joins(broker, true);
    submit(1, "a");
    correspondence_release(mail, exchange_uuid(9), 0);
    correspondence_leave(mail, true);
    cli_broker_turn(broker, 0);
    cr_assert_eq(count(KIND_RELEASE), 1);
    cr_assert_eq(sent(KIND_DISCONNECT)->detach, 1);
    struct message goodbye = {.kind = KIND_DISCONNECT};
    cli_broker_says(broker, &goodbye, "");
    cr_assert_str_eq(exchange_told(mail), "over -21 ");
}
