/* worker_line: a worker's line to its shim. It is dialled for ever until somebody answers; then there is one
 * link, over connections that break and are made anew, and when that link is over so is the worker.
 * PROTOCOL.md section 3; the post office does the most of it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clients/c/core/worker_inner.h"

void worker_finish(struct worker *worker, enum mailroom_end end, const char *format, ...)
{
    va_list arguments;
    if (worker->end)
        return;
    worker->end = end;
    va_start(arguments, format);
    vsnprintf(worker->end_text, sizeof worker->end_text, format, arguments);
    va_end(arguments);
    items_add(&worker->mail, item_end(end, worker->end_text));
}

enum mailroom_end worker_end(const struct worker *worker, const char **text)
{
    *text = worker->end_text;
    return worker->end;
}

const char *worker_trouble(const struct worker *worker)
{
    return worker->trouble[0] ? worker->trouble : "it is not known why";
}

const char *worker_boss(const struct worker *worker)
{
    return worker->name_of_boss;
}

bool worker_is_out(const struct worker *worker)
{
    const struct peer *boss = worker->boss;
    return boss == NULL ||
           (boss->conn != NO_CONN && boss->bundle.count == 0 && boss->link.unsent_seq == boss->link.next_seq);
}

static void lost(struct worker *worker, struct peer *peer, const char *why)
{
    if (peer == worker->boss)
        worker->boss = NULL;
    worker_finish(worker, MAILROOM_END_LOST, "the link to the shim is over: %s", why);
    post_end(&worker->post, peer, false, worker->now / NS_IN_MS, worker->outbox);
}

/* Some refusals pass by themselves. */
static void refused(struct worker *worker, enum error_code code, const char *text)
{
    if (code == CODE_BAD_VERSION || code == CODE_REFUSED)
        worker_finish(worker, MAILROOM_END_REFUSED, "the shim at %s refuses this worker: %s", worker->address,
                      text);
    else
        snprintf(worker->trouble, sizeof worker->trouble, "%s", text);
}

static void on_post(struct worker *worker, const struct event *event)
{
    struct delivery delivery;
    enum post_verdict verdict = post_event(&worker->post, event, worker->outbox, &delivery);
    if (delivery.lost)
        lost(worker, delivery.lost, delivery.why);
    switch (verdict) {
    case POST_NOTHING:
    case POST_ASKED:
    case POST_JOINED: break; /* nobody dials a worker */
    case POST_DELIVER: worker_read(worker, &delivery.message, delivery.body); break;
    case POST_ANSWERED:
        worker->boss = delivery.peer;
        snprintf(worker->name_of_boss, sizeof worker->name_of_boss, "%s", delivery.peer->name);
        break;
    case POST_REFUSED: refused(worker, delivery.code, delivery.why); break;
    case POST_LOST: lost(worker, delivery.peer, delivery.why); break;
    }
}

/* What the loop has said goes on the link, where its time has come. Things that come quickly have left a
 * moment ago: the next ones wait until a moment after that. */
static void talk(struct worker *worker, uint64_t ms)
{
    if (worker->ahead_count > 0 && pace_is_long(worker)) {
        pace_say(worker); /* that there is no room, before what goes back */
        ahead_return(worker, UINT32_MAX, NULL);
    }
    bool due = ms >= worker->flush_at || ms >= worker->begun_at;
    if (ms >= worker->tick_at)
        worker->tick_at = NEVER;
    if (!due && !pace_has_news(worker))
        return;
    say_gathered(worker);
    pace_say(worker);
    worker->flush_at = NEVER;
    worker->tick_at = ms + GATHER_MS;
}

static void on_turn(struct worker *worker)
{
    uint64_t ms = worker->now / NS_IN_MS;
    const char *why;
    for (struct peer *peer; (peer = post_expired(&worker->post, ms, worker->outbox, &why)) != NULL;)
        lost(worker, peer, why);
    if (!worker->end && worker->has_id)
        talk(worker, ms);
    post_flush(&worker->post, ms, worker->outbox);
    worker->armed = worker_deadline(worker);
    worker->settles = false;
    if (worker->end && worker->boss) {
        post_end(&worker->post, worker->boss, false, ms, worker->outbox);
        worker->boss = NULL;
    }
}

/* The keys do not fit: another process would do no better. */
static void on_misfit(struct worker *worker, const struct event *event)
{
    worker->misfits += event->misfit;
    if (!worker->has_id && worker->misfits >= MISFIT_CERTAIN)
        worker_finish(worker, MAILROOM_END_REFUSED, "no connection to the shim at %s: %s", worker->address,
                      event->text);
}

void worker_step(void *state, const struct event *event, struct outbox *outbox)
{
    struct worker *worker = state;
    worker->outbox = outbox;
    worker_tick(worker, event->now * NS_IN_MS);
    if (event->kind == EVENT_REFUSED)
        on_misfit(worker, event);
    if ((event->kind == EVENT_REFUSED || event->kind == EVENT_CLOSED) && event->text)
        snprintf(worker->trouble, sizeof worker->trouble, "%s", event->text);
    if (event->kind == EVENT_TURN)
        on_turn(worker);
    else if (!worker->end)
        on_post(worker, event);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

bool worker_calls_for_turn(struct worker *worker, uint64_t now)
{
    uint64_t due = worker_deadline(worker);
    worker_tick(worker, now);
    if (due >= worker->armed && due > worker->now / NS_IN_MS)
        return false;
    worker->armed = due;
    return due != NEVER;
}

uint64_t worker_deadline(const void *state)
{
    const struct worker *worker = state;
    uint64_t due = sooner(sooner(post_deadline(&worker->post), worker->tick_at),
                          sooner(worker->begun_at, worker->flush_at));
    if (worker->end)
        return worker->boss ? 0 : NEVER;
    uint64_t tedious = worker->ahead_count > 0 ? pace_long_at(worker) : NEVER;
    return tedious == NEVER ? due : sooner(due, tedious / NS_IN_MS + 1);
}
