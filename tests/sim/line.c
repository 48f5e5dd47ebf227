/* line: see line.h. */
#include "tests/sim/line.h"

#include <string.h>

#include "tests/sim/program.h"

enum { REDIAL = 200, PATIENCE = 5000 /* ms for an answer to HELLO */ };

void line_init(struct line *line, uint64_t now)
{
    line->state = LINE_WAITS;
    line->dial_at = now;
    line->linked = false;
    link_init(&line->link, &line->limits, now);
}

void line_free(struct line *line)
{
    link_free(&line->link);
}

static void later(struct line *line, uint64_t now)
{
    line->state = LINE_WAITS;
    line->dial_at = now + REDIAL + rng_below(&line->rng, REDIAL);
}

static void close_conn(struct line *line, struct outbox *outbox)
{
    if (line->state == LINE_SHAKES || line->state == LINE_OPEN)
        outbox_order(outbox, ORDER_CLOSE, line->conn);
}

static void forget_link(struct line *line)
{
    if (line->linked)
        line->safe_before = link_peer_safe(&line->link);
    link_free(&line->link);
}

void line_drop(struct line *line, struct outbox *outbox)
{
    close_conn(line, outbox);
    forget_link(line);
    line->linked = false;
    line->state = LINE_OVER;
    line->dial_at = NEVER;
}

/* The link is over: the next handshake makes a new one. */
static enum line_verdict lost(struct line *line, uint64_t now, struct outbox *outbox)
{
    bool dials = line->state == LINE_DIALS;
    line_drop(line, outbox);
    if (dials)
        line->state = LINE_DIALS; /* that is answered yet */
    else
        later(line, now);
    return LINE_LOST;
}

static void say_hello(struct line *line, uint64_t now, struct outbox *outbox)
{
    struct message message = {.kind = KIND_HELLO};
    if (!line->linked)
        rng_bytes(&line->rng, line->link_id, UUID_SIZE);
    message.hello = (struct hello){
        .role = line->role,
        .boot = line->boot,
        .link = line->link_id,
        .peer_boot = line->linked ? line->peer_boot : NULL,
        .received = line->linked ? line->link.received : 0,
        .session = line->session,
        .heartbeat = line->limits.heartbeat,
        .expiry = line->limits.expiry,
        .window = line->limits.window,
        .max_body = line->limits.max_body,
        .software = span_text("simulator 1"),
        .name = span_text(line->name),
        .ids = line->ids,
        .features = line->features | FEATURE_SAFE,
    };
    line->state = LINE_SHAKES;
    line->shaking_at = now;
    outbox_letter(outbox, line->conn, letter_new(&message, SLICE_NONE));
}

/* Whether another broker of the same cluster has followed this one. */
static bool is_over(struct line *line, const struct hello *hello)
{
    if (hello->cluster == NULL)
        return false;
    bool same = memcmp(line->cluster, hello->cluster, UUID_SIZE) == 0;
    if (same && hello->epoch < line->epoch)
        return true;
    memcpy(line->cluster, hello->cluster, UUID_SIZE);
    line->epoch = hello->epoch;
    return false;
}

/* The connection is no good; the link may go on, on another one. */
static enum line_verdict refused(struct line *line, uint64_t now, struct outbox *outbox)
{
    close_conn(line, outbox);
    link_broken(&line->link, now);
    later(line, now);
    return LINE_REFUSED;
}

static enum line_verdict take_welcome(struct line *line, const struct hello *hello, uint64_t now,
                                      struct outbox *outbox, const char **why)
{
    bool goes_on = hello->peer_boot != NULL;
    if (memcmp(hello->link, line->link_id, UUID_SIZE) != 0 ||
        (goes_on && memcmp(hello->peer_boot, line->boot, UUID_SIZE) != 0)) {
        *why = "WELCOME names another link or boot";
        return lost(line, now, outbox);
    }
    if (goes_on && (!line->linked || memcmp(hello->boot, line->peer_boot, UUID_SIZE) != 0)) {
        *why = "WELCOME goes on with a link that there is not";
        return lost(line, now, outbox);
    }
    if (is_over(line, hello))
        return refused(line, now, outbox);
    if (!goes_on) {
        forget_link(line);
        link_init(&line->link, &line->limits, now);
        line->parts = 0;
    }
    line->takes = hello->features;
    struct link_limits *limits = &line->link.limits;
    if (hello->heartbeat && (limits->heartbeat == 0 || hello->heartbeat < limits->heartbeat))
        limits->heartbeat = hello->heartbeat;
    if (hello->expiry < limits->expiry)
        limits->expiry = hello->expiry;
    if (!link_connected(&line->link, hello->window, hello->max_body, hello->received, now)) {
        *why = "WELCOME has an impossible number";
        return lost(line, now, outbox);
    }
    link_settle(&line->link, (hello->features & FEATURE_JOURNAL) != 0, hello->safe);
    line->journals = line->link.peer_journals;
    line->another = memcmp(line->peer_boot, hello->boot, UUID_SIZE) != 0;
    memcpy(line->peer_boot, hello->boot, UUID_SIZE);
    line->session_known = hello->session != NULL;
    line->linked = true;
    line->state = LINE_OPEN;
    return goes_on ? LINE_WENT_ON : LINE_BEGAN;
}

static void control(struct line *line, unsigned kind, struct outbox *outbox)
{
    struct message message = {.kind = kind};
    struct letter *letter = letter_new(&message, SLICE_NONE);
    letter_stamp(letter, 0, link_acked(&line->link));
    outbox_letter(outbox, line->conn, letter);
}

static enum line_verdict take_mail(struct line *line, const struct event *event, struct outbox *outbox,
                                   struct message *message, struct slice *body, const char **why)
{
    if (message_decode(event->header, event->header_size, message, why) != CODE_NONE)
        return lost(line, event->now, outbox);
    if (line->state == LINE_SHAKES && message->kind == KIND_WELCOME)
        return take_welcome(line, &message->hello, event->now, outbox, why);
    if (message->kind == KIND_ERROR && message->seq == 0)
        return refused(line, event->now, outbox);
    if (line->state != LINE_OPEN) {
        *why = "mail before WELCOME";
        return lost(line, event->now, outbox);
    }
    struct slice whole = {event->body, 0, event->body ? blob_size(event->body) : 0};
    switch (link_receive(&line->link, message, event->header_size, &whole, event->now, body, why)) {
    case LINK_DELIVER: return LINE_DELIVER;
    case LINK_SWALLOWED: return LINE_NOTHING;
    case LINK_PING: control(line, KIND_PONG, outbox); return LINE_NOTHING;
    case LINK_FAULT:
    case LINK_TOO_LARGE: break;
    }
    return lost(line, event->now, outbox);
}

enum line_verdict line_event(struct line *line, const struct event *event, struct outbox *outbox,
                             struct message *message, struct slice *body, const char **why)
{
    *body = SLICE_NONE;
    *why = "";
    bool own = (line->state == LINE_SHAKES || line->state == LINE_OPEN) && event->conn == line->conn;
    switch (event->kind) {
    case EVENT_OPENED:
        if (line->state != LINE_DIALS) { /* it was given up meanwhile */
            outbox_order(outbox, ORDER_CLOSE, event->conn);
            break;
        }
        line->conn = event->conn;
        say_hello(line, event->now, outbox);
        break;
    case EVENT_REFUSED:
        if (line->state == LINE_DIALS)
            later(line, event->now);
        break;
    case EVENT_CLOSED:
        if (own) {
            link_broken(&line->link, event->now);
            later(line, event->now);
        }
        break;
    case EVENT_MAIL:
        if (own)
            return take_mail(line, event, outbox, message, body, why);
        break;
    default: break;
    }
    return LINE_NOTHING;
}

/* The connection is given up. */
static void give_up(struct line *line, uint64_t now, struct outbox *outbox)
{
    close_conn(line, outbox);
    link_broken(&line->link, now);
    later(line, now);
}

enum line_verdict line_turn(struct line *line, uint64_t now, struct outbox *outbox)
{
    if (line->state == LINE_WAITS && line->dial_at <= now) {
        line->state = LINE_DIALS;
        outbox_order(outbox, ORDER_DIAL, 0);
    }
    if (line->state == LINE_SHAKES && now - line->shaking_at >= PATIENCE)
        give_up(line, now, outbox);
    if (!line->linked)
        return LINE_NOTHING;
    if (line->state == LINE_OPEN)
        for (struct letter *letter; (letter = link_next(&line->link)) != NULL;)
            outbox_letter(outbox, line->conn, letter_ref(letter));
    for (;;) {
        switch (link_due(&line->link, now)) {
        case LINK_NOTHING: return LINE_NOTHING;
        case LINK_SEND_ACK: control(line, KIND_ACK, outbox); break;
        case LINK_SEND_PING: control(line, KIND_PING, outbox); break;
        case LINK_GIVE_UP: give_up(line, now, outbox); break;
        case LINK_UNREAD:
        case LINK_STUCK:
        case LINK_EXPIRED: return lost(line, now, outbox);
        }
    }
}

uint64_t line_send(struct line *line, const struct message *message, struct slice body)
{
    return link_send(&line->link, letter_new(message, body));
}

uint64_t line_share(struct line *line, uint64_t seed)
{
    struct message message = {.kind = KIND_SHARE};
    message.share.number = ++line->parts;
    line_send(line, &message, program_part(seed));
    return message.share.number;
}

void line_unshare(struct line *line, uint64_t number)
{
    struct message message = {.kind = KIND_UNSHARE};
    message.share.number = number;
    line_send(line, &message, SLICE_NONE);
}

uint64_t line_deadline(const struct line *line)
{
    uint64_t due = line->linked ? link_deadline(&line->link) : NEVER;
    if (line->state == LINE_WAITS && line->dial_at < due)
        due = line->dial_at;
    if (line->state == LINE_SHAKES && line->shaking_at + PATIENCE < due)
        due = line->shaking_at + PATIENCE;
    return due;
}
