/* message_parse: the reading of message_text.h's form, for stories and vectors. */
#ifndef MAILROOM_MESSAGE_PARSE_H
#define MAILROOM_MESSAGE_PARSE_H

#include "common/wire/message.h"

enum { MOST_LISTS = 5 /* that a message has beside each other: HOLDS */ };

/* What a parsed message borrows. Zero it before the first use; it can be used again and again. */
struct message_scratch {
    struct builder lists[MOST_LISTS + 1];
    uint8_t *bytes; /* of texts and uuids */
    size_t size, capacity;
    const char *fault; /* where in the line it is wrong, after a refusal */
};

/* Reads `line` into `message`, which borrows `scratch` until the next call with it. All fields may be left
 * out, and stand in any order, seq and ack too: numbers are 0 then, what may be nil is nil, arrays and texts
 * are empty, uuids that must be there are zero bytes, and of a task, runtime is python and priority 128. A
 * uuid may be a text of up to 15 bytes as well, which zero bytes follow: u1. False when the line is not of
 * the form: scratch->fault says where. */
bool message_parse_text(const char *line, struct message *message, struct message_scratch *scratch);

void message_scratch_free(struct message_scratch *scratch);

#endif
