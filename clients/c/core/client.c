/* client: see client.h. */
#include "clients/c/core/client.h"

#include <stdio.h>
#include <string.h>

enum {
    REDIAL = 1000,       /* ms between attempts, at most */
    LEAVE_TIME = 2000,   /* ms that the broker may take to say good-bye */
    MOST_CONNECTIONS = 4 /* an old one may be closing */
};

void client_init(struct client *client, const struct client_config *config, uint64_t now)
{
    *client = (struct client){
        .config = *config, .give_up_at = now + config->patience, .answer_by = NEVER, .leave_by = NEVER};
    struct post_config post = {
        .boot = client->config.boot,
        .seed = config->seed,
        .software = client->config.software,
        .name = client->config.name,
        .session = client->config.session,
        .redial = REDIAL,
        .max_connections = MOST_CONNECTIONS,
    };
    post.limits[ROLE_BOSS] = config->limits;
    post_init(&client->post, &post, NULL, 0, now);
    post_line_add(&client->post, 0, client->config.broker, ROLE_BOSS, now);
}

void client_free(struct client *client)
{
    post_free(&client->post);
}

static void note_trouble(struct client *client, const char *text)
{
    snprintf(client->trouble, sizeof client->trouble, "%s", text);
}

void client_end(struct client *client, enum cli_exit code, const char *why)
{
    if (client->state == CLIENT_OVER)
        return;
    if (client->state != CLIENT_LEAVES) { /* else it is known already how it ends */
        client->code = code;
        snprintf(client->why, sizeof client->why, "%s", why ? why : "");
    }
    client->state = CLIENT_OVER;
}

void client_leave(struct client *client, bool detach, enum cli_exit code, const char *why, uint64_t now)
{
    struct message message = {.kind = KIND_DISCONNECT};
    if (client->state == CLIENT_LEAVES || client->state == CLIENT_OVER)
        return;
    if (!client->broker) {
        client_end(client, code, why);
        return;
    }
    message.disconnect.corr = 0;
    message.disconnect.detach = detach;
    client_send(client, &message, SLICE_NONE);
    client->code = code;
    snprintf(client->why, sizeof client->why, "%s", why ? why : "");
    client->state = CLIENT_LEAVES;
    client->leave_by = now + LEAVE_TIME;
    client->answer_by = NEVER;
}

bool client_accepts(const struct client *client, size_t size)
{
    return client->broker && link_accepts(&client->broker->link, size);
}

bool client_send(struct client *client, const struct message *message, struct slice body)
{
    if (!client->broker) {
        slice_drop(&body);
        return false;
    }
    return post_send(&client->post, client->broker, message, body) != 0;
}

void client_expect(struct client *client, uint64_t deadline)
{
    client->answer_by = deadline;
}

/* The link is over; the broker is looked for again. */
static void lose(struct client *client, struct peer *peer, const char *why, uint64_t now,
                 struct outbox *outbox)
{
    note_trouble(client, why);
    if (client->broker == peer)
        client->broker = NULL;
    post_end(&client->post, peer, true, now, outbox);
    if (client->state == CLIENT_LEAVES)
        client_end(client, CLI_FINE, NULL);
    if (client->state == CLIENT_IN)
        client->state = CLIENT_LOOKS;
}

/* The broker refuses the handshake. Some refusals pass by themselves. */
static void refused(struct client *client, enum error_code code, const char *text)
{
    char why[600];
    note_trouble(client, text);
    if (code == CODE_NO_HANDSHAKE || code == CODE_SHUTTING_DOWN)
        return;
    snprintf(why, sizeof why, "%s refuses this client: %s", client->config.broker, text);
    if (code == CODE_BAD_VERSION)
        snprintf(
            why, sizeof why,
            "%s speaks another version of the protocol than %d, which this program (%s) speaks: one of the two "
            "is to be updated",
            client->config.broker, PROTOCOL_VERSION, client->config.software);
    client_end(client, CLI_REFUSED, why);
}

/* An ERROR that is about no request and no task: the link ends with it. */
static bool is_about_the_link(const struct message *message)
{
    return message->kind == KIND_ERROR && message->error.corr == NO_NUMBER && !message->error.uuid;
}

static enum client_news on_mail(struct client *client, const struct event *event, struct outbox *outbox,
                                struct delivery *delivery, struct client_report *report)
{
    const struct message *message = &delivery->message;
    char why[600];
    bool over = message->kind == KIND_DISCONNECT || is_about_the_link(message);
    if (client->state != CLIENT_IN && !over) {
        slice_drop(&delivery->body);
        return CLIENT_NOTHING;
    }
    if (!over) {
        report->message = *message;
        report->body = delivery->body;
        return CLIENT_MAIL;
    }
    slice_drop(&delivery->body);
    if (client->state == CLIENT_LEAVES) {
        client_end(client, CLI_FINE, NULL);
    } else if (message->kind == KIND_DISCONNECT) {
        lose(client, delivery->peer, "it is going down", event->now, outbox);
    } else {
        snprintf(why, sizeof why, "%s: %s (%.*s)", client->config.broker,
                 code_name((unsigned)message->error.code), (int)message->error.text.size,
                 (const char *)message->error.text.data);
        client_end(client, CLI_REFUSED, why);
    }
    return CLIENT_NOTHING;
}

static enum client_news on_answered(struct client *client, struct peer *peer, struct client_report *report)
{
    static const uint8_t unknown[UUID_SIZE];
    client->broker = peer;
    client->trouble[0] = '\0';
    if (client->state != CLIENT_LOOKS)
        return CLIENT_NOTHING;
    client->state = CLIENT_IN;
    client->was_in = true;
    report->known = memcmp(peer->session, unknown, UUID_SIZE) != 0;
    return CLIENT_READY;
}

static enum client_news on_post(struct client *client, const struct event *event, struct outbox *outbox,
                                struct client_report *report)
{
    struct delivery delivery;
    enum post_verdict verdict = post_event(&client->post, event, outbox, &delivery);
    if (delivery.lost)
        lose(client, delivery.lost, delivery.why, event->now, outbox);
    switch (verdict) {
    case POST_NOTHING:
    case POST_ASKED:
    case POST_JOINED: break; /* nobody dials a client */
    case POST_DELIVER: return on_mail(client, event, outbox, &delivery, report);
    case POST_ANSWERED: return on_answered(client, delivery.peer, report);
    case POST_REFUSED: refused(client, delivery.code, delivery.why); break;
    case POST_LOST: lose(client, delivery.peer, delivery.why, event->now, outbox); break;
    }
    return CLIENT_NOTHING;
}

/* Nobody was there for too long. */
static void give_up(struct client *client)
{
    char why[600];
    const char *trouble = client->trouble[0] ? client->trouble : "it takes the connection but says nothing";
    uint64_t patience = client->was_in ? client->config.patience_again : client->config.patience;
    snprintf(why, sizeof why,
             client->was_in ? "the broker at %s was lost, and is not back after %g s: %s"
                            : "no broker at %s within %g s: %s",
             client->config.broker, (double)patience / 1000, trouble);
    client_end(client, CLI_NO_BROKER, why);
}

static void on_turn(struct client *client, uint64_t now, struct outbox *outbox)
{
    char text[400];
    const char *why;
    for (struct peer *peer; (peer = post_expired(&client->post, now, outbox, &why));)
        lose(client, peer, why, now, outbox);
    if (client->broker && client->broker->conn != NO_CONN)
        client->give_up_at = NEVER;
    else if (client->give_up_at == NEVER)
        client->give_up_at = now + client->config.patience_again;
    if (now >= client->leave_by)
        client_end(client, CLI_FINE, NULL);
    if (now >= client->give_up_at)
        give_up(client);
    if (now >= client->answer_by) {
        snprintf(text, sizeof text, "the broker at %s does not answer in time", client->config.broker);
        client_end(client, CLI_NO_BROKER, text);
    }
}

enum client_news client_step(struct client *client, const struct event *event, struct outbox *outbox,
                             struct client_report *report)
{
    *report = (struct client_report){0};
    switch (event->kind) {
    case EVENT_TURN: on_turn(client, event->now, outbox); return CLIENT_NOTHING;
    case EVENT_SHUTDOWN:
    case EVENT_LEAVE: return CLIENT_STOP;
    case EVENT_REFUSED:
    case EVENT_CLOSED: note_trouble(client, event->text ? event->text : "refused"); break;
    case EVENT_OPENED: client->trouble[0] = '\0'; break;
    default: break;
    }
    return on_post(client, event, outbox, report);
}

void client_flush(struct client *client, uint64_t now, struct outbox *outbox)
{
    post_flush(&client->post, now, outbox);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t client_deadline(const struct client *client)
{
    if (client->state == CLIENT_OVER)
        return NEVER;
    uint64_t mine = earlier(earlier(client->give_up_at, client->answer_by), client->leave_by);
    return earlier(mine, post_deadline(&client->post));
}
