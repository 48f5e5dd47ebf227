/* plain: the reference: zmq_proxy, and the worker behind it that answers what mailroom's employee would, in
 * size. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "tests/bench/line.h"
#include "tests/bench/load.h"
#include "tests/bench/measure.h"
#include "tests/bench/shape.h"

static void *open_plain(void *context, int type, const char *bind, const char *connect, const char *keys)
{
    void *socket = line_socket(context, type);
    line_secure(socket, keys, "broker", connect != NULL ? "broker" : NULL); /* one pair of keys for all */
    if (bind != NULL && zmq_bind(socket, bind) != 0)
        measure_fail("bind %s: %s", bind, zmq_strerror(errno));
    if (connect != NULL && zmq_connect(socket, connect) != 0)
        measure_fail("connect %s: %s", connect, zmq_strerror(errno));
    return socket;
}

void plain_proxy(void *context, const struct load_options *options, const char *back)
{
    void *front = open_plain(context, ZMQ_ROUTER, options->listen, NULL, options->keys);
    void *behind = open_plain(context, ZMQ_DEALER, back, options->connect, options->keys);
    zmq_proxy(front, behind, NULL);
}

/* The frames in front of the payload: one routing id for each proxy on the way. Returns with the payload's
 * header. */
static void pass_envelope(void *socket, zmq_msg_t *frame, int proxies)
{
    for (int i = 0; i < proxies; i++) {
        if (zmq_msg_recv(frame, socket, 0) < 0 || zmq_msg_send(frame, socket, ZMQ_SNDMORE) < 0)
            measure_fail("envelope: %s", zmq_strerror(errno));
    }
    if (zmq_msg_recv(frame, socket, 0) < 0)
        measure_fail("receive: %s", zmq_strerror(errno));
}

void plain_echo(void *context, const struct load_options *options)
{
    void *socket = open_plain(context, ZMQ_DEALER, NULL, options->connect, options->keys);
    size_t uuid_at = shape_submit(0, 0, 0).uuid_at, size = shape_result_size();
    uint8_t *header = calloc(1, size);
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (header == NULL)
        measure_fail("no memory");
    for (;;) {
        pass_envelope(socket, &frame, (int)options->connections);
        memcpy(header, (const uint8_t *)zmq_msg_data(&frame) + uuid_at, 16);
        bool has_body = zmq_msg_more(&frame);
        if (zmq_send(socket, header, size, has_body ? ZMQ_SNDMORE : 0) < 0)
            measure_fail("send: %s", zmq_strerror(errno));
        if (has_body && (zmq_msg_recv(&frame, socket, 0) < 0 || zmq_msg_send(&frame, socket, 0) < 0))
            measure_fail("body: %s", zmq_strerror(errno));
    }
}
