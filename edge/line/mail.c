/* mail: one message off and onto a ZeroMQ socket. Small bodies are copied, since a received message pins the
 * whole buffer that it was decoded in (8 KiB); large ones are passed on by reference, in and out. */
#include "edge/line/mail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

enum { DROPPED_AT_ONCE = 4096 /* frames of a message that has too many */ };

/* A blob whose bytes are those of a received frame. */
struct received {
    struct blob_elsewhere body; /* first: release casts back */
    zmq_msg_t frame;
};

static void received_release(struct blob *blob)
{
    struct received *received = (struct received *)blob;
    zmq_msg_close(&received->frame);
    mem_free(received);
}

/* The content of `frame` as a blob, NULL when it is empty. Leaves the frame to be closed. */
static struct blob *body_of(zmq_msg_t *frame)
{
    size_t size = zmq_msg_size(frame);
    if (size == 0)
        return NULL;
    if (size < BLOB_COPY_BELOW)
        return blob_copy(zmq_msg_data(frame), size);
    struct received *received = mem_alloc(sizeof *received);
    zmq_msg_init(&received->frame);
    zmq_msg_move(&received->frame, frame);
    return blob_init(&received->body, zmq_msg_data(&received->frame), size, received_release);
}

/* Receives frames from the third on, and drops them. There may be millions, which take seconds: they go a few
 * at a time, so that all else goes on. Whether there are more. */
static bool drop_some(void *socket)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    bool more = true;
    for (int count = 0; more && count < DROPPED_AT_ONCE; count++)
        more = zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&frame);
    zmq_msg_close(&frame);
    return more;
}

static void receive_body(void *socket, bool *rest, struct mail *mail)
{
    zmq_msg_t frame;
    zmq_msg_init(&frame);
    if (zmq_msg_recv(&frame, socket, ZMQ_DONTWAIT) >= 0) {
        *rest = zmq_msg_more(&frame); /* asked for now: body_of moves the frame away */
        mail->frames += *rest ? 2 : 1;
        mail->body = body_of(&frame);
    }
    zmq_msg_close(&frame);
}

bool mail_receive(void *socket, bool routed, bool *rest, struct mail *mail)
{
    bool more = true;
    int size = 0;
    mail->body = NULL;
    mail->frames = 0;
    mail->identity_size = mail->header_size = 0;
    zmq_msg_init(&mail->identity);
    zmq_msg_init(&mail->header);
    if (*rest && (*rest = drop_some(socket)))
        return false;
    if (routed) {
        if ((size = zmq_msg_recv(&mail->identity, socket, ZMQ_DONTWAIT)) < 0)
            return false;
        mail->identity_size = (size_t)size;
        more = zmq_msg_more(&mail->identity);
    }
    /* libzmq hands over whole messages: what has begun is all there */
    if (more) {
        if ((size = zmq_msg_recv(&mail->header, socket, ZMQ_DONTWAIT)) < 0)
            return false;
        mail->header_size = (size_t)size; /* INT_MAX at the most, which is too long as well */
        mail->frames = 1;
        if (zmq_msg_more(&mail->header))
            receive_body(socket, rest, mail);
    }
    return true;
}

void mail_drop(struct mail *mail)
{
    zmq_msg_close(&mail->identity);
    zmq_msg_close(&mail->header);
    blob_unref(mail->body);
}

static void drop_reference(void *data, void *blob)
{
    blob_unref(blob);
}

static void make_body(zmq_msg_t *frame, const struct slice *body)
{
    if (body->size < BLOB_COPY_BELOW) {
        if (zmq_msg_init_size(frame, body->size) != 0)
            abort();
        memcpy(zmq_msg_data(frame), slice_data(body), body->size);
    } else {
        struct blob *blob = blob_ref(body->blob);
        void *data = (void *)(uintptr_t)slice_data(body); /* libzmq does not write into what it sends */
        if (zmq_msg_init_data(frame, data, body->size, drop_reference, blob) != 0)
            abort();
    }
}

int mail_send(void *socket, const void *identity, size_t identity_size, const struct letter *letter)
{
    int more = letter->body.size > 0 ? ZMQ_SNDMORE : 0;
    if (identity && zmq_send(socket, identity, identity_size, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
        return errno;
    if (zmq_send(socket, letter->header, letter->header_size, ZMQ_DONTWAIT | more) < 0)
        return errno;
    if (more) {
        zmq_msg_t frame;
        make_body(&frame, &letter->body);
        if (zmq_msg_send(&frame, socket, ZMQ_DONTWAIT) < 0) {
            int error = errno;
            zmq_msg_close(&frame);
            return error;
        }
    }
    return 0;
}
