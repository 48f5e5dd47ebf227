/* post_mail: what an event is to the post office: mail of peers and of strangers, connections that end.
 * Handshakes are post_shake.c's. See post.h. */
#include <stdio.h>

#include "common/base/mem.h"
#include "common/link/post_inner.h"

/* The connection is of no use any more; the peer's link outlives it. `close`: it is still open on this side.
 */
static void conn_broken(struct post *post, struct post_conn *conn, bool close, const char *why, uint64_t now,
                        struct outbox *outbox)
{
    struct peer *peer = conn->peer;
    uint32_t line = conn->line;
    if (peer)
        outbox_log(outbox, LOG_INFO, "connection of %s %s: %s", role_name(peer->role), peer->name, why);
    post_conn_drop(post, conn, close, outbox);
    if (peer) {
        link_broken(&peer->link, now);
        post_touch(post, peer);
    }
    if (line != NO_LINE)
        post_line_later(post, post_line_at(post, line), now);
}

struct peer *post_revoked(struct post *post, const struct key *key, uint32_t *at, uint64_t now,
                          struct outbox *outbox)
{
    while (*at < post->peers.fresh) {
        struct peer *peer = slab_at(&post->peers, *at);
        bool there = peer->number == ++*at; /* see post_peer_new */
        if (there && key_same(&peer->key, key))
            return peer;
    }
    for (uint32_t number = 0; number < post->conn_capacity; number++) {
        struct post_conn *conn = post->conns[number];
        if (conn && conn->peer == NULL && key_same(&conn->key, key))
            conn_broken(post, conn, true, "its key is not let in any more", now, outbox);
    }
    return NULL;
}

static enum post_verdict on_closed(struct post *post, const struct event *event, struct outbox *outbox)
{
    struct post_conn *conn = event->conn < post->conn_capacity ? post->conns[event->conn] : NULL;
    if (conn)
        conn_broken(post, conn, false, event->text ? event->text : "closed", event->now, outbox);
    return POST_NOTHING;
}

/* Mail on a connection that has not shaken hands. */
static enum post_verdict on_stranger(struct post *post, struct post_conn *conn, const struct event *event,
                                     enum error_code code, struct outbox *outbox, struct delivery *delivery)
{
    unsigned kind = delivery->message.kind;
    if (conn->state == CONN_DIALLED) {
        if (code == CODE_NONE && kind == KIND_WELCOME)
            return post_shake_welcome(post, conn, event, outbox, delivery);
        return post_shake_refusal(post, conn, event, code, outbox, delivery);
    }
    if (code == CODE_NONE && kind == KIND_HELLO)
        return post_shake_hello(post, conn, event, outbox, delivery);
    if (code == CODE_NONE && kind == KIND_COUNTS && conn->door == DOOR_FRONT && delivery->message.seq == 0 &&
        conn->errors < STRANGER_ERRORS) { /* how is it? */
        conn->errors++;
        delivery->conn = conn->number;
        return POST_ASKED;
    }
    if (code == CODE_NONE) {
        post_stranger_error(
            post, conn, CODE_NO_HANDSHAKE,
            "no handshake holds on this connection: say HELLO first; if one did, it or its link has "
            "ended here: close the connection, and say HELLO on a new one",
            outbox);
        return POST_NOTHING;
    }
    char text[160];
    snprintf(text, sizeof(text), "%s", delivery->why);
    if (code == CODE_BAD_VERSION) /* so that people see which of the two is to be updated */
        snprintf(text, sizeof(text), "%s speaks version %d of the protocol, the message is of another",
                 post->config.software, PROTOCOL_VERSION);
    post_stranger_error(post, conn, code, text, outbox);
    return POST_NOTHING;
}

static enum post_verdict fault(struct post *post, struct peer *peer, enum error_code code, const char *why,
                               struct delivery *delivery)
{
    post_send_error(post, peer, code, why, NO_NUMBER);
    delivery->peer = peer;
    delivery->code = code;
    delivery->why = why;
    return POST_LOST;
}

static const char *too_large(struct post *post, const struct peer *peer, const struct event *event,
                             const struct delivery *delivery)
{
    const struct link_limits *limits = &peer->link.limits;
    uint64_t size = delivery->message.kind == KIND_CHUNK ? delivery->message.chunk.length
                    : event->body                        ? blob_size(event->body)
                                                         : 0;
    snprintf(post->why, sizeof(post->why),
             "a body of %llu bytes is larger than max_body, %llu bytes (setting %s/max-body)",
             (unsigned long long)size, (unsigned long long)limits->max_body, limits->section);
    return post->why;
}

/* Whether a header is longer than one of its kind may be: what it costs to read grows with it, and is paid by
 * all. A boss is what its employees and clients are there for: it may say as much as fits. */
static bool is_too_long(struct post *post, const struct post_conn *conn, const struct event *event)
{
    const struct peer *peer = conn->state == CONN_PEER ? conn->peer : NULL;
    uint64_t most = post->config.max_header;
    if (event->header_size > most) {
        snprintf(post->why, sizeof post->why,
                 "a header of %zu bytes is larger than %llu bytes (setting limits/header)",
                 event->header_size, (unsigned long long)most);
        return true;
    }
    if (event->header_size <= HEADER_SHORT || (peer && peer->role == ROLE_BOSS))
        return false;
    unsigned kind = message_kind(event->header, event->header_size);
    most = peer ? kind_header(kind) : HEADER_SHORT;
    if (event->header_size <= most)
        return false;
    snprintf(post->why, sizeof post->why,
             "%s: a header of %zu bytes is larger than the %llu that it may have", kind_name(kind),
             event->header_size, (unsigned long long)most);
    return true;
}

bool post_names_too_many(struct post *post, const struct peer *peer, const struct message *message)
{
    uint32_t count = message_addresses(message);
    if (count <= MAX_ADDRESSES || peer->role == ROLE_BOSS)
        return false;
    snprintf(post->why, sizeof post->why,
             "%s: names %u tasks, and at most %d are allowed: whoever has more says it several times",
             kind_name(message->kind), count, MAX_ADDRESSES);
    return true;
}

/* Whether only the head of a message need be read now: it will wait, and is read when its turn comes; or it
 * is a long batch, which is read a part at a time. `allowed`: the work that it may take now. */
static bool is_read_later(const struct event *event, uint64_t allowed, struct message *head)
{
    const char *why;
    if (allowed == UINT64_MAX || (event->header_size <= HEADER_SHORT && allowed > 0))
        return false;
    if (message_decode_head(event->header, event->header_size, head, &why) != CODE_NONE || head->seq == 0 ||
        head->kind == KIND_CHUNK || head->kind == KIND_HELLO || head->kind == KIND_WELCOME)
        return false;
    return event->header_size <= HEADER_SHORT || batch_reading_is_for(head->kind);
}

/* A message whose turn it is on the link: for the owner at once, or later. */
static enum post_verdict deliver(struct post *post, struct peer *peer, const struct event *event,
                                 uint64_t allowed, bool undecoded, struct delivery *delivery)
{
    delivery->header = event->header;
    delivery->header_size = event->header_size;
    delivery->left_out = peer->link.left_out;
    if (post_begin(post, peer, delivery, allowed, undecoded, event->now))
        return POST_DELIVER;
    delivery->body = SLICE_NONE;
    if (post_is_crowded(peer))
        return fault(
            post, peer, CODE_BUSY,
            "there is no room for what it sends ahead (setting limits/memory): it is to be said again",
            delivery);
    if (!post_is_flooded(post, peer))
        return POST_NOTHING;
    return fault(post, peer, CODE_MALFORMED,
                 "it sends more ahead of what is acknowledged than its window allows", delivery);
}

static enum post_verdict on_peer_mail(struct post *post, struct peer *peer, const struct event *event,
                                      uint64_t allowed, bool undecoded, struct delivery *delivery,
                                      struct outbox *outbox)
{
    struct slice body = {.blob = event->body, .size = event->body ? blob_size(event->body) : 0};
    const char *why = "";
    post_touch(post, peer);
    if (!undecoded && post_names_too_many(post, peer, &delivery->message))
        return fault(post, peer, CODE_TOO_LARGE, post->why, delivery);
    switch (link_receive(&peer->link, &delivery->message, event->header_size, &body, event->now,
                         &delivery->body, &why)) {
    case LINK_DELIVER: return deliver(post, peer, event, allowed, undecoded, delivery);
    case LINK_SWALLOWED: return POST_NOTHING;
    case LINK_PING:
        post_control(peer->conn, KIND_PONG, link_ackable(&peer->link), outbox);
        return POST_NOTHING;
    case LINK_FAULT: return fault(post, peer, CODE_MALFORMED, why, delivery);
    case LINK_TOO_LARGE:
        return fault(post, peer, CODE_TOO_LARGE, too_large(post, peer, event, delivery), delivery);
    }
    return POST_NOTHING;
}

/* Mail of a peer that cannot be taken: a client's task that is too large for its limits is refused, anything
 * else ends the link. */
static enum post_verdict on_unfit(struct post *post, struct peer *peer, const struct event *event,
                                  enum error_code code, struct delivery *delivery)
{
    struct slice body = {.blob = event->body, .size = event->body ? blob_size(event->body) : 0}, whole;
    struct message head;
    const char *why = delivery->why;
    post_touch(post, peer);
    const uint8_t *uuid = code == CODE_TOO_LARGE && peer->role == ROLE_CLIENT
                              ? message_task_uuid(event->header, event->header_size)
                              : NULL;
    if (uuid == NULL ||
        message_decode_head(event->header, event->header_size, &head, &delivery->why) != CODE_NONE)
        return fault(post, peer, code, why, delivery);
    switch (link_receive(&peer->link, &head, event->header_size, &body, event->now, &whole, &delivery->why)) {
    case LINK_DELIVER: post_refuse_task(post, peer, uuid, why); break;
    case LINK_FAULT: return fault(post, peer, CODE_MALFORMED, delivery->why, delivery);
    case LINK_TOO_LARGE: return fault(post, peer, code, why, delivery);
    default: break;
    }
    slice_drop(&whole);
    return POST_NOTHING;
}

static enum post_verdict on_mail(struct post *post, const struct event *event, struct outbox *outbox,
                                 struct delivery *delivery)
{
    struct post_conn *conn = event->conn < post->conn_capacity ? post->conns[event->conn] : NULL;
    if (conn == NULL && (conn = post_conn_new(post, event, CONN_STRANGER, outbox)) == NULL)
        return POST_NOTHING;
    uint64_t allowed = conn->state == CONN_PEER ? post_allowed(post, conn->peer) : UINT64_MAX;
    enum error_code code = CODE_MALFORMED;
    bool undecoded = false;
    if (event->frames == 0 || event->header_size == 0) {
        delivery->why = "a message has a header frame";
    } else if (event->frames > 2) {
        delivery->why = "a message has one or two frames";
    } else if (is_too_long(post, conn, event)) {
        code = CODE_TOO_LARGE;
        delivery->why = post->why;
    } else if (is_read_later(event, allowed, &delivery->message)) {
        undecoded = true;
        code = CODE_NONE;
    } else {
        code = message_decode(event->header, event->header_size, &delivery->message, &delivery->why);
    }
    if (conn->state != CONN_PEER)
        return on_stranger(post, conn, event, code, outbox, delivery);
    if (code != CODE_NONE)
        return on_unfit(post, conn->peer, event, code, delivery);
    unsigned kind = delivery->message.kind;
    if (kind == KIND_ERROR && delivery->message.seq == 0 && conn->line != NO_LINE) {
        /* it gave this connection up while we stood still, and takes us for a stranger there */
        char why[200];
        post_put_text(why, sizeof(why), delivery->message.error.text);
        conn_broken(post, conn, true, why, event->now, outbox);
        return POST_NOTHING;
    }
    if (kind == KIND_HELLO || kind == KIND_WELCOME)
        return fault(post, conn->peer, CODE_UNEXPECTED, "a second handshake on one connection", delivery);
    return on_peer_mail(post, conn->peer, event, allowed, undecoded, delivery, outbox);
}

/* Nothing yet. What decoding fills in is left as it is: there is much of it, and this is done for each
 * message. */
static void delivery_clear(struct delivery *delivery)
{
    delivery->peer = delivery->lost = NULL;
    delivery->conn = 0;
    delivery->message.kind = KIND_LIMIT;
    delivery->message.seq = delivery->message.ack = 0;
    delivery->body = SLICE_NONE;
    delivery->why = NULL;
    delivery->code = CODE_NONE;
    delivery->left_out = 0;
    delivery->header = NULL;
    delivery->header_size = 0;
    delivery->item = NULL;
    headway_clear(&delivery->headway);
}

enum post_verdict post_event(struct post *post, const struct event *event, struct outbox *outbox,
                             struct delivery *delivery)
{
    delivery_clear(delivery);
    switch (event->kind) {
    case EVENT_OPENED: return post_shake_opened(post, event, outbox);
    case EVENT_REFUSED: return post_line_refused(post, event, outbox, delivery);
    case EVENT_FOUND:
        post_line_add(post, event->number, event->text, ROLE_MANAGER, event->now);
        return POST_NOTHING;
    case EVENT_MISSED: post_line_retire(post, post_line_at(post, event->number)); return POST_NOTHING;
    case EVENT_CLOSED: return on_closed(post, event, outbox);
    case EVENT_MAIL: return on_mail(post, event, outbox, delivery);
    case EVENT_LATE: post->patient_until = event->now + PATIENCE_MS; return POST_NOTHING;
    default: return POST_NOTHING;
    }
}
