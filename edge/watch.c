/* watch: what happens at a listening socket that no mail tells of; see watch.h. */
#include "edge/watch.h"

#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/hosts.h"
#include "edge/line/clock.h"
#include "edge/log.h"

enum {
    SILENCE = 10000, /* ms that a connection has to say HELLO, with ZeroMQ's handshake */
    PATIENCE = 2,    /* turns in which mail is read that came while this process did not run */
    AT_ONCE = 1000,  /* events that are read in a turn */
    TURNED_WHY = 100,
    /* that a handshake has succeeded is told too, but not of which descriptor */
    WATCHED = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_DISCONNECTED
};

/* A descriptor of libzmq's. */
struct watched {
    uint32_t serial; /* of the connection that has it, 0: there is none */
    uint32_t claims; /* how many peers' first mail came by it, as libzmq says; over 1: it is not sure whose it
                        is */
    uint64_t since;  /* ms: from when on it has had to say something, 0: it need not */
    uint64_t host;   /* where it came from, as hosts.h numbers it; 0: it is of no matter */
    uint64_t given_up; /* whom nobody hears any more on it: his words do not keep it; 0: nobody */
};

/* A connection that is to be closed. */
struct turned {
    size_t file;
    uint32_t serial;
    char why[TURNED_WHY];
};

void watch_open(struct watch *watch, void *context, void *router, const struct watch_rules *rules)
{
    char endpoint[48];
    uint64_t name;
    int none = 0;
    *watch = (struct watch){
        .router = router, .rules = *rules, .arrivals = {.rate = rules->rate}, .turned_at = clock_ms()};
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
    mem_free(watch->files);
    mem_free(watch->turned);
    arrivals_free(&watch->arrivals);
    *watch = (struct watch){0};
}

/* What is known of a descriptor; NULL: nothing, and there is no room made for it. */
static struct watched *find(const struct watch *watch, size_t file)
{
    return file < watch->room && watch->files[file].serial != 0 ? &watch->files[file] : NULL;
}

/* From when on a connection has to say something; 0: it need not. */
static void expect(struct watch *watch, struct watched *watched, uint64_t since)
{
    watch->silent += (since != 0) - (size_t)(watched->since != 0);
    watched->since = since;
}

static void end(struct watch *watch, size_t file)
{
    struct watched *watched = find(watch, file);
    if (watched == NULL)
        return;
    expect(watch, watched, 0);
    arrivals_end(&watch->arrivals, watched->host);
    watched->serial = 0;
    watch->open--;
}

/* Why a connection that was accepted just now is one too many; NULL: it is not. */
static const char *is_too_many(struct watch *watch, uint64_t host, uint64_t now, char *why, size_t size)
{
    const uint64_t most = watch->rules.most;
    enum arrivals_verdict verdict = arrivals_begin(&watch->arrivals, host, watch->open, most, now);
    if (watch->open > most)
        snprintf(why, size, "there are %" PRIu64 " already, as many as may be (setting limits/connections)",
                 most);
    else if (verdict == ARRIVALS_MANY)
        snprintf(why, size, "of at most %" PRIu64 " (setting limits/connections) its host has %" PRIu32, most,
                 arrivals_count(&watch->arrivals, host) - 1);
    else if (verdict == ARRIVALS_FAST)
        snprintf(why, size, "its host makes more than %" PRIu64 " a second (setting limits/connection-rate)",
                 watch->rules.rate);
    else
        return NULL;
    return why;
}

/* Notes one that is to be closed. */
static void turn_away(struct watch *watch, size_t file, const char *why)
{
    if (watch->turned_count == watch->turned_room) {
        watch->turned_room += 64;
        watch->turned = mem_resize(watch->turned, watch->turned_room, sizeof *watch->turned);
    }
    struct turned *turned = &watch->turned[watch->turned_count++];
    *turned = (struct turned){.file = file, .serial = watch->files[file].serial};
    snprintf(turned->why, sizeof turned->why, "%s", why);
}

static void begin(struct watch *watch, size_t file, uint64_t now)
{
    char why[TURNED_WHY];
    if (file >= watch->room) {
        size_t room = file + 64;
        watch->files = mem_grow(watch->files, watch->room, room, sizeof *watch->files);
        watch->room = room;
    }
    end(watch, file);
    if (++watch->serial == 0)
        watch->serial = 1;
    /* should the descriptor be another connection's by now, that one's host has one too many for a while */
    uint64_t host = watch->rules.rate ? hosts_of_socket((int)file) : 0;
    watch->files[file] = (struct watched){.serial = watch->serial, .host = host};
    watch->open++;
    expect(watch, &watch->files[file], now);
    if (is_too_many(watch, host, now, why, sizeof why))
        turn_away(watch, file, why);
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

static void take(struct watch *watch, uint16_t event, uint32_t value, uint64_t now)
{
    if (event == ZMQ_EVENT_ACCEPTED)
        begin(watch, value, now);
    else if (event == ZMQ_EVENT_DISCONNECTED)
        end(watch, value);
    else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL &&
             value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH)
        log_line(LOG_WARNING, "a connection is turned away: %s",
                 watch->rules.keys
                     ? "it came without a key, and here keys are needed (--keys at the other side)"
                     : "it came with keys, and there are none here (--keys on this side)");
}

/* Takes the next event; false: there is none. */
static bool read_one(struct watch *watch, uint64_t now)
{
    uint8_t head[6], endpoint[256];
    uint16_t event;
    uint32_t value;
    if (!watch->monitor || zmq_recv(watch->monitor, head, sizeof head, ZMQ_DONTWAIT) != (int)sizeof head)
        return false;
    zmq_recv(watch->monitor, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
    memcpy(&event, head, sizeof event);
    memcpy(&value, head + sizeof event, sizeof value);
    take(watch, event, value, now);
    return true;
}

/* Closes a connection; `peer` says where its other side was. False: it has ended by itself meanwhile. */
static bool shut(struct watch *watch, size_t file, uint64_t now, char *peer, size_t peer_size)
{
    uint32_t serial = watch->files[file].serial;
    int copy = dup((int)file);
    while (read_one(watch, now)) /* had it ended before the copy was made, the word of it is here */
        continue;
    const struct watched *watched = find(watch, file);
    bool same = copy >= 0 && watched && watched->serial == serial;
    if (same) {
        write_peer(copy, peer, peer_size);
        shutdown(copy, SHUT_RDWR);
    }
    if (copy >= 0)
        close(copy);
    return same;
}

void watch_read(struct watch *watch, uint64_t now)
{
    char peer[128];
    for (int i = 0; i < AT_ONCE && read_one(watch, now); i++)
        continue;
    for (int i = 0; i < AT_ONCE && watch->turned_count > 0; i++) {
        struct turned turned = watch->turned[--watch->turned_count];
        const struct watched *watched = find(watch, turned.file);
        if (watched && watched->serial == turned.serial && shut(watch, turned.file, now, peer, sizeof peer))
            log_line(LOG_WARNING, "a connection from %s is closed: %s", peer, turned.why);
    }
}

struct watch_mark watch_heard(struct watch *watch, zmq_msg_t *message, uint64_t who)
{
    int file = zmq_msg_get(message, ZMQ_SRCFD);
    struct watched *watched = file >= 0 ? find(watch, (size_t)file) : NULL;
    if (watched == NULL)
        return (struct watch_mark){0};
    if (watched->given_up == 0 || watched->given_up != who) {
        expect(watch, watched, 0);
        watched->given_up = 0;
    }
    watched->claims++;
    return (struct watch_mark){(size_t)file, watched->serial, who};
}

void watch_forget(struct watch *watch, struct watch_mark mark, uint64_t now)
{
    struct watched *watched = mark.serial ? find(watch, mark.file) : NULL;
    if (watched && watched->serial == mark.serial && watched->claims == 1) {
        watched->claims = 0;
        if (watched->since == 0)
            expect(watch, watched, now);
        watched->given_up = mark.who;
    }
}

void watch_turn(struct watch *watch, uint64_t now)
{
    char peer[128];
    if (now - watch->turned_at > 2 * WATCH_PERIOD)
        watch->patience = PATIENCE;
    watch->turned_at = now;
    watch_read(watch, now); /* what was left of a crowd */
    arrivals_sweep(&watch->arrivals, now);
    if (watch->patience > 0) {
        watch->patience--;
        return;
    }
    for (size_t file = 0; watch->silent > 0 && file < watch->room; file++) {
        if (watch->files[file].since == 0 || now < watch->files[file].since + SILENCE)
            continue;
        bool given_up = watch->files[file].given_up != 0;
        if (shut(watch, file, now, peer, sizeof peer))
            log_line(LOG_WARNING, "a connection from %s has %s for %d s and is closed%s", peer,
                     given_up ? "had no link" : "said nothing", SILENCE / 1000,
                     given_up ? "" : ": no HELLO has come");
        struct watched *watched = find(watch, file);
        if (watched)
            expect(watch, watched, 0); /* once; ZeroMQ ends it */
    }
}
