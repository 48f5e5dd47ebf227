/* correspondence: what a client and its broker say to each other, and say again after a break: tasks go out,
 * results come in, questions are answered; as a pure step. Who keeps the session is client.h; who drives it,
 * and what callers see, is the api's affair. */
#ifndef MAILROOM_C_CORRESPONDENCE_H
#define MAILROOM_C_CORRESPONDENCE_H

#include "clients/c/core/backlog.h"
#include "clients/c/core/client.h"
#include "clients/c/core/news.h"
#include "clients/c/core/outstanding.h"
#include "clients/c/core/questions.h"
#include "clients/c/core/told.h"

enum { RELEASE_DELAY = 100 /* ms from the first slot to the message that names it */ };

struct correspondence {
    struct client client;
    struct outstanding outstanding;
    struct backlog backlog;
    struct questions questions;
    struct told told;
    struct slice share;      /* the part that was sent last, still open at the broker; empty: none */
    uint64_t shared;         /* its number there; 0: it is not open on this link */
    struct builder paths;    /* for CONNECT */
    struct builder released; /* slots for the next RELEASE */
    uint64_t release_at;     /* ms; NEVER: there are none */
    uint64_t corrs;          /* numbers of its own questions: OWN_CORR and up */
    uint64_t comparing;      /* the number of the LIST under way; 0: none */
    uint64_t reconciled;     /* links of which the broker's state is known: 0 before the first */
    struct news *news;       /* what is to be given out; NULL: nothing */
    bool up;                 /* there was a connection when this was last told */
    bool resumed;            /* the broker knew the session when the present link began */
    bool full_told, over_told;
    uint64_t now; /* ms, of the event */
};

#define OWN_CORR (1ull << 62) /* the numbers of callers' questions are below */

/* `patience`: see backlog.h. `paths` is taken over. */
void correspondence_init(struct correspondence *mail, const struct client_config *config, uint64_t patience,
                         struct builder paths, uint64_t now);
void correspondence_free(struct correspondence *mail);

/* One event. With EVENT_TURN what may go is put out. */
void correspondence_step(struct correspondence *mail, const struct event *event, struct outbox *outbox);

/* ms at which an EVENT_TURN is due; NEVER: none. */
uint64_t correspondence_deadline(const struct correspondence *mail);

/* What is to be given out, the caller's; NULL: nothing. */
struct news *correspondence_take(struct correspondence *mail);

/* Whether the broker has read all that was handed in. */
bool correspondence_is_sent(const struct correspondence *mail);

/* What callers hand in, before an EVENT_TURN. Once it is over nothing comes of it but an end. */
void correspondence_submit(struct correspondence *mail, struct submission *submission); /* taken over */
void correspondence_adopt(struct correspondence *mail, struct submission *adopted, const uint32_t *slots,
                          size_t count); /* the same; `slots` NULL: 0 to count - 1 */
void correspondence_request(struct correspondence *mail, const uint8_t *uuid, uint32_t slot);
void correspondence_abandon(struct correspondence *mail, const uint8_t *uuid, uint32_t slot);
void correspondence_release(struct correspondence *mail, const uint8_t *uuid, uint32_t slot);
void correspondence_forget(struct correspondence *mail, const uint8_t *uuid); /* nothing more is told of it */
void correspondence_ask(struct correspondence *mail, struct question *question); /* taken over */
void correspondence_unask(struct correspondence *mail, uint64_t number);
void correspondence_paths(struct correspondence *mail, struct builder *paths); /* taken out of there */
void correspondence_leave(struct correspondence *mail, bool detach);

#endif
