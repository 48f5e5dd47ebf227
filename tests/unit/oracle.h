/* oracle: a second reader of headers, made of libmpack from end to end and of none of common/'s readers, to
 * hold them to. Slow and simple: a header becomes a tree, the tree a message whose lists are built anew. */
#ifndef MAILROOM_TEST_ORACLE_H
#define MAILROOM_TEST_ORACLE_H

#include "common/wire/message.h"

/* Whether `bytes` are a good header by PROTOCOL.md; then what it means, as message_text writes it. */
bool oracle_text(const uint8_t *bytes, size_t size, char *out, size_t capacity);

#endif
