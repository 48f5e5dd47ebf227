/* line: one manager to dial. Each connection has a DEALER of its own with a new random routing id, so that
 * libzmq never resumes one in silence (PROTOCOL.md section 1).
 *
 * Differs from what PROTOCOL.md advises: the reconnect interval is not -1 but longer than any connection
 * attempt. With -1, libzmq 4.3.4 does not report a name that it cannot resolve. ZMQ_IMMEDIATE stays 0: with
 * 1, libzmq drops at once what has arrived and was not read when a connection ends (measured: 100 of 100
 * messages). What it guards against cannot happen here, since nothing is sent before the connection is up and
 * the socket is closed when it is gone. */
#include "edge/line/line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>
#include <zmq.h>

#include "edge/line/clock.h"
#include "edge/line/home.h"
#include "edge/line/knock.h"

enum {
    RECEIVE_HWM = 10000,           /* messages; a peer that minds no window is held up by its own TCP */
    NEVER_RECONNECT = 3600 * 1000, /* ms: we are gone long before */
    CONNECT_TIME = 5000,           /* ms for TCP */
    HANDSHAKE_TIME = 5000,         /* ms for ZeroMQ's handshake */
    OF_USE = 1000,                 /* ms that a connection lasts which was */
    IDENTITY_SIZE = 16,            /* bytes */
    UNKNOWN_KEY = 400,             /* ZAP's status */
    WATCHED = ZMQ_EVENT_CLOSED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_DISCONNECTED |
              ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
              ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH,
};

static void set(void *socket, int option, int value)
{
    if (zmq_setsockopt(socket, option, &value, sizeof value) != 0)
        abort();
}

void line_init(struct line *line, uint32_t number, const struct host_port *address, void *context, int epoll)
{
    memset(line, 0, sizeof *line);
    line->number = number;
    line->address = line->first = *address;
    line->rest_of_brokers = address->others;
    line->context = context;
    line->epoll = epoll;
    address_text(address, line->text);
    if (address_is_ipc(address->host))
        line_set_ipc(line, address->host);
}

void line_set_keys(struct line *line, const struct keys *keys, enum key_role role)
{
    line->keys = line->ipc[0] ? NULL : keys; /* the file system has its own */
    line->role = role;
}

void line_set_ipc(struct line *line, const char *endpoint)
{
    snprintf(line->ipc, sizeof line->ipc, "%s", endpoint);
    snprintf(line->text, sizeof line->text, "%s", endpoint);
    line->keys = NULL;
}

const struct certificate *line_server(const struct line *line)
{
    return line->keys ? keys_server(line->keys, line->role) : NULL;
}

/* Whether the key of who answers was taken out of the table. */
static bool is_barred(const struct line *line)
{
    return line->keys && !keys_may_dial(line->keys, line_server(line));
}

void line_describe(struct line *line, const struct host_port *name)
{
    char text[ADDRESS_SIZE];
    address_text(name, text);
    snprintf(line->text, sizeof line->text, "%s at %s", text, line->address.host);
}

/* One that refuses, is a standby or stands still is left for the next one. */
static void choose_broker(struct line *line)
{
    if (line->first.others && line->dialled && line->lasted < OF_USE) {
        if (line->rest_of_brokers) {
            address_next(&line->rest_of_brokers, line->first.others_port, &line->address);
        } else {
            line->address = line->first;
            line->rest_of_brokers = line->first.others;
        }
        address_text(&line->address, line->text);
    }
    line->dialled = true;
    line->lasted = 0;
}

void line_dial(struct line *line, int wake, uint64_t now)
{
    char port[8];
    line_close(line, 0);
    choose_broker(line);
    line->nobody = false;
    line->tried_size = 0;
    snprintf(port, sizeof port, "%u", line->address.port);
    line->since = now;
    line->resolve = line->ipc[0] || is_barred(line) ? NULL : resolve_start(line->address.host, port, wake);
    line->state = LINE_RESOLVING;
}

/* Puts the socket's descriptor into the epoll. False: the system has no room for it. */
static bool watch_file(struct line *line, void *socket, uint32_t tag, int *file)
{
    size_t size = sizeof *file;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
    if (zmq_getsockopt(socket, ZMQ_FD, file, &size) == 0 &&
        epoll_ctl(line->epoll, EPOLL_CTL_ADD, *file, &event) == 0)
        return true;
    *file = 0;
    return false;
}

/* Only who has the key that we know him by is connected to. */
static void set_keys(const struct line *line)
{
    const struct certificate *own = &line->keys->own, *server = line_server(line);
    zmq_setsockopt(line->dealer, ZMQ_CURVE_SERVERKEY, server->key.bytes, KEY_SIZE);
    zmq_setsockopt(line->dealer, ZMQ_CURVE_PUBLICKEY, own->key.bytes, KEY_SIZE);
    zmq_setsockopt(line->dealer, ZMQ_CURVE_SECRETKEY, own->secret, KEY_SIZE);
}

/* A DEALER with its monitor, not yet connected. False: there are no sockets left. */
static bool make_sockets(struct line *line)
{
    uint8_t identity[IDENTITY_SIZE];
    char endpoint[48];
    uint64_t name; /* of the monitor's inproc endpoint: they are freed late, so none is used again */
    clock_random(identity, sizeof identity);
    identity[0] = 1;
    memcpy(&name, identity + 8, sizeof name);
    line->dealer = zmq_socket(line->context, ZMQ_DEALER);
    line->rest = false;
    line->monitor = line->dealer ? zmq_socket(line->context, ZMQ_PAIR) : NULL;
    snprintf(endpoint, sizeof endpoint, "inproc://monitor-%" PRIx64, name);
    if (!line->monitor || zmq_socket_monitor(line->dealer, endpoint, WATCHED) != 0 ||
        zmq_connect(line->monitor, endpoint) != 0)
        return false;
    zmq_setsockopt(line->dealer, ZMQ_ROUTING_ID, identity, sizeof identity);
    zmq_setsockopt(line->dealer, ZMQ_MAXMSGSIZE, &line->largest_frame, sizeof line->largest_frame);
    set(line->dealer, ZMQ_RECONNECT_IVL, NEVER_RECONNECT);
    set(line->dealer, ZMQ_CONNECT_TIMEOUT, CONNECT_TIME);
    set(line->dealer, ZMQ_HANDSHAKE_IVL, HANDSHAKE_TIME);
    set(line->dealer, ZMQ_SNDHWM, 0); /* the link's window bounds it */
    set(line->dealer, ZMQ_RCVHWM, RECEIVE_HWM);
    set(line->monitor, ZMQ_LINGER, 0);
    if (line->keys)
        set_keys(line);
    return watch_file(line, line->dealer, line->number, &line->dealer_file) &&
           watch_file(line, line->monitor, line->number | LINE_NEWS, &line->monitor_file);
}

static void close_sockets(struct line *line, int linger)
{
    if (line->monitor_file)
        epoll_ctl(line->epoll, EPOLL_CTL_DEL, line->monitor_file, NULL);
    if (line->dealer_file)
        epoll_ctl(line->epoll, EPOLL_CTL_DEL, line->dealer_file, NULL);
    line->monitor_file = line->dealer_file = 0;
    if (line->dealer) {
        set(line->dealer, ZMQ_LINGER, linger);
        zmq_socket_monitor(line->dealer, NULL, 0);
        zmq_close(line->dealer);
    }
    if (line->monitor)
        zmq_close(line->monitor);
    line->dealer = line->monitor = NULL;
}

/* Writes the endpoint of `address`, which is numeric. */
static void write_endpoint(struct line *line, const struct addrinfo *address, char *endpoint, size_t size)
{
    char host[NI_MAXHOST], port[NI_MAXSERV];
    bool v6 = address->ai_family == AF_INET6;
    if (getnameinfo(address->ai_addr, address->ai_addrlen, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        host[0] = port[0] = '\0';
    line->local = address_is_loopback(host);
    set(line->dealer, ZMQ_IPV6, v6);
    snprintf(endpoint, size, v6 ? "tcp://[%s]:%s" : "tcp://%s:%s", host, port);
}

static bool connect_to(struct line *line, const char *endpoint)
{
    if (zmq_connect(line->dealer, endpoint) == 0)
        return true;
    snprintf(line->why, sizeof line->why, "cannot connect to %s: %s", endpoint, zmq_strerror(errno));
    return false;
}

/* A new DEALER, which is about to connect. False, with `why` set: there is none. */
static bool begin(struct line *line, uint64_t now)
{
    close_sockets(line, 0);
    line->since = now;
    line->state = LINE_CONNECTING;
    if (make_sockets(line))
        return true;
    snprintf(line->why, sizeof line->why, "no socket for it: %s", zmq_strerror(errno));
    return false;
}

/* Begins to connect to the next address; false, with `why` set, when that cannot even begin. */
static bool try_next(struct line *line, uint64_t now)
{
    char endpoint[NI_MAXHOST + NI_MAXSERV + 16];
    const struct addrinfo *address = line->next;
    line->next = address->ai_next;
    line->tried_size = line->addresses->ai_next ? 0 : address->ai_addrlen;
    memcpy(&line->tried, address->ai_addr, line->tried_size);
    if (!begin(line, now))
        return false;
    write_endpoint(line, address, endpoint, sizeof endpoint);
    return connect_to(line, endpoint);
}

/* Where libzmq was not connected: has the line ask by itself whether anybody listens there. False: it is not
 * to be asked, or is known already. */
static bool knock(struct line *line)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.u32 = line->number | LINE_NEWS};
    if (!line->knocks || line->tried_size == 0)
        return false;
    close_sockets(line, 0);
    enum knock answer = knock_begin((struct sockaddr *)&line->tried, line->tried_size, &line->knock);
    line->nobody = answer == KNOCK_NOBODY;
    if (answer != KNOCK_WAITS)
        return false;
    if (epoll_ctl(line->epoll, EPOLL_CTL_ADD, line->knock, &event) == 0) {
        line->state = LINE_KNOCKING;
        return true;
    }
    close(line->knock);
    return false;
}

static enum line_news watch_knock(struct line *line)
{
    enum knock answer = knock_end(line->knock);
    if (answer == KNOCK_WAITS)
        return LINE_NO_NEWS;
    line->nobody = answer == KNOCK_NOBODY;
    line->state = LINE_CONNECTING;
    line_close(line, 0);
    return LINE_REFUSED;
}

/* This address does not answer: the next one, or the end of this attempt. `line->why` is set. */
static enum line_news give_up(struct line *line, uint64_t now)
{
    while (line->next) {
        if (try_next(line, now))
            return LINE_NO_NEWS;
    }
    line_close(line, 0);
    return LINE_REFUSED;
}

/* Whose keys are amiss, and where to look; NULL: nobody's, as far as the event tells. */
static const char *explain_keys(struct line *line, unsigned event, unsigned value, char *text, size_t size)
{
    const struct keys *keys = line->keys;
    line->misfit = 0;
    if (is_barred(line)) {
        snprintf(text, size, "its key %s, of %s, is not in %s any more", line_server(line)->key.name,
                 keys_server_file(keys, line->role), keys->directory);
        return text;
    }
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL && value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH) {
        line->misfit = MISFIT_CERTAIN;
        snprintf(text, size, "it has keys, and this program has none: give it some with %s", line->keys_hint);
        return keys ? "it has no keys, and this program has (--keys)" : text;
    }
    if (!keys)
        return NULL;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
        line->misfit = value == UNKNOWN_KEY ? MISFIT_CERTAIN : 0;
        snprintf(text, size, "it does not let in our key %s of %s: its folder of allowed keys needs %s.cert",
                 keys->own.key.name, keys->own_file, keys->own.key.name);
    } else if (event == ZMQ_EVENT_DISCONNECTED ||
               (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL && value != EAGAIN)) {
        line->misfit = 1; /* a process that ends, or a proxy without one behind it, does the same */
        snprintf(
            text, size,
            "it closed the connection in the handshake, as it does when its key is not the one of %s, or when it has "
            "no keys",
            keys_server_file(keys, line->role));
    } else {
        return NULL;
    }
    return text;
}

/* Says in words why connecting failed. libzmq does not tell what connect() said. */
static void explain(struct line *line, unsigned event, unsigned value, uint64_t now)
{
    char text[sizeof line->why];
    const char *why =
        home_holds(line->ipc)
            ? "nothing of this user's listens there: is it started here, and without --keys and --insecure?"
            : "nothing listens there, or it cannot be reached";
    const char *keys_why = explain_keys(line, event, value, text, sizeof text);
    if (keys_why)
        why = keys_why;
    else if (event == ZMQ_EVENT_CLOSED && now - line->since >= CONNECT_TIME - 100)
        why = "connecting timed out";
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL && value == EAGAIN)
        why = "it does not answer as a ZeroMQ peer does";
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL)
        why = "it is not a ZeroMQ peer";
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL || event == ZMQ_EVENT_DISCONNECTED)
        why = "it closed the connection before the handshake was done, as it does when it has keys (--keys)";
    snprintf(line->why, sizeof line->why, "%s", why);
}

static void note_path(struct line *line)
{
    struct sockaddr_un *to = (struct sockaddr_un *)&line->tried;
    *to = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(to->sun_path, sizeof to->sun_path, "%s", line->ipc + strlen("ipc://"));
    line->tried_size =
        line->ipc[strlen("ipc://")] == '@' ? 0 : sizeof *to; /* no path: a name of Linux's own */
}

static bool connect_ipc(struct line *line, uint64_t now)
{
    char why[HOME_WHY];
    line->local = true;
    note_path(line);
    if (home_is_safe(line->ipc, why))
        return begin(line, now) && connect_to(line, line->ipc);
    snprintf(line->why, sizeof line->why, "%s", why);
    return false;
}

static enum line_news watch_resolve(struct line *line, uint64_t now)
{
    const char *why = "no thread for it";
    if (is_barred(line)) {
        explain(line, 0, 0, now);
        return give_up(line, now);
    }
    if (line->ipc[0])
        return connect_ipc(line, now) ? LINE_NO_NEWS : give_up(line, now);
    if (line->resolve && !resolve_done(line->resolve, &line->addresses, &why))
        return LINE_NO_NEWS;
    resolve_free(line->resolve);
    line->resolve = NULL;
    line->next = line->addresses;
    if (why)
        snprintf(line->why, sizeof line->why, "cannot resolve %s: %s", line->address.host, why);
    return give_up(line, now);
}

/* Takes one event off the monitor; false: there is none. */
static bool read_monitor(struct line *line, unsigned *event, unsigned *value)
{
    uint8_t frame[6];
    uint16_t number;
    uint32_t detail;
    if (zmq_recv(line->monitor, frame, sizeof frame, ZMQ_DONTWAIT) < (int)sizeof frame)
        return false;
    memcpy(&number, frame, sizeof number);
    memcpy(&detail, frame + sizeof number, sizeof detail);
    *event = number;
    *value = detail;
    zmq_recv(line->monitor, frame, sizeof frame, ZMQ_DONTWAIT); /* the endpoint, which we know */
    return true;
}

/* Whether it is connect(2) that failed, and not what came behind it. */
static bool was_not_connected(unsigned event)
{
    return event == ZMQ_EVENT_CLOSED || event == ZMQ_EVENT_CONNECT_RETRIED;
}

static enum line_news watch_monitor(struct line *line, uint64_t now)
{
    unsigned event, value;
    while (line->monitor && read_monitor(line, &event, &value)) {
        if (line->state == LINE_CONNECTING && event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED && !is_barred(line)) {
            line_has_more(line); /* lets the DEALER see its connection: sending works from now on */
            line->state = LINE_OPEN;
            line->opened = now;
            return LINE_OPENED;
        }
        if (line->state == LINE_CONNECTING) {
            explain(line, event, value, now);
            if (was_not_connected(event) && now - line->since < CONNECT_TIME - 100 && knock(line))
                return LINE_NO_NEWS;
            if (give_up(line, now) == LINE_REFUSED)
                return LINE_REFUSED;
        } else if (line->state == LINE_OPEN && event == ZMQ_EVENT_DISCONNECTED) {
            snprintf(line->why, sizeof line->why, "the connection was closed");
            line->state = LINE_ENDED;
            return LINE_LOST;
        }
    }
    return LINE_NO_NEWS;
}

enum line_news line_watch(struct line *line, uint64_t now)
{
    if (line->state == LINE_RESOLVING) {
        enum line_news news = watch_resolve(line, now);
        if (news != LINE_NO_NEWS || line->state == LINE_RESOLVING)
            return news;
        /* a new monitor: its descriptor tells nothing before it was once found empty */
    }
    return line->state == LINE_KNOCKING ? watch_knock(line) : watch_monitor(line, now);
}

bool line_has_more(struct line *line)
{
    int events = 0;
    size_t size = sizeof events;
    return line->dealer && zmq_getsockopt(line->dealer, ZMQ_EVENTS, &events, &size) == 0 &&
           (events & ZMQ_POLLIN);
}

void line_close(struct line *line, int linger)
{
    if (line->state == LINE_KNOCKING)
        close(line->knock);
    if (line->state == LINE_OPEN || line->state == LINE_ENDED)
        line->lasted = clock_ms() - line->opened;
    close_sockets(line, linger);
    resolve_free(line->resolve);
    if (line->addresses)
        freeaddrinfo(line->addresses);
    line->resolve = NULL;
    line->addresses = line->next = NULL;
    line->state = LINE_IDLE;
}
