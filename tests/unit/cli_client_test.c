/* Tests of clients/c/core/client: finding the broker, staying, and leaving. */
#include <criterion/criterion.h>
#include <string.h>

#include "cli_broker.h"
#include "clients/cli/exits.h"

static struct cli_broker *broker;

static void begin(void)
{
    broker = cli_broker_new();
}

static void end(void)
{
    cli_broker_free(broker);
}

TestSuite(cli_client, .init = begin, .fini = end);

static void tell(enum event_kind kind, const char *text)
{
    struct event event = {.kind = kind, .now = broker->now, .conn = CLI_CONN, .text = text};
    broker->news = client_step(&broker->client, &event, &broker->outbox, &broker->report);
    outbox_clear(&broker->outbox);
}

Test(cli_client, is_ready_when_the_broker_answers_and_knows_whether_the_session_was_known)
{
    cr_assert_eq(broker->dials, 1);
    cli_broker_joins(broker, true);
    cr_assert_eq(broker->news, CLIENT_READY);
    cr_assert_eq(broker->client.state, CLIENT_IN);
    cli_broker_restarts(broker, false);
    cr_assert_eq(broker->news, CLIENT_READY);
    cr_assert(!broker->report.known);
}

Test(cli_client, gives_up_in_time_and_says_why)
{
    tell(EVENT_REFUSED, "nothing listens there");
    cli_broker_turn(broker, CLI_PATIENCE - 1);
    cr_assert_eq(broker->client.state, CLIENT_LOOKS);
    cli_broker_turn(broker, 1);
    cr_assert_eq(broker->client.state, CLIENT_OVER);
    cr_assert_eq(broker->client.code, MAILROOM_ELOST);
    cr_assert_str_eq(broker->client.why, "no broker at host:7472 within 5 s: nothing listens there");
}

Test(cli_client, says_that_nobody_answers_the_handshake)
{
    tell(EVENT_OPENED, NULL);
    cli_broker_turn(broker, CLI_PATIENCE);
    cr_assert_str_eq(broker->client.why,
                     "no broker at host:7472 within 5 s: it takes the connection but says nothing");
}

Test(cli_client, waits_longer_for_a_broker_that_was_there)
{
    cli_broker_joins(broker, true);
    tell(EVENT_CLOSED, "reset");
    cli_broker_turn(broker, 0);
    cli_broker_turn(broker, 2 * CLI_PATIENCE - 1);
    cr_assert_eq(broker->client.state, CLIENT_IN, "its link may go on");
    cli_broker_turn(broker, 1);
    cr_assert_eq(broker->client.code, MAILROOM_ELOST);
    cr_assert_str_eq(broker->client.why,
                     "the broker at host:7472 was lost, and is not back after 10 s: reset");
}

Test(cli_client, a_refused_handshake_ends_it_at_once)
{
    struct message message = {.kind = KIND_ERROR};
    tell(EVENT_OPENED, NULL);
    message.error.code = CODE_NOT_OWNER;
    message.error.text = span_text("another key began this session");
    message.error.corr = message.error.slot = NO_NUMBER;
    cli_broker_says(broker, &message, "");
    cr_assert_eq(broker->client.code, MAILROOM_ENOTOWNER);
    cr_assert_str_eq(broker->client.why, "host:7472 refuses this client: another key began this session");
}

Test(cli_client, a_handshake_that_was_late_is_made_anew)
{
    struct message message = {.kind = KIND_ERROR};
    tell(EVENT_OPENED, NULL);
    message.error.code = CODE_NO_HANDSHAKE;
    message.error.corr = message.error.slot = NO_NUMBER;
    message.error.text = span_text("late");
    cli_broker_says(broker, &message, "");
    cr_assert_eq(broker->client.state, CLIENT_LOOKS);
    cli_broker_turn(broker, 1000);
    cr_assert_eq(broker->dials, 2);
    cli_broker_joins(broker, true);
    cr_assert_eq(broker->news, CLIENT_READY);
}

Test(cli_client, an_answer_that_does_not_come_ends_it)
{
    cli_broker_joins(broker, true);
    client_expect(&broker->client, broker->now + 100);
    cli_broker_turn(broker, 99);
    cr_assert_eq(broker->client.state, CLIENT_IN);
    cli_broker_turn(broker, 1);
    cr_assert_eq(broker->client.code, MAILROOM_ELOST);
}

Test(cli_client, an_answer_that_has_come_is_waited_for_no_more)
{
    cli_broker_joins(broker, true);
    client_expect(&broker->client, broker->now + 100);
    client_expect(&broker->client, NEVER);
    cli_broker_turn(broker, 1000);
    cr_assert_eq(broker->client.state, CLIENT_IN);
}

Test(cli_client, leaves_with_a_good_bye)
{
    cli_broker_joins(broker, true);
    client_leave(&broker->client, true, CLI_FAILED, "as it was", broker->now);
    cli_broker_turn(broker, 0);
    cr_assert_eq(cli_broker_sent(broker, KIND_DISCONNECT)->detach, 1);
    struct message late = {.kind = KIND_READY};
    cli_broker_says(broker, &late, "");
    cr_assert_eq(broker->news, CLIENT_NOTHING, "nobody wants it any more");
    struct message bye = {.kind = KIND_DISCONNECT};
    cli_broker_says(broker, &bye, "");
    cr_assert_eq(broker->client.state, CLIENT_OVER);
    cr_assert_eq(broker->client.code, CLI_FAILED);
    cr_assert_str_eq(broker->client.why, "as it was");
}

Test(cli_client, leaves_without_an_answer_in_the_end)
{
    cli_broker_joins(broker, true);
    client_leave(&broker->client, false, CLI_FINE, NULL, broker->now);
    cli_broker_turn(broker, 1999);
    cr_assert_eq(broker->client.state, CLIENT_LEAVES);
    cli_broker_turn(broker, 1);
    cr_assert_eq(broker->client.state, CLIENT_OVER);
    cr_assert_eq(broker->client.code, CLI_FINE);
}

Test(cli_client, leaves_at_once_where_there_is_no_broker)
{
    client_leave(&broker->client, false, CLI_INTERRUPTED, NULL, broker->now);
    cr_assert_eq(broker->client.state, CLIENT_OVER);
    cr_assert_eq(broker->client.code, CLI_INTERRUPTED);
}

Test(cli_client, looks_again_when_the_broker_goes_down)
{
    cli_broker_joins(broker, true);
    struct message bye = {.kind = KIND_DISCONNECT};
    bye.disconnect.corr = NO_NUMBER;
    cli_broker_says(broker, &bye, "");
    cr_assert_eq(broker->client.state, CLIENT_LOOKS);
    unsigned dials = broker->dials;
    cli_broker_turn(broker, 1000);
    cr_assert_eq(broker->dials, dials + 1);
}

Test(cli_client, ends_when_its_session_is_taken_over)
{
    cli_broker_joins(broker, true);
    cli_broker_error(broker, CODE_TAKEN, NULL, NO_NUMBER);
    cr_assert_eq(broker->client.code, MAILROOM_ETAKEN);
    cr_assert_str_eq(broker->client.why, "host:7472: TAKEN (it says why)");
}

Test(cli_client, a_signal_is_told)
{
    tell(EVENT_SHUTDOWN, NULL);
    cr_assert_eq(broker->news, CLIENT_STOP);
    tell(EVENT_LEAVE, NULL);
    cr_assert_eq(broker->news, CLIENT_STOP);
}
