/* Who has a place at the server of HTTP while others take all that there are. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "edge/http/http.h"

enum {
    UNREAD = 60,     /* connections, more than may be before the idle make room */
    SMALL = 2048,    /* bytes that the system keeps for who does not read */
    LARGE = 1 << 20, /* and of an answer */
    START = 1000,    /* ms: the server's clock stands unless a test moves it */
    REST = 250,      /* ms that one has to ask (edge/http/http.c) */
    PATIENCE = 10000 /* ms */
};

static struct http *http;
static struct blob *large;
static uint64_t now;

static void answer(void *self, const struct http_request *request, struct http_answer *out)
{
    (void)self;
    struct blob *body = strcmp(request->path, "/large") == 0 ? blob_ref(large) : blob_copy("small\n", 6);
    *out = (struct http_answer){.status = 200, .type = "text/plain", .body = body};
}

static void tick(void *self, uint64_t at)
{
    (void)self;
    (void)at;
}

static void set_up(void)
{
    struct host_port address = {.host = "127.0.0.1"};
    struct http_site site = {.answer = answer, .tick = tick};
    char why[HTTP_WHY];
    uint8_t *bytes;
    now = START;
    large = blob_new(LARGE, &bytes);
    memset(bytes, 'x', LARGE);
    http = http_open(&address, &site, why);
    cr_assert_not_null(http, "%s", why);
}

static void tear_down(void)
{
    http_free(http);
    blob_unref(large);
}

TestSuite(http, .init = set_up, .fini = tear_down);

/* The server has done what there was to do, and `file` says something; at -1 for one moment. */
static void serve(int file)
{
    struct pollfd files[] = {{.fd = http_file(http), .events = POLLIN}, {.fd = file, .events = POLLIN}};
    http_run(http, now);
    cr_assert_geq(poll(files, 2, file < 0 ? 1 : PATIENCE), 0);
}

static int connects(int room)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(http))};
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (room > 0)
        setsockopt(file, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    cr_assert_eq(inet_pton(AF_INET, "127.0.0.1", &at.sin_addr), 1);
    cr_assert_eq(connect(file, (struct sockaddr *)&at, sizeof at), 0, "%s", strerror(errno));
    return file;
}

static void asks(int file, const char *path)
{
    char text[64];
    int size = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
    cr_assert_eq(send(file, text, (size_t)size, MSG_NOSIGNAL), size);
}

static void until_counted(uint64_t connections, uint64_t requests)
{
    struct http_counts counts;
    int turns = 0;
    do {
        cr_assert_lt(turns++, PATIENCE, "one is closed, or not heard");
        serve(-1);
        http_counts(http, &counts);
    } while (counts.connections != connections || counts.requests != requests);
}

/* All places but a few are taken by who reads no answer. */
static void take_places(int *files)
{
    for (uint64_t i = 0; i < UNREAD; i++) {
        files[i] = connects(SMALL);
        asks(files[i], "/large");
        until_counted(i + 1, i + 1);
    }
}

static void give_places(const int *files)
{
    for (int i = 0; i < UNREAD; i++)
        close(files[i]);
}

/* What comes first on a connection: bytes, or 0 as it is closed. */
static ssize_t hears(int file)
{
    char text[16];
    ssize_t size;
    do {
        serve(file);
        size = recv(file, text, sizeof text, MSG_DONTWAIT);
    } while (size < 0 && errno == EAGAIN);
    return size;
}

Test(http, who_has_just_come_has_time_to_ask)
{
    int files[UNREAD];
    take_places(files);
    int late = connects(0);
    until_counted(UNREAD + 1, UNREAD);
    now += REST - 1;
    for (int i = 0; i < 4; i++)
        serve(-1);
    asks(late, "/");
    cr_assert_gt(hears(late), 0, "one that was about to ask is closed");
    close(late);
    give_places(files);
}

Test(http, who_does_not_ask_makes_room)
{
    int files[UNREAD];
    take_places(files);
    int late = connects(0);
    until_counted(UNREAD + 1, UNREAD);
    now += REST;
    cr_assert_eq(hears(late), 0, "one that asks nothing is left");
    close(late);
    give_places(files);
}
