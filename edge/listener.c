/* listener: a listening ROUTER. A peer that vanishes gives no event here, since libzmq's monitor knows no
 * routing ids: the core finds it silent, or sending to it fails. */
#include "common/base/index.h"

/* Of routing ids: uthash's own function takes 200 instructions for five bytes. */
#define HASH_FUNCTION(key, size, hash) \
    ((hash) = index_hash_bytes(listener->seed, (const uint8_t *)(key), (size)))

#include "edge/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/hosts.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/zap.h"

enum {
    LINGER = 1000,          /* ms */
    SEND_HWM = 100000,      /* messages to one peer that libzmq holds; the links' windows keep far below it */
    RECEIVE_HWM = 10000,    /* messages of one peer; a peer that sends faster is held up by its own TCP */
    BACKLOG = 1024,         /* connections that wait to be accepted */
    HANDSHAKE_TIME = 10000, /* ms for a peer to show that it speaks ZeroMQ */
    ZAP_ENFORCE_DOMAIN = 93, /* libzmq's option; its header names it only for drafts */
    TOLD = 32, /* connections beyond as many as may be, which the core tells so before they are closed */
    KEEPALIVE_IDLE = 60, /* s until TCP asks whether a silent peer is still there */
};

static void set(void *socket, int option, int value)
{
    if (zmq_setsockopt(socket, option, &value, sizeof value) != 0)
        abort();
}

static void set_options(void *router, int64_t largest_frame)
{
    set(router, ZMQ_ROUTER_MANDATORY, 1);
    set(router, ZMQ_ROUTER_HANDOVER, 0);
    set(router, ZMQ_LINGER, LINGER);
    set(router, ZMQ_SNDHWM, SEND_HWM);
    set(router, ZMQ_RCVHWM, RECEIVE_HWM);
    set(router, ZMQ_BACKLOG, BACKLOG);
    set(router, ZMQ_HANDSHAKE_IVL, HANDSHAKE_TIME);
    set(router, ZMQ_TCP_KEEPALIVE, 1);
    set(router, ZMQ_TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE);
    zmq_setsockopt(router, ZMQ_MAXMSGSIZE, &largest_frame, sizeof largest_frame);
}

/* Who does not know our public key, or has none that zap.c lets in, gets no further than ZeroMQ's handshake.
 */
static void set_keys(const struct listener *listener)
{
    const struct certificate *own = &listener->keys->own;
    const char *domain = zap_domain(listener->door);
    set(listener->router, ZMQ_CURVE_SERVER, 1);
    zmq_setsockopt(listener->router, ZMQ_CURVE_SECRETKEY, own->secret, KEY_SIZE);
    zmq_setsockopt(listener->router, ZMQ_ZAP_DOMAIN, domain, strlen(domain));
    int one = 1; /* with nobody to ask, nobody is let in */
    zmq_setsockopt(listener->router, ZAP_ENFORCE_DOMAIN, &one, sizeof one);
}

int listener_open(struct listener *listener, void *context, enum door door, const char *endpoint,
                  const struct keys *keys, const struct listener_limits *limits)
{
    size_t size = sizeof listener->endpoint;
    memset(listener, 0, sizeof *listener);
    listener->door = door;
    clock_random(&listener->seed, sizeof listener->seed);
    listener->local = strncmp(endpoint, "ipc:", 4) == 0;
    listener->refused = geteuid();
    listener->router = zmq_socket(context, ZMQ_ROUTER);
    if (!listener->router)
        return errno;
    set_options(listener->router, limits->frame);
    listener->keys = listener->local ? NULL : keys;
    if (listener->keys)
        set_keys(listener);
    set(listener->router, ZMQ_IPV6, strchr(endpoint, '[') != NULL);
    const struct watch_rules rules = {.keys = listener->keys != NULL,
                                      .most = limits->connections + TOLD,
                                      .rate = listener->local ? 0 : limits->rate};
    watch_open(&listener->watch, context, listener->router, &rules);
    if (zmq_bind(listener->router, endpoint) == 0 &&
        zmq_getsockopt(listener->router, ZMQ_LAST_ENDPOINT, listener->endpoint, &size) == 0)
        return 0;
    int error = errno;
    watch_close(&listener->watch);
    zmq_close(listener->router);
    listener->router = NULL;
    return error;
}

void listener_close(struct listener *listener)
{
    HASH_CLEAR(hh, listener->peers);
    listener->last = NULL;
    if (listener->local && place_is_whole(&listener->place)) /* else it is another process's by now */
        unlink(listener->endpoint + strlen("ipc://"));
    watch_close(&listener->watch);
    zmq_close(listener->router);
    listener->router = NULL;
}

unsigned listener_port(const struct listener *listener)
{
    const char *colon = strrchr(listener->endpoint, ':');
    return listener->local || !colon ? 0 : (unsigned)strtoul(colon + 1, NULL, 10);
}

/* Whether the peer that sent `header` is on this machine, going by the address of its TCP connection. */
static bool is_local(zmq_msg_t *header)
{
    const char *address = zmq_msg_gets(header, "Peer-Address");
    if (!address)
        return false;
    if (strncmp(address, "::ffff:", 7) == 0)
        address += 7;
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* Whose key the mail's connection has, as zap.c told libzmq; NULL: it is not let in any more. */
static const struct key *find_key(const struct listener *listener, const char *user)
{
    return user ? keys_let_in(listener->keys, listener->door, user) : NULL;
}

/* Whether the process at the other end of an ipc connection is of a user who is let in. */
static bool is_owned(struct listener *listener, zmq_msg_t *header, uint64_t *host)
{
    uid_t uid = geteuid();
    bool owned = owners_let_in(listener->owners, zmq_msg_gets(header, "Peer-Address"), &uid);
    *host = hosts_of_user(uid);
    if (owned)
        return true;
    if (uid != listener->refused)
        log_line(LOG_WARNING, "%s: a process of user %u is not let in (see --allow-uid)", listener->endpoint,
                 (unsigned)uid);
    listener->refused = uid;
    return false;
}

static int bind_to(void *router, const char *endpoint)
{
    return zmq_bind(router, endpoint) == 0 ? 0 : errno;
}

void listener_turn(struct listener *listener, uint64_t now)
{
    watch_turn(&listener->watch, now);
    place_turn(&listener->place, bind_to, listener->router);
}

bool listener_has_more(const struct listener *listener)
{
    int events = 0;
    size_t size = sizeof events;
    return zmq_getsockopt(listener->router, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

/* The connection with this routing id, NULL: there is none. Mail mostly comes in runs of one peer's. */
static struct conn *find(struct listener *listener, const void *identity, size_t size)
{
    struct conn *conn = listener->last;
    if (conn && conn->identity_size == size && memcmp(conn->identity, identity, size) == 0)
        return conn;
    HASH_FIND(hh, listener->peers, identity, size, conn);
    listener->last = conn;
    return conn;
}

struct conn *listener_conn(struct listener *listener, struct conns *conns, struct mail *mail)
{
    const void *identity = zmq_msg_data(&mail->identity);
    size_t size = mail->identity_size;
    struct conn *conn = find(listener, identity, size);
    struct watch_mark mark = {0};
    if (!conn) {
        watch_read(&listener->watch, clock_ms()); /* its handshake is told of before its mail */
        uint64_t who = 1 + (uint64_t)index_hash_bytes(listener->seed, identity, size);
        mark = watch_heard(&listener->watch, &mail->header, who);
    }
    const char *user = listener->keys ? zmq_msg_gets(&mail->header, "User-Id") : NULL;
    /* A routing id is the peer's own choice, and is free for libzmq as soon as its connection is gone, of
     * which nobody tells us: so the key is looked at each time. */
    if (conn)
        return !listener->keys || (user && strcmp(user, conn->user) == 0) ? conn : NULL;
    const struct key *key = listener->keys ? find_key(listener, user) : NULL;
    uint64_t host = listener->local ? 0 : hosts_of_address(zmq_msg_gets(&mail->header, "Peer-Address"));
    if ((listener->keys && !key) || (listener->local && !is_owned(listener, &mail->header, &host))) {
        watch_forget(&listener->watch, mark, clock_ms());
        return NULL;
    }
    conn = conns_add(conns, listener->door, identity, size);
    conn->listener = listener;
    conn->mark = mark;
    conn->local = listener->local || is_local(&mail->header);
    conn->host = host;
    if (key) {
        conn->key = *key;
        memcpy(conn->user, user, sizeof conn->user);
    }
    HASH_ADD_KEYPTR(hh, listener->peers, conn->identity, conn->identity_size, conn);
    return conn;
}

void listener_forget(struct listener *listener, struct conns *conns, struct conn *conn)
{
    watch_read(&listener->watch, clock_ms());
    watch_forget(&listener->watch, conn->mark, clock_ms());
    HASH_DELETE(hh, listener->peers, conn);
    if (listener->last == conn)
        listener->last = NULL;
    conns_remove(conns, conn);
}
