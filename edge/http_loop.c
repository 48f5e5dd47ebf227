/* http_loop: the server of HTTP among what the one loop serves. It looks at the core between two turns, and
 * never steps it. */
#include "edge/http/http.h"
#include "edge/internal.h"
#include "edge/line/clock.h"

static void serve(void *self)
{
    struct edge *edge = self;
    edge->http_timer.due = http_run(edge->http, clock_ms());
}

void edge_set_http(struct edge *edge, struct http *http)
{
    edge->http = http;
}

void edge_start_http(struct edge *edge)
{
    if (!edge->http)
        return;
    reactor_add(&edge->reactor, http_file(edge->http), serve, edge);
    edge->http_timer = (struct reactor_timer){.ring = serve, .self = edge};
    reactor_add_timer(&edge->reactor, &edge->http_timer);
    serve(edge);
}
