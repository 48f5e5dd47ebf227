/* edge: the one loop. A turn reads what has arrived on every socket, up to a budget each, gives the core an
 * EVENT_TURN, and looks again at every socket it touched, since receiving and sending can use up the one
 * announcement that libzmq makes of what is there. It waits in reactor.c.
 *
 * Sockets are read in listener.c and line.c, frames in mail.c; what a message means is the core's affair. */
#include "edge/edge.h"

#include <errno.h>
#include <string.h>
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
    IO_THREADS = 1,   /* a second one changes nothing (measured) */
    LATE = 50,        /* ms that the timer was late: this process did not run, or had much to do */
    STALL = 1000,     /* ms: so late that people are told */
    LAST_LOOKS = 256, /* budgets of mail read before a connection's end is told: more than one peer's HWM */
};

static void on_line(void *self, uint32_t tag);
static void on_resolved(void *self);
static void on_timer(void *self);
static void on_watch_timer(void *self);
static void on_notify_timer(void *self);

static void add_timer(struct edge *edge, struct reactor_timer *timer, void (*ring)(void *self))
{
    *timer = (struct reactor_timer){.ring = ring, .self = edge};
    reactor_add_timer(&edge->reactor, timer);
}

struct edge *edge_new(struct edge_limits *limits, char *why, size_t why_size)
{
    int sockets = limits_raise(limits, why, why_size);
    if (sockets < 0)
        return NULL;
    zsys_handler_set(NULL); /* czmq must leave signals alone */
    mem_free_large_by(reaper_free);
    mem_drop_pages_by(reaper_drop);
    struct edge *edge = mem_zalloc(1, sizeof *edge);
    edge->context = zmq_ctx_new();
    zmq_ctx_set(edge->context, ZMQ_MAX_SOCKETS, sockets);
    zmq_ctx_set(edge->context, ZMQ_IO_THREADS, IO_THREADS);
    reactor_init(&edge->reactor, on_line, edge);
    add_timer(edge, &edge->timer, on_timer);
    add_timer(edge, &edge->watch_timer, on_watch_timer);
    add_timer(edge, &edge->notify_timer, on_notify_timer);
    edge->resolved = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    reactor_add(&edge->reactor, edge->resolved, on_resolved, edge);
    edge->names.due = NEVER;
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

int edge_listen(struct edge *edge, enum door door, const char *endpoint)
{
    int error =
        listener_open(&edge->listeners[door], edge->context, door, endpoint, edge->keys, &edge->limits);
    if (error)
        return error;
    edge->listeners[door].owners = edge->owners;
    edge->listening[door] = true;
    return 0;
}

void edge_set_owners(struct edge *edge, const struct owners *owners)
{
    edge->owners = owners;
}

int edge_listen_too(struct edge *edge, enum door door, const char *endpoint)
{
    return zmq_bind(edge->listeners[door].router, endpoint) == 0 ? 0 : errno;
}

const char *edge_endpoint(const struct edge *edge, enum door door)
{
    return edge->listeners[door].endpoint;
}

unsigned edge_port(const struct edge *edge, enum door door)
{
    return listener_port(&edge->listeners[door]);
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
        line->unsure = false;
        bool empty = drain_line(edge, line);
        line->unsure |= !empty;
        if (empty && line->state == LINE_ENDED)
            close_lost(edge, line);
    }
}

/* Looks at the lines whose names were looked up. */
static void on_resolved(void *self)
{
    struct edge *edge = self;
    eventfd_t count;
    eventfd_read(edge->resolved, &count);
    for (uint32_t number = 0; number < edge->line_capacity; number++) {
        struct line *line = edge->lines[number];
        if (!line || line->state != LINE_RESOLVING)
            continue;
        line->news = true;
        edge_touch(edge, line);
    }
    names_collect(edge);
    edge->called = true;
}

static void on_line(void *self, uint32_t tag)
{
    struct edge *edge = self;
    struct line *line = edge->lines[tag & ~LINE_NEWS];
    line->news = line->news || (tag & LINE_NEWS);
    edge_touch(edge, line);
    edge->called = true;
}

/* Looks again at the lines that were touched, keeps those that have more, and sees to it that the loop comes
 * back for them. */
static void settle(struct edge *edge)
{
    size_t kept = 0;
    for (size_t i = 0; i < edge->busy_count; i++) {
        struct line *line = edge->busy[i];
        line->busy = (line->unsure && line_has_more(line)) || line->state == LINE_ENDED;
        line->unsure = false;
        if (line->busy)
            edge->busy[kept++] = line;
    }
    edge->busy_count = kept;
    edge->called |= kept > 0;
}

/* The loop comes back at once, when it has looked at what is there. */
static void come_again(struct edge *edge)
{
    edge->called = edge->due = true;
}

/* Sets the timer to the core's deadline, or to the next look-up of a name. */
static void arm(struct edge *edge)
{
    uint64_t deadline = edge->core->deadline(edge->core->state);
    if (deadline <= edge->now) {
        come_again(edge);
        return;
    }
    edge->timer.due = edge->armed = edge->names.due < deadline ? edge->names.due : deadline;
}

/* Some connections could not be written to, for they ended. What came before they did is read first, since
 * their last words may be among it (measured: 1 of 25 SHUTDOWNs was lost on a busy machine). Returns whether
 * there were any. */
static bool end_failed(struct edge *edge)
{
    size_t count = edge->fault_count;
    if (count == 0)
        return false;
    for (int door = 0; door < LISTENERS; door++) {
        bool empty = !edge->listening[door];
        for (int looks = 0; !empty && looks < LAST_LOOKS; looks++)
            empty = drain_listener(edge, &edge->listeners[door]);
    }
    orders_faults(edge, count);
    return true;
}

/* EVENT_TURN, which tells the core each second how much memory there is. */
static void tell_turn(struct edge *edge)
{
    struct event event = {
        .kind = EVENT_TURN, .now = edge->now, .memory = usage_memory(&edge->usage, edge->now)};
    orders_step(edge, &event);
    if (event.memory > 0 && edge->core->kept)
        usage_trim(&edge->usage, event.memory, edge->core->kept(edge->core->state), edge->now);
}

/* One turn of the loop. */
static void turn(struct edge *edge)
{
    bool due = edge->due; /* the core's deadline has come, or somebody else has spoken to it */
    edge->called = edge->due = false;
    edge->now = clock_ms();
    uint64_t events_before = edge->event_count;
    for (int door = 0; door < LISTENERS; door++) {
        if (edge->listening[door] && (due || edge->listeners[door].news))
            drain_listener(edge, &edge->listeners[door]);
    }
    names_turn(edge);
    size_t busy = edge->busy_count;
    for (size_t i = 0; i < busy; i++)
        serve_line(edge, edge->busy[i]);
    do {
        if (due || edge->event_count != events_before)
            tell_turn(edge);
    } while (end_failed(edge));
    settle(edge);
    if (drain_has_more(edge))
        come_again(edge);
    arm(edge);
    log_turn(edge->now);
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

static void on_timer(void *self)
{
    struct edge *edge = self;
    uint64_t now = clock_ms();
    tell_late(edge, now > edge->armed ? now - edge->armed : 0);
    edge->called = edge->due = true;
}

static void on_front(void *self)
{
    struct edge *edge = self;
    edge->listeners[DOOR_FRONT].news = edge->called = true;
}

static void on_workers(void *self)
{
    struct edge *edge = self;
    edge->listeners[DOOR_WORKERS].news = edge->called = true;
}

/* Somebody shakes hands with a listening socket. That is no mail: the core has nothing to do with it. */
static void on_zap(void *self)
{
    struct edge *edge = self;
    edge->asked = !zap_answer(edge->zap, clock_ms());
}

/* Connections come and go, or are turned away. What is left of a crowd waits for on_watch_timer. */
static void on_watch(void *self)
{
    watch_read(self, clock_ms());
}

static void on_watch_timer(void *self)
{
    struct edge *edge = self;
    uint64_t now = clock_ms();
    for (int door = 0; door < LISTENERS; door++) {
        if (edge->listening[door])
            watch_turn(&edge->listeners[door].watch, now);
    }
    edge->watch_timer.due = now + WATCH_PERIOD;
}

static void on_notify_timer(void *self)
{
    struct edge *edge = self;
    notify_alive();
    edge->notify_timer.due = clock_ms() + edge->notify_period;
}

/* A table of keys is for who listens; SIGHUP means the end to all others. */
static bool listens(const struct edge *edge)
{
    return edge->listening[DOOR_FRONT] || edge->listening[DOOR_WORKERS];
}

static void on_signal(void *self)
{
    struct edge *edge = self;
    struct event event = {.kind = EVENT_SHUTDOWN};
    enum signal_wish wish = signals_read(edge->signals);
    if (wish == SIGNALS_NOTHING)
        return;
    edge->called = edge->due = true;
    if (wish == SIGNALS_RELOAD && listens(edge)) {
        edge_reload(edge);
        return;
    }
    if (wish != SIGNALS_SHUTDOWN)
        event.kind = EVENT_LEAVE;
    log_line(LOG_INFO, event.kind == EVENT_LEAVE ? "told to leave" : "told to shut down");
    if (edge->notifies)
        notify_stopping();
    edge_event(edge, &event);
}

static void on_reader(void *self)
{
    struct edge *edge = self;
    edge->called = edge->due = true;
    edge->reader.reader(edge->reader.self);
}

/* The file that says once that there is something to read when it comes. Asking libzmq instead costs two
 * system calls each time; so who reads reads all. */
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
    edge->reader = (struct reader){file, reader, self};
    reactor_add(&edge->reactor, file, on_reader, edge);
}

void edge_remove_reader(struct edge *edge)
{
    reactor_remove(&edge->reactor, edge->reader.file);
}

static void watch_files(struct edge *edge)
{
    for (int door = 0; door < LISTENERS; door++) {
        struct listener *listener = &edge->listeners[door];
        if (!edge->listening[door])
            continue;
        reactor_add(&edge->reactor, file_of(listener->router), door == DOOR_FRONT ? on_front : on_workers,
                    edge);
        if (listener->watch.monitor)
            reactor_add(&edge->reactor, file_of(listener->watch.monitor), on_watch, &listener->watch);
    }
    reactor_add(&edge->reactor, edge->signals, on_signal, edge);
    if (edge->zap)
        reactor_add(&edge->reactor, file_of(zap_socket(edge->zap)), on_zap, edge);
    edge_start_http(edge);
}

int edge_run(struct edge *edge, const struct edge_core *core)
{
    edge->signals = signals_open();
    edge->core = core;
    watch_files(edge);
    edge->watch_timer.due = clock_ms() + WATCH_PERIOD;
    if (edge->zap)
        on_zap(edge);
    edge->due = true;
    turn(edge); /* the core's first: it dials, and orders its workers */
    edge->notify_period = edge->notifies ? notify_begin() : 0;
    if (edge->notify_period > 0)
        on_notify_timer(edge);
    while (!edge->exiting) {
        reactor_wait(&edge->reactor, edge->called || edge->asked);
        if (edge->asked)
            on_zap(edge);
        if (edge->called)
            turn(edge);
    }
    close(edge->signals);
    log_end();
    return edge->exit_code;
}

void edge_free(struct edge *edge)
{
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
    reactor_free(&edge->reactor);
    close(edge->resolved);
    usage_free(&edge->usage);
    mem_free(edge->faults);
    mem_free(edge);
}
