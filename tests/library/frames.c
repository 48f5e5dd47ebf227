/* frames: a client without I/O: the program has the socket, and puts frames in and out. */
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "library.h"

enum { TASKS = 50, LARGE = 1 << 20 /* bytes */ };

struct wire {
    void *context, *dealer;
    const char *broker;
};

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void dial(struct wire *wire, struct mailroom_client *client)
{
    uint8_t identity[5] = {1};
    char endpoint[64];
    int never = -1;
    snprintf((char *)identity + 1, 4, "%03d", rand() % 1000);
    snprintf(endpoint, sizeof endpoint, "tcp://%s", wire->broker);
    wire->dealer = zmq_socket(wire->context, ZMQ_DEALER);
    zmq_setsockopt(wire->dealer, ZMQ_ROUTING_ID, identity, 4);
    zmq_setsockopt(wire->dealer, ZMQ_RECONNECT_IVL, &never, sizeof never);
    CHECK(zmq_connect(wire->dealer, endpoint) == 0);
    CHECK(mailroom_client_opened(client, now_ms()) == MAILROOM_OK);
}

static void send_it(const struct wire *wire, const struct mailroom_wish *wish)
{
    int more = wish->body.size > 0 ? ZMQ_SNDMORE : 0;
    CHECK(zmq_send(wire->dealer, wish->header.data, wish->header.size, more) >= 0);
    if (more)
        CHECK(zmq_send(wire->dealer, wish->body.data, wish->body.size, 0) >= 0);
    mailroom_kept_free(wish->kept);
}

/* Does all that the client wishes. Returns when it wants to be asked again. */
static uint64_t obey(struct wire *wire, struct mailroom_client *client)
{
    struct mailroom_wish wish;
    uint64_t due;
    for (;;) {
        CHECK(mailroom_client_frames(client, now_ms(), &wish, &due) == MAILROOM_OK);
        switch (wish.kind) {
        case MAILROOM_WISH_DIAL: dial(wire, client); break;
        case MAILROOM_WISH_SEND: send_it(wire, &wish); break;
        case MAILROOM_WISH_CLOSE:
            zmq_close(wire->dealer);
            wire->dealer = NULL;
            break;
        default: return due;
        }
    }
}

static void close_frame(void *data, void *frame)
{
    (void)data;
    zmq_msg_close(frame);
    free(frame);
}

/* Takes a message off the socket, if there is one within `ms`. The body is the client's: no copy. */
static void read_one(const struct wire *wire, struct mailroom_client *client, int ms)
{
    zmq_pollitem_t item = {.socket = wire->dealer, .events = ZMQ_POLLIN};
    zmq_msg_t header, *body = malloc(sizeof *body);
    unsigned frames = 1;
    if (!wire->dealer || zmq_poll(&item, 1, ms) != 1) {
        free(body);
        return;
    }
    zmq_msg_init(&header);
    zmq_msg_init(body);
    CHECK(zmq_msg_recv(&header, wire->dealer, 0) >= 0);
    if (zmq_msg_more(&header)) {
        frames = 2;
        CHECK(zmq_msg_recv(body, wire->dealer, 0) >= 0);
    }
    struct mailroom_body handed = {zmq_msg_data(body), zmq_msg_size(body), close_frame, body};
    struct mailroom_span first = {zmq_msg_data(&header), zmq_msg_size(&header)};
    CHECK(mailroom_client_message(client, now_ms(), first, &handed, frames) == MAILROOM_OK);
    zmq_msg_close(&header);
}

static void turn(struct wire *wire, struct mailroom_client *client)
{
    uint64_t due = obey(wire, client), now = now_ms();
    read_one(wire, client, due <= now ? 0 : due - now < 100 ? (int)(due - now) : 100);
}

/* A body of several chunks there and back, which is kept beyond its batch. */
static void send_large(struct wire *wire, struct mailroom_client *client)
{
    struct mailroom_kept *kept = NULL;
    char *large = malloc(LARGE);
    memset(large, 'x', LARGE);
    struct mailroom_body body = {large, LARGE, NULL, NULL};
    CHECK(mailroom_client_submit(client, NULL, &body, NULL) == MAILROOM_OK);
    while (!kept) {
        turn(wire, client);
        struct mailroom_batch *batch = mailroom_client_take(client);
        for (size_t i = 0; batch && i < batch->count; i++)
            kept = mailroom_batch_keep(batch, &batch->events[i]);
        mailroom_batch_free(batch);
    }
    CHECK(mailroom_kept_size(kept) == LARGE && memcmp(mailroom_kept_data(kept), large, LARGE) == 0);
    mailroom_kept_free(kept);
    free(large);
}

int main(int count, char **arguments)
{
    char text[32];
    size_t results = 0;
    struct mailroom_client_state state = {.size = sizeof state};
    CHECK(count == 2);
    struct wire wire = {zmq_ctx_new(), NULL, arguments[1]};
    struct mailroom_client *client = client_of(arguments[1], MAILROOM_FRAMES);
    CHECK(mailroom_client_wait(client, MAILROOM_WAIT_EVENTS, 0) == MAILROOM_ESTATE);
    CHECK(mailroom_client_opened(client, now_ms()) == MAILROOM_ESTATE);
    for (uint64_t i = 0; i < TASKS; i++) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)i);
        submit_text(client, text, i);
    }
    while (results < TASKS) {
        turn(&wire, client);
        struct mailroom_batch *batch = mailroom_client_take(client);
        results += count_results(batch);
        mailroom_batch_free(batch);
    }
    /* the connection breaks: the link goes on */
    zmq_close(wire.dealer);
    wire.dealer = NULL;
    CHECK(mailroom_client_closed(client, now_ms(), "the network went", 0) == MAILROOM_OK);
    mailroom_client_state(client, &state);
    send_large(&wire, client);
    CHECK(mailroom_client_leave(client, 0) == MAILROOM_OK);
    for (state.over = 0; state.over == 0; mailroom_client_state(client, &state))
        turn(&wire, client);
    CHECK(state.over == MAILROOM_ECLOSED);
    mailroom_client_destroy(&client);
    if (wire.dealer)
        zmq_close(wire.dealer);
    zmq_ctx_term(wire.context);
    return 0;
}
