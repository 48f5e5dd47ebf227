/* neighbours: clients whose neighbours are measured: one that submits at a rate and reads nothing, and one
 * that sends one large body after the other. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/line.h"
#include "tests/bench/load.h"
#include "tests/bench/measure.h"
#include "tests/bench/shape.h"

enum { SECOND = 1000000000, CHUNK = 262144 /* bytes: PROTOCOL.md section 3 */ };

static void dial(struct line *line, void *context, const struct load_options *options, const char *name)
{
    void *socket = line_socket(context, ZMQ_DEALER);
    if (zmq_connect(socket, options->connect) != 0)
        measure_fail("connect %s: %s", options->connect, zmq_strerror(errno));
    line_dial(line, socket, ROLE_CLIENT, name);
    puts("ready");
    fflush(stdout);
}

static uint8_t *bytes_for(size_t size)
{
    uint8_t *bytes = calloc(size == 0 ? 1 : size, 1);
    if (bytes == NULL)
        measure_fail("no memory for a body of %zu bytes", size);
    return bytes;
}

void rude_run(void *context, const struct load_options *options)
{
    struct line line;
    struct shape shape = shape_submit(0, options->body, 0);
    uint8_t *body = bytes_for(options->body);
    dial(&line, context, options, "rude");
    uint64_t due = measure_now(), pause = SECOND / (options->rate == 0 ? 1 : options->rate);
    for (uint64_t serial = 0;; serial++, due += pause) {
        uint64_t now = measure_now(), rest = due > now ? due - now : 0;
        nanosleep(&(struct timespec){.tv_sec = (time_t)(rest / SECOND), .tv_nsec = (long)(rest % SECOND)},
                  NULL);
        shape_mark(&shape, serial, (uint32_t)serial);
        line_send(&line, shape.header, shape.size, body, options->body, true);
    }
}

/* Waits for a message, and reads it; whether it is the result. */
static bool read_one(struct line *line, struct line_mail *mail)
{
    zmq_pollitem_t item = {.socket = line->socket, .events = ZMQ_POLLIN};
    zmq_poll(&item, 1, -1);
    bool done = line_receive(line, mail) == LINE_MAIL && mail->message.kind == KIND_RESULT;
    line_acknowledge(line);
    return done;
}

void bulk_run(void *context, const struct load_options *options)
{
    struct line line;
    struct line_mail mail;
    size_t pieces = options->body / CHUNK, rest = options->body - pieces * CHUNK;
    struct shape shape = shape_submit(0, rest, 0);
    struct message message = {.kind = KIND_CHUNK, .chunk.length = options->body};
    uint8_t *body = bytes_for(CHUNK), header[LINE_HEADER];
    size_t size = message_encode(&message, header, sizeof header);
    if (rest == 0)
        measure_fail("the body's last piece is empty");
    line_mail_init(&mail);
    dial(&line, context, options, "bulk");
    for (uint64_t serial = 0;; serial++) {
        for (size_t i = 0; i < pieces; i++) {
            while (!line_has_window(&line, CHUNK + 128))
                read_one(&line, &mail);
            line_send(&line, header, size, body, CHUNK, true);
        }
        shape_mark(&shape, serial, (uint32_t)serial);
        line_send(&line, shape.header, shape.size, body, rest, true);
        while (!read_one(&line, &mail))
            continue;
    }
}
