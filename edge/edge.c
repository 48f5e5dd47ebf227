/* edge: the one loop. A turn reads what has arrived on every socket, up to a budget each, gives the core an
 * EVENT_TURN, and looks again at every socket it touched, since receiving and sending can use up the one
 * announcement that libzmq makes of what is there.
 *
 * Sockets are read in listener.c and line.c, frames in mail.c; what a message means is the core's affair. */
#include "edge/edge.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/link/link.h"
#include "edge/internal.h"
#include "edge/limits.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/loop.h"
#include "edge/notify.h"
#include "edge/reaper.h"
#include "edge/signals.h"

enum {
    IO_THREADS = 1, /* a second one changes nothing (measured) */
    LATE = 50,      /* ms that the timer was late: this process did not run, or had much to do */
    STALL = 1000,   /* ms: so late that people are told */
    EVENTS_AT_ONCE = 64,
    LAST_LOOKS = 256, /* budgets of mail read before a connection's end is told: more than one peer's HWM */
};

struct edge *edge_new(struct edge_limits *limits, char *why, size_t why_size)
{
    int sockets = limits_raise(limits, why, why_size);
    if (sockets < 0)
        return NULL;
    zsys_handler_set(NULL); /* czmq must leave signals alone: any that it handles ends its loop */
    mem_free_large_by(reaper_free);
    mem_drop_pages_by(reaper_drop);
    struct edge *edge = mem_zalloc(1, sizeof *edge);
    edge->context = zmq_ctx_new();
    zmq_ctx_set(edge->context, ZMQ_MAX_SOCKETS, sockets);
    zmq_ctx_set(edge->context, ZMQ_IO_THREADS, IO_THREADS);
    edge->loop = zloop_new();
    zloop_set_nonstop(edge->loop, true);
    edge->epoll = epoll_create1(EPOLL_CLOEXEC);
    edge->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    edge->resolved = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    edge->again = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    edge->armed = edge->names.due = NEVER;
    edge->timer = -1;
    usage_init(&edge->usage);
    edge->limits = (struct listener_limits){(int64_t)limits->frame, limits->connections, limits->rate};
    edge->most_lines = (uint32_t)(limits->lines + limits->found);
    return edge;
}

int edge_set_keys(struct edge *edge, struct keys *keys)
{
    edge->keys = keys;
    edge->zap = zap_new(edge->context, keys);
    return edge->zap ? 0 : errno;
}

void edge_set_spawner(struct edge *edge, void (*spawner)(void *self, const struct order *order), void *self)
{
    edge->spawner = spawner;
    edge->spawner_self = self;
}

void edge_set_recorder(struct edge *edge, void (*recorder)(void *self, struct record *record), void *self)
{
    edge->recorder = recorder;
    edge->recorder_self = self;
}

void edge_prepare(struct edge *edge, const struct edge_core *core, struct event *event)
{
    edge->core = core;
    edge_event(edge, event);
}

void edge_notify(struct edge *edge)
{
    edge->notifies = true;
}

void edge_exit(struct edge *edge, int code)
{
    if (!edge->exiting)
        edge->exit_code = code;
    edge->exiting = true;
}

void edge_event(struct edge *edge, struct event *event)
{
    event->now = edge->now = clock_ms();
    orders_step(edge, event);
}

static void close_lost(struct edge *edge, struct line *line)
{
    if (line->conn)
        orders_closed(edge, line->conn, line->why);
    if (line->state == LINE_ENDED)
        line_close(line, 0);
}

/* All that is new of a line: its connection's fate, then its mail, then its end. */
static void serve_line(struct edge *edge, struct line *line)
{
    enum line_news news;
    while (line->news && (news = line_watch(line, edge->now)) != LINE_NO_NEWS) {
        if (news == LINE_OPENED)
            orders_opened(edge, line);
        else if (news == LINE_REFUSED)
            orders_refused(edge, line);
    }
    line->news = false;
    if (line->state == LINE_OPEN || line->state == LINE_ENDED) {
        bool empty = drain_line(edge, line);
        if (empty && line->state == LINE_ENDED)
            close_lost(edge, line);
    }
}

/* Resets an eventfd; whether it had counted up. */
static bool take(int file)
{
    uint64_t count;
    return read(file, &count, sizeof count) == (ssize_t)sizeof count;
}

/* Looks at the lines whose names were looked up. */
static void touch_resolving(struct edge *edge)
{
    for (uint32_t number = 0; number < edge->line_capacity; number++) {
        struct line *line = edge->lines[number];
        if (!line || line->state != LINE_RESOLVING)
            continue;
        line->news = true;
        edge_touch(edge, line);
    }
}

static void collect_lines(struct edge *edge)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = edge->dials ? epoll_wait(edge->epoll, events, EVENTS_AT_ONCE, 0) : 0;
    for (int i = 0; i < count; i++) {
        uint32_t number = events[i].data.u32;
        if (number == TAG_WAKE) {
            take(edge->wake);
            edge->woken = false;
        } else if (number == TAG_RESOLVED) {
            take(edge->resolved);
            touch_resolving(edge);
            names_collect(edge);
        } else {
            struct line *line = edge->lines[number & ~LINE_NEWS];
            line->news = line->news || (number & LINE_NEWS);
            edge_touch(edge, line);
        }
    }
}

/* Looks again at the lines that were touched, keeps those that have more, and sees to it that the loop comes
 * back for them. */
static void settle(struct edge *edge)
{
    size_t kept = 0;
    for (size_t i = 0; i < edge->busy_count; i++) {
        struct line *line = edge->busy[i];
        line->busy = line_has_more(line) || line->state == LINE_ENDED;
        if (line->busy)
            edge->busy[kept++] = line;
    }
    edge->busy_count = kept;
    if (kept > 0 && !edge->woken) {
        uint64_t one = 1;
        edge->woken = write(edge->wake, &one, sizeof one) == (ssize_t)sizeof one;
    }
}

static int on_timer(zloop_t *loop, int timer, void *self);

/* Makes the loop come back at once, when it has looked at what is there: a timer would ring a ms later. */
static void come_again(struct edge *edge)
{
    uint64_t one = 1;
    if (write(edge->again, &one, sizeof one) != (ssize_t)sizeof one)
        log_line(LOG_DEBUG, "there is another turn to come already");
}

/* Sets the one timer to the core's deadline, or to the next look-up of a name. It may ring too early: a
 * deadline that moved on is set anew only then, so that most turns set none. */
static void arm(struct edge *edge)
{
    uint64_t deadline = edge->core->deadline(edge->core->state);
    if (deadline <= edge->now) {
        come_again(edge);
        return;
    }
    if (edge->names.due < deadline)
        deadline = edge->names.due;
    if (deadline >= edge->armed)
        return;
    if (edge->timer >= 0)
        zloop_timer_end(edge->loop, edge->timer);
    uint64_t delay = deadline > edge->now ? deadline - edge->now : 0;
    edge->armed = edge->now + delay;
    edge->timer = zloop_timer(edge->loop, delay ? (size_t)delay : 1, 1, on_timer, edge);
}

/* Some connections could not be written to, for they ended. What came before they did is read first, since
 * their last words may be among it (measured: 1 of 25 SHUTDOWNs was lost on a busy machine): a budget in each
 * turn, for others are to be heard meanwhile. Returns whether some were told. */
static bool end_failed(struct edge *edge)
{
    bool empty = true;
    if (edge->fault_count == 0)
        return false;
    if (edge->looks++ == 0)
        edge->faults_looked = edge->fault_count;
    for (int door = 0; door < LISTENERS; door++) {
        if (edge->listening[door] && !drain_listener(edge, &edge->listeners[door]))
            empty = false; /* so there is another turn */
    }
    if (!empty && edge->looks < LAST_LOOKS)
        return false;
    edge->looks = 0;
    orders_faults(edge, edge->faults_looked);
    return true;
}

static uint64_t kept(const struct edge *edge)
{
    return edge->core->kept ? edge->core->kept(edge->core->state) : 0;
}

/* EVENT_TURN, which tells the core each second, or when much was freed, how much memory there is. */
static void tell_turn(struct edge *edge)
{
    struct event event = {
        .kind = EVENT_TURN, .now = edge->now, .memory = usage_memory(&edge->usage, kept(edge), edge->now)};
    orders_step(edge, &event);
    edge->told_count = edge->event_count;
    if (event.memory > 0 && edge->core->kept)
        usage_trim(&edge->usage, event.memory, kept(edge), edge->now);
}

/* One turn of the loop. `due`: the core's deadline has come. Returns what zloop's handlers return: -1 ends
 * the loop. */
static int turn(struct edge *edge, bool due)
{
    edge->now = clock_ms();
    for (int door = 0; door < LISTENERS; door++) {
        if (edge->listening[door] && (due || edge->listeners[door].news))
            drain_listener(edge, &edge->listeners[door]);
    }
    names_turn(edge);
    collect_lines(edge);
    size_t busy = edge->busy_count;
    for (size_t i = 0; i < busy; i++)
        serve_line(edge, edge->busy[i]);
    do {
        if (due || edge->event_count != edge->told_count)
            tell_turn(edge);
    } while (end_failed(edge));
    settle(edge);
    if (drain_has_more(edge))
        come_again(edge);
    arm(edge);
    log_turn(edge->now);
    return edge->exiting ? -1 : 0;
}

/* Time has passed that this process did not see. Peers may have spoken, or come back, in good time: that is
 * read before anybody is declared dead, so the core is told to wait. It is not told so again when that wait
 * is over too late, for a process that always has much to do must find the dead as well; unless it was
 * stopped once more. */
static void tell_late(struct edge *edge, uint64_t late)
{
    if (late > STALL)
        log_line(LOG_WARNING, "this process did not run for %.1f s", (double)late / 1000);
    edge->waited = late > LATE && (!edge->waited || late > STALL);
    if (!edge->waited)
        return;
    struct event event = {.kind = EVENT_LATE};
    edge_event(edge, &event);
}

static int on_timer(zloop_t *loop, int timer, void *self)
{
    struct edge *edge = self;
    uint64_t now = clock_ms(), late = now > edge->armed ? now - edge->armed : 0;
    edge->timer = -1;
    edge->armed = NEVER;
    tell_late(edge, late);
    return turn(edge, true);
}

static int on_socket(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    return turn(self, false);
}

static int on_listener(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    struct edge *edge = self;
    for (int door = 0; door < LISTENERS; door++) {
        if (edge->listening[door] && edge->listeners[door].file == item->fd)
            edge->listeners[door].news = true;
    }
    return turn(edge, false);
}

/* The core has more to do, or there is mail that was not read. */
static int on_again(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    struct edge *edge = self;
    take(edge->again);
    return turn(edge, true);
}

/* Somebody shakes hands with a listening socket. That is no mail: the core has nothing to do with it. */
static int on_zap(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    zap_answer(self, clock_ms());
    return 0;
}

/* Connections come and go, or are turned away. What is left of a crowd waits for on_watch_timer. */
static int on_watch(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    watch_read(self, clock_ms());
    return 0;
}

static int on_watch_timer(zloop_t *loop, int timer, void *self)
{
    struct edge *edge = self;
    for (int door = 0; door < LISTENERS; door++) {
        if (edge->listening[door])
            listener_turn(&edge->listeners[door], clock_ms());
    }
    return 0;
}

/* A table of keys is for who listens; SIGHUP means the end to all others. */
static bool listens(const struct edge *edge)
{
    return edge->listening[DOOR_FRONT] || edge->listening[DOOR_WORKERS];
}

static int on_signal(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    struct edge *edge = self;
    struct event event = {.kind = EVENT_SHUTDOWN};
    enum signal_wish wish = signals_read(item->fd);
    if (wish == SIGNALS_NOTHING)
        return 0;
    if (wish == SIGNALS_RELOAD && listens(edge)) {
        edge_reload(edge);
        return turn(edge, true);
    }
    if (wish != SIGNALS_SHUTDOWN)
        event.kind = EVENT_LEAVE;
    log_line(LOG_INFO, event.kind == EVENT_LEAVE ? "told to leave" : "told to shut down");
    if (edge->notifies)
        notify_stopping();
    edge_event(edge, &event);
    return turn(edge, true);
}

static int on_reader(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    struct reader *reader = self;
    reader->reader(reader->self);
    return turn(reader->edge, true);
}

static void poll_item(struct edge *edge, void *socket, int file, zloop_fn *handler, void *self)
{
    zmq_pollitem_t item = {.socket = socket, .fd = file, .events = ZMQ_POLLIN};
    zloop_poller(edge->loop, &item, handler, self);
    zloop_poller_set_tolerant(edge->loop, &item);
}

/* The file that says once that there is something to read when it comes. Asking libzmq instead costs two
 * system calls each time, and zloop asks twice before it sleeps; so who reads reads all. */
static int file_of(void *socket)
{
    int file = -1;
    size_t size = sizeof file;
    if (zmq_getsockopt(socket, ZMQ_FD, &file, &size) != 0)
        abort();
    return file;
}

void edge_add_reader(struct edge *edge, int file, void (*reader)(void *self), void *self)
{
    edge->reader = (struct reader){edge, file, reader, self};
    poll_item(edge, NULL, file, on_reader, &edge->reader);
}

void edge_remove_reader(struct edge *edge)
{
    zmq_pollitem_t item = {.fd = edge->reader.file, .events = ZMQ_POLLIN};
    zloop_poller_end(edge->loop, &item);
}

static void add_to_epoll(struct edge *edge, int file, uint32_t tag)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = tag};
    epoll_ctl(edge->epoll, EPOLL_CTL_ADD, file, &event);
}

int edge_run(struct edge *edge, const struct edge_core *core)
{
    int signals = signals_open();
    edge->core = core;
    for (int door = 0; door < LISTENERS; door++) {
        struct listener *listener = &edge->listeners[door];
        if (!edge->listening[door])
            continue;
        listener->file = file_of(listener->router);
        poll_item(edge, NULL, listener->file, on_listener, edge);
        if (listener->watch.monitor)
            poll_item(edge, NULL, file_of(listener->watch.monitor), on_watch, &listener->watch);
    }
    zloop_timer(edge->loop, WATCH_PERIOD, 0, on_watch_timer, edge);
    poll_item(edge, NULL, signals, on_signal, edge);
    poll_item(edge, NULL, edge->again, on_again, edge);
    if (edge->zap)
        poll_item(edge, zap_socket(edge->zap), 0, on_zap, edge->zap);
    if (edge->dials) {
        add_to_epoll(edge, edge->wake, TAG_WAKE);
        add_to_epoll(edge, edge->resolved, TAG_RESOLVED);
        poll_item(edge, NULL, edge->epoll, on_socket, edge);
    }
    edge_start_http(edge);
    turn(edge, true); /* the core's first: it dials, and orders its workers */
    if (edge->notifies)
        notify_begin(edge->loop);
    while (!edge->exiting) {
        if (zloop_start(edge->loop) == 0 && !edge->exiting)
            log_line(LOG_DEBUG, "the loop was interrupted and goes on");
    }
    close(signals);
    log_end();
    return edge->exit_code;
}

void edge_free(struct edge *edge)
{
    zloop_destroy(&edge->loop);
    edge_free_lines(edge);
    for (int door = 0; door < LISTENERS; door++) {
        if (edge->listening[door])
            listener_close(&edge->listeners[door]);
    }
    zap_free(edge->zap);
    while (zmq_ctx_term(edge->context) != 0 && errno == EINTR)
        ;
    conns_free(&edge->conns);
    outbox_free(&edge->outbox);
    close(edge->epoll);
    close(edge->wake);
    close(edge->resolved);
    close(edge->again);
    usage_free(&edge->usage);
    mem_free(edge->faults);
    mem_free(edge);
}
