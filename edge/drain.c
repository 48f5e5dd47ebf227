/* drain: mail off sockets and into the core, up to a budget for each socket and turn. What is left is read in
 * the next one; when that comes is edge.c's affair. */
#include "edge/internal.h"
#include "edge/line/clock.h"

/* Gives the core up to a budget of mail from `socket`. `line` is NULL for a ROUTER. Returns whether it is
 * read empty. */
static bool drain(struct edge *edge, void **socket, struct listener *listener, struct line *line)
{
    size_t bytes = 0;
    struct mail mail;
    bool *rest = line ? &line->rest : &listener->rest;
    uint64_t begun = clock_coarse_ms();
    for (int count = 0; count < DRAIN_MESSAGES && bytes < DRAIN_BYTES; count++) {
        if (clock_coarse_ms() - begun > DRAIN_MS)
            return false;
        if (!*socket || !mail_receive(*socket, listener != NULL, rest, &mail)) {
            if (*socket)
                mail_drop(&mail);
            return true;
        }
        struct conn *conn = line ? line->conn : listener_conn(listener, &edge->conns, &mail);
        bytes += mail_size(&mail);
        if (conn)
            orders_mail(edge, conn, &mail);
        mail_drop(&mail);
    }
    return false;
}

bool drain_line(struct edge *edge, struct line *line)
{
    return drain(edge, &line->dealer, NULL, line);
}

bool drain_listener(struct edge *edge, struct listener *listener)
{
    listener->news = !drain(edge, &listener->router, listener, NULL);
    if (!listener->news)
        listener->used = false;
    return !listener->news;
}

bool drain_has_more(struct edge *edge)
{
    bool more = false;
    for (int door = 0; door < LISTENERS; door++) {
        struct listener *listener = &edge->listeners[door];
        if (!edge->listening[door])
            continue;
        if (listener->used && !listener->news)
            listener->news = listener_has_more(listener);
        listener->used = false;
        more = more || listener->news;
    }
    return more;
}
