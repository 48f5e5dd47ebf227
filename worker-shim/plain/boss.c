/* boss: a plain worker's line to its shim. The shim sees a worker's death by its process, so this line has no
 * heartbeat and is never resumed. */
#include "worker-shim/plain/boss.h"

#include <stdlib.h>
#include <string.h>

#include "edge/line/clock.h"
#include "mailroom_version.h"

enum {
    LINGER = 1000,             /* ms */
    NEVER_RECONNECT = 3600000, /* ms: see edge/line/line.c */
    EXPIRY = 60000,            /* ms; the shim's is as good, the smaller one holds */
    WINDOW = 8 << 20,          /* bytes */
    LARGEST_FRAME = 16 << 20,  /* bytes */
};

#define MAX_BODY (1ull << 40) /* bytes: what a task's input may be is for the shim to say */

static const struct link_limits limits = {
    .expiry = EXPIRY, .window = WINDOW, .max_body = MAX_BODY, .max_queue = UINT64_MAX};

static void end(struct boss *boss, const char *why)
{
    if (!boss->over)
        boss->why = why;
    boss->over = true;
}

static void put(struct boss *boss, const struct letter *letter)
{
    if (mail_send(boss->dealer, NULL, 0, letter) != 0)
        end(boss, "the connection to the shim takes nothing");
}

static void say_hello(struct boss *boss, const char *name)
{
    struct message message = {.kind = KIND_HELLO};
    message.hello = (struct hello){.role = ROLE_WORKER,
                                   .boot = boss->boot,
                                   .link = boss->link_id,
                                   .expiry = limits.expiry,
                                   .window = limits.window,
                                   .max_body = limits.max_body,
                                   .software = span_text("mailroom-plain " MAILROOM_VERSION),
                                   .name = span_text(name)};
    struct letter *letter = letter_new(&message, SLICE_NONE);
    put(boss, letter);
    letter_unref(letter);
}

static bool set(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

bool boss_open(struct boss *boss, const char *endpoint, const char *name, uint64_t now)
{
    static const char monitor[] = "inproc://monitor";
    uint8_t identity[UUID_SIZE];
    int64_t largest = LARGEST_FRAME;
    memset(boss, 0, sizeof *boss);
    link_init(&boss->link, &limits, now);
    clock_random(boss->boot, sizeof boss->boot);
    clock_random(boss->link_id, sizeof boss->link_id);
    clock_random(identity, sizeof identity);
    identity[0] = 1;
    boss->context = zmq_ctx_new();
    boss->dealer = zmq_socket(boss->context, ZMQ_DEALER);
    boss->monitor = zmq_socket(boss->context, ZMQ_PAIR);
    if (!boss->dealer || !boss->monitor ||
        zmq_socket_monitor(boss->dealer, monitor, ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED) != 0 ||
        zmq_connect(boss->monitor, monitor) != 0 ||
        zmq_setsockopt(boss->dealer, ZMQ_ROUTING_ID, identity, sizeof identity) != 0 ||
        zmq_setsockopt(boss->dealer, ZMQ_MAXMSGSIZE, &largest, sizeof largest) != 0 ||
        !set(boss->dealer, ZMQ_RECONNECT_IVL, NEVER_RECONNECT) || !set(boss->dealer, ZMQ_LINGER, LINGER) ||
        !set(boss->dealer, ZMQ_SNDHWM, 0) || !set(boss->dealer, ZMQ_RCVHWM, 0) ||
        !set(boss->dealer, ZMQ_IPV6, strchr(endpoint, '[') != NULL) || !set(boss->monitor, ZMQ_LINGER, 0) ||
        zmq_connect(boss->dealer, endpoint) != 0)
        return false;
    say_hello(boss, name);
    return true;
}

static void take_welcome(struct boss *boss, const struct hello *welcome, uint64_t now)
{
    if (memcmp(welcome->link, boss->link_id, UUID_SIZE) != 0 ||
        !link_connected(&boss->link, welcome->window, welcome->max_body, welcome->received, now))
        end(boss, "the shim's WELCOME is for another link");
}

static void answer(struct boss *boss, unsigned kind)
{
    struct message message = {.kind = kind};
    struct letter *letter = letter_new(&message, SLICE_NONE);
    letter_stamp(letter, 0, link_acked(&boss->link));
    put(boss, letter);
    letter_unref(letter);
}

/* What a decoded message is for the link. True: the worker is to see it, with its whole body. */
static bool pass_link(struct boss *boss, uint64_t now, const struct message *message, struct slice *body)
{
    struct slice received = {boss->mail.body, 0, boss->mail.body ? boss->mail.body->size : 0};
    const char *why = NULL;
    if (message->kind == KIND_WELCOME && !boss->link.connected) {
        take_welcome(boss, &message->hello, now);
        return false;
    }
    if (!boss->link.connected || (message->kind == KIND_ERROR && message->seq == 0)) {
        end(boss, "the shim refused the handshake");
        return false;
    }
    switch (
        link_receive(&boss->link, message, zmq_msg_size(&boss->mail.header), &received, now, body, &why)) {
    case LINK_DELIVER: return true;
    case LINK_PING: answer(boss, KIND_PONG); return false;
    case LINK_FAULT:
    case LINK_TOO_LARGE: end(boss, why); return false;
    case LINK_SWALLOWED: break;
    }
    return false;
}

static void drop_mail(struct boss *boss)
{
    if (boss->has_mail)
        mail_drop(&boss->mail);
    boss->has_mail = false;
}

bool boss_receive(struct boss *boss, uint64_t now, struct message *message, struct slice *body)
{
    char event[64];
    const char *why;
    *body = SLICE_NONE;
    while (!boss->over) {
        drop_mail(boss);
        bool got = mail_receive(boss->dealer, false, &boss->mail);
        boss->has_mail = true;
        if (!got)
            break;
        if (message_decode(zmq_msg_data(&boss->mail.header), zmq_msg_size(&boss->mail.header), message,
                           &why) != CODE_NONE)
            end(boss, why);
        else if (pass_link(boss, now, message, body))
            return true;
    }
    /* its mail first, then the news that it is gone */
    if (zmq_recv(boss->monitor, event, sizeof event, ZMQ_DONTWAIT) >= 0)
        end(boss, "the shim is gone");
    return false;
}

void boss_send(struct boss *boss, const struct message *message, struct slice body)
{
    link_send(&boss->link, letter_new(message, body));
}

void boss_flush(struct boss *boss, uint64_t now)
{
    struct letter *letter;
    while (!boss->over && (letter = link_next(&boss->link)))
        put(boss, letter);
    for (enum link_due due; !boss->over && (due = link_due(&boss->link, now)) != LINK_NOTHING;) {
        if (due == LINK_SEND_ACK)
            answer(boss, KIND_ACK);
        else if (due == LINK_SEND_PING)
            answer(boss, KIND_PING);
        else
            end(boss, "the shim is silent");
    }
}

void boss_files(const struct boss *boss, int files[BOSS_FILES])
{
    size_t size = sizeof *files;
    if (zmq_getsockopt(boss->dealer, ZMQ_FD, &files[0], &size) != 0 ||
        zmq_getsockopt(boss->monitor, ZMQ_FD, &files[1], &size) != 0)
        abort();
}

static bool is_readable(void *socket)
{
    int events = 0;
    size_t size = sizeof events;
    return zmq_getsockopt(socket, ZMQ_EVENTS, &events, &size) == 0 && (events & ZMQ_POLLIN);
}

bool boss_has_more(const struct boss *boss)
{
    bool mail = is_readable(boss->dealer), news = is_readable(boss->monitor);
    return mail || news;
}

void boss_close(struct boss *boss)
{
    drop_mail(boss);
    link_free(&boss->link);
    if (boss->dealer) {
        zmq_socket_monitor(boss->dealer, NULL, 0);
        zmq_close(boss->dealer);
    }
    if (boss->monitor)
        zmq_close(boss->monitor);
    zmq_ctx_term(boss->context);
}
