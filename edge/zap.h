/* zap: who is let in: answers the questions that libzmq asks for each new connection of a listening socket
 * with keys (ZeroMQ's RFC 27), from the table in memory. */
#ifndef MAILROOM_EDGE_ZAP_H
#define MAILROOM_EDGE_ZAP_H

#include "edge/line/keys.h"

struct zap;

/* Answers for all sockets of the context; NULL, with errno: there is no socket for it. `keys` is borrowed. */
struct zap *zap_new(void *context, const struct keys *keys);
void zap_free(struct zap *zap);

/* To be polled for ZMQ_POLLIN; then zap_answer, which answers some of what has come. */
void *zap_socket(const struct zap *zap);
void zap_answer(struct zap *zap, uint64_t now);

/* The table was read again: who is rejected from here on is told of anew. */
void zap_forget(struct zap *zap);

/* The domain of a door, as ZMQ_ZAP_DOMAIN of its socket. */
const char *zap_domain(enum door door);

#endif
