/* client: see client.h. */
#include "clients/c/core/client.h"

#include <stdio.h>
#include <string.h>

enum {
    REDIAL = 1000,       /* ms between attempts, at most */
    LEAVE_TIME = 2000,   /* ms that the broker may take to say good-bye */
    MOST_CONNECTIONS = 4 /* an old one may be closing */
};

/* ms, `time` later. */
static uint64_t after(uint64_t now, uint64_t time)
{
    return time == NEVER ? NEVER : now + time;
}

void client_init(struct client *client, const struct client_config *config, uint64_t now)
{
    *client = (struct client){
        .config = *config, .give_up_at = after(now, config->patience), .answer_by = NEVER, .leave_by = NEVER};
    struct post_config post = {
        .boot = client->config.boot,
        .seed = config->seed,
        .software = client->config.software,
        .name = client->config.name,
        .session = client->config.session,
        .features = FEATURE_SAFE | FEATURE_TIMES | (config->fleeting ? FEATURE_FLEETING : 0),
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

void client_end(struct client *client, int code, const char *why)
{
    if (client->state == CLIENT_OVER)
        return;
    if (client->state != CLIENT_LEAVES) { /* else it is known already how it ends */
        client->code = code;
        snprintf(client->why, sizeof client->why, "%s", why ? why : "");
    }
    client->state = CLIENT_OVER;
}

void client_close(struct client *client, uint64_t now, struct outbox *outbox)
{
    if (client->broker)
        post_end(&client->post, client->broker, false, now, outbox);
    client->broker = NULL;
    post_line_rest(&client->post, 0, outbox);
}

void client_leave(struct client *client, bool detach, int code, const char *why, uint64_t now)
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

uint64_t client_send(struct client *client, const struct message *message, struct slice body)
{
    if (client->broker)
        return post_send(&client->post, client->broker, message, body);
    slice_drop(&body);
    return 0;
}

bool client_shares(const struct client *client)
{
    return client->broker && (client->broker->features & FEATURE_SHARE);
}

uint64_t client_share(struct client *client, const struct slice *part)
{
    struct message message = {.kind = KIND_SHARE};
    message.share.number = ++client->broker->shares_sent;
    client_send(client, &message, slice_ref(part));
    return message.share.number;
}

void client_unshare(struct client *client, uint64_t number)
{
    struct message message = {.kind = KIND_UNSHARE};
    message.share.number = number;
    client_send(client, &message, SLICE_NONE);
}

uint64_t client_read(const struct client *client)
{
    return client->broker ? client->broker->link.first_seq - 1 : 0;
}

bool client_is_idle(const struct client *client)
{
    return client->broker && client->broker->link.first_seq == client->broker->link.next_seq;
}

bool client_is_up(const struct client *client)
{
    return client->broker && client->broker->conn != NO_CONN;
}

void client_expect(struct client *client, uint64_t deadline)
{
    client->answer_by = deadline;
}

/* The link is over; the broker is looked for again. */
static void lose(struct client *client, struct peer *peer, const char *why, bool fault, uint64_t now,
                 struct outbox *outbox)
{
    note_trouble(client, why);
    client->lost = true;
    client->fault = fault;
    client->read = peer->link.first_seq - 1;
    if (client->broker == peer)
        client->broker = NULL;
    post_end(&client->post, peer, true, now, outbox);
    if (client->state == CLIENT_LEAVES)
        client_end(client, MAILROOM_OK, NULL);
    if (client->state == CLIENT_IN)
        client->state = CLIENT_LOOKS;
}

static int error_of(enum error_code code)
{
    switch (code) {
    case CODE_BAD_VERSION: return MAILROOM_EVERSION;
    case CODE_NOT_OWNER: return MAILROOM_ENOTOWNER;
    case CODE_TAKEN: return MAILROOM_ETAKEN;
    default: return MAILROOM_EREFUSED;
    }
}

/* Whether a refusal may pass by itself. */
static bool may_pass(const struct client *client, enum error_code code)
{
    if (code == CODE_NO_HANDSHAKE || code == CODE_SHUTTING_DOWN)
        return true;
    if (client->config.several && code == CODE_BUSY)
        return true;
    return client->config.steadfast && code != CODE_REFUSED && error_of(code) == MAILROOM_EREFUSED;
}

/* The broker refuses the handshake. */
static void refused(struct client *client, enum error_code code, const char *text)
{
    char why[600];
    note_trouble(client, text);
    if (may_pass(client, code))
        return;
    snprintf(why, sizeof why, "%s refuses this client: %s", client->config.broker, text);
    if (code == CODE_BAD_VERSION)
        snprintf(why, sizeof why, "%s: %s (%s): one of the two is to be updated", client->config.broker, text,
                 client->config.software);
    client_end(client, error_of(code), why);
}

/* An ERROR that is about no request and no task: the link ends with it. */
static bool is_about_the_link(const struct message *message)
{
    return message->kind == KIND_ERROR && message->error.corr == NO_NUMBER && !message->error.uuid;
}

/* Such an ERROR, in a session that is there. */
static enum client_news on_error(struct client *client, const struct event *event, struct outbox *outbox,
                                 struct delivery *delivery, struct client_report *report)
{
    const struct message *message = &delivery->message;
    enum error_code code =
        message->error.code < CODE_LIMIT ? (enum error_code)message->error.code : CODE_NONE;
    char why[600];
    snprintf(why, sizeof why, "%s: %s (%.*s)", client->config.broker,
             code_name((unsigned)message->error.code), (int)message->error.text.size,
             (const char *)message->error.text.data);
    if (!client->config.steadfast || code == CODE_TAKEN) {
        client_end(client, error_of(code), why);
        return CLIENT_NOTHING;
    }
    if (code == CODE_MALFORMED || code == CODE_UNEXPECTED)
        lose(client, delivery->peer, why, true, event->now, outbox);
    report->message = *message;
    return CLIENT_NOTE;
}

static enum client_news on_mail(struct client *client, const struct event *event, struct outbox *outbox,
                                struct delivery *delivery, struct client_report *report)
{
    const struct message *message = &delivery->message;
    bool over = message->kind == KIND_DISCONNECT || is_about_the_link(message);
    if (client->state == CLIENT_IN && !over) {
        report->message = *message;
        report->body = delivery->body;
        return CLIENT_MAIL;
    }
    slice_drop(&delivery->body);
    if (!over)
        return CLIENT_NOTHING;
    if (client->state == CLIENT_LEAVES) {
        client->answered = message->kind == KIND_DISCONNECT;
        client_end(client, MAILROOM_OK, NULL);
    } else if (message->kind == KIND_DISCONNECT) {
        lose(client, delivery->peer, "it is going down", false, event->now, outbox);
    } else {
        return on_error(client, event, outbox, delivery, report);
    }
    return CLIENT_NOTHING;
}

static enum client_news on_answered(struct client *client, struct peer *peer, struct client_report *report)
{
    static const uint8_t unknown[UUID_SIZE];
    client->broker = peer;
    client->trouble[0] = '\0';
    client->misfit_told = false;
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
        lose(client, delivery.lost, delivery.why, false, event->now, outbox);
    switch (verdict) {
    case POST_NOTHING:
    case POST_ASKED:
    case POST_JOINED: break; /* nobody dials a client */
    case POST_DELIVER: return on_mail(client, event, outbox, &delivery, report);
    case POST_ANSWERED: return on_answered(client, delivery.peer, report);
    case POST_REFUSED: refused(client, delivery.code, delivery.why); break;
    case POST_LOST:
        lose(client, delivery.peer, delivery.why, delivery.code != CODE_NONE, event->now, outbox);
        break;
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
    client_end(client, MAILROOM_ELOST, why);
}

static void on_turn(struct client *client, uint64_t now, struct outbox *outbox)
{
    char text[400];
    const char *why;
    for (struct peer *peer; (peer = post_expired(&client->post, now, outbox, &why));)
        lose(client, peer, why, false, now, outbox);
    if (client->broker && client->broker->conn != NO_CONN)
        client->give_up_at = NEVER;
    else if (client->give_up_at == NEVER)
        client->give_up_at = after(now, client->config.patience_again);
    if (now >= client->leave_by)
        client_end(client, MAILROOM_OK, NULL);
    if (now >= client->give_up_at)
        give_up(client);
    if (now >= client->answer_by) {
        snprintf(text, sizeof text, "the broker at %s does not answer in time", client->config.broker);
        client_end(client, MAILROOM_ELOST, text);
    }
}

/* The keys do not fit. At first that is an error of the user's; later it may be mended over there. */
static void on_misfit(struct client *client, const struct event *event)
{
    client->misfits += event->misfit;
    if (client->config.steadfast && !client->was_in && client->misfits >= MISFIT_CERTAIN)
        client_end(client, MAILROOM_EKEYS, event->text);
    client->misfit = client->was_in && event->misfit && !client->misfit_told;
    client->misfit_told |= client->misfit;
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
        on_misfit(client, event);
        note_trouble(client, event->text ? event->text : "refused");
        break;
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
