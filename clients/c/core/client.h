/* client: a session at a broker, as a pure step. It finds the broker, shakes hands, keeps the link up, says
 * when the session is there and what the broker says in it, and leaves. What a command wants of the session
 * is the command's affair. */
#ifndef MAILROOM_C_CLIENT_H
#define MAILROOM_C_CLIENT_H

#include "common/link/post.h"
#include "mailroom.h"

struct client_config {
    uint8_t boot[UUID_SIZE], session[UUID_SIZE]; /* random; the session's token */
    uint64_t seed;
    char software[32], name[64];
    char broker[300];        /* its address, for people */
    uint64_t patience;       /* ms that the broker may take to be there at first, */
    uint64_t patience_again; /* and when it was there and is lost; NEVER: for ever, both */
    bool several;            /* there are more brokers than one: where one is busy, another may not be */
    bool fleeting;           /* no other process has the token, or will have it */
    bool steadfast; /* goes on for as long as that may help: what a broker says of this client's mail ends
                       no more than the link */
    struct link_limits limits;
};

/* What came out of an event. */
enum client_news {
    CLIENT_NOTHING,
    CLIENT_READY, /* a new link is there: what is wanted is to be said, again where it was said on an older
                     one */
    CLIENT_MAIL,  /* `message` came; the reference of `body` is the receiver's */
    CLIENT_NOTE,  /* what the broker says of nothing in particular, in `message`; of a steadfast client */
    CLIENT_STOP,  /* a signal says that this process is to end */
};

struct client_report {
    bool known;             /* READY: the broker knew the session */
    struct message message; /* MAIL, NOTE: borrows the event's header */
    struct slice body;
};

enum client_state {
    CLIENT_LOOKS,  /* for the broker */
    CLIENT_IN,     /* the session is there; the connection may be away for a while */
    CLIENT_LEAVES, /* DISCONNECT is said */
    CLIENT_OVER
};

struct client {
    struct client_config config;
    struct post post;
    struct peer *broker; /* NULL: no link */
    enum client_state state;
    bool was_in;
    uint64_t give_up_at;      /* ms; NEVER while it is connected */
    uint64_t answer_by;       /* ms; NEVER: no answer is waited for */
    uint64_t leave_by;        /* ms */
    bool answered;            /* the broker has said good-bye, as this side did */
    bool lost;                /* a link is over; who looks sets it back. Of that link: */
    bool fault;               /* one side could make nothing of what the other said */
    uint64_t read;            /* the highest number that the broker had acknowledged */
    unsigned misfits;         /* how certain it is that the keys do not fit */
    bool misfit, misfit_told; /* they fitted once and do not now: who looks sets the first one back */
    int code;          /* once it is over, or leaves: enum mailroom_error, or what client_leave was given */
    char trouble[256]; /* why there is no connection; "": nothing is known */
    char why[700];     /* with `code`, for people; "": there is nothing to say */
};

void client_init(struct client *client, const struct client_config *config, uint64_t now);
void client_free(struct client *client);

enum client_news client_step(struct client *client, const struct event *event, struct outbox *outbox,
                             struct client_report *report);

/* Puts out what may go: after each EVENT_TURN, when what came out of it was seen to. */
void client_flush(struct client *client, uint64_t now, struct outbox *outbox);

/* ms at which an EVENT_TURN is due; NEVER: none. */
uint64_t client_deadline(const struct client *client);

/* Sends a message in the session; takes over `body`. Returns its number; 0: it was dropped, for there is no
 * link, or the broker does not accept a body of that size. */
uint64_t client_send(struct client *client, const struct message *message, struct slice body);

/* Whether the broker accepts a body of `size` bytes. */
bool client_accepts(const struct client *client, size_t size);

/* Whether the broker takes shared parts; sends one (a reference of its own), and returns its number; ends it.
 */
bool client_shares(const struct client *client);
uint64_t client_share(struct client *client, const struct slice *part);
void client_unshare(struct client *client, uint64_t number);

/* The broker is to have answered by `deadline` (ms), or the session is over with MAILROOM_ELOST. NEVER: it
 * has answered. */
void client_expect(struct client *client, uint64_t deadline);

/* Leaves the session: with `detach` its tasks stay. It is over when the broker has answered, or soon anyway,
 * with `code` and the text `why` (NULL: none). */
void client_leave(struct client *client, bool detach, int code, const char *why, uint64_t now);

/* Once it is over: closes the connection, after what is to go, and dials no more. */
void client_close(struct client *client, uint64_t now, struct outbox *outbox);

/* It is over at once. */
void client_end(struct client *client, int code, const char *why);

/* The highest number that the broker has acknowledged on the present link; and whether that is all. */
uint64_t client_read(const struct client *client);
bool client_is_idle(const struct client *client);

/* Whether there is a connection, and the handshake is done. */
bool client_is_up(const struct client *client);

#endif
