/* idle: clients that shake hands and then say nothing but what the link asks for. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/line.h"
#include "tests/bench/load.h"
#include "tests/bench/measure.h"

void idle_run(void *context, const struct load_options *options)
{
    size_t count = options->connections;
    struct line *lines = calloc(count, sizeof *lines);
    zmq_pollitem_t *items = calloc(count, sizeof *items);
    struct line_mail mail;
    line_mail_init(&mail);
    if (lines == NULL || items == NULL)
        measure_fail("no memory for %zu clients", count);
    for (size_t i = 0; i < count; i++) {
        void *socket = line_socket(context, ZMQ_DEALER);
        if (zmq_connect(socket, options->connect) != 0)
            measure_fail("connect %s: %s", options->connect, zmq_strerror(errno));
        line_dial(&lines[i], socket, ROLE_CLIENT, "idle");
        items[i] = (zmq_pollitem_t){.socket = socket, .events = ZMQ_POLLIN};
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        zmq_poll(items, (int)count, -1);
        for (size_t i = 0; i < count; i++) {
            while ((items[i].revents & ZMQ_POLLIN) && line_receive(&lines[i], &mail) != LINE_EMPTY)
                continue;
        }
    }
}
