/* probe: names, TCP connections and greetings; what is asked over ZeroMQ is probe_ask.c's. */
#include "clients/cli/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"

/* ZMTP 3's greeting (RFC 23): signature, version, mechanism. */
enum { SIGNATURE = 10, VERSION = 2, MECHANISM_AT = 12, MECHANISM = 20, GREETING = 64 };

enum { SAID = 32 };

/* One that leads to a socket in the file system, made here. */
struct local {
    struct addrinfo info;
    struct sockaddr_un address;
};

static struct addrinfo *find_local(const char *path)
{
    struct local *local = mem_zalloc(1, sizeof *local);
    local->address.sun_family = AF_UNIX;
    snprintf(local->address.sun_path, sizeof local->address.sun_path, "%s", path);
    local->info = (struct addrinfo){.ai_family = AF_UNIX,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_addr = (struct sockaddr *)&local->address,
                                    .ai_addrlen = sizeof local->address};
    return &local->info;
}

void probe_free(struct addrinfo *list)
{
    if (list->ai_family == AF_UNIX)
        mem_free((struct local *)list); /* it is the first of it */
    else
        freeaddrinfo(list);
}

struct addrinfo *probe_resolve(const struct host_port *address, const char **why)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *list;
    char port[16];
    if (address_is_ipc(address->host))
        return find_local(address->host + strlen("ipc://"));
    snprintf(port, sizeof port, "%u", address->port);
    int error = getaddrinfo(address->host, port, &hints, &list);
    if (error == 0)
        return list;
    *why = error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error);
    return NULL;
}

void probe_address_text(const struct addrinfo *address, char *text)
{
    if (address->ai_family == AF_UNIX)
        snprintf(text, NI_MAXHOST, "%s", ((const struct sockaddr_un *)address->ai_addr)->sun_path);
    else if (getnameinfo(address->ai_addr, address->ai_addrlen, text, NI_MAXHOST, NULL, 0, NI_NUMERICHOST) !=
             0)
        snprintf(text, NI_MAXHOST, "?");
}

/* Waits until the socket can be read from, or written to; false: `deadline` (ms) came first. */
static bool wait_for(int file, short events, uint64_t deadline)
{
    struct pollfd item = {.fd = file, .events = events};
    uint64_t now = clock_ms();
    return poll(&item, 1, now < deadline ? (int)(deadline - now) : 0) == 1;
}

/* A connected socket; -1: `*greeting` says why there is none. */
static int open_connection(const struct addrinfo *address, uint64_t deadline, enum probe_greeting *greeting)
{
    int file = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), error = 0;
    socklen_t size = sizeof error;
    *greeting = GREETING_FAILED;
    if (file < 0)
        return -1;
    if (connect(file, address->ai_addr, address->ai_addrlen) == 0)
        return file;
    error = errno;
    if (error == EINPROGRESS && !wait_for(file, POLLOUT, deadline))
        *greeting = GREETING_TIMEOUT;
    else if (error == EINPROGRESS)
        getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0)
        return file;
    close(file);
    errno = error;
    return -1;
}

/* Reads up to `wanted` bytes; less: the peer says no more, and `*closed` whether it closed the connection. */
static size_t hear(int file, uint8_t *data, size_t wanted, uint64_t deadline, bool *closed)
{
    size_t size = 0;
    *closed = false;
    while (size < wanted && wait_for(file, POLLIN, deadline)) {
        ssize_t count = recv(file, data + size, wanted - size, 0);
        if (count <= 0) {
            *closed = true;
            break;
        }
        size += (size_t)count;
    }
    return size;
}

static bool is_zeromq(const uint8_t *data, size_t size)
{
    return size >= SIGNATURE && data[0] == 0xff && (data[SIGNATURE - 1] & 1);
}

static void quote(const uint8_t *data, size_t size, char *said)
{
    size_t at = 0;
    for (; at < size && at < SAID - 1; at++)
        said[at] = data[at] >= ' ' && data[at] < 127 ? (char)data[at] : '.';
    said[at] = '\0';
}

static enum probe_greeting greet(int file, uint64_t deadline, char *said)
{
    static const uint8_t beginning[SIGNATURE + VERSION] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0};
    static const struct {
        char name[MECHANISM]; /* with zeros behind it */
        enum probe_greeting greeting;
    } mechanisms[] = {{"NULL", GREETING_NULL}, {"CURVE", GREETING_CURVE}};
    uint8_t data[GREETING];
    bool closed;
    /* No mechanism of our own: that is said last, and by then the peer has told its. */
    if (send(file, beginning, sizeof beginning, MSG_NOSIGNAL) != (ssize_t)sizeof beginning)
        return GREETING_CLOSED;
    size_t size = hear(file, data, sizeof data, deadline, &closed);
    if (size == 0)
        return closed ? GREETING_CLOSED : GREETING_SILENCE;
    if (!is_zeromq(data, size)) {
        quote(data, size, said);
        return GREETING_FOREIGN;
    }
    if (size < GREETING)
        return closed ? GREETING_CLOSED : GREETING_SILENCE;
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        if (memcmp(data + MECHANISM_AT, mechanisms[i].name, MECHANISM) == 0)
            return mechanisms[i].greeting;
    }
    return GREETING_MECHANISM;
}

enum probe_greeting probe_greet(const struct addrinfo *address, uint64_t timeout, char *said)
{
    uint64_t deadline = clock_ms() + timeout;
    enum probe_greeting greeting;
    int file = open_connection(address, deadline, &greeting);
    if (file < 0)
        return greeting;
    greeting = greet(file, deadline, said);
    close(file);
    return greeting;
}
