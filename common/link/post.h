/* post: the post office of a core: connections, handshakes and links. It turns events into deliveries from
 * peers that have shaken hands, and letters to peers into orders for the edge. It dials the lines, answers
 * strangers, sees to heartbeats, acknowledgements and expiry. What messages mean is its owner's affair.
 *
 * A line is somebody to dial, for ever: a manager, or the boss. Lines come and go with the addresses that
 * names stand for.
 *
 * A peer is what is at the other end of a link; it outlives its connections. */
#ifndef MAILROOM_POST_H
#define MAILROOM_POST_H

#include "common/base/bucket.h"
#include "common/base/heap.h"
#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/link/event.h"
#include "common/link/link.h"
#include "common/link/outbox.h"
#include "common/link/share.h"
#include "common/wire/bundle.h"

#define NO_CONN UINT32_MAX
#define NO_LINE UINT32_MAX
#define POST_NO_NAME "(no name)" /* what a peer is called that gives none */

/* When and how many tasks went to a peer: what a WAITING's receipt is held against (BQSKit's submit_cache).
 */
struct sent_tasks {
    uint64_t seq; /* of the SUBMIT or SUBMIT_BATCH */
    uint32_t count;
};

struct post_timer {
    struct heap_node node;
    enum { TIMER_PEER, TIMER_CONN, TIMER_LINE } kind;
};

struct peer {
    struct link link;
    struct post_timer timer;
    uint32_t number;      /* in post.peers */
    struct bundle bundle; /* what goes out at the end of this turn */
    struct peer *next_touched;
    bool touched;
    struct key key; /* of its present connection, or of the last one; a link has the same one for good */
    bool admin;     /* it may what only admins may: by its key, or without keys because it is on this host */
    bool returned;  /* its HELLO named a link of this boot's that is over */
    unsigned role;
    uint32_t conn; /* NO_CONN: none at present */
    uint32_t line; /* NO_LINE: it dialled us */
    uint8_t boot[UUID_SIZE], link_id[UUID_SIZE];
    uint8_t session[UUID_SIZE];  /* zeros: none */
    char name[64], software[64]; /* the name is POST_NO_NAME where none was given */
    uint64_t ids;                /* how many worker ids it asked for */
    uint64_t features;           /* bits of FEATURE_: what it understands */
    void *owner;                 /* of the post's owner: a client or an employee */

    /* the tasks sent since the last receipt, oldest first */
    struct sent_tasks *sent;
    uint32_t sent_first, sent_count, sent_capacity;
    uint32_t tasks_sent; /* the sum of their counts */

    /* parts that it has open on this link, by number; see share.h */
    struct open_share *shares;
    uint32_t shares_count, shares_capacity;
    uint64_t shares_last; /* the highest number that it gave, */
    uint64_t shares_sent; /* and that it was given */
    struct told_share
        *told; /* those that it was sent and has, the last used first; NULL: there never was one */
    uint32_t told_count;
    uint64_t told_bytes;
};

struct post_config {
    const uint8_t *boot;         /* 16 bytes, borrowed for good */
    uint64_t seed;               /* random and told to nobody: of hashes and link ids */
    const char *software, *name; /* the same */
    uint64_t ids;                /* how many worker ids to ask a boss for */
    uint64_t features;           /* bits of FEATURE_: what this process understands */
    const uint8_t *session; /* the same as `boot`: this process is a client of the boss that it dials, and
                               this is its session's token; NULL: it is a manager or worker */
    bool worker;            /* this process is a worker of the boss that it dials */
    uint64_t redial;        /* ms */
    uint64_t max_connections;
    uint64_t max_header;       /* bytes, up to MAX_HEADER; 0: that */
    unsigned roles[DOOR_LINE]; /* for each listening door: a bit for each role that may shake hands there */
    struct link_limits limits[ROLE_LIMIT]; /* towards peers of each role */
};

struct post_conn;
struct post_line;

struct post {
    struct post_config config;
    struct post_conn **conns; /* by the edge's number, NULL: not open */
    uint32_t conn_capacity;
    uint32_t conns_open;
    struct post_line **lines; /* by number, NULL: there is none */
    uint32_t line_capacity;
    bool lines_ended;       /* some of them may have to be forgotten */
    uint64_t patient_until; /* ms: until then lines are dialled, but nobody's time is up */
    struct heap timers;     /* of peers, lines and strangers */
    struct slab peers, shares;
    struct index links; /* link_id -> number of a peer */
    struct peer *touched;
    uint64_t serial;                     /* makes link ids unique within the boot */
    uint64_t strangers_refused, resumed; /* counters */
    struct bucket crowded;               /* ERRORs to connections that are one too many */
    char why[200];                       /* scratch: why a link is over */
};

enum post_verdict {
    POST_NOTHING,
    POST_DELIVER,  /* a message for the owner */
    POST_JOINED,   /* a peer dialled in with a new link: the owner answers with post_welcome or post_refuse */
    POST_ANSWERED, /* a line's peer, a manager or a boss, shook hands with a new link */
    POST_REFUSED,  /* a line's peer refuses the handshake, `code` and `why` say how; it is dialled again */
    POST_ASKED,    /* COUNTS of someone who has not shaken hands: the owner answers with post_tell */
    POST_LOST,     /* the peer's link is over: the owner forgets it and calls post_end */
};

/* What comes out of an event for the owner. */
struct delivery {
    struct peer *peer;
    uint32_t conn;          /* POST_ASKED: where the answer goes */
    struct message message; /* borrows the event's header */
    struct slice body;      /* one reference, the receiver's */
    struct peer
        *lost; /* not NULL: the event has also ended this older link: see to it first, as with POST_LOST */
    const char *why;      /* POST_LOST, lost: static text, the event's, or post->why;
                             POST_REFUSED: the line's */
    enum error_code code; /* POST_LOST: what the peer did wrong, CODE_NONE: nothing. POST_REFUSED: its
                             answer's, or what is wrong with that */
};

/* `lines` are managers, numbered from 0, and copied; they are dialled at the first EVENT_TURN. */
void post_init(struct post *post, const struct post_config *config, const char *const *lines,
               size_t line_count, uint64_t now);
void post_free(struct post *post);

/* One line more, with a number that none has; it is dialled at the next EVENT_TURN. `name` is for people and
 * copied, `role` is who should be there: ROLE_MANAGER or ROLE_BOSS. */
void post_line_add(struct post *post, uint32_t number, const char *name, unsigned role, uint64_t now);

/* Dials the line no more, until it is woken; a connection that has shaken hands stays. */
void post_line_rest(struct post *post, uint32_t number, struct outbox *outbox);
void post_line_wake(struct post *post, uint32_t number, uint64_t now);

/* OPENED, REFUSED, CLOSED, MAIL, FOUND, MISSED and LATE. */
enum post_verdict post_event(struct post *post, const struct event *event, struct outbox *outbox,
                             struct delivery *delivery);

/* Sees to one peer whose time has come: call until NULL at each turn. A peer returned is lost: `*why` says
 * how. */
struct peer *post_expired(struct post *post, uint64_t now, struct outbox *outbox, const char **why);

/* The next peer whose link was made with this key; NULL: there is none left, and connections of strangers
 * that have it are closed too. Each peer that is returned is lost. `*at` begins with 0. */
struct peer *post_revoked(struct post *post, const struct key *key, uint32_t *at, uint64_t now,
                          struct outbox *outbox);

/* Puts out all that may go: at the end of each turn. */
void post_flush(struct post *post, uint64_t now, struct outbox *outbox);

/* Accepts a peer of POST_JOINED. `session`: 16 bytes to repeat where the session was known, else NULL. */
void post_welcome(struct post *post, struct peer *peer, const uint8_t *session, struct outbox *outbox);

/* Refuses a peer of POST_JOINED with a text, and forgets it; with REFUSED, or with another code. */
void post_refuse(struct post *post, struct peer *peer, const char *text, struct outbox *outbox);
void post_refuse_with(struct post *post, struct peer *peer, enum error_code code, const char *text,
                      struct outbox *outbox);

/* The answer to POST_ASKED, outside any link. */
void post_tell(const struct message *message, uint32_t conn, struct outbox *outbox);

/* Puts a message on the peer's link, behind what is bundled. Takes over `body`. Returns its number, 0:
 * dropped (a log for a full queue). A body that the peer does not accept is left out of a LOG and an ERROR,
 * whose header says what matters; any other message is dropped with it. */
uint64_t post_send(struct post *post, struct peer *peer, const struct message *message, struct slice body);

/* Put a task or a result on the peer's link; they go out in batches at the end of the turn. Take over `body`.
 * The task's body begins with `share` (NO_SHARE: with nothing else), which is sent before it where the peer
 * has not got it, or joined to it where the peer knows of no parts; task->shared does not matter. Of a result
 * the number is returned that its message will have: what is bundled goes before all else. */
void post_send_task(struct post *post, struct peer *peer, const struct task_header *task, uint32_t share,
                    struct slice body);
uint64_t post_send_result(struct post *post, struct peer *peer, const struct result_header *result,
                          struct slice body);

/* post_share.c: parts that bodies of tasks begin with. */

/* A peer's SHARE: from now on its tasks may name this part. Borrows `body`. Its bytes are counted at
 * `*charge` (NULL: nowhere), which must outlive what uses it. `refused`: it is not kept, and only known by
 * its number. NULL, or why the peer is wrong. */
const char *post_share_open(struct post *post, struct peer *peer, uint64_t number, struct slice body,
                            uint64_t *charge, bool refused);

/* A peer's UNSHARE: no further task of its will name it. NULL, or why the peer is wrong. */
const char *post_share_close(struct post *post, struct peer *peer, uint64_t number);

/* The part that a peer's task names, NO_SHARE for 0; false: there is no such part. */
bool post_share_find(const struct peer *peer, uint64_t number, uint32_t *share);

struct share *post_share_at(const struct post *post, uint32_t share);

/* A task begins with it, and does no more; NO_SHARE is ignored. After the last use it is forgotten, and so do
 * those to whom it was sent. */
void post_share_use(struct post *post, uint32_t share);
void post_share_drop(struct post *post, uint32_t share);

/* A DISCONNECT that answers none: our side ends, or has nothing more for the peer; `why` for people. */
void post_send_goodbye(struct post *post, struct peer *peer, const char *why);

/* An ERROR about no task. */
void post_send_error(struct post *post, struct peer *peer, enum error_code code, const char *text,
                     uint64_t corr);

/* Ends the link: what may go goes out, the connection is closed, the peer is freed. A line is dialled again
 * unless `redial` is false. */
void post_end(struct post *post, struct peer *peer, bool redial, uint64_t now, struct outbox *outbox);

/* How many tasks were sent to the peer after the message with number `receipt` (0: none was read). */
uint32_t post_sent_since(struct peer *peer, uint64_t receipt);

/* The ms at which post_expired has something to do; NEVER: none. */
uint64_t post_deadline(const struct post *post);

/* A line's text, for people; for NO_LINE it says that the peer dialled in. */
const char *post_line_name(const struct post *post, uint32_t number);

/* The text of the next line from `*number` on that is to be dialled and has no peer, nor waits for one to
 * come back; NULL: none is left. `*number` is set behind it. */
const char *post_line_vacant(const struct post *post, uint32_t *number);

#endif
