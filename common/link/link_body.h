/* link_body: the pieces of a body that comes in CHUNKs, PROTOCOL.md section 3. For link.c only. */
#ifndef MAILROOM_LINK_BODY_H
#define MAILROOM_LINK_BODY_H

#include "common/link/link.h"

/* Whether the body of the next numbered message can be taken; on LINK_DELIVER it can. */
enum link_verdict link_check_body(const struct link *link, const struct message *message, size_t size,
                                  const char **why);

/* Adds the bytes of `piece` to the buffer. It grows with what came: the announced length is a bound, no
 * promise. */
void link_collect(struct link *link, const struct slice *piece);

/* Hands the collected bytes over as one body. */
struct slice link_join(struct link *link);

/* The pieces of a body that was left out are all there. */
void link_forget_body(struct link *link);

#endif
