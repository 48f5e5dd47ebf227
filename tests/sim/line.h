/* line: the dialler's side of a link, for simulated clients and workers: it dials, shakes hands, goes on with
 * the link after a break, and has common/link/link number, keep, resend and cut. The handshake is written
 * here a second time, from PROTOCOL.md, so that the one in common/link/post has somebody to disagree with. */
#ifndef SIM_LINE_H
#define SIM_LINE_H

#include "common/link/event.h"
#include "common/link/link.h"
#include "common/link/outbox.h"
#include "tests/sim/rng.h"

enum line_state { LINE_WAITS, LINE_DIALS, LINE_SHAKES, LINE_OPEN, LINE_OVER };

struct line {
    struct link_limits limits;
    unsigned role;
    const char *name;
    uint64_t ids;           /* of workers that a manager asks for */
    const uint8_t *session; /* NULL: none */
    uint8_t boot[UUID_SIZE], link_id[UUID_SIZE], peer_boot[UUID_SIZE];
    struct rng rng;
    enum line_state state;
    bool linked;          /* there is a link that may go on */
    uint64_t features;    /* said in HELLO, */
    uint64_t takes;       /* and by the last WELCOME */
    uint64_t parts;       /* shared parts that were sent on this link */
    bool session_known;   /* as the last WELCOME said */
    uint32_t conn;        /* SHAKES, OPEN */
    uint64_t safe_before; /* of the link before this one: the highest number that its peer will not lose */
    bool journals;        /* who was last linked keeps a journal, */
    bool another;         /* and is another process than the one before */
    uint8_t cluster[UUID_SIZE]; /* of the last boss that named one, */
    uint64_t epoch;             /* and the highest epoch of it */
    uint64_t dial_at;           /* WAITS; NEVER: not by itself */
    uint64_t shaking_at;        /* when HELLO went out */
    struct link link;
};

/* What a mail was. */
enum line_verdict {
    LINE_NOTHING,
    LINE_DELIVER, /* a message, with its body, one reference */
    LINE_BEGAN,   /* a new link; what was on an old one is gone */
    LINE_WENT_ON, /* the link goes on */
    LINE_LOST,    /* the link is over; it is dialled again */
    LINE_REFUSED, /* the handshake was refused; it is dialled again */
};

/* The rest of the fields are set by the caller before. */
void line_init(struct line *line, uint64_t now);
void line_free(struct line *line);

/* OPENED, REFUSED, CLOSED and MAIL. */
enum line_verdict line_event(struct line *line, const struct event *event, struct outbox *outbox,
                             struct message *message, struct slice *body, const char **why);

/* At a turn: dials, acknowledges, pings, gives up. LINE_LOST: the link has expired. */
enum line_verdict line_turn(struct line *line, uint64_t now, struct outbox *outbox);

/* Sends a shared part, whose number is returned; and ends it. Only while it is linked. */
uint64_t line_share(struct line *line, uint64_t seed);
void line_unshare(struct line *line, uint64_t number);

/* Puts a message on the link; takes over `body`. Only while it is linked. Its number there. */
uint64_t line_send(struct line *line, const struct message *message, struct slice body);
uint64_t line_deadline(const struct line *line);

/* Closes its connection and forgets the link; it is not dialled again before `dial_at` is set. */
void line_drop(struct line *line, struct outbox *outbox);

#endif
