/* http: a small server of HTTP in a loop of ours, by libmicrohttpd. It reads requests, bounds who makes them,
 * and sends answers and streams of events; what is asked and answered is its site's affair. */
#ifndef MAILROOM_EDGE_HTTP_HTTP_H
#define MAILROOM_EDGE_HTTP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "common/base/blob.h"
#include "edge/line/address.h"

enum {
    HTTP_CONNECTIONS = 64, /* at a time; the one that is idle longest makes room */
    HTTP_STREAMS = 16,     /* of them, streams of events */
    HTTP_REQUEST = 32768,  /* bytes of a request's line and headers, with what is answered beside the body */
    HTTP_PERIOD = 1000,    /* ms between two calls of http_site.tick */
    HTTP_WHY = 256         /* bytes of a text that says what is wrong */
};

/* A GET or HEAD. All texts are borrowed for the call; NULL: there is none. */
struct http_request {
    const char *path;          /* unescaped, without the query */
    const char *accept, *host; /* headers */
    const char *authorization;
    void *connection; /* for http_query */
};

struct http_answer {
    unsigned status;
    const char *type;   /* Content-Type, static */
    const char *policy; /* Content-Security-Policy, static; NULL: none */
    struct blob *body;  /* one reference, that goes with the answer */
    bool stream;        /* then: the first event, and http_tell says the others */
};

/* What is behind the server. */
struct http_site {
    void *self;
    void (*answer)(void *self, const struct http_request *request, struct http_answer *answer);
    void (*tick)(void *self, uint64_t now); /* every HTTP_PERIOD; may call http_tell */
};

struct http;

/* Listens on a numeric address, or "localhost". NULL: `why` (HTTP_WHY bytes) says why it cannot. */
struct http *http_open(const struct host_port *address, const struct http_site *site, char *why);

/* Where it listens, its port resolved. */
const char *http_endpoint(const struct http *http);
unsigned http_port(const struct http *http);

/* The file that says by being readable that http_run has something to do. */
int http_file(const struct http *http);

/* Does what there is to do at `now` (ms), in bounded time. Returns when it is to be called if the file says
 * nothing. */
uint64_t http_run(struct http *http, uint64_t now);

/* A value of the request's query, unescaped; NULL: there is none. */
const char *http_query(const struct http_request *request, const char *name);

/* Sends an event to all streams; one that does not read is cut off. Takes over one reference. */
void http_tell(struct http *http, struct blob *event);

/* How many connections, and streams among them, there are; requests so far. */
struct http_counts {
    uint64_t connections, streams, requests, refused, cut;
};
void http_counts(const struct http *http, struct http_counts *counts);

void http_free(struct http *http);

#endif
