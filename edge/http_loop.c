/* http_loop: the server of HTTP among what the one loop serves. It looks at the core between two turns, and
 * never steps it. */
#include "edge/http/http.h"
#include "edge/internal.h"
#include "edge/line/clock.h"

static int on_timer(zloop_t *loop, int timer, void *self);

static void serve(struct edge *edge)
{
    uint64_t now = clock_ms(), due = http_run(edge->http, now);
    if (edge->http_timer >= 0 && due >= edge->http_armed)
        return; /* it rings before: then it is set anew */
    if (edge->http_timer >= 0)
        zloop_timer_end(edge->loop, edge->http_timer);
    edge->http_armed = due;
    edge->http_timer = zloop_timer(edge->loop, due > now ? (size_t)(due - now) : 1, 1, on_timer, edge);
}

static int on_timer(zloop_t *loop, int timer, void *self)
{
    struct edge *edge = self;
    edge->http_timer = -1;
    serve(edge);
    return 0;
}

static int on_file(zloop_t *loop, zmq_pollitem_t *item, void *self)
{
    serve(self);
    return 0;
}

void edge_set_http(struct edge *edge, struct http *http)
{
    edge->http = http;
}

void edge_start_http(struct edge *edge)
{
    if (!edge->http)
        return;
    zmq_pollitem_t item = {.fd = http_file(edge->http), .events = ZMQ_POLLIN};
    zloop_poller(edge->loop, &item, on_file, edge);
    zloop_poller_set_tolerant(edge->loop, &item);
    edge->http_timer = -1;
    serve(edge);
}
