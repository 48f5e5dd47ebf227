/* nats: a client and a worker that speak NATS's text protocol, as lean as the load generator's own: one read
 * and one write a turn. An optional reference, for machines that have nats-server. With JetStream tasks go
 * through a stream in files: the client hears that each is stored, the worker acknowledges it behind its
 * result; kept results go into a second stream. */
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

enum { SECOND = 1000000000, IN = 1 << 18, OUT = 1 << 22, LINE = 256, SUBJECT = 40 };

/* What a task waits for until its number is used again. */
enum { AWAITS_STORED = 1, AWAITS_RESULT = 2 };

/* Requests of JetStream's, their names and what they say. */
static const char *const setups[][2] = {
    {"STREAM.CREATE.TASKS",
     "{\"name\":\"TASKS\",\"subjects\":[\"task\"],\"retention\":\"workqueue\",\"storage\":\"file\",\"num_replicas\":1}"},
    {"CONSUMER.DURABLE.CREATE.TASKS.WORKER",
     "{\"stream_name\":\"TASKS\",\"config\":{\"durable_name\":\"WORKER\",\"deliver_subject\":\"work\",\"ack_policy\":"
     "\"explicit\",\"max_ack_pending\":4096}}"},
    {"STREAM.CREATE.RESULTS",
     "{\"name\":\"RESULTS\",\"subjects\":[\"inbox.>\"],\"storage\":\"file\",\"num_replicas\":1,\"max_bytes\":1073741824}"},
};

struct nats {
    int file;
    char *in, *out;
    size_t from, to; /* what is not yet looked at in `in` */
    size_t size;     /* of `out` */
    bool worker, streams, keeps;
    unsigned set_up; /* answers to `setups` */
    uint8_t *awaits; /* by number */
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

/* The payload that was put last begins with where its result is to go, filled up with spaces: JetStream tells
 * the worker no more of whose task it is. */
static void put_subject(struct nats *nats, size_t payload, const char *subject)
{
    char text[SUBJECT + 1];
    snprintf(text, sizeof text, "%-*s", SUBJECT, subject);
    memcpy(nats->out + nats->size - 2 - payload, text, SUBJECT);
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
    char text[LINE], subject[SUBJECT + 1];
    while (nats->free_count > 0) {
        uint32_t number = nats->free[--nats->free_count];
        nats->sent_at[number] = measure_now();
        size_t size = nats->submit_size + nats->body;
        snprintf(subject, sizeof subject, "inbox.%ld.%" PRIu32, (long)getpid(), number);
        if (nats->streams)
            snprintf(text, sizeof text, "PUB task stored.%ld.%" PRIu32 " %zu\r\n", (long)getpid(), number,
                     size);
        else
            snprintf(text, sizeof text, "PUB task %s %zu\r\n", subject, size);
        put(nats, text, size);
        put_subject(nats, size, subject);
        nats->awaits[number] = nats->streams ? AWAITS_STORED | AWAITS_RESULT : AWAITS_RESULT;
    }
}

/* The worker's: the result, and then that the task is done. */
static void answer(struct nats *nats, const char *reply, const char *payload, size_t size)
{
    char text[LINE], subject[SUBJECT + 1] = "";
    size_t result = size - nats->submit_size + nats->result_size;
    memcpy(subject, payload, SUBJECT);
    subject[strcspn(subject, " ")] = '\0';
    if (nats->streams)
        snprintf(text, sizeof text, "PUB %s %zu\r\n", subject, result);
    else
        snprintf(text, sizeof text, "PUB %s %zu\r\n", reply, result);
    put(nats, text, result);
    if (!nats->streams)
        return;
    snprintf(text, sizeof text, "PUB %s 4\r\n+ACK\r\n", reply);
    put(nats, text, 0);
}

/* The client's: one of the two things that a task waits for. */
static void came(struct nats *nats, const char *subject)
{
    bool stored = strncmp(subject, "stored.", 7) == 0;
    unsigned long number = strtoul(strrchr(subject, '.') + 1, NULL, 10);
    uint8_t what = stored ? AWAITS_STORED : AWAITS_RESULT;
    if (number >= nats->outstanding || !(nats->awaits[number] & what))
        measure_fail("an answer that nobody waits for: %s", subject);
    nats->awaits[number] &= (uint8_t)~what;
    if (!stored)
        measure_sample(&nats->latency, measure_now() - nats->sent_at[number]);
    if (nats->awaits[number])
        return;
    nats->free[nats->free_count++] = (uint32_t)number;
    nats->done++;
}

/* One MSG: `subject` and, for the worker, `reply`; `size` bytes of payload. */
static void take(struct nats *nats, const char *subject, const char *reply, const char *payload, size_t size)
{
    if (strncmp(subject, "setup.", 6) == 0) {
        if (memmem(payload, size, "\"error\"", 7))
            measure_fail("JetStream says %.*s", (int)size, payload);
        nats->set_up++;
    } else if (nats->worker) {
        answer(nats, reply, payload, size);
    } else {
        came(nats, subject);
    }
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
        take(nats, subject, reply, line + length, size);
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
    char text[LINE];
    snprintf(text, sizeof text, "SUB inbox.%ld.* 1\r\n", (long)getpid());
    put(nats, !nats->worker ? text : nats->streams ? "SUB work 1\r\n" : "SUB task 1\r\n", 0);
}

/* Asks for the streams, and waits for them; whoever comes later asks for what is there. */
static void set_up(struct nats *nats)
{
    unsigned count = nats->keeps ? 3 : 2;
    char text[2 * LINE];
    snprintf(text, sizeof text, "SUB setup.%ld.* 2\r\nSUB stored.%ld.* 3\r\n", (long)getpid(),
             (long)getpid());
    put(nats, text, 0);
    for (unsigned i = 0; i < count; i++) {
        snprintf(text, sizeof text, "PUB $JS.API.%s setup.%ld.%u %zu\r\n%s\r\n", setups[i][0], (long)getpid(),
                 i, strlen(setups[i][1]), setups[i][1]);
        put(nats, text, 0);
        while (nats->set_up <= i)
            turn(nats);
    }
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
    nats->awaits = room_for(nats->outstanding, sizeof *nats->awaits);
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
    if (argc != 3 && argc != 7)
        measure_fail(
            "usage: nats plain|stream|kept PORT [OUTSTANDING BODY SECONDS PID]; without the rest: the worker");
    struct nats nats = {.worker = argc == 3};
    nats.keeps = strcmp(argv[1], "kept") == 0;
    nats.streams = nats.keeps || strcmp(argv[1], "stream") == 0;
    if (!nats.worker) {
        nats.outstanding = strtoul(argv[3], NULL, 10);
        nats.body = strtoul(argv[4], NULL, 10);
    }
    nats_open(&nats, (unsigned)strtoul(argv[2], NULL, 10));
    if (nats.streams)
        set_up(&nats);
    if (!nats.worker)
        drive(&nats, strtod(argv[5], NULL), (pid_t)strtol(argv[6], NULL, 10));
    while (nats.worker)
        turn(&nats);
    return 0;
}
