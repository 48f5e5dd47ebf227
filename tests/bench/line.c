/* line: one end of mailroom's protocol for the load generator, see line.h. */
#include "tests/bench/line.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>

#include "edge/line/certificates.h"
#include "tests/bench/measure.h"

enum { ACK_AFTER = 64, HANDSHAKE_MS = 20000, OUR_WINDOW = 1 << 30, EXPIRY_MS = 60000 };

void *line_socket(void *context, int type)
{
    void *socket = zmq_socket(context, type);
    int none = 0, forever = -1, yes = 1;
    if (socket == NULL)
        measure_fail("zmq_socket: %s", zmq_strerror(errno));
    zmq_setsockopt(socket, ZMQ_SNDHWM, &none, sizeof none);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &none, sizeof none);
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof none);
    if (type == ZMQ_DEALER) {
        uint8_t id[17] = {1};
        if (getrandom(id + 1, sizeof id - 1, 0) != sizeof id - 1)
            measure_fail("getrandom: %s", strerror(errno));
        zmq_setsockopt(socket, ZMQ_ROUTING_ID, id, sizeof id);
        zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &forever, sizeof forever);
        zmq_setsockopt(socket, ZMQ_IMMEDIATE, &yes, sizeof yes);
    }
    return socket;
}

static struct certificate load_certificate(const char *folder, const char *name, enum certificate_part part)
{
    struct certificate certificate;
    char file[PATH_MAX], why[CERTIFICATE_WHY];
    snprintf(file, sizeof file, "%s/%s.cert%s", folder, name, part == CERTIFICATE_SECRET ? "_secret" : "");
    if (!certificate_load(&certificate, file, part, UINT_MAX, why))
        measure_fail("%s", why);
    return certificate;
}

void line_secure(void *socket, const char *folder, const char *own, const char *server)
{
    int yes = 1;
    if (folder == NULL)
        return;
    struct certificate mine = load_certificate(folder, own, CERTIFICATE_SECRET);
    if (server != NULL) {
        struct certificate theirs = load_certificate(folder, server, CERTIFICATE_PUBLIC);
        zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, theirs.key.bytes, KEY_SIZE);
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, mine.key.bytes, KEY_SIZE);
    } else {
        zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &yes, sizeof yes);
    }
    if (zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, mine.secret, KEY_SIZE) != 0)
        measure_fail("CURVE: %s", zmq_strerror(errno));
}

void line_mail_init(struct line_mail *mail)
{
    zmq_msg_init(&mail->header);
    zmq_msg_init(&mail->body);
}

static bool more(void *socket)
{
    int value;
    size_t size = sizeof value;
    zmq_getsockopt(socket, ZMQ_RCVMORE, &value, &size);
    return value != 0;
}

bool line_read(void *socket, zmq_msg_t *id, struct line_mail *mail, int flags)
{
    if (zmq_msg_recv(id != NULL ? id : &mail->header, socket, flags) < 0)
        return false;
    if (id != NULL)
        zmq_msg_recv(&mail->header, socket, 0);
    if (zmq_msg_more(&mail->header)) {
        zmq_msg_recv(&mail->body, socket, 0);
        if (more(socket))
            measure_fail("a message of more than two frames came");
    } else {
        zmq_msg_close(&mail->body);
        zmq_msg_init(&mail->body);
    }
    const char *why = "";
    if (message_decode(zmq_msg_data(&mail->header), zmq_msg_size(&mail->header), &mail->message, &why))
        measure_fail("a malformed message came: %s", why);
    return true;
}

static void send_id(struct line *line)
{
    if (zmq_msg_size(&line->id) == 0)
        return;
    zmq_msg_t copy;
    zmq_msg_init(&copy);
    zmq_msg_copy(&copy, &line->id);
    if (zmq_msg_send(&copy, line->socket, ZMQ_SNDMORE) < 0)
        measure_fail("send: %s", zmq_strerror(errno));
}

static void send_frame(struct line *line, const void *data, size_t size, int flags)
{
    if (zmq_send(line->socket, data, size, flags) < 0)
        measure_fail("send: %s", zmq_strerror(errno));
}

static void put_number(uint8_t *at, uint64_t number)
{
    for (int i = 8; i > 0; i--, number >>= 8)
        at[i] = (uint8_t)number; /* at[0] is the tag, 0xcf */
}

static void stamp(struct line *line, uint8_t *header)
{
    put_number(header + HEADER_SEQ_OFFSET, ++line->sent);
    put_number(header + HEADER_ACK_OFFSET, line->received);
    line->told = line->received;
}

void line_send(struct line *line, uint8_t *header, size_t header_size, const void *body, size_t body_size,
               bool constant)
{
    stamp(line, header);
    send_id(line);
    send_frame(line, header, header_size, body_size > 0 ? ZMQ_SNDMORE : 0);
    if (body_size == 0)
        return;
    if (!constant)
        send_frame(line, body, body_size, 0);
    else if (zmq_send_const(line->socket, body, body_size, 0) < 0)
        measure_fail("send: %s", zmq_strerror(errno));
}

void line_pass(struct line *line, uint8_t *header, size_t header_size, zmq_msg_t *body)
{
    stamp(line, header);
    send_id(line);
    send_frame(line, header, header_size, zmq_msg_size(body) > 0 ? ZMQ_SNDMORE : 0);
    if (zmq_msg_size(body) > 0 && zmq_msg_send(body, line->socket, 0) < 0)
        measure_fail("send: %s", zmq_strerror(errno));
}

void line_say(struct line *line, struct message *message)
{
    uint8_t header[LINE_HEADER];
    bool numbered = message->kind < KIND_HELLO;
    message->seq = numbered ? ++line->sent : 0;
    message->ack = line->received;
    line->told = line->received;
    size_t size = message_encode(message, header, sizeof header);
    if (size > sizeof header)
        measure_fail("a %s of %zu bytes", kind_name(message->kind), size);
    send_id(line);
    send_frame(line, header, size, 0);
}

static struct message greeting(enum kind kind, enum role role, const char *name, const uint8_t random[3 * 16])
{
    struct message message = {.kind = kind};
    message.hello = (struct hello){.role = role,
                                   .boot = random,
                                   .link = random + 16,
                                   .session = role == ROLE_CLIENT ? random + 32 : NULL,
                                   .expiry = EXPIRY_MS,
                                   .window = OUR_WINDOW,
                                   .max_body = OUR_WINDOW,
                                   .software = span_text("mailroom-load 1"),
                                   .name = span_text(name),
                                   .ids = role == ROLE_MANAGER ? 64 : 0,
                                   .features = FEATURE_SHARE | FEATURE_SAFE};
    return message;
}

static void draw(uint8_t random[3 * 16])
{
    if (getrandom(random, 48, 0) != 48)
        measure_fail("getrandom: %s", strerror(errno));
}

void line_dial(struct line *line, void *socket, enum role role, const char *name)
{
    uint8_t random[3 * 16];
    draw(random);
    *line = (struct line){.socket = socket};
    zmq_msg_init(&line->id);
    struct message hello = greeting(KIND_HELLO, role, name, random);
    line_say(line, &hello);
    zmq_pollitem_t item = {.socket = socket, .events = ZMQ_POLLIN};
    struct line_mail mail;
    line_mail_init(&mail);
    if (zmq_poll(&item, 1, HANDSHAKE_MS) != 1 || !line_read(socket, NULL, &mail, ZMQ_DONTWAIT))
        measure_fail("no answer to HELLO");
    if (mail.message.kind == KIND_ERROR)
        measure_fail("refused: %.*s", (int)mail.message.error.text.size, mail.message.error.text.data);
    if (mail.message.kind != KIND_WELCOME)
        measure_fail("%s as the answer to HELLO", kind_name(mail.message.kind));
    line->window = mail.message.hello.window;
    zmq_msg_close(&mail.header);
    zmq_msg_close(&mail.body);
}

void line_welcome(struct line *line, void *socket, zmq_msg_t *id, const struct line_mail *mail)
{
    uint8_t random[3 * 16];
    draw(random);
    *line = (struct line){.socket = socket, .window = mail->message.hello.window};
    zmq_msg_init(&line->id);
    zmq_msg_move(&line->id, id);
    memcpy(random + 16, mail->message.hello.link, UUID_SIZE);
    struct message welcome = greeting(KIND_WELCOME, ROLE_MANAGER, "load", random);
    line_say(line, &welcome);
}

enum line_result line_take(struct line *line, const struct line_mail *mail)
{
    const struct message *message = &mail->message;
    line->acked = message->ack > line->acked ? message->ack : line->acked;
    if (message->kind == KIND_ERROR)
        measure_fail("the peer says %s: %.*s", code_name((unsigned)message->error.code),
                     (int)message->error.text.size, message->error.text.data);
    if (message->kind == KIND_PING)
        line_say(line, &(struct message){.kind = KIND_PONG});
    if (message->seq == 0)
        return LINE_LINK;
    if (message->seq != line->received + 1)
        measure_fail("message %" PRIu64 " came after %" PRIu64, message->seq, line->received);
    line->received = message->seq;
    return LINE_MAIL;
}

enum line_result line_receive(struct line *line, struct line_mail *mail)
{
    return line_read(line->socket, NULL, mail, ZMQ_DONTWAIT) ? line_take(line, mail) : LINE_EMPTY;
}

bool line_has_window(const struct line *line, size_t cost)
{
    return (line->sent - line->acked + 1) * cost <= line->window;
}

void line_acknowledge(struct line *line)
{
    if (line->received - line->told >= ACK_AFTER)
        line_say(line, &(struct message){.kind = KIND_ACK});
}
