/* client: the load generator's client: keeps tasks under way through mailroomd, or plain messages through
 * zmq_proxy, and measures. What is sent and read is the same work in both forms but for what mailroom's
 * protocol asks for. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "tests/bench/line.h"
#include "tests/bench/load.h"
#include "tests/bench/measure.h"
#include "tests/bench/shape.h"

enum {
    SECOND = 1000000000,
    WAIT_MS = 20000,
    READ_RUN = 256,
    MOST_SHARED = 1 << 18,
    MOST_RELEASED = 4096,       /* as libmailroom: slots in one RELEASE, */
    RELEASE_DELAY = SECOND / 10 /* and ns from the first of them to it */
};

/* A request is one SUBMIT or one map; its number is used again when it is done. */
struct request {
    uint64_t sent_at; /* ns */
    size_t left;      /* tasks without a result */
};

struct client {
    const struct load_options *options;
    void *socket;
    struct line line;
    struct line_mail mail;
    struct shape shape;
    size_t tasks;  /* in one request */
    size_t cost;   /* of one request, against the peer's window */
    uint8_t *body; /* of one request, `body_size` bytes, constant */
    size_t body_size;
    struct request *requests;
    uint32_t *free; /* numbers of requests that are not under way */
    size_t free_count, request_count;
    uint64_t serial, done; /* requests sent, tasks done */
    uint64_t due;          /* ns: when the next request is due, with a rate */
    bool stopped;          /* send nothing more */
    bool parted;           /* DISCONNECT was answered */
    struct samples latency;
    struct builder read; /* slots that are to be released */
    uint64_t release_at; /* ns */
};

static void open_socket(struct client *client, void *context)
{
    client->socket = line_socket(context, ZMQ_DEALER);
    line_secure(client->socket, client->options->keys, "client", "broker");
    if (zmq_connect(client->socket, client->options->connect) != 0)
        measure_fail("connect %s: %s", client->options->connect, zmq_strerror(errno));
    if (!client->options->plain)
        line_dial(&client->line, client->socket, ROLE_CLIENT, "load");
}

static void *room_for(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);
    if (memory == NULL)
        measure_fail("no memory");
    return memory;
}

/* One part for all tasks of the run. */
static void send_shared(struct client *client)
{
    static const uint8_t part[MOST_SHARED]; /* libzmq reads it when it likes */
    size_t size = client->options->shared;
    struct shape shape = shape_share(1);
    if (size > sizeof part)
        measure_fail("a part of %zu bytes", size);
    line_send(&client->line, shape.header, shape.size, part, size, true);
    free(shape.header);
}

static void client_open(struct client *client, void *context, const struct load_options *options)
{
    *client = (struct client){.options = options, .tasks = options->map == 0 ? 1 : options->map};
    client->shape = options->keep ? shape_submit_kept(options->map, options->body)
                                  : shape_submit(options->map, options->body, options->shared > 0 ? 1 : 0);
    client->body_size = client->tasks * options->body;
    client->cost = client->shape.size + client->body_size + 64;
    client->body = room_for(client->body_size, 1);
    client->request_count = options->outstanding / client->tasks;
    if (client->request_count == 0)
        measure_fail("fewer tasks outstanding than a map has");
    client->requests = room_for(client->request_count, sizeof *client->requests);
    client->free = room_for(client->request_count, sizeof *client->free);
    while (client->free_count < client->request_count) {
        client->free[client->free_count] = (uint32_t)(client->request_count - 1 - client->free_count);
        client->free_count++;
    }
    line_mail_init(&client->mail);
    open_socket(client, context);
    if (options->shared > 0)
        send_shared(client);
}

static void send_plain(struct client *client)
{
    bool has_body = client->body_size > 0;
    zmq_send(client->socket, client->shape.header, client->shape.size, has_body ? ZMQ_SNDMORE : 0);
    if (has_body)
        zmq_send_const(client->socket, client->body, client->body_size, 0);
}

static void send_one(struct client *client, uint64_t at)
{
    uint32_t number = client->free[--client->free_count];
    client->requests[number] = (struct request){.sent_at = at, .left = client->tasks};
    shape_mark(&client->shape, client->serial++, number);
    if (client->options->plain)
        send_plain(client);
    else
        line_send(&client->line, client->shape.header, client->shape.size, client->body, client->body_size,
                  true);
}

/* Sends what may be sent now: as many as may be outstanding and fit the window, at a rate those that are due.
 */
static void send_all(struct client *client)
{
    while (!client->stopped && client->free_count > 0) {
        if (!client->options->plain && !line_has_window(&client->line, client->cost))
            return;
        uint64_t now = measure_now();
        if (client->options->rate == 0) {
            send_one(client, now);
        } else if (now >= client->due) {
            send_one(client, client->due); /* a late start is part of the latency */
            client->due += SECOND / client->options->rate;
        } else {
            return;
        }
    }
}

static void task_done(struct client *client, const uint8_t *uuid)
{
    uint32_t number = uuid == NULL ? UINT32_MAX : shape_number(uuid);
    if (number >= client->request_count || client->requests[number].left == 0)
        measure_fail("a result that nobody waits for");
    client->done++;
    if (--client->requests[number].left > 0)
        return;
    measure_sample(&client->latency, measure_now() - client->requests[number].sent_at);
    client->free[client->free_count++] = number;
}

static void take_result(struct client *client, const struct result_header *result)
{
    task_done(client, result->uuid);
    if (!client->options->forget)
        return;
    if (client->read.count == 0)
        client->release_at = measure_now() + RELEASE_DELAY;
    builder_slot(&client->read, result->uuid, client->tasks == 1 ? NO_NUMBER : result->return_address.slot);
}

static void release(struct client *client)
{
    struct message message = {.kind = KIND_RELEASE};
    if (client->read.count == 0 || (client->read.count < MOST_RELEASED && measure_now() < client->release_at))
        return;
    message.release.slots = builder_list(&client->read);
    size_t bound = message_bound(&message);
    uint8_t *header = room_for(bound, 1);
    line_send(&client->line, header, message_encode(&message, header, bound), NULL, 0, false);
    free(header);
    builder_reset(&client->read);
}

static void take(struct client *client)
{
    const struct message *message = &client->mail.message;
    if (message->kind == KIND_RESULT) {
        take_result(client, &message->result);
    } else if (message->kind == KIND_RESULT_BATCH) {
        struct list results = message->batch.tasks;
        struct result_header result;
        while (list_next_result(&results, &result))
            take_result(client, &result);
    } else if (message->kind == KIND_DISCONNECT) {
        client->parted = true;
    } else {
        measure_fail("an unexpected %s", kind_name(message->kind));
    }
}

static bool read_plain(struct client *client)
{
    if (zmq_msg_recv(&client->mail.header, client->socket, ZMQ_DONTWAIT) < 0)
        return false;
    if (zmq_msg_more(&client->mail.header))
        zmq_msg_recv(&client->mail.body, client->socket, 0);
    task_done(client, zmq_msg_data(&client->mail.header));
    return true;
}

/* Reads one message without waiting. */
static bool read_one(struct client *client)
{
    if (client->options->plain)
        return read_plain(client);
    enum line_result result = line_receive(&client->line, &client->mail);
    if (result == LINE_MAIL)
        take(client);
    return result != LINE_EMPTY;
}

static void wait_for_mail(struct client *client)
{
    zmq_pollitem_t item = {.socket = client->socket, .events = ZMQ_POLLIN};
    if (zmq_poll(&item, 1, WAIT_MS) == 0)
        measure_fail("nothing came for %d s, %" PRIu64 " tasks done", WAIT_MS / 1000, client->done);
}

/* As wait_for_mail, but no longer than until the next request is due: zmq_poll counts in ms, which is too
 * coarse. */
static void wait_until_due(struct client *client)
{
    uint64_t now = measure_now();
    int descriptor, events;
    size_t size = sizeof descriptor;
    zmq_getsockopt(client->socket, ZMQ_FD, &descriptor, &size);
    size = sizeof events;
    zmq_getsockopt(client->socket, ZMQ_EVENTS, &events, &size);
    if (now >= client->due || (events & ZMQ_POLLIN))
        return;
    uint64_t rest = client->due - now;
    struct timespec time = {.tv_sec = (time_t)(rest / SECOND), .tv_nsec = (long)(rest % SECOND)};
    ppoll(&(struct pollfd){.fd = descriptor, .events = POLLIN}, 1, &time, NULL);
}

/* One turn of the loop: send, wait if nothing has come, read what is there. */
static void turn(struct client *client)
{
    send_all(client);
    if (!read_one(client)) {
        if (client->options->rate > 0 && !client->stopped)
            wait_until_due(client);
        else
            wait_for_mail(client);
    }
    for (int i = 0; i < READ_RUN && !client->parted && read_one(client); i++)
        continue;
    if (client->options->plain || client->parted)
        return;
    release(client);
    line_acknowledge(&client->line);
}

static void run_for(struct client *client, double seconds)
{
    uint64_t end = measure_now() + (uint64_t)(seconds * SECOND);
    client->due = measure_now();
    while (measure_now() < end)
        turn(client);
}

/* Queues all that may be outstanding, and waits until the broker has acknowledged it. */
static void fill(struct client *client)
{
    while (client->serial < client->request_count || client->line.acked < client->line.sent)
        turn(client);
    if (client->done > 0)
        measure_fail("a task was done while the queue was to fill");
}

static void print_watched(const char *name, const struct load_options *options, const uint64_t *before,
                          const uint64_t *after)
{
    printf(", \"%s\": [", name);
    for (size_t i = 0; i < options->watched_count; i++)
        printf("%s[%" PRIu64 ", %" PRIu64 "]", i == 0 ? "" : ", ", before[i], after[i]);
    printf("]");
}

static void read_all(uint64_t (*reader)(pid_t), const struct load_options *options, uint64_t *values)
{
    for (size_t i = 0; i < options->watched_count; i++)
        values[i] = reader(options->watched[i]);
}

static void finish(struct client *client)
{
    client->stopped = true;
    while (!client->options->fill && client->free_count < client->request_count)
        turn(client);
    if (client->options->plain)
        return;
    struct message disconnect = {.kind = KIND_DISCONNECT, .disconnect = {.corr = 1, .text = span_text("")}};
    line_say(&client->line, &disconnect);
    while (!client->parted)
        turn(client);
}

void client_run(void *context, const struct load_options *options)
{
    struct client client;
    uint64_t cpu[2][MAX_WATCHED] = {{0}}, rss[2][MAX_WATCHED] = {{0}}, begin, tasks, took;
    prctl(PR_SET_TIMERSLACK, 1UL);
    client_open(&client, context, options);
    read_all(measure_rss, options, rss[0]);
    if (options->fill)
        fill(&client);
    read_all(measure_rss, options, rss[1]);
    if (options->release != 0)
        kill(options->release, SIGUSR1);
    run_for(&client, options->warm);
    client.latency.count = 0;
    tasks = client.done;
    read_all(measure_cpu, options, cpu[0]);
    begin = measure_now();
    run_for(&client, options->seconds);
    took = measure_now() - begin;
    read_all(measure_cpu, options, cpu[1]);
    tasks = client.done - tasks;
    printf("{\"tasks\": %" PRIu64 ", \"seconds\": %.6f, \"p50\": %" PRIu32 ", \"p99\": %" PRIu32
           ", \"max\": %" PRIu32,
           tasks, (double)took / SECOND, measure_percentile(&client.latency, 0.5),
           measure_percentile(&client.latency, 0.99), measure_percentile(&client.latency, 1));
    print_watched("cpu", options, cpu[0], cpu[1]);
    print_watched("rss", options, rss[0], rss[1]);
    printf("}\n");
    fflush(stdout);
    finish(&client);
}
