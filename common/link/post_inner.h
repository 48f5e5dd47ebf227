/* post_inner: what post.c (links and time), post_line.c (whom to dial), post_shake.c (handshakes),
 * post_mail.c (what comes) and post_share.c (shared parts) have in common; inside the post office only. */
#ifndef MAILROOM_POST_INNER_H
#define MAILROOM_POST_INNER_H

#include "common/link/post.h"

enum {
    LEAST_HEARTBEAT = 50,     /* ms */
    STRANGER_MS = 10000,      /* how long a connection may stay without a handshake */
    MOST_TEXT = 1 << 20,      /* bytes of an ERROR's or a LOG's text that are sent */
    PATIENCE_MS = 300,        /* after EVENT_LATE: for peers' mail and new connections to come in */
    STRANGER_ERRORS = 8,      /* ERRORs and COUNTS to a peer without a link, then silence */
    CROWDED_ERRORS = 100,     /* ERRORs a second to connections that are one too many, all together */
    SURELY_NOBODY = 2,        /* attempts one after the other that found nothing at an address */
    FIRST_REDIAL_DIVISOR = 10 /* the first wait of a line is this part of the longest */
};

enum conn_state {
    CONN_STRANGER, /* dialled us, no handshake yet */
    CONN_DIALLED,  /* we dialled, HELLO is sent */
    CONN_PEER
};

struct post_conn {
    struct post_timer timer; /* while there is no handshake */
    uint64_t stranger_until; /* ms: then it is dropped without one */
    enum conn_state state;
    uint32_t number; /* the edge's */
    uint32_t line;
    unsigned door;
    unsigned errors; /* and answers, sent without a link */
    bool local;      /* it came over ipc or loopback */
    uint64_t host;   /* as struct event has it */
    struct key key;
    struct peer *peer;
};

enum line_state {
    LINE_WAITING, /* for its timer */
    LINE_DIALLING,
    LINE_OPEN, /* connection `conn` is its own */
    LINE_OFF   /* nothing happens on it */
};

enum line_trouble { TROUBLE_NONE, TROUBLE_CONNECTING, TROUBLE_SHAKING };

struct post_line {
    struct post_timer timer;
    enum line_state state;
    uint32_t number, conn;
    unsigned role; /* of who should be there */
    char *name;
    uint64_t wait;              /* ms before the next attempt */
    unsigned nobody;            /* how many of the last attempts found nothing that listens there */
    bool wanted;                /* it is to be dialled again when its connection ends */
    bool retired;               /* there is no such address any more */
    struct peer *peer;          /* the link that may go on, or NULL */
    uint8_t link_id[UUID_SIZE]; /* given in the last HELLO */
    enum line_trouble told;     /* what the log has said of its present failure */
    char refusal[200];          /* how the last handshake was refused */
};

/* Puts a letter outside the numbering on a connection. */
void post_control(uint32_t conn, unsigned kind, uint64_t ack, struct outbox *outbox);

/* Puts an ERROR outside the numbering on a connection. */
void post_passing_error(uint32_t conn, enum error_code code, const char *text, struct outbox *outbox);

/* post_send.c: puts what is bundled for the peer on its link. */
void post_flush_bundle(struct peer *peer);

/* post_share.c: whether bodies that begin with `share` go to the peer without it. */
bool post_share_is_apart(const struct post *post, const struct peer *peer, uint32_t share);

/* post_share.c: makes a task ready for the peer: task->shared is set to the part's number there, after the
 * part was sent; or the part is joined to the body, which is taken over and returned. */
struct slice post_share_put(struct post *post, struct peer *peer, uint32_t share, struct task_header *task,
                            struct slice body);

/* The peer's link is over: what it had open is closed, what it was sent is not there any more. */
void post_share_forget_peer(struct post *post, struct peer *peer);
void post_share_free(struct post *post);

/* post_shake.c: a connection that was dialled is there; HELLO, WELCOME, or something else in its place
 * (`code`: of its decoding) from who has not shaken hands. */
enum post_verdict post_shake_opened(struct post *post, const struct event *event, struct outbox *outbox);
enum post_verdict post_shake_hello(struct post *post, struct post_conn *conn, const struct event *event,
                                   struct outbox *outbox, struct delivery *delivery);
enum post_verdict post_shake_welcome(struct post *post, struct post_conn *conn, const struct event *event,
                                     struct outbox *outbox, struct delivery *delivery);
enum post_verdict post_shake_refusal(struct post *post, struct post_conn *conn, const struct event *event,
                                     enum error_code code, struct outbox *outbox, struct delivery *delivery);

/* post_work.c: how much work the peer's next message may take at once; 0: it will wait, since others of its
 * do, or it has had its share of this turn. */
uint64_t post_allowed(struct post *post, struct peer *peer);

/* A message of a peer has come in order, and is allowed so much work. Whether it is acted on at once, within
 * delivery->headway; else it waits. `undecoded`: only the head of the message was read. */
bool post_begin(struct post *post, struct peer *peer, struct delivery *delivery, uint64_t allowed,
                bool undecoded, uint64_t now);

/* post_mail.c: whether a message of an employee's names more tasks than one may; post->why says so. */
bool post_names_too_many(struct post *post, const struct peer *peer, const struct message *message);

/* Whether a peer lets more wait than its window allows it to send ahead. */
bool post_is_flooded(const struct post *post, const struct peer *peer);

/* Whether more of a peer's mail waits than there is room for, for its user and all: not only the one message
 * that may always be under way. */
bool post_is_crowded(const struct peer *peer);

/* The peer is gone: so is its mail. */
void post_work_forget(struct post *post, struct peer *peer);

/* What a peer says of itself, cut and made fit for the log. */
void post_put_text(char *to, size_t capacity, struct span from);

/* A new peer in the tables, not connected. */
struct peer *post_peer_new(struct post *post, unsigned role, const uint8_t *link_id, uint64_t now);

/* Takes a peer out of the tables and frees it; its connection is forgotten by the caller. */
void post_peer_free(struct post *post, struct peer *peer);

/* A connection of the event's number, where there is room for one more; else it is told so, closed, and NULL.
 */
struct post_conn *post_conn_new(struct post *post, const struct event *event, enum conn_state state,
                                struct outbox *outbox);

/* An ERROR outside any link. Whoever gets one stays a stranger for the rest of his time, so that what he says
 * again and again is answered a few times only. */
void post_stranger_error(struct post *post, struct post_conn *conn, enum error_code code, const char *text,
                         struct outbox *outbox);

/* Forgets a connection; `close`: the edge is told to close it. */
void post_conn_drop(struct post *post, struct post_conn *conn, bool close, struct outbox *outbox);

/* The line of that number, NULL: there is none. */
struct post_line *post_line_at(const struct post *post, uint32_t number);

/* The line's connection is over, or was not made: its next attempt, `wait` ms from now, if it is wanted. */
void post_line_later(struct post *post, struct post_line *line, uint64_t now);

/* Is not dialled any more; a connection stays. */
void post_line_off(struct post *post, struct post_line *line);

/* The same for an address that there is no more; the line is forgotten once it is over. */
void post_line_retire(struct post *post, struct post_line *line);

void post_line_dial(struct post *post, struct post_line *line, struct outbox *outbox);

/* EVENT_REFUSED. */
enum post_verdict post_line_refused(struct post *post, const struct event *event, struct outbox *outbox,
                                    struct delivery *delivery);

/* How loudly to speak of a line's trouble: only its beginning is a warning. */
enum log_level post_line_trouble(struct post_line *line, enum line_trouble trouble);

/* Forgets the retired lines that are over. */
void post_lines_sweep(struct post *post, struct outbox *outbox);
void post_line_free(struct post *post, struct post_line *line);

/* The peer has something to send or to see to at the end of this turn. */
void post_touch(struct post *post, struct peer *peer);

#endif
