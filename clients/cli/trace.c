/* trace: the last tasks that have ended, as trace events. The broker has them at its page, which is asked
 * here as a browser would: in HTTP/1.0, so that the answer ends with the connection. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients/cli/commands.h"
#include "clients/cli/operate.h"
#include "common/base/mem.h"
#include "edge/line/address.h"

enum {
    TRIES = 20,
    PAUSE = 200000, /* us: somebody else asked a moment ago */
    MOST = 1 << 30, /* bytes of an answer */
    BUSY = 429,
    GOOD = 200 /* HTTP's */
};

struct answer {
    char *data;
    size_t size;
};

/* The link's parts: where it leads, and the token, which may be empty. */
static bool read_link(struct span page, struct host_port *address, char *token, size_t token_size)
{
    static const char scheme[] = "http://";
    char *text = mem_text((const char *)page.data, page.size);
    char *host = strncmp(text, scheme, strlen(scheme)) == 0 ? text + strlen(scheme) : NULL;
    char *end = host ? strchr(host, '/') : NULL, *mark = end ? strchr(end, '#') : NULL;
    snprintf(token, token_size, "%s", mark ? mark + 1 : "");
    if (end)
        *end = '\0';
    bool good = end && !address_parse(host, 80, address) && strcspn(token, "\r\n ") == strlen(token);
    mem_free(text);
    return good;
}

/* A connection, or -1 with errno. */
static int reach(const struct host_port *address, uint64_t timeout)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    struct timeval patience = {.tv_sec = (time_t)(timeout / 1000),
                               .tv_usec = (suseconds_t)(timeout % 1000 * 1000)};
    char port[8];
    int file = -1;
    snprintf(port, sizeof port, "%u", address->port);
    errno = EHOSTUNREACH;
    if (getaddrinfo(address->host, port, &hints, &found) != 0)
        return -1;
    for (const struct addrinfo *one = found; one && file < 0; one = one->ai_next) {
        file = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        if (file >= 0 && connect(file, one->ai_addr, one->ai_addrlen) != 0) {
            int error = errno;
            close(file);
            file = -1;
            errno = error;
        }
    }
    freeaddrinfo(found);
    return file;
}

/* Asks and reads all of the answer; false: errno says why. */
static bool ask(const struct host_port *address, const char *token, uint64_t timeout, struct answer *answer)
{
    char request[512], where[ADDRESS_SIZE];
    int file = reach(address, timeout);
    if (file < 0)
        return false;
    address_text(address, where);
    int length = snprintf(request, sizeof request, "GET /trace HTTP/1.0\r\nHost: %s\r\n%s%s%s\r\n", where,
                          token[0] ? "Authorization: Bearer " : "", token, token[0] ? "\r\n" : "");
    ssize_t size = length < (int)sizeof request ? send(file, request, (size_t)length, MSG_NOSIGNAL) : -1;
    for (size_t room = 0; size > 0 && answer->size < MOST;) {
        if (room == answer->size + 1 || room == 0)
            answer->data = mem_resize(answer->data, room = room ? 2 * room : 65536, 1);
        size = recv(file, answer->data + answer->size, room - answer->size - 1, 0);
        answer->size += size > 0 ? (size_t)size : 0;
        answer->data[answer->size] = '\0';
    }
    int error = errno;
    close(file);
    errno = error;
    return size == 0;
}

/* Its status, and where its body is; 0: it is no answer of HTTP's. */
static long parse(const struct answer *answer, const char **body)
{
    const char *end = answer->data ? strstr(answer->data, "\r\n\r\n") : NULL;
    if (!end || strncmp(answer->data, "HTTP/1.", 7) != 0)
        return 0;
    *body = end + 4;
    return strtol(answer->data + strlen("HTTP/1.x "), NULL, 10);
}

static enum cli_exit fetch(const struct invocation *invocation, struct span page)
{
    struct host_port address;
    char token[128];
    long status = BUSY;
    bool good = read_link(page, &address, token, sizeof token);
    for (int tries = 0; good && status == BUSY && tries < TRIES; tries++) {
        struct answer answer = {0};
        const char *body = NULL;
        if (tries > 0)
            usleep(PAUSE);
        if (!ask(&address, token, invocation->timeout, &answer)) {
            fprintf(stderr, "mailroom trace: the broker's page at %s:%u cannot be reached from here: %s\n",
                    address.host, address.port, strerror(errno));
            mem_free(answer.data);
            return CLI_NO_BROKER;
        }
        status = parse(&answer, &body);
        if (status == GOOD)
            fwrite(body, 1, answer.size - (size_t)(body - answer.data), stdout);
        mem_free(answer.data);
    }
    if (status == GOOD)
        return CLI_FINE;
    fprintf(stderr, "mailroom trace: what answers at the broker's page gives no trace (status %ld)\n",
            status);
    return CLI_REFUSED;
}

static enum cli_exit show(const struct invocation *invocation, const struct message *answer)
{
    if (answer->counts.page.size == 0)
        return page_is_missing("trace");
    return fetch(invocation, answer->counts.page);
}

static int run(struct invocation *invocation)
{
    struct inquiry question = {.message.kind = KIND_COUNTS, .show = show};
    return operate_ask(invocation, &question);
}

const struct command trace_command = {
    .name = "trace",
    .summary = "Write the last tasks that have ended as a trace",
    .arguments = "",
    .description =
        "Writes the last tasks that have ended at the broker (its setting http/history) to standard output, as trace events "
        "that Perfetto and chrome://tracing read: a bar for each in the row of its worker. They come from the broker's live "
        "page (mailroomd --http), which has to be reachable from here; for admins.",
    .takes = TAKES_BROKER | TAKES_ADMIN,
    .exits = command_exits,
    .run = run,
};
