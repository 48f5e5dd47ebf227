/* out: what goes to standard output and standard error: JSON, texts of peers, sizes and times for people. */
#ifndef MAILROOM_CLI_OUT_H
#define MAILROOM_CLI_OUT_H

#include <jansson.h>
#include <stdio.h>

#include "common/base/blob.h"
#include "common/wire/message.h"

/* Writes a value as one line to standard output; takes over the reference. */
void out_json(json_t *value);

/* A JSON text. Bytes that are no UTF-8 become question marks. */
json_t *out_text(struct span text);

/* A uuid as a JSON text. */
json_t *out_uuid(const uint8_t *uuid);

/* Puts a body into `object`: as `name` where it is UTF-8, else as NAME_base64. */
void out_body(json_t *object, const char *name, const struct slice *body);

/* Prints text that a peer had a say in, with '?' for control characters, so that it cannot play with the
 * terminal. Newlines stay when `lines`. */
void out_peer_text(FILE *file, struct span text, bool lines);

/* A time in ms for people: "350 ms", "12 s", "4 min", "3 h", "2 d". */
const char *out_age(uint64_t time, char text[32]);

/* Whether standard output takes what is written; flushes it. */
bool out_flush(void);

#endif
