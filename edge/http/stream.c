/* stream: answers that go on, event by event. What all viewers get is one blob, which each stream refers to
 * until it is sent. */
#include <string.h>
#include <sys/socket.h>

#include "common/base/mem.h"
#include "edge/http/internal.h"

enum {
    WAITING = 4,  /* events that may wait for a viewer: beyond, it does not read */
    BLOCK = 16384 /* bytes that libmicrohttpd asks for at a time */
};

struct stream {
    struct stream *next;
    struct http *http;
    struct MHD_Connection *connection;
    struct visit *visit;
    struct blob *events[WAITING]; /* that are not sent, the first one first */
    unsigned count;
    size_t sent; /* bytes of the first */
    bool suspended, over;
};

static void drop_first(struct stream *stream)
{
    blob_unref(stream->events[0]);
    memmove(stream->events, stream->events + 1, --stream->count * sizeof *stream->events);
    stream->sent = 0;
}

/* Gives libmicrohttpd what is next; nothing: the connection is suspended, or it would ask again at once. */
static ssize_t read_more(void *self, uint64_t position, char *buffer, size_t room)
{
    struct stream *stream = self;
    if (stream->over)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (stream->count == 0) {
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
        return 0;
    }
    const struct blob *event = stream->events[0];
    size_t whole = blob_size(event), left = whole - stream->sent, size = left < room ? left : room;
    memcpy(buffer, blob_data(event) + stream->sent, size);
    stream->sent += size;
    if (stream->sent == whole)
        drop_first(stream);
    return (ssize_t)size;
}

static void stream_free(void *self)
{
    struct stream *stream = self;
    for (struct stream **at = &stream->http->streams; *at; at = &(*at)->next) {
        if (*at != stream)
            continue;
        *at = stream->next;
        break;
    }
    while (stream->count > 0)
        drop_first(stream);
    stream->http->counts.streams--;
    mem_free(stream);
}

struct MHD_Response *stream_new(struct http *http, struct MHD_Connection *connection, struct visit *visit,
                                struct blob *event)
{
    struct stream *stream = mem_zalloc(1, sizeof *stream);
    *stream = (struct stream){
        .next = http->streams, .http = http, .connection = connection, .visit = visit, .count = 1};
    stream->events[0] = event;
    http->streams = stream;
    http->counts.streams++;
    visit->streams = true;
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_more, stream, stream_free);
    if (!response)
        stream_free(stream);
    return response;
}

static void resume(struct stream *stream)
{
    if (stream->suspended)
        MHD_resume_connection(stream->connection);
    stream->suspended = false;
}

void http_tell(struct http *http, struct blob *event)
{
    for (struct stream *stream = http->streams; stream; stream = stream->next) {
        if (stream->over)
            continue;
        if (stream->count == WAITING) {
            stream->over = true;
            http->counts.cut++;
            shutdown(stream->visit->file, SHUT_RDWR);
        } else {
            stream->events[stream->count++] = blob_ref(event);
        }
        resume(stream);
    }
    blob_unref(event);
}

void streams_leave(struct http *http, const struct visit *visit)
{
    for (struct stream *stream = http->streams; stream; stream = stream->next) {
        if (stream->visit != visit)
            continue;
        stream->over = true;
        stream->suspended = false;
    }
}

void streams_end(struct http *http)
{
    for (struct stream *stream = http->streams; stream; stream = stream->next) {
        stream->over = true;
        resume(stream);
    }
}
