/* loop: see loop.h. A turn waits in one epoll for the DEALER, its monitor, the look-up of a name and whoever
 * wakes it; reads what is there, up to a budget; and looks again at what it touched, since receiving and
 * sending can use up the one announcement that libzmq makes of what is there. */
#include "clients/c/edge/loop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <zmq.h>

#include "common/base/mem.h"
#include "common/link/link.h"
#include "edge/line/clock.h"
#include "edge/line/line.h"
#include "edge/line/mail.h"

enum {
    LARGEST_FRAME = 16 << 20, /* bytes: PROTOCOL.md section 7 */
    CLOSE_LINGER = 1000,      /* ms for what was sent on a connection that the core closes */
    TURN_MESSAGES = 256,
    TURN_BYTES = 4 << 20,
    LATE = 50,    /* ms past the deadline: nobody drove this for a while */
    STALL = 1000, /* ms: for long */
    FILES = 4     /* that are in the epoll */
};

/* What the epoll's entries stand for; the line's are its number, 0, and LINE_NEWS. */
enum { TAG_WAKE = 1, TAG_RESOLVED = 2, TAG_TIMER = 3 };

struct loop {
    struct loop_core core;
    char *address; /* as it was given */
    struct keys *keys;
    struct outbox outbox;
    void *context;
    struct line line;
    int epoll, wake, resolved;
    int timer;      /* -1: the caller waits by loop_turn */
    uint64_t armed; /* ms, when the timer rings; NEVER: it does not */
    uint64_t now;   /* ms, of this turn */
    uint64_t due;   /* ms, the core's deadline after the last turn */
    uint32_t conn;  /* the number of the present connection, or of the last one */
    bool open;      /* the core has it */
    const char
        *failure; /* it cannot be sent to any more, as this says (static); the core is still to be told */
    bool waited;  /* the last turn was late, and the core was told so */
    bool more;    /* there is something that no descriptor need announce */
};

const char *loop_bare(const char *address)
{
    return strncmp(address, "tcp://", 6) == 0 ? address + 6 : address;
}

bool loop_is_ipc(const char *address)
{
    return strncmp(address, "ipc://", 6) == 0;
}

bool loop_check_address(const char *address, unsigned default_port, const char **why)
{
    struct host_port parsed;
    *why = NULL;
    if (loop_is_ipc(address)) {
        if (strlen(address) >= IPC_SIZE || !address[6])
            *why = "the path of a socket has 1 to 107 bytes";
    } else if (!strchr(address, ',') && strstr(loop_bare(address), "://")) {
        *why = "it is to begin with tcp:// or ipc://, or with the host";
    } else {
        *why = address_parse_several(loop_bare(address), default_port, &parsed);
    }
    return !*why;
}

static bool watch(struct loop *loop, int file, uint32_t tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
    return file >= 0 && epoll_ctl(loop->epoll, EPOLL_CTL_ADD, file, &event) == 0;
}

static void close_file(int file)
{
    if (file >= 0)
        close(file);
}

static void free_all(struct loop *loop)
{
    close_file(loop->epoll);
    close_file(loop->wake);
    close_file(loop->resolved);
    close_file(loop->timer);
    mem_free(loop->address);
    outbox_free(&loop->outbox);
    mem_free(loop);
}

struct loop *loop_new(const struct loop_config *config)
{
    struct loop *loop = mem_zalloc(1, sizeof *loop);
    struct host_port address = {0};
    loop->core = config->core;
    loop->timer = -1;
    loop->armed = loop->due = NEVER;
    loop->more = true; /* the first turn is due */
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->resolved = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!watch(loop, loop->wake, TAG_WAKE) || !watch(loop, loop->resolved, TAG_RESOLVED) ||
        !(loop->context = zmq_ctx_new())) {
        int error = errno;
        free_all(loop);
        errno = error;
        return NULL;
    }
    loop->address = mem_text(config->address, strlen(config->address)); /* a line borrows from it */
    if (!loop_is_ipc(loop->address))
        address_parse_several(loop_bare(loop->address), config->default_port, &address);
    line_init(&loop->line, 0, &address, loop->context, loop->epoll);
    loop->line.largest_frame = LARGEST_FRAME;
    loop->line.keys_hint = config->keys_hint;
    loop->keys = config->keys;
    line_set_keys(&loop->line, config->keys, config->server);
    if (loop_is_ipc(config->address))
        line_set_ipc(&loop->line, config->address);
    return loop;
}

void loop_free(struct loop *loop, bool forked, int linger)
{
    if (!loop)
        return;
    if (!forked) {
        line_close(&loop->line, linger);
        while (zmq_ctx_term(loop->context) != 0 && errno == EINTR)
            ;
    }
    if (loop->keys)
        keys_free(loop->keys);
    free_all(loop);
}

const char *loop_address(const struct loop *loop)
{
    return loop->line.text;
}

static void step(struct loop *loop, struct event *event);

static void send_letter(struct loop *loop, const struct order *order)
{
    if (!loop->open || order->conn != loop->conn || loop->failure)
        return; /* it went meanwhile; links send again what was lost */
    int error = mail_send(loop->line.dealer, NULL, 0, order->letter);
    if (error && loop->line.state != LINE_ENDED) /* else its end will be told after its mail */
        loop->failure = error == EAGAIN ? "it does not read what is sent to it" : "the connection is gone";
}

static void close_line(struct loop *loop, uint32_t conn)
{
    if (!loop->open || conn != loop->conn)
        return;
    loop->open = false;
    line_close(&loop->line, loop->failure ? 0 : CLOSE_LINGER);
    loop->failure = NULL;
}

static void dial(struct loop *loop)
{
    loop->open = false;
    loop->failure = NULL;
    line_dial(&loop->line, loop->resolved, loop->now);
    loop->line.news = !loop->line.resolve; /* it is numeric, or failed at once */
    loop->more = loop->more || loop->line.news;
}

static void carry_out(struct loop *loop, const struct order *order)
{
    switch (order->kind) {
    case ORDER_LETTER: send_letter(loop, order); break;
    case ORDER_CLOSE: close_line(loop, order->conn); break;
    case ORDER_DIAL: dial(loop); break;
    default: break;
    }
}

static void step(struct loop *loop, struct event *event)
{
    event->now = loop->now;
    event->door = DOOR_LINE;
    event->peer = loop->line.local;
    loop->core.step(loop->core.state, event, &loop->outbox);
    for (size_t i = 0; i < loop->outbox.count; i++)
        carry_out(loop, &loop->outbox.orders[i]);
    outbox_clear(&loop->outbox);
}

static void tell_opened(struct loop *loop)
{
    loop->conn ^= 1; /* the core may still know the last one */
    loop->open = true;
    struct event event = {.kind = EVENT_OPENED, .conn = loop->conn};
    if (loop->line.keys)
        event.key = &line_server(&loop->line)->key;
    step(loop, &event);
}

static void tell_closed(struct loop *loop, const char *why)
{
    struct event event = {.kind = EVENT_CLOSED, .conn = loop->conn, .text = why};
    enum line_state state = loop->line.state;
    loop->open = false;
    loop->failure = NULL;
    step(loop, &event);
    if (loop->line.state == state) /* else the core has dialled again */
        line_close(&loop->line, 0);
}

/* Gives the core what has arrived, up to a budget. True: all of it. */
static bool read_mail(struct loop *loop)
{
    struct mail mail;
    size_t bytes = 0;
    for (int count = 0; count < TURN_MESSAGES && bytes < TURN_BYTES; count++) {
        if (!loop->line.dealer)
            return true;
        bool got = mail_receive(loop->line.dealer, false, &loop->line.rest, &mail);
        if (got && loop->open) {
            struct event event = {.kind = EVENT_MAIL,
                                  .conn = loop->conn,
                                  .header = zmq_msg_data(&mail.header),
                                  .header_size = mail.header_size,
                                  .body = mail.body,
                                  .frames = mail.frames};
            if (loop->line.keys)
                event.key = &line_server(&loop->line)->key;
            bytes += mail_size(&mail);
            step(loop, &event);
        }
        mail_drop(&mail);
        if (!got)
            return true;
    }
    return false;
}

/* The connection's fate, then its mail, then its end. */
static void serve_line(struct loop *loop)
{
    struct line *line = &loop->line;
    enum line_news news;
    while (line->news && (news = line_watch(line, loop->now)) != LINE_NO_NEWS) {
        if (news == LINE_OPENED)
            tell_opened(loop);
        if (news == LINE_REFUSED) {
            struct event event = {.kind = EVENT_REFUSED, .text = line->why, .misfit = line->misfit};
            step(loop, &event);
        }
    }
    line->news = false;
    if (line->state != LINE_OPEN && line->state != LINE_ENDED)
        return;
    if (read_mail(loop) && line->state == LINE_ENDED) {
        if (loop->open)
            tell_closed(loop, line->why);
        else
            line_close(line, 0);
    }
}

static void drain_file(int file)
{
    uint64_t count;
    ssize_t got = read(file, &count, sizeof count);
    (void)got; /* it had counted up, or it had not */
}

static void note(struct loop *loop, uint32_t tag)
{
    switch (tag) {
    case TAG_WAKE: drain_file(loop->wake); break;
    case TAG_RESOLVED:
        drain_file(loop->resolved);
        loop->line.news = loop->line.news || loop->line.state == LINE_RESOLVING;
        break;
    case TAG_TIMER:
        drain_file(loop->timer);
        loop->armed = NEVER;
        break;
    case 0 | LINE_NEWS: loop->line.news = true; break;
    default: break; /* the line's mail, which is looked for in any case */
    }
}

/* ms to wait: what the caller allows, or until the deadline. */
static int wait_time(const struct loop *loop, int timeout)
{
    if (loop->more || timeout == 0)
        return 0;
    if (loop->due == NEVER)
        return timeout;
    uint64_t now = clock_ms(), left = loop->due > now ? loop->due - now : 0;
    return timeout < 0 || left < (uint64_t)timeout ? (left < INT32_MAX ? (int)left : INT32_MAX) : timeout;
}

/* Waits, and notes what there is. False: a signal handler ran. */
static bool wait_for_something(struct loop *loop, int timeout, const struct loop_sleep *sleeps)
{
    struct epoll_event events[FILES + 1];
    int ms = wait_time(loop, timeout);
    bool asleep = ms != 0 && sleeps && sleeps->may_sleep(sleeps->self);
    int count = epoll_wait(loop->epoll, events, FILES + 1, sleeps && !asleep ? 0 : ms);
    bool interrupted = count < 0 && errno == EINTR;
    if (asleep)
        sleeps->woke(sleeps->self);
    for (int i = 0; i < count; i++)
        note(loop, events[i].data.u32);
    return !interrupted;
}

/* Peers may have spoken in good time while nobody read: nobody is declared dead before that is read. It is
 * not told so again when that wait is over too late, for who is always late must find the dead as well. */
static void tell_if_late(struct loop *loop)
{
    uint64_t late = loop->due == NEVER || loop->now < loop->due ? 0 : loop->now - loop->due;
    loop->waited = late > LATE && (!loop->waited || late > STALL);
    if (loop->waited)
        step(loop, &(struct event){.kind = EVENT_LATE});
}

/* The timer may ring too early: a deadline that moved on is set anew only then, so that most turns set none.
 */
static void arm(struct loop *loop)
{
    if (loop->timer < 0 || (!loop->more && loop->due >= loop->armed))
        return;
    uint64_t delay = loop->more || loop->due <= loop->now ? 0 : loop->due - loop->now;
    struct itimerspec time = {.it_value = {.tv_sec = (time_t)(delay / 1000),
                                           .tv_nsec = delay ? (long)(delay % 1000) * 1000000 : 1}};
    timerfd_settime(loop->timer, 0, &time, NULL);
    loop->armed = loop->now + delay;
}

bool loop_turn(struct loop *loop, int timeout, const struct loop_sleep *sleeps)
{
    bool quiet = wait_for_something(loop, timeout, sleeps);
    loop->now = clock_ms();
    loop->more = false;
    tell_if_late(loop);
    if (loop->line.state != LINE_IDLE)
        serve_line(loop);
    step(loop, &(struct event){.kind = EVENT_TURN});
    if (loop->failure && loop->open) { /* its last words first */
        while (!read_mail(loop))
            ;
        if (loop->failure && loop->open)
            tell_closed(loop, loop->failure);
        step(loop, &(struct event){.kind = EVENT_TURN});
    }
    loop->due = loop->core.deadline(loop->core.state);
    loop->more = loop->more || line_has_more(&loop->line) || loop->line.state == LINE_ENDED;
    arm(loop);
    return quiet;
}

void loop_wake(struct loop *loop)
{
    uint64_t one = 1;
    int error = errno;
    ssize_t written = write(loop->wake, &one, sizeof one);
    (void)written; /* an eventfd takes it, unless it has counted for ages */
    errno = error;
}

int loop_file(struct loop *loop)
{
    if (loop->timer >= 0)
        return loop->epoll;
    loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (!watch(loop, loop->timer, TAG_TIMER)) {
        close_file(loop->timer);
        loop->timer = -1;
        return -1;
    }
    loop_wake(loop); /* the first turn */
    return loop->epoll;
}
