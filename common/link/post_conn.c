/* post_conn: the connections of a post office: how many there may be, and ERRORs to those that have no link.
 * Who is at the other end is post_shake.c's to find out. */
#include <stdio.h>

#include "common/base/account.h"
#include "common/base/mem.h"
#include "common/link/post_inner.h"

void post_conn_drop(struct post *post, struct post_conn *conn, bool close, struct outbox *outbox)
{
    if (close)
        outbox_order(outbox, ORDER_CLOSE, conn->number);
    heap_remove(&post->timers, &conn->timer.node);
    if (conn->peer)
        conn->peer->conn = NO_CONN;
    if (conn->line == NO_LINE && conn->door == DOOR_FRONT)
        origins_take(&post->origins, &conn->key, conn->host);
    post->conns[conn->number] = NULL;
    if (post->conns_open-- > POST_CONNS_FREE)
        account_take(post->account, POST_CONN_COST);
    mem_free(conn);
}

static const struct key *key_of(const struct event *event)
{
    static const struct key none = {.role = KEY_NONE};
    return event->key ? event->key : &none;
}

/* One connection too many. Nothing is kept of it, so that what it says again is answered again, up to a rate
 * for all of its kind. */
static void refuse_conn(struct post *post, const struct event *event, struct outbox *outbox)
{
    if (event->kind != EVENT_MAIL || !bucket_take(&post->crowded, CROWDED_ERRORS, 1, event->now))
        return;
    char text[200];
    const struct key *key = key_of(event);
    snprintf(text, sizeof(text),
             "there are %u connections, of at most %llu (setting limits/connections), %u of them of this %s",
             post->conns_open, (unsigned long long)post->config.max_connections,
             origins_count(&post->origins, key, event->host), key->role == KEY_NONE ? "host" : "key");
    post_passing_error(event->conn, CODE_BUSY, text, outbox);
}

/* Whether there is room for one more. At the front door each key, and without keys each host, has a share of
 * what is free, and some are kept for admins: whoever fills it all keeps nobody else out. */
static bool has_room(const struct post *post, const struct event *event)
{
    uint64_t most = post->config.max_connections, open = post->conns_open;
    const struct key *key = key_of(event);
    bool admin = key->role == KEY_ADMIN || (key->role == KEY_NONE && event->peer != 0);
    if (event->kind != EVENT_MAIL || event->door != DOOR_FRONT || key->role == KEY_ADMIN)
        return open < most;
    if (!admin)
        most -= account_for_admins(most);
    return open < most && origins_count(&post->origins, key, event->host) < ACCOUNT_SHARE * (most - open);
}

struct post_conn *post_conn_new(struct post *post, const struct event *event, enum conn_state state,
                                struct outbox *outbox)
{
    if (event->conn >= post->conn_capacity) {
        uint32_t capacity = post->conn_capacity ? post->conn_capacity : 16;
        while (capacity <= event->conn)
            capacity *= 2;
        post->conns = mem_grow(post->conns, post->conn_capacity, capacity, sizeof *post->conns);
        post->conn_capacity = capacity;
    }
    if (!has_room(post, event)) {
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
    conn->host = event->host;
    if (event->key)
        conn->key = *event->key;
    if (conn->line == NO_LINE && conn->door == DOOR_FRONT)
        origins_add(&post->origins, &conn->key, conn->host);
    conn->timer.kind = TIMER_CONN;
    conn->stranger_until = event->now + STRANGER_MS;
    heap_set(&post->timers, &conn->timer.node, conn->stranger_until);
    post->conns[event->conn] = conn;
    if (post->conns_open++ >= POST_CONNS_FREE)
        account_add(post->account, POST_CONN_COST);
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
