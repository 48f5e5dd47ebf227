/* zap: who is let in. A REP socket in the loop: libzmq's I/O thread asks on behalf of each connection in its
 * handshake, which waits for the answer. */
#include "edge/zap.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "common/base/mem.h"
#include "edge/log.h"

enum {
    ANSWERS = 64,       /* questions that are answered in a row, before the rest of the loop has its turn */
    REQUEST_FRAMES = 7, /* version, number, domain, address, routing id, mechanism, key */
    FRAME_SIZE = 256,
    TOLD = 64,      /* rejected keys that are remembered, so that each is told once */
    LINES = 30,     /* lines of the log about rejected keys, */
    PERIOD = 60000, /* ms, in so long */
};

enum {
    REQUEST_VERSION,
    REQUEST_NUMBER,
    REQUEST_DOMAIN,
    REQUEST_ADDRESS,
    REQUEST_ID,
    REQUEST_MECHANISM,
    REQUEST_KEY
};

struct frame {
    char text[FRAME_SIZE]; /* with a zero behind it */
    size_t size;           /* above FRAME_SIZE - 1: the rest is not here */
};

struct rejected {
    char text[KEY_TEXT_SIZE];
    enum door door;
};

struct zap {
    void *socket;
    const struct keys *keys;
    struct rejected told[TOLD]; /* a ring */
    unsigned told_next;
    uint64_t period_end; /* ms */
    unsigned lines;      /* written in this period, */
    uint64_t untold;     /* and left out */
};

const char *zap_domain(enum door door)
{
    return door == DOOR_WORKERS ? "workers" : "front";
}

struct zap *zap_new(void *context, const struct keys *keys)
{
    void *socket = zmq_socket(context, ZMQ_REP);
    int linger = 0;
    if (!socket)
        return NULL;
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    if (zmq_bind(socket, "inproc://zeromq.zap.01") != 0) {
        zmq_close(socket);
        return NULL;
    }
    struct zap *zap = mem_zalloc(1, sizeof *zap);
    zap->socket = socket;
    zap->keys = keys;
    return zap;
}

void zap_free(struct zap *zap)
{
    if (!zap)
        return;
    zmq_close(zap->socket);
    mem_free(zap);
}

void *zap_socket(const struct zap *zap)
{
    return zap->socket;
}

/* Whether one more line may go to the log: who tries with a new key each time is not to fill it. */
static bool may_tell(struct zap *zap, uint64_t now)
{
    if (now >= zap->period_end) {
        if (zap->untold > 0)
            log_line(LOG_WARNING, "%llu more keys were not let in", (unsigned long long)zap->untold);
        zap->period_end = now + PERIOD;
        zap->lines = 0;
        zap->untold = 0;
    }
    if (zap->lines == LINES) {
        zap->untold++;
        return false;
    }
    zap->lines++;
    return true;
}

/* Whether this key was rejected at this door before, as far as is remembered; it is from now on. */
static bool was_told(struct zap *zap, const char *text, enum door door)
{
    for (unsigned i = 0; i < TOLD; i++) {
        if (zap->told[i].door == door && strcmp(zap->told[i].text, text) == 0)
            return true;
    }
    struct rejected *rejected = &zap->told[zap->told_next++ % TOLD];
    memcpy(rejected->text, text, KEY_TEXT_SIZE);
    rejected->door = door;
    return false;
}

static void tell(struct zap *zap, const char *text, const struct key *key, enum door door,
                 const char *address, uint64_t now)
{
    char roles[64];
    if (was_told(zap, text, door) || !may_tell(zap, now))
        return;
    certificate_roles_text(zap->keys->doors[door], roles, sizeof roles);
    if (key)
        log_line(LOG_WARNING, "%s is not let in: its key %s has the role %s, and here a key for %s is needed",
                 address, key->name, key_role_name(key->role), roles);
    else
        log_line(
            LOG_WARNING,
            "%s is not let in: its public key %s is not in %s (if it should be: copy its .cert there, and send "
            "SIGHUP)",
            address, text, zap->keys->directory);
}

void zap_forget(struct zap *zap)
{
    memset(zap->told, 0, sizeof zap->told);
}

/* Receives one question. False: there is none. `*count` frames came. */
static bool receive(void *socket, struct frame *frames, size_t *count)
{
    int more = 1;
    size_t size = sizeof more;
    for (*count = 0; more; (*count)++) {
        struct frame spare, *frame = *count < REQUEST_FRAMES ? &frames[*count] : &spare;
        int got = zmq_recv(socket, frame->text, FRAME_SIZE - 1, ZMQ_DONTWAIT);
        if (got < 0)
            return false;
        frame->size = (size_t)got;
        frame->text[got < FRAME_SIZE ? got : FRAME_SIZE - 1] = '\0';
        zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &size);
    }
    return true;
}

static bool find_door(const struct frame *domain, enum door *door)
{
    for (*door = DOOR_FRONT; *door < DOOR_LINE; (*door)++) {
        if (strcmp(domain->text, zap_domain(*door)) == 0)
            return true;
    }
    return false;
}

/* The text of the key that is let in; NULL: it is not. */
static const char *decide(struct zap *zap, const struct frame *frames, char *text, uint64_t now)
{
    enum door door;
    if (strcmp(frames[REQUEST_MECHANISM].text, "CURVE") != 0 || frames[REQUEST_KEY].size != KEY_SIZE ||
        !find_door(&frames[REQUEST_DOMAIN], &door))
        return NULL;
    zmq_z85_encode(text, (const uint8_t *)frames[REQUEST_KEY].text, KEY_SIZE);
    if (keys_let_in(zap->keys, door, text))
        return text;
    tell(zap, text, keys_find(zap->keys, text), door, frames[REQUEST_ADDRESS].text, now);
    return NULL;
}

static void answer(void *socket, const struct frame *number, const char *user)
{
    const struct {
        const char *text;
        size_t size;
    } frames[] = {
        {"1.0", 3},
        {number->text, number->size < FRAME_SIZE ? number->size : 0},
        {user ? "200" : "400", 3},
        {user ? "OK" : "not let in", user ? 2 : 10},
        {user ? user : "", user ? strlen(user) : 0},
        {"", 0},
    };
    size_t last = sizeof frames / sizeof *frames - 1;
    for (size_t i = 0; i <= last; i++)
        zmq_send(socket, frames[i].text, frames[i].size, ZMQ_DONTWAIT | (i < last ? ZMQ_SNDMORE : 0));
}

void zap_answer(struct zap *zap, uint64_t now)
{
    struct frame frames[REQUEST_FRAMES];
    char text[KEY_TEXT_SIZE];
    size_t count;
    for (unsigned answers = 0; answers < ANSWERS && receive(zap->socket, frames, &count); answers++) {
        bool good = count == REQUEST_FRAMES && strcmp(frames[REQUEST_VERSION].text, "1.0") == 0;
        if (count < REQUEST_FRAMES)
            frames[REQUEST_NUMBER].size = count > REQUEST_NUMBER ? frames[REQUEST_NUMBER].size : 0;
        answer(zap->socket, &frames[REQUEST_NUMBER], good ? decide(zap, frames, text, now) : NULL);
    }
}
