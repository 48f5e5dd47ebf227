/* probe_ask: COUNTS over one connection of ZeroMQ's, before any handshake of mailroom's (PROTOCOL.md, "How is
 * it?"). */
#include <stdio.h>
#include <string.h>
#include <zmq.h>

#include "clients/cli/probe.h"
#include "common/base/mem.h"
#include "common/wire/wire.h"
#include "edge/line/clock.h"

enum {
    WATCHED = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
              ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED,
    MONITOR_FRAME = 6, /* bytes: a number of 16 bits, a value of 32 */
    IDENTITY = 16,
    NEVER_AGAIN = -1
};

struct asking {
    void *context, *dealer, *monitor;
    bool shaken; /* ZeroMQ's own handshake is done */
};

static void set(void *socket, int option, int value)
{
    zmq_setsockopt(socket, option, &value, sizeof value);
}

static void set_keys(void *dealer, const struct certificate *own, const struct certificate *server)
{
    if (own == NULL)
        return;
    zmq_setsockopt(dealer, ZMQ_CURVE_PUBLICKEY, own->key.bytes, KEY_SIZE);
    zmq_setsockopt(dealer, ZMQ_CURVE_SECRETKEY, own->secret, KEY_SIZE);
    zmq_setsockopt(dealer, ZMQ_CURVE_SERVERKEY, server->key.bytes, KEY_SIZE);
}

static void open_sockets(struct asking *asking, const struct addrinfo *address, const struct certificate *own,
                         const struct certificate *server)
{
    char host[NI_MAXHOST], port[NI_MAXSERV] = "", endpoint[NI_MAXHOST + NI_MAXSERV + 16];
    uint8_t identity[IDENTITY];
    asking->context = zmq_ctx_new();
    asking->dealer = zmq_socket(asking->context, ZMQ_DEALER);
    asking->monitor = zmq_socket(asking->context, ZMQ_PAIR);
    zmq_socket_monitor(asking->dealer, "inproc://monitor", WATCHED);
    zmq_connect(asking->monitor, "inproc://monitor");
    clock_random(identity, sizeof identity);
    identity[0] = 1;
    zmq_setsockopt(asking->dealer, ZMQ_ROUTING_ID, identity, sizeof identity);
    set(asking->dealer, ZMQ_LINGER, 0);
    set(asking->dealer, ZMQ_RECONNECT_IVL, NEVER_AGAIN);
    set(asking->dealer, ZMQ_IPV6, address->ai_family == AF_INET6);
    set_keys(asking->dealer, own, server);
    probe_address_text(address, host);
    if (address->ai_family == AF_UNIX) {
        snprintf(endpoint, sizeof endpoint, "ipc://%s", host);
    } else {
        getnameinfo(address->ai_addr, address->ai_addrlen, NULL, 0, port, sizeof port, NI_NUMERICSERV);
        snprintf(endpoint, sizeof endpoint, address->ai_family == AF_INET6 ? "tcp://[%s]:%s" : "tcp://%s:%s",
                 host, port);
    }
    zmq_connect(asking->dealer, endpoint);
}

static void close_sockets(struct asking *asking)
{
    zmq_socket_monitor(asking->dealer, NULL, 0);
    zmq_close(asking->dealer);
    zmq_close(asking->monitor);
    zmq_ctx_term(asking->context);
}

static void send_question(void *dealer)
{
    uint8_t header[64];
    struct message question = {.kind = KIND_COUNTS};
    question.counts.corr = NO_NUMBER;
    size_t size = message_encode(&question, header, sizeof header);
    zmq_send(dealer, header, size, 0);
}

/* What the monitor says: PROBE_SILENCE for nothing that matters. */
static enum probe_end watch(struct asking *asking)
{
    uint8_t frame[MONITOR_FRAME];
    uint16_t event;
    if (zmq_recv(asking->monitor, frame, sizeof frame, 0) < (int)sizeof frame)
        return PROBE_SILENCE;
    memcpy(&event, frame, sizeof event);
    zmq_recv(asking->monitor, frame, sizeof frame, 0); /* the endpoint */
    asking->shaken |= event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
    if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH)
        return PROBE_KEY_REFUSED;
    return event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED ? PROBE_SILENCE : PROBE_NO_SHAKE;
}

/* The text of an ERROR of any version: they all begin alike. "" where it has none. */
static void read_error_text(const uint8_t *data, size_t size, char *text, size_t room)
{
    struct wire wire = {data, data + size};
    const uint8_t *at;
    uint32_t fields;
    uint64_t number, kind = 0;
    bool good = wire_take_array(&wire, &fields) && fields > 5 && wire_take_number(&wire, &number) &&
                wire_take_number(&wire, &kind) && wire_take_number(&wire, &number) &&
                wire_take_number(&wire, &number) && wire_take_number(&wire, &number) &&
                wire_take_text(&wire, &at, &size);
    snprintf(text, room, "%.*s", good && kind == KIND_ERROR ? (int)size : 0, good ? (const char *)at : "");
}

static enum probe_end read_answer(void *dealer, struct probe_answer *answer)
{
    zmq_msg_t frame;
    const char *why;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, dealer, 0) < 0) {
        zmq_msg_close(&frame);
        return PROBE_SILENCE;
    }
    size_t size = zmq_msg_size(&frame);
    answer->header = mem_alloc(size + 1);
    memcpy(answer->header, zmq_msg_data(&frame), size);
    zmq_msg_close(&frame);
    enum error_code code = message_decode(answer->header, size, &answer->message, &why);
    read_error_text(answer->header, size, answer->text, sizeof answer->text);
    if (code == CODE_BAD_VERSION)
        return PROBE_VERSION;
    if (code != CODE_NONE)
        return PROBE_FOREIGN;
    if (answer->message.kind == KIND_ERROR)
        return answer->message.error.code == CODE_BAD_VERSION ? PROBE_VERSION : PROBE_ERROR;
    return answer->message.kind == KIND_COUNTS ? PROBE_COUNTS : PROBE_FOREIGN;
}

void probe_ask(const struct addrinfo *address, const struct certificate *own,
               const struct certificate *server, uint64_t timeout, struct probe_answer *answer)
{
    struct asking asking = {0};
    uint64_t now, deadline = clock_ms() + timeout;
    *answer = (struct probe_answer){.end = PROBE_SILENCE};
    open_sockets(&asking, address, own, server);
    send_question(asking.dealer);
    while (answer->end == PROBE_SILENCE && (now = clock_ms()) < deadline) {
        zmq_pollitem_t items[] = {{.socket = asking.dealer, .events = ZMQ_POLLIN},
                                  {.socket = asking.monitor, .events = ZMQ_POLLIN}};
        if (zmq_poll(items, 2, (long)(deadline - now)) <= 0)
            continue;
        if (items[0].revents)
            answer->end = read_answer(asking.dealer, answer);
        else
            answer->end = watch(&asking);
    }
    close_sockets(&asking);
}

void probe_answer_free(struct probe_answer *answer)
{
    mem_free(answer->header);
}
