/* internal: what http.c and stream.c share; nobody else includes it. */
#ifndef MAILROOM_EDGE_HTTP_INTERNAL_H
#define MAILROOM_EDGE_HTTP_INTERNAL_H

#include <microhttpd.h>

#include "edge/http/http.h"

/* A connection. */
struct visit {
    struct visit *next;
    int file;       /* libmicrohttpd's */
    uint64_t since; /* ms: when it came */
    uint64_t done;  /* ms: when the request before was answered, or it came */
    uint64_t asked; /* ms: when its request began, while it is busy */
    bool busy;      /* there is a request, */
    bool streams;   /* whose answer is a stream */
};

struct http {
    struct MHD_Daemon *daemon;
    struct http_site site;
    struct visit *visits;
    struct stream *streams;
    struct http_counts counts;
    uint64_t now, tick; /* ms: of the last call; when the site is called next */
    unsigned port;
    char endpoint[ADDRESS_SIZE];
};

/* The answer that is a stream, with its first event, whose reference it takes over; NULL: there is none. */
struct MHD_Response *stream_new(struct http *http, struct MHD_Connection *connection, struct visit *visit,
                                struct blob *event);

/* A connection has gone, and its stream with it. */
void streams_leave(struct http *http, const struct visit *visit);

/* Ends all of them: the daemon is about to be stopped. */
void streams_end(struct http *http);

#endif
