/* call: see call.h. */
#include "clients/cli/call.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/call_keys.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "mailroom_version.h"

enum {
    PERIOD = 5000,           /* ms between signs of life */
    EXPIRY = 60000,          /* ms */
    LARGEST_FRAME = 16 << 20 /* bytes: PROTOCOL.md section 7 */
};

static uint64_t deadline(const void *state)
{
    const struct call *call = state;
    uint64_t mine = call->handler->deadline ? call->handler->deadline(call) : NEVER;
    uint64_t core =
        call->handler->news ? correspondence_deadline(&call->mail) : client_deadline(call->client);
    return mine < core ? mine : core;
}

static void on_stop(struct call *call)
{
    if (call->stopped) {
        client_end(call->client, CLI_INTERRUPTED, NULL);
        return;
    }
    call->stopped = true;
    if (call->handler->stop)
        call->handler->stop(call);
    else
        call_end(call, CLI_INTERRUPTED, NULL);
}

static bool wants_turn(const struct call *call)
{
    enum client_state state = call->client->state;
    return call->handler->turn && (state == CLIENT_IN || (call->handler->turns_alone &&
                                                          state == CLIENT_LOOKS && call->client->was_in));
}

/* How a command ends, by how its session does. */
static enum cli_exit exit_of_end(int code)
{
    if (code >= 0)
        return (enum cli_exit)code; /* what call_end was given */
    return code == MAILROOM_ELOST ? CLI_NO_BROKER : CLI_REFUSED;
}

/* A command that submits. At the end what has not ended has failed: that is the command's end, not the
 * tasks'. */
static void step_mail(struct call *call, const struct event *event, struct outbox *outbox)
{
    correspondence_step(&call->mail, event, outbox);
    struct news *news = correspondence_take(&call->mail);
    if (news && call->client->state != CLIENT_OVER)
        call->handler->news(call, news);
    news_free(news);
    if (event->kind == EVENT_SHUTDOWN || event->kind == EVENT_LEAVE)
        on_stop(call);
}

static void step_alone(struct call *call, const struct event *event, struct outbox *outbox)
{
    struct client_report report;
    switch (client_step(call->client, event, outbox, &report)) {
    case CLIENT_NOTHING:
    case CLIENT_NOTE: break;
    case CLIENT_READY: call->handler->ready(call, report.known); break;
    case CLIENT_MAIL:
        call->handler->mail(call, &report.message, &report.body);
        slice_drop(&report.body);
        break;
    case CLIENT_STOP: on_stop(call); break;
    }
}

static void step(void *state, const struct event *event, struct outbox *outbox)
{
    struct call *call = state;
    call->now = event->now;
    if (call->handler->news)
        step_mail(call, event, outbox);
    else
        step_alone(call, event, outbox);
    if (event->kind == EVENT_TURN) {
        if (wants_turn(call))
            call->handler->turn(call);
        client_flush(call->client, event->now, outbox);
    }
    if (call->client->state == CLIENT_OVER && !call->exits) {
        call->exits = true;
        outbox_exit(outbox, exit_of_end(call->client->code));
    }
}

static void configure(struct client_config *config, const struct invocation *invocation, const uint8_t *token,
                      uint64_t patience)
{
    *config = (struct client_config){
        .patience = invocation->timeout,
        .patience_again = patience,
        .fleeting = token == NULL,
        .limits = {.heartbeat = PERIOD,
                   .expiry = EXPIRY,
                   .window = 8 << 20,
                   .max_body = UINT32_MAX,
                   .max_queue = UINT64_MAX},
    };
    char host[40] = "";
    gethostname(host, sizeof host - 1);
    clock_random(config->boot, sizeof config->boot);
    clock_random(&config->seed, sizeof config->seed);
    if (token)
        memcpy(config->session, token, UUID_SIZE);
    else
        clock_random(config->session, sizeof config->session);
    snprintf(config->software, sizeof config->software, "mailroom %s", MAILROOM_VERSION);
    snprintf(config->name, sizeof config->name, "%s:%d", host, (int)getpid());
    address_text(&invocation->broker, config->broker);
    config->several = invocation->broker.others != NULL;
}

int call_run(const struct invocation *invocation, const uint8_t *token, bool keeps, uint64_t patience,
             const struct call_handler *handler, void *self)
{
    struct call call = {.invocation = invocation, .handler = handler, .self = self, .keeps = keeps};
    struct edge_limits limits = {.connections = 1, .lines = 1, .frame = LARGEST_FRAME};
    struct client_config config;
    struct keys *keys;
    char why[CERTIFICATE_WHY];
    if (!call_keys(invocation, &keys, why)) {
        log_plain("mailroom %s: %s", invocation->command->name, why);
        return CLI_USAGE;
    }
    configure(&config, invocation, token, patience);
    call.edge = edge_new(&limits, why, sizeof why);
    if (!call.edge) {
        log_plain("mailroom: %s", why);
        keys_free(keys);
        return CLI_NO_BROKER;
    }
    if (keys)
        edge_set_keys(call.edge, keys);
    edge_add_line(call.edge, &invocation->broker, KEY_BROKER);
    call.client = handler->news ? &call.mail.client : &call.alone;
    if (handler->news)
        correspondence_init(&call.mail, &config, NEVER, (struct builder){0}, clock_ms());
    else
        client_init(call.client, &config, clock_ms());
    struct edge_core core = {&call, step, deadline, NULL};
    int code = edge_run(call.edge, &core);
    if (call.client->why[0] && handler->over)
        handler->over(&call, call.client->why);
    else if (call.client->why[0])
        log_plain("mailroom %s: %s", invocation->command->name, call.client->why);
    if (handler->news)
        correspondence_free(&call.mail);
    else
        client_free(call.client);
    edge_free(call.edge);
    keys_free(keys);
    return code;
}

void call_ask(struct call *call, const struct message *message)
{
    client_send(call->client, message, SLICE_NONE);
    client_expect(call->client, call->now + call->invocation->timeout);
}

void call_answered(struct call *call)
{
    client_expect(call->client, NEVER);
}

void call_end(struct call *call, enum cli_exit code, const char *why)
{
    client_leave(call->client, call->keeps, code, why, call->now);
}

enum cli_exit call_exit_of(uint64_t error_code)
{
    switch (error_code) {
    case CODE_UNKNOWN_TASK: return CLI_UNKNOWN_TASK;
    case CODE_TASK_FAILED:
    case CODE_TOO_MANY_ATTEMPTS:
    case CODE_MANAGER_LOST:
    case CODE_WORKER_EXITED:
    case CODE_CANCELLED: return CLI_FAILED;
    default: return CLI_REFUSED;
    }
}

void call_end_refused(struct call *call, const struct message *message)
{
    char why[600];
    snprintf(why, sizeof why, "%s: %.*s", code_name((unsigned)message->error.code),
             (int)message->error.text.size, (const char *)message->error.text.data);
    call_end(call, call_exit_of(message->error.code), why);
}
