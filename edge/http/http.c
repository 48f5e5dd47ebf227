/* http: see http.h. Streams of events are stream.c's.
 *
 * libmicrohttpd (LGPL, Debian's) was chosen since it runs in a loop of ours without a thread, and has bounds
 * on memory and connections. What one must know of it in such a loop: MHD_run has to be called when its epoll
 * descriptor is readable, and also when MHD_get_timeout says so, 0 included, else requests that wait behind
 * another one of their connection stay there, and idle connections are never closed; and at once after a
 * connection was resumed, of which neither tells. */
#include "edge/http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/http/internal.h"
#include "edge/line/clock.h"
#include "edge/log.h"

enum {
    BACKLOG = 1024,   /* connections that wait for a place, the first first; the system turns others away */
    IDLE = 30,        /* s without a byte either way */
    TOO_LONG = 60000, /* ms for one request, from the end of the one before */
    CROWDED = HTTP_CONNECTIONS - 8, /* so many connections, and the idle make room, */
    REST = 250,                     /* who are so after so many ms: before, they are about to ask */
    SLOW = 1000,                    /* and who takes more ms to read an answer, */
    STAY = 5000,                    /* or has asked for one after the other for so long */
    ROUNDS = 8,                     /* of libmicrohttpd in a call, */
    MOST_MS = 2,                    /* and no other one after so long */
    SEND_BUFFER = 1 << 15           /* bytes that the system keeps for a reader that is slow */
};

static void on_error(void *self, const char *format, va_list arguments)
{
    char text[256];
    vsnprintf(text, sizeof text, format, arguments);
    text[strcspn(text, "\n")] = '\0';
    log_line(LOG_DEBUG, "http: %s", text);
}

/* A connection comes or goes. */
static void on_connection(void *self, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct http *http = self;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        struct visit *visit = mem_zalloc(1, sizeof *visit);
        visit->file = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        visit->since = visit->done = http->now;
        visit->next = http->visits;
        http->visits = visit;
        *context = visit;
        int size = SEND_BUFFER;
        setsockopt(visit->file, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        http->counts.connections++;
        return;
    }
    for (struct visit **at = &http->visits; *at; at = &(*at)->next) {
        if (*at != *context)
            continue;
        struct visit *gone = *at;
        streams_leave(http, gone);
        *at = gone->next;
        mem_free(gone);
        http->counts.connections--;
        return;
    }
}

static struct visit *visit_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void on_completed(void *self, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
    struct http *http = self;
    struct visit *visit = visit_of(connection);
    visit->busy = visit->streams = false;
    visit->done = http->now;
}

static void drop_body(void *body)
{
    blob_unref(body);
}

static enum MHD_Result send_answer(struct http *http, struct MHD_Connection *connection,
                                   struct http_answer *answer)
{
    static const struct {
        const char *name, *value;
    } always[] = {
        {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
    };
    struct MHD_Response *response;
    if (answer->stream)
        response = stream_new(http, connection, visit_of(connection), answer->body);
    else
        response = MHD_create_response_from_buffer_with_free_callback_cls(
            blob_size(answer->body), (void *)(uintptr_t)blob_data(answer->body), drop_body, answer->body);
    if (!response)
        return MHD_NO;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        MHD_add_response_header(response, always[i].name, always[i].value);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->type);
    if (answer->policy)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_SECURITY_POLICY, answer->policy);
    if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (answer->status == MHD_HTTP_UNAUTHORIZED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
    enum MHD_Result result = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct http *http, struct MHD_Connection *connection, unsigned status,
                              const char *text)
{
    struct http_answer answer = {
        .status = status, .type = "text/plain; charset=utf-8", .body = blob_copy(text, strlen(text))};
    http->counts.refused++;
    return send_answer(http, connection, &answer);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Called with the headers, and again when there is nothing more of the request. */
static enum MHD_Result on_request(void *self, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **context)
{
    struct http *http = self;
    bool head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (*context == NULL) {
        *context = http;
        visit_of(connection)->busy = true;
        visit_of(connection)->asked = http->now;
        http->counts.requests++;
        if (!head && strcmp(method, MHD_HTTP_METHOD_GET) != 0)
            return refuse(http, connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD are answered\n");
        if (header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH) ||
            header(connection, MHD_HTTP_HEADER_TRANSFER_ENCODING))
            return refuse(http, connection, MHD_HTTP_BAD_REQUEST, "a request has no body here\n");
        return MHD_YES;
    }
    struct http_request request = {
        .path = path,
        .accept = header(connection, MHD_HTTP_HEADER_ACCEPT),
        .host = header(connection, MHD_HTTP_HEADER_HOST),
        .authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION),
        .connection = connection,
    };
    struct http_answer answer = {0};
    http->site.answer(http->site.self, &request, &answer);
    if (answer.stream && (head || http->counts.streams == HTTP_STREAMS)) {
        blob_unref(answer.body);
        return refuse(http, connection, MHD_HTTP_SERVICE_UNAVAILABLE,
                      "as many watch as may (16): try again later\n");
    }
    http->counts.refused += answer.status >= MHD_HTTP_BAD_REQUEST;
    return send_answer(http, connection, &answer);
}

const char *http_query(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

/* A socket that listens there, or -1 with errno. */
static int listen_at(const struct host_port *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)address->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)address->port)};
    const char *host = strcmp(address->host, "localhost") == 0 ? "127.0.0.1" : address->host;
    host = strcmp(host, "*") == 0 ? "0.0.0.0" : host;
    bool six = inet_pton(AF_INET, host, &v4.sin_addr) != 1;
    if (six && inet_pton(AF_INET6, host, &v6.sin6_addr) != 1) {
        errno = EADDRNOTAVAIL;
        return -1;
    }
    int on = 1, file = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (file < 0)
        return -1;
    setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const struct sockaddr *where = six ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;
    if (bind(file, where, six ? sizeof v6 : sizeof v4) == 0 && listen(file, BACKLOG) == 0)
        return file;
    int error = errno;
    close(file);
    errno = error;
    return -1;
}

static unsigned port_of(int file)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } where = {0};
    socklen_t size = sizeof where;
    getsockname(file, &where.any, &size);
    return ntohs(where.any.sa_family == AF_INET6 ? where.v6.sin6_port : where.v4.sin_port);
}

struct http *http_open(const struct host_port *address, const struct http_site *site, char *why)
{
    int file = listen_at(address);
    if (file < 0) {
        snprintf(why, HTTP_WHY, "%s", strerror(errno));
        return NULL;
    }
    struct http *http = mem_zalloc(1, sizeof *http);
    struct host_port resolved = *address;
    resolved.port = http->port = port_of(file);
    address_text(&resolved, http->endpoint);
    http->site = *site;
    http->daemon = MHD_start_daemon(MHD_USE_ERROR_LOG | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
                                    NULL, on_request, http, MHD_OPTION_EXTERNAL_LOGGER, on_error, NULL,
                                    MHD_OPTION_LISTEN_SOCKET, file, MHD_OPTION_CONNECTION_LIMIT,
                                    (unsigned)HTTP_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE,
                                    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_REQUEST,
                                    MHD_OPTION_NOTIFY_CONNECTION, on_connection, http,
                                    MHD_OPTION_NOTIFY_COMPLETED, on_completed, http, MHD_OPTION_END);
    if (!http->daemon) {
        snprintf(why, HTTP_WHY, "libmicrohttpd does not start");
        close(file);
        mem_free(http);
        return NULL;
    }
    return http;
}

const char *http_endpoint(const struct http *http)
{
    return http->endpoint;
}

unsigned http_port(const struct http *http)
{
    return http->port;
}

int http_file(const struct http *http)
{
    return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

static uint64_t earlier(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/* When a connection's place is wanted for others, if there are many. */
static uint64_t leaves_at(const struct visit *visit)
{
    return visit->busy ? earlier(visit->asked + SLOW, visit->since + STAY) : visit->done + REST;
}

/* Closes what takes too long, and where there are many connections who reads slowly, or all the time, and the
 * one that has been idle for longest. A connection is shut down, not closed: that is libmicrohttpd's to do
 * when it notices. Returns when there is more to close. */
static uint64_t reap(struct http *http)
{
    struct visit *idlest = NULL;
    uint64_t due = UINT64_MAX;
    bool crowded = http->counts.connections > CROWDED;
    for (struct visit *visit = http->visits; visit; visit = visit->next) {
        if (visit->streams)
            continue;
        uint64_t wanted = crowded ? leaves_at(visit) : UINT64_MAX;
        if (visit->done + TOO_LONG <= http->now || (visit->busy && wanted <= http->now)) {
            shutdown(visit->file, SHUT_RDWR);
            continue;
        }
        due = earlier(due, wanted);
        if (!visit->busy && (!idlest || visit->done < idlest->done))
            idlest = visit;
    }
    if (crowded && idlest && leaves_at(idlest) <= http->now)
        shutdown(idlest->file, SHUT_RDWR);
    return due;
}

uint64_t http_run(struct http *http, uint64_t now)
{
    unsigned long long timeout = 0;
    http->now = now;
    if (now >= http->tick) {
        http->site.tick(http->site.self, now);
        http->tick = now + HTTP_PERIOD;
    }
    uint64_t due = earlier(reap(http), http->tick), begun = clock_ms();
    for (int round = 0; round < ROUNDS && timeout == 0 && clock_ms() - begun < MOST_MS; round++) {
        MHD_run(http->daemon);
        if (MHD_get_timeout(http->daemon, &timeout) != MHD_YES)
            timeout = HTTP_PERIOD;
    }
    return earlier(now + timeout, due);
}

void http_counts(const struct http *http, struct http_counts *counts)
{
    *counts = http->counts;
}

void http_free(struct http *http)
{
    if (!http)
        return;
    streams_end(http);
    MHD_run(http->daemon);
    MHD_stop_daemon(http->daemon);
    mem_free(http);
}
