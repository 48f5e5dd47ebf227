/* post_shake: HELLO and WELCOME: who may shake hands here, which link goes on and which begins; PROTOCOL.md
 * section 3. See post.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post_inner.h"

enum { MOST_NEWS = 800 /* bytes of how somebody has ended */ };

static struct peer *find_link(const struct post *post, const uint8_t *link_id)
{
    struct index_cursor cursor = index_find(&post->links, index_hash16(post->config.seed, link_id));
    for (uint32_t number; (number = index_next(&post->links, &cursor)) != NO_RECORD;) {
        struct peer *peer = slab_at(&post->peers, number);
        if (memcmp(peer->link_id, link_id, UUID_SIZE) == 0)
            return peer;
    }
    return NULL;
}

void post_put_text(char *to, size_t capacity, struct span from)
{
    size_t size = from.size < capacity ? from.size : capacity - 1;
    for (size_t i = 0; i < size; i++)
        to[i] =
            (from.data[i] < ' ' || from.data[i] == 127) ? '?' : (char)from.data[i]; /* it goes to the log */
    to[size] = 0;
}

/* What this process is to a peer of that role. */
static unsigned role_towards(const struct post *post, unsigned role)
{
    if (role != ROLE_BOSS)
        return ROLE_BOSS;
    if (post->config.worker)
        return ROLE_WORKER;
    return post->config.session ? ROLE_CLIENT : ROLE_MANAGER;
}

/* HELLO or WELCOME with this side's fields; `peer` may be NULL for a new link. */
static void shake(struct post *post, uint32_t conn, unsigned kind, unsigned role, const uint8_t *link_id,
                  struct peer *peer, unsigned peer_role, const uint8_t *session, bool goes_on,
                  struct outbox *outbox)
{
    const struct link_limits *limits = &post->config.limits[peer_role];
    struct message message = {.kind = kind};
    message.hello = (struct hello){
        .role = role,
        .boot = post->config.boot,
        .link = link_id,
        .peer_boot = goes_on ? peer->boot : NULL,
        .received = goes_on ? peer->link.shown : 0,
        .session = session,
        .heartbeat = limits->heartbeat,
        .expiry = limits->expiry,
        .window = limits->window,
        .max_body = limits->max_body,
        .software = span_text(post->config.software),
        .name = span_text(post->config.name),
        .ids = role == ROLE_MANAGER ? post->config.ids : 0,
        .features = post->config.features,
        .cluster = role == ROLE_BOSS ? post->config.cluster : NULL,
        .epoch = role == ROLE_BOSS ? post->config.epoch : 0,
        .safe = goes_on ? link_tell_safe(&peer->link) : 0,
    };
    outbox_letter(outbox, conn, letter_new(&message, SLICE_NONE));
}

enum post_verdict post_shake_opened(struct post *post, const struct event *event, struct outbox *outbox)
{
    struct post_line *line = post_line_at(post, event->number);
    struct post_conn *conn = post_conn_new(post, event, CONN_DIALLED, outbox);
    if (conn && !line->wanted) { /* it was dialled before that was said */
        post_conn_drop(post, conn, true, outbox);
        conn = NULL;
    }
    if (conn == NULL) {
        post_line_later(post, line, event->now);
        return POST_NOTHING;
    }
    conn->door = DOOR_LINE;
    line->state = LINE_OPEN;
    line->conn = conn->number;
    line->nobody = 0;
    if (line->peer) {
        memcpy(line->link_id, line->peer->link_id, UUID_SIZE);
    } else {
        post->serial++; /* as random as the seed, which no peer knows */
        for (size_t i = 0; i < UUID_SIZE; i += sizeof(uint32_t)) {
            uint32_t word = index_hash(post->config.seed, post->serial, i);
            memcpy(line->link_id + i, &word, sizeof(word));
        }
    }
    shake(post, conn->number, KIND_HELLO, role_towards(post, line->role), line->link_id, line->peer,
          line->role, line->role == ROLE_BOSS ? post->config.session : NULL, line->peer != NULL, outbox);
    return POST_NOTHING;
}

/* Binds a connection to a peer; an older connection of the peer is closed: the newest handshake owns the
 * link. */
static void bind_conn(struct post *post, struct post_conn *conn, struct peer *peer, struct outbox *outbox)
{
    if (peer->conn != NO_CONN)
        post_conn_drop(post, post->conns[peer->conn], true, outbox);
    heap_remove(&post->timers, &conn->timer.node);
    conn->state = CONN_PEER;
    conn->peer = peer;
    peer->conn = conn->number;
    peer->silent = false;
    peer->key = conn->key;
    peer->host = conn->host;
    peer->admin = conn->key.role == KEY_NONE ? conn->local : conn->key.role == KEY_ADMIN;
    post_touch(post, peer);
}

/* Whether what the peer acknowledges is safe only when it says so: of a boss that has a journal. Of who else
 * says so nothing is kept: letters of a whole minute would go with one word. */
static bool says_what_is_safe(const struct hello *hello)
{
    return hello->role == ROLE_BOSS && (hello->features & FEATURE_JOURNAL) != 0;
}

/* The peer is back on a new connection, and its link goes on. */
static void resume(struct post *post, struct post_conn *conn, struct peer *peer, const struct hello *hello,
                   struct outbox *outbox)
{
    link_settle(&peer->link, says_what_is_safe(hello), hello->safe);
    bind_conn(post, conn, peer, outbox);
    post->resumed++;
    outbox_log(outbox, LOG_INFO, "connection of %s %s: a new one is there, its link goes on",
               role_name(peer->role), peer->name);
}

static void note_hello(struct peer *peer, const struct hello *hello)
{
    memcpy(peer->boot, hello->boot, UUID_SIZE);
    if (hello->session)
        memcpy(peer->session, hello->session, UUID_SIZE);
    post_put_text(peer->name, sizeof peer->name, hello->name.size ? hello->name : span_text(POST_NO_NAME));
    post_put_text(peer->software, sizeof(peer->software), hello->software);
    peer->ids = hello->ids;
    peer->features = hello->features;
    if ((peer->features & FEATURE_ENDED) && !peer->news) {
        peer->news = mem_alloc(MOST_NEWS);
        post_put_text(peer->news, MOST_NEWS, hello->software);
    }
    if (hello->cluster)
        memcpy(peer->cluster, hello->cluster, UUID_SIZE);
    peer->epoch = hello->epoch;
    link_settle(&peer->link, says_what_is_safe(hello), 0);
    struct link_limits *limits = &peer->link.limits;
    if (hello->heartbeat && (limits->heartbeat == 0 || hello->heartbeat < limits->heartbeat))
        limits->heartbeat = hello->heartbeat;
    if (limits->heartbeat && limits->heartbeat < LEAST_HEARTBEAT)
        limits->heartbeat = LEAST_HEARTBEAT; /* nobody makes us PING without end */
    if (hello->expiry < limits->expiry)
        limits->expiry = hello->expiry;
}

/* Tells a stranger why its handshake is refused, and closes its connection. */
static enum post_verdict refuse_hello(struct post *post, struct post_conn *conn, const char *text,
                                      struct outbox *outbox)
{
    post_stranger_error(post, conn, CODE_REFUSED, text, outbox);
    return POST_NOTHING;
}

/* Whether a peer would lose what this side acknowledges and has not in its journal yet; `text` says so. */
static bool lacks_safe(const struct post *post, const struct hello *hello, char *text, size_t size)
{
    if (!(post->config.features & FEATURE_JOURNAL) || (hello->features & FEATURE_SAFE))
        return false;
    snprintf(
        text, size,
        "%s has a journal, and a peer must have features bit 5, SAFE: update it, or have it say SAFE and "
        "keep what is not safe (PROTOCOL.md section 3), or run the broker without --journal",
        post->config.software);
    return true;
}

/* Whether this boss is one that another broker of its cluster has followed: what it does counts for nothing
 * any more, whether it knows that or not. `text` says so. */
static bool is_over(const struct post *post, const struct hello *hello, char *text, size_t size)
{
    if (hello->role != ROLE_BOSS || !hello->cluster || !uuid_is_set(hello->cluster) ||
        memcmp(hello->cluster, post->followed, UUID_SIZE) != 0 || hello->epoch >= post->followed_epoch)
        return false;
    snprintf(text, size,
             "the epoch %" PRIu64 " of this broker is over: one of the same cluster, of epoch %" PRIu64
             ", was here; if its journal was put back from a copy, start this side anew",
             hello->epoch, post->followed_epoch);
    return true;
}

/* This peer is the boss now. */
static void follow(struct post *post, const struct peer *peer)
{
    if (peer->role != ROLE_BOSS || !uuid_is_set(peer->cluster))
        return;
    memcpy(post->followed, peer->cluster, UUID_SIZE);
    post->followed_epoch = peer->epoch;
}

/* Whether somebody may shake hands in this role on this connection; `text` says why not. */
static bool is_expected(const struct post *post, const struct post_conn *conn, unsigned role, char *text,
                        size_t size)
{
    if (role >= ROLE_LIMIT || (post->config.roles[conn->door] & (1u << role)) == 0) {
        snprintf(text, size, "HELLO: a %s is not expected on this port",
                 role < ROLE_LIMIT ? role_name(role) : "peer of unknown role");
        return false;
    }
    if (key_may(&conn->key, role))
        return true;
    snprintf(text, size, "HELLO: the key %s has the role %s: who has it cannot be a %s here", conn->key.name,
             key_role_name(conn->key.role), role_name(role));
    return false;
}

/* Someone dials us. */
enum post_verdict post_shake_hello(struct post *post, struct post_conn *conn, const struct event *event,
                                   struct outbox *outbox, struct delivery *delivery)
{
    const struct hello *hello = &delivery->message.hello;
    char text[200];
    if (!is_expected(post, conn, hello->role, text, sizeof(text)) ||
        lacks_safe(post, hello, text, sizeof(text)) || is_over(post, hello, text, sizeof(text)))
        return refuse_hello(post, conn, text, outbox);
    struct peer *old = find_link(post, hello->link);
    if (old && old->line == NO_LINE && !key_same(&old->key, &conn->key))
        return refuse_hello(post, conn, "HELLO: this link was made with another key", outbox);
    if (old && hello->peer_boot && old->role == hello->role && old->line == NO_LINE &&
        memcmp(hello->peer_boot, post->config.boot, UUID_SIZE) == 0 &&
        memcmp(hello->boot, old->boot, UUID_SIZE) == 0 &&
        link_connected(&old->link, hello->window, hello->max_body, hello->received, event->now)) {
        resume(post, conn, old, hello, outbox);
        shake(post, old->conn, KIND_WELCOME, role_towards(post, old->role), old->link_id, old, old->role,
              hello->session ? old->session : NULL, true, outbox);
        return POST_NOTHING;
    }
    if (old && memcmp(hello->boot, old->boot, UUID_SIZE) != 0) /* somebody else's link: it stays his */
        return refuse_hello(post, conn, "HELLO: this link id belongs to another process; draw a random one",
                            outbox);
    if (old && old->line != NO_LINE)
        return POST_NOTHING; /* one of our own ids, guessed: silence */
    delivery->lost = old;
    delivery->why = "its process began a new link";
    struct peer *peer = post_peer_new(post, hello->role, hello->link, event->now);
    note_hello(peer, hello);
    peer->returned = hello->peer_boot && memcmp(hello->peer_boot, post->config.boot, UUID_SIZE) == 0;
    link_connected(&peer->link, hello->window, hello->max_body, 0, event->now);
    bind_conn(post, conn, peer, outbox);
    delivery->peer = peer;
    return POST_JOINED;
}

void post_welcome(struct post *post, struct peer *peer, const uint8_t *session, struct outbox *outbox)
{
    follow(post, peer);
    shake(post, peer->conn, KIND_WELCOME, role_towards(post, peer->role), peer->link_id, peer, peer->role,
          session, false, outbox);
}

void post_refuse(struct post *post, struct peer *peer, const char *text, struct outbox *outbox)
{
    post_refuse_with(post, peer, CODE_REFUSED, text, outbox);
}

void post_refuse_with(struct post *post, struct peer *peer, enum error_code code, const char *text,
                      struct outbox *outbox)
{
    struct post_conn *conn = post->conns[peer->conn];
    post_stranger_error(post, conn, code, text, outbox);
    conn->state = CONN_STRANGER;
    conn->peer = NULL;
    heap_set(&post->timers, &conn->timer.node, conn->stranger_until);
    post_peer_free(post, peer);
}

/* The answer of who was dialled is no good: its connection is over, and the line is dialled again. */
static enum post_verdict shake_anew(struct post *post, const struct post_conn *conn, uint64_t now,
                                    struct outbox *outbox)
{
    struct post_line *line = post_line_at(post, conn->line);
    post_conn_drop(post, post->conns[conn->number], true, outbox);
    post_line_later(post, line, now);
    return POST_NOTHING;
}

/* The same; whoever waits for it may hear why. */
static enum post_verdict pass_over(struct post *post, const struct post_conn *conn, const char *text,
                                   uint64_t now, struct outbox *outbox, struct delivery *delivery)
{
    struct post_line *line = post_line_at(post, conn->line);
    outbox_log(outbox, post_line_trouble(line, TROUBLE_SHAKING), "%s %s is refused: %s",
               role_name(line->role), line->name, text);
    post_put_text(line->refusal, sizeof line->refusal, span_text(text));
    delivery->code = CODE_SHUTTING_DOWN; /* which it has to do soon */
    delivery->why = line->refusal;
    shake_anew(post, conn, now, outbox);
    return POST_REFUSED;
}

/* Who was dialled answers. */
enum post_verdict post_shake_welcome(struct post *post, struct post_conn *conn, const struct event *event,
                                     struct outbox *outbox, struct delivery *delivery)
{
    const struct hello *hello = &delivery->message.hello;
    struct post_line *line = post_line_at(post, conn->line);
    if (hello->role != line->role || memcmp(hello->link, line->link_id, UUID_SIZE) != 0) {
        outbox_log(outbox, post_line_trouble(line, TROUBLE_SHAKING),
                   "%s is not a %s: its answer to the handshake does not fit", line->name,
                   role_name(line->role));
        return shake_anew(post, conn, event->now, outbox);
    }
    char text[200];
    if (lacks_safe(post, hello, text, sizeof(text))) {
        outbox_log(outbox, post_line_trouble(line, TROUBLE_SHAKING), "%s %s is refused: %s",
                   role_name(line->role), line->name, text);
        post_passing_error(conn->number, CODE_REFUSED, text, outbox);
        return shake_anew(post, conn, event->now, outbox);
    }
    if (is_over(post, hello, text, sizeof(text)))
        return pass_over(post, conn, text, event->now, outbox, delivery);
    line->wait = 0;
    line->told = TROUBLE_NONE;
    struct peer *old = line->peer;
    if (old && hello->peer_boot && memcmp(hello->boot, old->boot, UUID_SIZE) == 0 &&
        memcmp(hello->peer_boot, post->config.boot, UUID_SIZE) == 0 &&
        link_connected(&old->link, hello->window, hello->max_body, hello->received, event->now)) {
        resume(post, conn, old, hello, outbox);
        return POST_NOTHING;
    }
    if (hello->peer_boot) { /* it means to go on with a link that cannot: begin with a new one */
        post_conn_drop(post, conn, true, outbox);
        post_line_later(post, line, event->now);
        delivery->peer = old;
        delivery->why = "its numbers do not fit";
        return old ? POST_LOST : POST_NOTHING;
    }
    delivery->lost = old;
    delivery->why = "it began anew";
    struct peer *peer = post_peer_new(post, hello->role, line->link_id, event->now);
    peer->line = conn->line;
    line->peer = peer;
    note_hello(peer, hello);
    link_connected(&peer->link, hello->window, hello->max_body, 0, event->now);
    bind_conn(post, conn, peer, outbox);
    follow(post, peer);
    delivery->peer = peer;
    return POST_ANSWERED;
}

/* Who was dialled answers the handshake with something else than WELCOME; `code`: of its decoding. */
enum post_verdict post_shake_refusal(struct post *post, struct post_conn *conn, const struct event *event,
                                     enum error_code code, struct outbox *outbox, struct delivery *delivery)
{
    const struct message *message = &delivery->message;
    struct post_line *line = post_line_at(post, conn->line);
    assert(line != NULL); /* a line stays for as long as its connection */
    char *text = line->refusal;
    snprintf(text, sizeof(line->refusal), "it does not speak this protocol");
    delivery->code = code == CODE_NONE ? CODE_UNEXPECTED : code;
    if (code == CODE_NONE && message->kind == KIND_ERROR) {
        post_put_text(text, sizeof(line->refusal), message->error.text);
        delivery->code =
            message->error.code < CODE_LIMIT ? (enum error_code)message->error.code : CODE_REFUSED;
    }
    if (code == CODE_BAD_VERSION)
        snprintf(text, sizeof(line->refusal),
                 "it speaks version %" PRIu64 " of the protocol, and this side version %d", message->version,
                 PROTOCOL_VERSION);
    outbox_log(outbox, post_line_trouble(line, TROUBLE_SHAKING), "%s %s refuses the handshake: %s",
               role_name(line->role), line->name, text);
    delivery->why = text;
    post_conn_drop(post, conn, true, outbox);
    post_line_later(post, line, event->now);
    return POST_REFUSED;
}
