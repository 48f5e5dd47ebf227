/* correspond: what correspondence.c (links and time), correspond_out.c (what is said) and correspond_in.c
 * (what comes) share; nobody else includes it. */
#ifndef MAILROOM_C_CORRESPOND_H
#define MAILROOM_C_CORRESPOND_H

#include "clients/c/core/correspondence.h"

/* The news that are being collected. */
struct news *correspond_news(struct correspondence *mail);

/* correspond_out.c */

/* Submits it (again), on the present link. False: the broker does not accept it, so it has failed, and is
 * freed. */
bool correspond_send(struct correspondence *mail, struct submission *submission);

/* The part that was sent last is not named any more: the broker is told, where it has it. */
void correspond_unshare(struct correspondence *mail);

/* Sends what of the backlog is due. */
void correspond_push(struct correspondence *mail);

/* Asks for those of its slots that are waited for and do not come by themselves. */
void correspond_request_all(struct correspondence *mail, struct submission *submission);

/* Says what was not said on this link. */
void correspond_tell(struct correspondence *mail);
void correspond_flush_releases(struct correspondence *mail);
void correspond_ask(struct correspondence *mail, struct question *question);

/* Notes that the broker need not keep its slot `at`. */
void correspond_release_at(struct correspondence *mail, const uint8_t *uuid, uint64_t at);

/* Asks for a page of the tasks that the broker has, after the task `after` (NULL: the first). */
void correspond_compare(struct correspondence *mail, const uint8_t *after);

/* correspond_in.c */

/* A message of the broker's in the session. */
void correspond_take(struct correspondence *mail, const struct message *message, struct slice *body);

/* All slots that are waited for fail; it may be freed. */
void correspond_fail_all(struct correspondence *mail, struct submission *submission, int code,
                         struct span text, const struct slice *body);

/* The same for all that is outstanding. */
void correspond_fail_everything(struct correspondence *mail, int code, struct span text);

#endif
