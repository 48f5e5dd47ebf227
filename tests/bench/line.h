/* line: one end of mailroom's protocol for the load generator, as lean as it can be, so that the broker is
 * the bound.
 *
 * It shakes hands, numbers, acknowledges, answers PING and minds the peer's window. Unlike common/link/link.c
 * it keeps nothing to send again: on loopback, for some seconds, no connection breaks, and where one does the
 * measurement ends. */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include <zmq.h>

#include "common/wire/message.h"

struct line {
    void *socket;
    zmq_msg_t id;      /* the peer's routing id where `socket` is a ROUTER; empty on a DEALER */
    uint64_t sent;     /* the number of our last message */
    uint64_t acked;    /* the highest number that the peer has acknowledged */
    uint64_t received; /* the number of the peer's last message */
    uint64_t told;     /* what the peer was told of it */
    uint64_t window;   /* bytes: the peer's */
};

struct line_mail {
    zmq_msg_t header, body; /* body is empty where there was none */
    struct message message; /* borrows from header */
};

enum line_result {
    LINE_EMPTY, /* nothing has arrived */
    LINE_MAIL,  /* a message for the caller, in `mail` */
    LINE_LINK,  /* something of the link's own, done */
};

/* A socket of `type` in `context`, with the options that PROTOCOL.md asks for. */
void *line_socket(void *context, int type);

/* To be called before it is bound or connected. Encrypts with the keys that are in `folder` as `mailroom
 * keygen` makes them, NULL: not at all. `own` and `server` are names of theirs; `server` is whom it connects
 * to, NULL for who listens, and lets everybody in. */
void line_secure(void *socket, const char *folder, const char *own, const char *server);

/* For who connects: sends HELLO as `role` on a connected DEALER and waits for WELCOME. */
void line_dial(struct line *line, void *socket, enum role role, const char *name);

/* For who listens: `id` (taken over) said HELLO in `mail`; answers WELCOME as a manager. */
void line_welcome(struct line *line, void *socket, zmq_msg_t *id, const struct line_mail *mail);

/* Reads one message; false where there is none and `flags` has ZMQ_DONTWAIT, or where the wait was cut short.
 * `id` is where a ROUTER's routing id goes, NULL on a DEALER. The frames of `mail` are initialised by
 * line_mail_init, and used again. Not yet acted upon: see line_take. */
bool line_read(void *socket, zmq_msg_t *id, struct line_mail *mail, int flags);

/* Does what the link asks for with a message that has come on it: numbers, PING. An ERROR from the peer ends
 * the process. */
enum line_result line_take(struct line *line, const struct line_mail *mail);

/* For a DEALER: both at once, without waiting. */
enum line_result line_receive(struct line *line, struct line_mail *mail);

/* Sends an encoded header, stamped in place with the next number, and a body. The bytes of `body` are copied
 * by libzmq unless `constant`, when they must live as long as the process. */
void line_send(struct line *line, uint8_t *header, size_t header_size, const void *body, size_t body_size,
               bool constant);

/* The same with a body that came in a frame; `body` is empty afterwards. */
void line_pass(struct line *line, uint8_t *header, size_t header_size, zmq_msg_t *body);

/* Encodes and sends a message without a body; those of the link's own are not numbered. */
void line_say(struct line *line, struct message *message);

/* Whether `cost` bytes more fit into the peer's window, when all messages cost the same. */
bool line_has_window(const struct line *line, size_t cost);

/* Sends ACK where PROTOCOL.md wants one: 64 messages have come since the last word. */
void line_acknowledge(struct line *line);

void line_mail_init(struct line_mail *mail);

enum { LINE_HEADER = 1024 }; /* bytes: enough for any header with one task or result */

#endif
