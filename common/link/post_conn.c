/* post_conn: the connections of a post office: how many there may be, and ERRORs to those that have no link.
 * Who is at the other end is post_shake.c's to find out. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post_inner.h"

void post_conn_drop(struct post *post, struct post_conn *conn, bool close, struct outbox *outbox)
{
    if (close)
        outbox_order(outbox, ORDER_CLOSE, conn->number);
    heap_remove(&post->timers, &conn->timer.node);
    if (conn->peer)
        conn->peer->conn = NO_CONN;
    post->conns[conn->number] = NULL;
    post->conns_open--;
    mem_free(conn);
}

/* One connection too many. Nothing is kept of it, so that what it says again is answered again, up to a rate
 * for all of its kind. */
static void refuse_conn(struct post *post, const struct event *event, struct outbox *outbox)
{
    if (event->kind != EVENT_MAIL || !bucket_take(&post->crowded, CROWDED_ERRORS, 1, event->now))
        return;
    char text[120];
    snprintf(text, sizeof(text),
             "there are %llu connections already, as many as may be (setting limits/connections)",
             (unsigned long long)post->config.max_connections);
    post_passing_error(event->conn, CODE_BUSY, text, outbox);
}

struct post_conn *post_conn_new(struct post *post, const struct event *event, enum conn_state state,
                                struct outbox *outbox)
{
    if (event->conn >= post->conn_capacity) {
        uint32_t capacity = post->conn_capacity ? post->conn_capacity : 16;
        while (capacity <= event->conn)
            capacity *= 2;
        post->conns = mem_resize(post->conns, capacity, sizeof(*post->conns));
        memset(post->conns + post->conn_capacity, 0, (capacity - post->conn_capacity) * sizeof(*post->conns));
        post->conn_capacity = capacity;
    }
    if (post->conns_open >= post->config.max_connections) {
        refuse_conn(post, event, outbox);
        outbox_order(outbox, ORDER_CLOSE, event->conn);
        post->strangers_refused++;
        return NULL;
    }
    struct post_conn *conn = mem_zalloc(1, sizeof(*conn));
    conn->state = state;
    conn->number = event->conn;
    conn->line = state == CONN_DIALLED ? event->number : NO_LINE;
    conn->door = event->door;
    conn->local = event->peer != 0;
    if (event->key)
        conn->key = *event->key;
    conn->timer.kind = TIMER_CONN;
    conn->stranger_until = event->now + STRANGER_MS;
    heap_set(&post->timers, &conn->timer.node, conn->stranger_until);
    post->conns[event->conn] = conn;
    post->conns_open++;
    return conn;
}

void post_stranger_error(struct post *post, struct post_conn *conn, enum error_code code, const char *text,
                         struct outbox *outbox)
{
    post->strangers_refused++;
    if (conn->errors++ >= STRANGER_ERRORS)
        return;
    post_passing_error(conn->number, code, text, outbox);
}
