/* nats: a client and a worker that speak NATS's text protocol, as lean as the load generator's own: one read
 * and one write a turn. An optional reference, for machines that have nats-server. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/measure.h"
#include "tests/bench/shape.h"

enum { SECOND = 1000000000, IN = 1 << 18, OUT = 1 << 22, LINE = 256 };

struct nats {
    int file;
    char *in, *out;
    size_t from, to; /* what is not yet looked at in `in` */
    size_t size;     /* of `out` */
    bool worker;
    size_t outstanding, body, submit_size, result_size;
    uint64_t *sent_at; /* by number; ns */
    uint32_t *free;
    size_t free_count;
    uint64_t done;
    struct samples latency;
};

static void put(struct nats *nats, const char *text, size_t payload)
{
    size_t length = strlen(text);
    if (nats->size + length + payload + 2 > OUT)
        measure_fail("too much to send");
    memcpy(nats->out + nats->size, text, length);
    nats->size += length;
    if (payload == 0)
        return;
    memset(nats->out + nats->size, 'x', payload);
    memcpy(nats->out + nats->size + payload, "\r\n", 2);
    nats->size += payload + 2;
}

static void flush(struct nats *nats)
{
    for (size_t sent = 0; sent < nats->size;) {
        ssize_t written = write(nats->file, nats->out + sent, nats->size - sent);
        if (written <= 0)
            measure_fail("cannot write to nats-server");
        sent += (size_t)written;
    }
    nats->size = 0;
}

static void submit(struct nats *nats)
{
    char text[LINE];
    while (nats->free_count > 0) {
        uint32_t number = nats->free[--nats->free_count];
        nats->sent_at[number] = measure_now();
        size_t size = nats->submit_size + nats->body;
        snprintf(text, sizeof text, "PUB task inbox.%" PRIu32 " %zu\r\n", number, size);
        put(nats, text, size);
    }
}

/* One MSG: `subject` and, for the worker, `reply`; `size` bytes of payload. */
static void take(struct nats *nats, const char *subject, const char *reply, size_t size)
{
    if (nats->worker) {
        char text[LINE];
        size_t answer = size - nats->submit_size + nats->result_size;
        snprintf(text, sizeof text, "PUB %s %zu\r\n", reply, answer);
        put(nats, text, answer);
        return;
    }
    unsigned long number = strtoul(subject + strlen("inbox."), NULL, 10);
    if (number >= nats->outstanding)
        measure_fail("a result that nobody waits for");
    measure_sample(&nats->latency, measure_now() - nats->sent_at[number]);
    nats->free[nats->free_count++] = (uint32_t)number;
    nats->done++;
}

/* One message at the start of what is left in `in`, or false: it is not all there. */
static bool parse(struct nats *nats)
{
    char *line = nats->in + nats->from, *end = memmem(line, nats->to - nats->from, "\r\n", 2);
    if (end == NULL)
        return false;
    size_t length = (size_t)(end - line) + 2;
    *end = '\0';
    char subject[LINE], sid[LINE], reply[LINE], last[LINE];
    if (strncmp(line, "MSG ", 4) == 0) {
        int fields = sscanf(line, "MSG %255s %255s %255s %255s", subject, sid, reply, last);
        size_t size = strtoul(fields == 4 ? last : reply, NULL, 10);
        *end = '\r';
        if (nats->to - nats->from < length + size + 2)
            return false;
        take(nats, subject, reply, size);
        length += size + 2;
    } else if (strncmp(line, "PING", 4) == 0) {
        put(nats, "PONG\r\n", 0);
    } else if (strncmp(line, "-ERR", 4) == 0) {
        measure_fail("nats-server says %s", line);
    }
    nats->from += length;
    return true;
}

/* One turn: write what is to be written, wait for mail, look at all of it. */
static void turn(struct nats *nats)
{
    flush(nats);
    memmove(nats->in, nats->in + nats->from, nats->to - nats->from);
    nats->to -= nats->from;
    nats->from = 0;
    ssize_t got = read(nats->file, nats->in + nats->to, IN - nats->to);
    if (got <= 0)
        measure_fail("nats-server is gone");
    nats->to += (size_t)got;
    while (nats->from < nats->to && parse(nats))
        continue;
}

static void *room_for(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL)
        measure_fail("no memory");
    return memory;
}

static void nats_open(struct nats *nats, unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int yes = 1;
    nats->file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(nats->file, (struct sockaddr *)&address, sizeof address) != 0)
        measure_fail("cannot connect to nats-server");
    setsockopt(nats->file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    nats->in = room_for(IN, 1);
    nats->out = room_for(OUT, 1);
    nats->submit_size = shape_submit(0, 0, 0).size;
    nats->result_size = shape_result_size();
    put(nats, "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n", 0);
    put(nats, nats->worker ? "SUB task 1\r\n" : "SUB inbox.* 1\r\n", 0);
}

static void run_for(struct nats *nats, double seconds)
{
    uint64_t end = measure_now() + (uint64_t)(seconds * SECOND);
    while (measure_now() < end) {
        submit(nats);
        turn(nats);
    }
}

static void drive(struct nats *nats, double seconds, pid_t watched)
{
    nats->sent_at = room_for(nats->outstanding, sizeof *nats->sent_at);
    nats->free = room_for(nats->outstanding, sizeof *nats->free);
    for (size_t i = 0; i < nats->outstanding; i++)
        nats->free[nats->free_count++] = (uint32_t)i;
    run_for(nats, 0.2);
    nats->latency.count = 0;
    uint64_t tasks = nats->done, cpu = measure_cpu(watched), begin = measure_now();
    run_for(nats, seconds);
    double took = (double)(measure_now() - begin) / SECOND;
    printf("{\"tasks\": %" PRIu64 ", \"seconds\": %.6f, \"p50\": %" PRIu32 ", \"p99\": %" PRIu32
           ", \"cpu\": [[%" PRIu64 ", %" PRIu64 "]], \"rss\": []}\n",
           nats->done - tasks, took, measure_percentile(&nats->latency, 0.5),
           measure_percentile(&nats->latency, 0.99), cpu, measure_cpu(watched));
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 6)
        measure_fail("usage: nats PORT [OUTSTANDING BODY SECONDS PID]; without the rest: the worker");
    struct nats nats = {.worker = argc == 2};
    if (!nats.worker) {
        nats.outstanding = strtoul(argv[2], NULL, 10);
        nats.body = strtoul(argv[3], NULL, 10);
    }
    nats_open(&nats, (unsigned)strtoul(argv[1], NULL, 10));
    if (!nats.worker)
        drive(&nats, strtod(argv[4], NULL), (pid_t)strtol(argv[5], NULL, 10));
    while (nats.worker)
        turn(&nats);
    return 0;
}
