/* message_text: a message as one line of text, the form that recorded vectors and stories are written in:
 *
 *     RESULT seq=5 ack=3 return_address=(nil,7,0) completed_by=3 uuid=nil
 *
 * First the kind, then seq and ack, then each field of its kind under its name in PROTOCOL.md, in the wire's
 * order; SUBMIT has its task's fields, `shared` and `session` only where there is one.
 *
 * - numbers: decimal, or nil; error codes, states and roles by their names where they have one
 * - texts: as they are where they consist of letters, digits and _./:+@- only, else quoted with \" \\ \xNN
 * - bytes: like texts, with \xNN for all that is not printable ASCII
 * - uuids: 32 hex digits, or nil
 * - addresses: (worker,mailbox,slot), the server's worker is nil
 * - arrays: [a,b]; in them ranges (lower,upper), runtimes (name,version), slots (uuid,slot), counts
 * (name,value); tasks, results, managers and clients {field=value ...}
 *
 * message_parse.h reads it. */
#ifndef MAILROOM_MESSAGE_TEXT_H
#define MAILROOM_MESSAGE_TEXT_H

#include "common/wire/message.h"

/* Writes `message` into `out` of `capacity` bytes, zero-terminated and cut where it does not fit. Returns its
 * length when nothing is cut. */
size_t message_text(const struct message *message, char *out, size_t capacity);

/* The same without seq and ack. */
size_t message_text_fields(const struct message *message, char *out, size_t capacity);

#endif
