/* letter: one message on its way out: an encoded header and the slice of a blob that is its body.
 * Reference-counted (not atomic: letters stay in the core's thread), since a link keeps what it sent until it
 * is acknowledged. */
#ifndef MAILROOM_LETTER_H
#define MAILROOM_LETTER_H

#include "common/base/blob.h"
#include "common/wire/message.h"

struct letter {
    unsigned refs;
    uint8_t kind;
    bool shared;          /* its body is kept by whoever sends it, for longer: it is counted there */
    bool control;         /* neither a task, a result or a failure, nor a log or a piece of a body */
    uint32_t header_size; /* bytes */
    uint32_t pieces;      /* so many of its body went before it, each as a CHUNK */
    struct slice body;
    uint8_t header[];
};

/* A letter with the header of `message` (its seq and ack are stamped later) and `body`, whose reference it
 * takes over. One reference, the caller's. */
struct letter *letter_new(const struct message *message, struct slice body);

struct letter *letter_ref(struct letter *letter);
void letter_unref(struct letter *letter); /* NULL is ignored */

/* Writes number and acknowledgement into the header, in place. Not for HELLO and WELCOME. */
void letter_stamp(struct letter *letter, uint64_t seq, uint64_t ack);

/* What it counts against a link's window: header + body + 64 bytes (PROTOCOL.md section 3). */
size_t letter_cost(const struct letter *letter);

#endif
