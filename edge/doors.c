/* doors: where a program listens; edge.h says what each of these is for. */
#include <errno.h>

#include "edge/internal.h"

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

void edge_look_after(struct edge *edge, enum door door)
{
    struct listener *listener = &edge->listeners[door];
    place_open(&listener->place, listener->endpoint);
}

const char *edge_endpoint(const struct edge *edge, enum door door)
{
    return edge->listeners[door].endpoint;
}

unsigned edge_port(const struct edge *edge, enum door door)
{
    return listener_port(&edge->listeners[door]);
}
