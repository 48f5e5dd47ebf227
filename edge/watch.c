/* watch: what happens at a listening socket that no mail tells of; see watch.h. */
#include "edge/watch.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/log.h"

enum {
    SILENCE = 10000, /* ms that a connection has to say HELLO, until it is told of */
    AT_ONCE = 1000,  /* events that are read in a turn */
    WATCHED = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_DISCONNECTED
};

void watch_open(struct watch *watch, void *context, void *router, bool keys)
{
    char endpoint[48];
    uint64_t name;
    int none = 0;
    *watch = (struct watch){.router = router, .keys = keys};
    clock_random(&name, sizeof name);
    snprintf(endpoint, sizeof endpoint, "inproc://watch-%" PRIx64, name);
    watch->monitor = zmq_socket(context, ZMQ_PAIR);
    if (!watch->monitor)
        return;
    zmq_setsockopt(watch->monitor, ZMQ_LINGER, &none, sizeof none);
    zmq_setsockopt(watch->monitor, ZMQ_RCVHWM, &none,
                   sizeof none); /* libzmq's thread must never wait for us */
    if (zmq_socket_monitor(router, endpoint, WATCHED) != 0 || zmq_connect(watch->monitor, endpoint) != 0)
        watch_close(watch);
}

void watch_close(struct watch *watch)
{
    if (watch->monitor) {
        zmq_socket_monitor(watch->router, NULL, 0);
        zmq_close(watch->monitor);
    }
    mem_free(watch->since);
    *watch = (struct watch){0};
}

static void set(struct watch *watch, size_t file, uint64_t since)
{
    if (file >= watch->room) {
        if (since == 0)
            return;
        size_t room = file + 64;
        watch->since = mem_resize(watch->since, room, sizeof *watch->since);
        memset(watch->since + watch->room, 0, (room - watch->room) * sizeof *watch->since);
        watch->room = room;
    }
    watch->silent += (since != 0) - (size_t)(watch->since[file] != 0);
    watch->since[file] = since;
}

static void take(struct watch *watch, uint16_t event, uint32_t value, uint64_t now)
{
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        set(watch, value, now);
    else if (event == ZMQ_EVENT_DISCONNECTED)
        set(watch, value, 0);
    else if (value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
        log_line(LOG_WARNING, "a connection is turned away: %s",
                 watch->keys ? "it came without a key, and here keys are needed (--keys at the other side)"
                             : "it came with keys, and there are none here (--keys on this side)");
}

void watch_read(struct watch *watch, uint64_t now)
{
    uint8_t head[6], endpoint[256];
    for (int i = 0; i < AT_ONCE && watch->monitor; i++) {
        if (zmq_recv(watch->monitor, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head)
            return;
        zmq_recv(watch->monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
        uint16_t event;
        uint32_t value;
        memcpy(&event, head, sizeof event);
        memcpy(&value, head + sizeof event, sizeof value);
        take(watch, event, value, now);
    }
}

void watch_heard(struct watch *watch, zmq_msg_t *message)
{
    int file = watch->silent > 0 ? zmq_msg_get(message, ZMQ_SRCFD) : -1;
    if (file >= 0)
        set(watch, (size_t)file, 0);
}

/* Where the other side of a connection is. */
static void write_peer(int file, char *text, size_t size)
{
    struct sockaddr_storage peer = {0};
    socklen_t length = sizeof peer;
    char host[NI_MAXHOST], port[NI_MAXSERV];
    snprintf(text, size, "this machine");
    if (getpeername(file, (struct sockaddr *)&peer, &length) == 0 && peer.ss_family != AF_UNIX &&
        getnameinfo((struct sockaddr *)&peer, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0)
        snprintf(text, size, "%s:%s", host, port);
}

void watch_tell(struct watch *watch, uint64_t now)
{
    char peer[128];
    for (size_t file = 0; watch->silent > 0 && file < watch->room; file++) {
        if (watch->since[file] == 0 || now < watch->since[file] + SILENCE)
            continue;
        write_peer((int)file, peer, sizeof peer);
        log_line(LOG_WARNING, "a connection from %s has said nothing for %d s: no HELLO has come", peer,
                 SILENCE / 1000);
        set(watch, file, 0); /* told once */
    }
}
