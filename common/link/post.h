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
#include "common/link/inbox.h"
#include "common/link/link.h"
#include "common/link/link_rest.h"
#include "common/link/origins.h"
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
    struct peer *next_touched, *next_unsafe;
    struct peer **touched_from,
        **unsafe_from; /* where the pointer to it is: of the one before, or the post's */
    bool touched;
    bool unsafe;    /* something that it said is not in the journal yet */
    bool unsettled; /* nor said to it all that comes of that: its owner sets this, and calls post_settle */
    struct key key; /* of its present connection, or of the last one; a link has the same one for good */
    uint64_t host;  /* that its connection came from, as struct event has it */
    bool admin;     /* it may what only admins may: by its key, or without keys because it is on this host */
    bool returned;  /* its HELLO named a link of this boot's that is over */
    unsigned role;
    uint32_t conn; /* NO_CONN: none at present */
    bool silent;   /* then: that was given up, since nothing came; else its end has closed it */
    uint32_t line; /* NO_LINE: it dialled us */
    uint8_t boot[UUID_SIZE], link_id[UUID_SIZE];
    uint8_t session[UUID_SIZE];  /* zeros: none */
    char name[64], software[64]; /* the name is POST_NO_NAME where none was given */
    char *news;                  /* of who tells how another has ended (FEATURE_ENDED): that; else NULL */
    uint64_t ids;                /* how many worker ids it asked for */
    uint64_t features;           /* bits of FEATURE_: what it understands */
    uint8_t cluster[UUID_SIZE];  /* a boss's, zeros: none */
    uint64_t epoch;
    void *owner; /* of the post's owner: a client or an employee */

    /* mail that waits for its turn, and its place in the order of these; see post_work.c */
    struct inbox inbox;
    struct peer *busy_next, *busy_previous;
    bool busy;
    uint64_t spent, spent_in; /* work that its mail took in that turn */

    /* the tasks sent since the last receipt, oldest first */
    struct sent_tasks *sent;
    uint32_t sent_first, sent_count, sent_capacity;
    uint32_t tasks_sent; /* the sum of their counts */

    /* parts that it has open on this link, by number; see share.h */
    struct open_share *shares;
    uint32_t shares_count, shares_capacity;
    uint32_t opened;      /* the first of all parts that are here by it, open or not, or NO_RECORD */
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
    const uint8_t *cluster;      /* as a boss: as `boot`, or NULL, */
    uint64_t epoch;              /* and its epoch */
    const uint8_t *session; /* the same as `boot`: this process is a client of the boss that it dials, and
                               this is its session's token; NULL: it is a manager or worker */
    bool worker;            /* this process is a worker of the boss that it dials */
    uint64_t redial;        /* ms */
    uint64_t max_connections;
    uint64_t max_header;       /* bytes, up to MAX_HEADER; 0: that */
    uint64_t work;             /* units of work in a turn; 0: any number, and all mail is acted on at once */
    unsigned roles[DOOR_LINE]; /* for each listening door: a bit for each role that may shake hands there */
    struct link_limits limits[ROLE_LIMIT]; /* towards peers of each role */
};

struct post_conn;
struct post_line;

/* What a connection costs in the process's account, with what ZeroMQ has for it (27 KB were measured). The
 * first ones are part of what a process has by itself. */
enum { POST_CONN_COST = 28 << 10 /* bytes */, POST_CONNS_FREE = 64 };

struct post {
    struct post_config config;
    struct post_conn **conns; /* by the edge's number, NULL: not open */
    uint32_t conn_capacity;
    uint32_t conns_open;
    uint8_t followed[UUID_SIZE]; /* the cluster of the last boss that named one, and the highest epoch of a
                                    boss of it that this process had; zeros: there was none */
    uint64_t followed_epoch;
    struct post_line **lines; /* by number, NULL: there is none */
    uint32_t line_capacity;
    bool lines_ended;       /* some of them may have to be forgotten */
    uint64_t patient_until; /* ms: until then lines are dialled, but nobody's time is up */
    struct heap timers;     /* of peers, lines and strangers */
    struct slab peers, shares;
    struct index links; /* link_id -> number of a peer */
    struct peer *touched;
    struct link_rests rests;     /* of links that are over */
    struct peer *unsafe;         /* those of whom something is not in the journal yet */
    uint64_t records, committed; /* of the journal: made so far, and on the disk */
    uint64_t *unwritten;         /* numbers there of parts that are gone: the owner says so, */
    uint32_t unwritten_count, unwritten_capacity; /* and sets the count to 0 */
    struct peer *busy_first, *busy_last;          /* those whose mail waits */
    struct peer *acting;                          /* whose mail is acted on, NULL: nobody's, or it is gone */
    struct headway *headway;                      /* how far its handler has got */
    uint64_t spent, allowed;             /* units of work: of this message, and until it is to stop */
    uint64_t pool;                       /* what is left of this turn's */
    uint32_t fresh;                      /* messages of this turn that were done as they came */
    uint64_t shared_until;               /* the turn until which who waits alone has only its share */
    bool gave_way;                       /* what waits gave way to such in the last turn */
    uint64_t turn;                       /* so many there were */
    uint32_t ended;                      /* links whose time was up in this turn */
    uint64_t portion, least;             /* of a turn's: of one peer where others wait; of each message */
    uint64_t worked;                     /* counter: units of mail that were done */
    uint64_t serial;                     /* makes link ids unique within the boot */
    uint64_t strangers_refused, resumed; /* counters */
    struct origins origins;              /* of the connections that came in at the front door */
    struct account *account;             /* where connections are counted, or NULL */
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
    const char *why;       /* POST_LOST, lost: static text, the event's, or post->why;
                              POST_REFUSED: the line's */
    enum error_code code;  /* POST_LOST: what the peer did wrong, CODE_NONE: nothing. POST_REFUSED: its
                              answer's, or what is wrong with that */
    uint64_t left_out;     /* POST_DELIVER: bytes of its body that were not kept; see link.h */
    const uint8_t *header; /* POST_DELIVER: what `message` was read from */
    size_t header_size;
    struct inbox_item *item; /* it has waited; NULL: it has just come */
    struct headway headway;
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

/* post_work.c: work. What a message costs is counted in units (some 30 ns each), and no peer's mail may
 * take more of a turn than its share: what is left of it waits, and all that the peer says behind it, while
 * others go on. It is acknowledged once it is done. */

/* A turn begins, or what has come in it is acted on from here on: each has config.work to spend. */
void post_fill_pool(struct post *post);

/* Once in a turn, before post_next: whether what waits is to wait for the next turn, which is to come at
 * once. So it is where something was done as it came: what follows of that goes out first, not behind a
 * turn's work for others. What waits gives way in each second turn at the most. */
bool post_gives_way(struct post *post);

/* The next mail that waits, of the peer whose turn it is; POST_NOTHING: there is none, or the pool is empty.
 * POST_LOST: it cannot be read. */
enum post_verdict post_next(struct post *post, uint64_t now, struct delivery *delivery);

/* The same of one peer, whose last words these are, without a bound. */
enum post_verdict post_next_of(struct post *post, struct peer *peer, uint64_t now, struct delivery *delivery);

/* A handler has done so many units of work more on the message that is acted on; false: it is to stop where
 * it can go on, and say UNFINISHED. */
static inline bool post_spend(struct post *post, uint64_t units)
{
    post->spent += units;
    return post->spent < post->allowed;
}

/* Work of this process's own is done from here on, that is nobody's mail, with so many units for it. */
void post_begin_own(struct post *post, uint64_t units);

/* A delivered message is not done: it waits for its next turn with how far its handler has got. */
void post_keep(struct post *post, struct delivery *delivery, uint64_t now);

/* After a delivered message, whether it was kept or not; drops delivery->body. Its peer may be gone. */
void post_handled(struct post *post, struct delivery *delivery);

/* Whether mail waits, for which there is to be another turn at once. */
static inline bool post_is_busy(const struct post *post)
{
    return post->busy_first != NULL;
}

/* Sees to one peer whose time has come: call until NULL at each turn. A peer returned is lost: `*why` says
 * how. Thousands may have been made to end at one moment: some do so in later turns. */
struct peer *post_expired(struct post *post, uint64_t now, struct outbox *outbox, const char **why);

/* The next peer whose link was made with this key; NULL: there is none left, and connections of strangers
 * that have it are closed too. Each peer that is returned is lost. `*at` begins with 0. */
struct peer *post_revoked(struct post *post, const struct key *key, uint32_t *at, uint64_t now,
                          struct outbox *outbox);

/* So many of post->records, which its owner counts, are on the disk: peers are told of what is safe. */
void post_committed(struct post *post, uint64_t records, uint64_t now);

/* All that comes of what an unsettled peer has said so far is among post->records now. */
void post_settle(struct post *post, struct peer *peer);

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
 * has not got it, or joined to it where the peer knows of no parts: task->shared is set here, and
 * task->session cleared where the peer knows of none. Of a result the number is returned that its message
 * will have: what is bundled goes before all else. */
void post_send_task(struct post *post, struct peer *peer, struct task_header *task, uint32_t share,
                    struct slice body);

/* The same of a client's task that differs in its slot and its body only from the one that was put there just
 * before. False, with `body` as it was: it is to be put there by itself. */
bool post_send_task_alike(struct post *post, struct peer *peer, uint32_t slot, uint32_t share,
                          const struct slice *body);

uint64_t post_send_result(struct post *post, struct peer *peer, const struct result_header *result,
                          struct slice body);

/* post_share.c: parts that bodies of tasks begin with. */

/* A peer's SHARE: from now on its tasks may name this part. Borrows `body`. It is counted to
 * `account` (NULL: to nobody), which must outlive what uses it. `refused`: it is not kept, and only known by
 * its number. NULL, or why the peer is wrong. */
const char *post_share_open(struct post *post, struct peer *peer, uint64_t number, struct slice body,
                            struct account *account, bool refused);

/* A part of this process's own, for tasks that are sent from here; post_share_drop: no further one. Borrows
 * `body`. */
uint32_t post_share_make(struct post *post, struct slice body);

/* A peer's UNSHARE: no further task of its will name it. NULL, or why the peer is wrong. */
const char *post_share_close(struct post *post, struct peer *peer, uint64_t number);

/* The part that a peer's task names, NO_SHARE for 0; false: there is no such part. */
bool post_share_find(const struct peer *peer, uint64_t number, uint32_t *share);

struct share *post_share_at(const struct post *post, uint32_t share);

/* A part that no peer has open, with one use, which is to be dropped; takes over `blob`. */
uint32_t post_share_restore(struct post *post, struct blob *blob, uint64_t written, struct account *account);

/* Counts the parts that are here by this peer, and are counted to `from`, to `to`: it is about to go. O(parts
 * of the peer's). */
void post_share_charge(struct post *post, const struct peer *peer, struct account *from, struct account *to);

/* A task begins with it, and does no more; NO_SHARE is ignored. After the last use it is forgotten, and so do
 * those to whom it was sent. */
void post_share_use(struct post *post, uint32_t share);
void post_share_drop(struct post *post, uint32_t share);

/* Whether more waits for a peer that is connected than it takes soon: two windows' worth, or, where it was
 * slow before, still half a one that it has not acknowledged. */
bool post_is_slow(const struct peer *peer, bool before);

/* Lets a peer send no more than its window ahead for now, or again as much as it likes: see link_withhold. */
void post_withhold(struct post *post, struct peer *peer, bool withhold, uint64_t now);

/* A DISCONNECT that answers none: our side ends, or has nothing more for the peer; `why` for people. */
void post_send_goodbye(struct post *post, struct peer *peer, const char *why);

/* An ERROR about no task. */
void post_send_error(struct post *post, struct peer *peer, enum error_code code, const char *text,
                     uint64_t corr);

/* Refuses a client's task, or map, that is TOO_LARGE, by its uuid (message_task_uuid): the link goes on. */
void post_refuse_task(struct post *post, struct peer *peer, const uint8_t *uuid, const char *text);

/* Takes the oldest message that is kept for a peer, in one piece; NULL: there is none left. Its link is over,
 * and the letter is the caller's, for another link to the same boss. `*read`: see link_take_back. */
struct letter *post_take_back(struct peer *peer, bool *read);

/* Puts such a letter on another peer's link; takes it over. False: its body is larger than that accepts, and
 * it is dropped. */
bool post_send_again(struct post *post, struct peer *peer, struct letter *letter);

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
