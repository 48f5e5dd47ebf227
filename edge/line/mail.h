/* mail: one message off and onto a ZeroMQ socket, as raw zmq_msg_t and never blocking. It knows frames, not
 * what is in them, and not to whom a socket belongs. */
#ifndef MAILROOM_EDGE_MAIL_H
#define MAILROOM_EDGE_MAIL_H

#include <stdbool.h>
#include <zmq.h>

#include "common/wire/letter.h"

struct mail {
    zmq_msg_t identity; /* the routing id; empty unless routed */
    zmq_msg_t header;   /* empty when there was no frame */
    struct blob *body;  /* owned by the mail: one reference; NULL: none, or empty */
    unsigned frames;    /* without the routing id, up to 3: those beyond 2 are dropped */
    size_t identity_size, header_size;
};

/* Takes the next message off `socket`, with a routing id in front when `routed` (a ROUTER). False: there is
 * none now. mail_drop it afterwards. `*rest` is the socket's, false at first: there are more frames of a
 * message of too many, which are dropped before the next one, so many at a call; the socket says that it can
 * be read for as long as there are any. */
bool mail_receive(void *socket, bool routed, bool *rest, struct mail *mail);

void mail_drop(struct mail *mail);

/* Its bytes without the routing id. */
static inline size_t mail_size(const struct mail *mail)
{
    return mail->header_size + (mail->body ? blob_size(mail->body) : 0);
}

/* Puts `letter` on `socket`, to the peer `identity` of a ROUTER (NULL for a DEALER). 0, or an errno: EAGAIN
 * (full), EHOSTUNREACH (gone). */
int mail_send(void *socket, const void *identity, size_t identity_size, const struct letter *letter);

#endif
