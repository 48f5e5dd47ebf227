/* orders: the edge's traffic with its core: events in, orders out. Orders are carried out after each step,
 * since letters are valid until the next one. */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>

#include "common/base/mem.h"
#include "edge/internal.h"
#include "edge/log.h"

/* Forgets a connection; its number can be given again. */
static void forget(struct edge *edge, struct conn *conn)
{
    if (conn->line) {
        conn->line->conn = NULL;
        conns_remove(&edge->conns, conn);
    } else {
        listener_forget(conn->listener, &edge->conns, conn);
    }
}

static void add_fault(struct edge *edge, struct conn *conn, int error)
{
    conn->failed = true;
    if (edge->fault_count == edge->fault_capacity) {
        edge->fault_capacity = edge->fault_capacity ? edge->fault_capacity * 2 : 16;
        edge->faults = mem_resize(edge->faults, edge->fault_capacity, sizeof *edge->faults);
    }
    const char *why = error == EAGAIN ? "it does not read what is sent to it" : "the connection is gone";
    edge->faults[edge->fault_count++] = (struct fault){conn->number, why};
}

static void send_letter(struct edge *edge, const struct order *order)
{
    struct conn *conn = conns_get(&edge->conns, order->conn);
    int error;
    if (!conn || conn->failed)
        return; /* it went while the core was still writing; links send again what was lost */
    if (conn->line) {
        error = mail_send(conn->line->dealer, NULL, 0, order->letter);
        edge_touch(edge, conn->line);
        if (error && conn->line->state == LINE_ENDED)
            return; /* its end will be told after its mail */
    } else {
        conn->listener->used = true;
        error = mail_send(conn->listener->router, conn->identity, conn->identity_size, order->letter);
    }
    if (error)
        add_fault(edge, conn, error);
}

static void close_conn(struct edge *edge, uint32_t number)
{
    struct conn *conn = conns_get(&edge->conns, number);
    if (!conn)
        return;
    struct line *line = conn->line;
    int linger = conn->failed ? 0 : LINE_LINGER;
    forget(edge, conn);
    if (line)
        line_close(line, linger);
}

static void dial(struct edge *edge, uint32_t number)
{
    struct line *line = edge->lines[number];
    if (line->conn)
        forget(edge, line->conn);
    line_dial(line, edge->resolved, edge->now);
    if (!line->resolve)
        eventfd_write(edge->resolved, 1); /* it failed at once: come back to it */
}

static void record(struct edge *edge, struct order *order)
{
    edge->recorder(edge->recorder_self, order->record);
    order->record = NULL;
    edge->recorded = true;
}

static void carry_out(struct edge *edge, struct order *order)
{
    switch (order->kind) {
    case ORDER_LETTER: send_letter(edge, order); break;
    case ORDER_CLOSE: close_conn(edge, order->conn); break;
    case ORDER_DIAL: dial(edge, order->conn); break;
    case ORDER_FORGET: edge_forget_line(edge, order->conn); break;
    case ORDER_SPAWN:
    case ORDER_KILL: edge->spawner(edge->spawner_self, order); break;
    case ORDER_RECORD: record(edge, order); break;
    case ORDER_LOG: log_text((enum log_level)order->level, order->origin, order->text); break;
    case ORDER_EXIT: edge_exit(edge, order->level); break;
    }
}

void orders_step(struct edge *edge, const struct event *event)
{
    edge->event_count++;
    edge->core->step(edge->core->state, event, &edge->outbox);
    if (edge->outbox.count == 0)
        return;
    for (size_t i = 0; i < edge->outbox.count; i++)
        carry_out(edge, &edge->outbox.orders[i]);
    if (edge->recorded)
        edge->recorder(edge->recorder_self, NULL);
    edge->recorded = false;
    outbox_clear(&edge->outbox);
}

static void tell_closed(struct edge *edge, struct conn *conn, const char *why)
{
    struct event event = {.kind = EVENT_CLOSED,
                          .door = conn->door,
                          .now = edge->now,
                          .conn = conn->number,
                          .number = conn->line ? conn->line->number : 0,
                          .text = why,
                          .peer = conn->local};
    struct line *line = conn->line;
    conn->failed = true;
    orders_step(edge, &event);
    /* the core may have closed it itself, and have dialled again */
    if (conns_get(&edge->conns, event.conn) == conn)
        forget(edge, conn);
    if (line && !line->conn && line->state == LINE_OPEN)
        line_close(line, 0);
}

void orders_faults(struct edge *edge, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fault fault = edge->faults[i];
        struct conn *conn = conns_get(&edge->conns, fault.conn);
        if (conn && conn->failed)
            tell_closed(edge, conn, fault.why);
    }
    edge->fault_count -= count; /* telling may have met others */
    memmove(edge->faults, edge->faults + count, edge->fault_count * sizeof *edge->faults);
}

static const struct key *key_of(const struct conn *conn)
{
    return conn->key.role == KEY_NONE ? NULL : &conn->key;
}

void orders_mail(struct edge *edge, struct conn *conn, struct mail *mail)
{
    struct event event = {.kind = EVENT_MAIL,
                          .door = conn->door,
                          .now = edge->now,
                          .conn = conn->number,
                          .header = zmq_msg_data(&mail->header),
                          .header_size = mail->header_size,
                          .body = mail->body,
                          .frames = mail->frames,
                          .peer = conn->local,
                          .host = conn->host,
                          .key = key_of(conn)};
    orders_step(edge, &event);
}

void orders_opened(struct edge *edge, struct line *line)
{
    line->conn = conns_add(&edge->conns, DOOR_LINE, NULL, 0);
    line->conn->line = line;
    line->conn->local = line->local;
    if (line->keys)
        line->conn->key = line_server(line)->key;
    struct event event = {.kind = EVENT_OPENED,
                          .door = DOOR_LINE,
                          .now = edge->now,
                          .conn = line->conn->number,
                          .number = line->number,
                          .peer = line->local,
                          .key = key_of(line->conn)};
    orders_step(edge, &event);
}

void orders_refused(struct edge *edge, const struct line *line)
{
    struct event event = {.kind = EVENT_REFUSED,
                          .door = DOOR_LINE,
                          .now = edge->now,
                          .number = line->number,
                          .nobody = line->nobody,
                          .text = line->why};
    names_hurry(edge, line->name);
    orders_step(edge, &event);
}

void orders_closed(struct edge *edge, struct conn *conn, const char *why)
{
    tell_closed(edge, conn, why);
}
