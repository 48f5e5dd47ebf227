/* post_line: the lines of a post office: whom to dial, when to dial again, and when a line is over. What is
 * said on the connection is post_shake.c's affair. */
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post_inner.h"

struct post_line *post_line_at(const struct post *post, uint32_t number)
{
    return number < post->line_capacity ? post->lines[number] : NULL;
}

static void grow(struct post *post, uint32_t number)
{
    uint32_t capacity = post->line_capacity ? post->line_capacity : 4;
    if (number < post->line_capacity)
        return;
    while (capacity <= number)
        capacity *= 2;
    post->lines = mem_grow(post->lines, post->line_capacity, capacity, sizeof *post->lines);
    post->line_capacity = capacity;
}

/* The next attempt is made at the next turn, unless there is a connection, or one on its way. */
static void want(struct post *post, struct post_line *line, uint64_t now)
{
    line->wanted = true;
    if (line->state != LINE_OFF)
        return;
    line->state = LINE_WAITING;
    heap_set(&post->timers, &line->timer.node, now);
}

void post_line_add(struct post *post, uint32_t number, const char *name, unsigned role, uint64_t now)
{
    grow(post, number);
    struct post_line *line = post->lines[number];
    if (line == NULL) {
        line = post->lines[number] = mem_zalloc(1, sizeof(*line));
        line->number = number;
        line->name = mem_text(name, strlen(name));
        line->role = role;
        line->timer.kind = TIMER_LINE;
        line->state = LINE_OFF;
    }
    line->retired = false;
    want(post, line, now);
}

void post_line_free(struct post *post, struct post_line *line)
{
    heap_remove(&post->timers, &line->timer.node);
    post->lines[line->number] = NULL;
    mem_free(line->name);
    mem_free(line);
}

void post_line_off(struct post *post, struct post_line *line)
{
    line->wanted = false;
    if (line->state != LINE_WAITING)
        return;
    heap_remove(&post->timers, &line->timer.node);
    line->state = LINE_OFF;
}

void post_line_retire(struct post *post, struct post_line *line)
{
    line->retired = post->lines_ended = true;
    post_line_off(post, line);
}

void post_line_rest(struct post *post, uint32_t number, struct outbox *outbox)
{
    struct post_line *line = post_line_at(post, number);
    if (line->state == LINE_OPEN && line->peer == NULL) {
        post_conn_drop(post, post->conns[line->conn], true, outbox);
        line->state = LINE_WAITING;
    }
    post_line_off(post, line);
}

void post_line_wake(struct post *post, uint32_t number, uint64_t now)
{
    want(post, post_line_at(post, number), now);
}

/* When it is known that the line's peer is gone, if nothing listens there until then; NEVER: only its link's
 * end tells. A boss is started again where it was, and comes back. */
static uint64_t gone_at(const struct post_line *line)
{
    const struct peer *peer = line->peer;
    bool closed = peer && peer->role == ROLE_MANAGER && peer->conn == NO_CONN && !peer->silent;
    return closed && peer->link.limits.refused ? peer->link.broken_at + peer->link.limits.refused : NEVER;
}

/* Who may be gone is asked for at least twice until that is known, however long the pauses are else. */
static uint64_t next_attempt(const struct post_line *line, uint64_t now)
{
    uint64_t gone = gone_at(line), next = now + line->wait;
    if (gone == NEVER || now >= gone)
        return next;
    uint64_t middle = gone - line->peer->link.limits.refused / 2;
    uint64_t latest = now < middle ? middle : gone;
    return next < latest ? next : latest;
}

void post_line_later(struct post *post, struct post_line *line, uint64_t now)
{
    uint64_t first = post->config.redial / FIRST_REDIAL_DIVISOR + 1;
    line->wait = line->wait == 0 ? first : line->wait * 2;
    if (line->wait > post->config.redial)
        line->wait = post->config.redial;
    if (line->wanted) {
        line->state = LINE_WAITING;
        heap_set(&post->timers, &line->timer.node, next_attempt(line, now));
    } else {
        line->state = LINE_OFF;
        post->lines_ended = true;
    }
}

void post_line_dial(struct post *post, struct post_line *line, struct outbox *outbox)
{
    heap_remove(&post->timers, &line->timer.node);
    line->state = LINE_DIALLING;
    outbox_order(outbox, ORDER_DIAL, line->number);
}

enum log_level post_line_trouble(struct post_line *line, enum line_trouble trouble)
{
    bool told = line->told == trouble;
    line->told = trouble;
    return told ? LOG_DEBUG : LOG_WARNING;
}

enum post_verdict post_line_refused(struct post *post, const struct event *event, struct outbox *outbox,
                                    struct delivery *delivery)
{
    struct post_line *line = post_line_at(post, event->number);
    line->nobody = event->nobody ? line->nobody + 1 : 0;
    bool gone =
        line->nobody >= SURELY_NOBODY && event->now >= gone_at(line) && event->now >= post->patient_until;
    outbox_log(outbox, post_line_trouble(line, TROUBLE_CONNECTING),
               "cannot connect to %s %s: %s; trying again", role_name(line->role), line->name,
               event->text ? event->text : "refused");
    post_line_later(post, line, event->now);
    if (!gone)
        return POST_NOTHING;
    delivery->peer = line->peer;
    delivery->why = "its connection was closed, and nothing listens at its address any more";
    return POST_LOST;
}

void post_lines_sweep(struct post *post, struct outbox *outbox)
{
    if (!post->lines_ended)
        return;
    post->lines_ended = false;
    for (uint32_t number = 0; number < post->line_capacity; number++) {
        struct post_line *line = post->lines[number];
        if (line == NULL || !line->retired || line->peer || line->state != LINE_OFF)
            continue;
        outbox_order(outbox, ORDER_FORGET, number);
        post_line_free(post, line);
    }
}

const char *post_line_name(const struct post *post, uint32_t number)
{
    const struct post_line *line = post_line_at(post, number);
    return line ? line->name : "dialled in";
}

const char *post_line_vacant(const struct post *post, uint32_t *number)
{
    while (*number < post->line_capacity) {
        const struct post_line *line = post->lines[(*number)++];
        if (line && line->wanted && line->peer == NULL)
            return line->name;
    }
    return NULL;
}
