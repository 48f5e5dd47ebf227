/* link: the numbered, acknowledged line to one peer, PROTOCOL.md section 3. Pure: no socket, no clock; times
 * are ms given by the caller.
 *
 * It numbers what is sent, keeps it until it is acknowledged, holds back what is beyond the peer's window,
 * cuts large bodies into chunks and puts them together, says what is a duplicate, when an ACK, a PING or
 * giving up is due, and goes on after a new handshake. It does not know what messages mean, and does not
 * shake hands itself: post.c does. */
#ifndef MAILROOM_LINK_H
#define MAILROOM_LINK_H

#include "common/base/account.h"
#include "common/wire/letter.h"

/* Bytes that this side sends ahead at the most, whatever window its peer announces. */
#define LINK_MOST_AHEAD (64ull << 20)

/* Bytes that a sender keeps of what its peer has acknowledged and not made safe yet, unless it is set
 * otherwise; with more it sends no further. */
#define LINK_KEEP_UNSAFE (64ull << 20)

#define NEVER UINT64_MAX /* a deadline that is not set */

enum {
    LINK_CHUNK = 262144,       /* bytes: a larger body is cut into pieces of this size */
    LINK_LEFT_OUT = 4,         /* times max_body: so much is read of a body that is not kept, to the message
                                  that says whose it was */
    LINK_MOST_LETTERS = 16384, /* sent ahead at the most: all of them may be acknowledged together */
    LINK_ACK_MESSAGES = 64,    /* an ACK is due after this many messages, */
    LINK_ACK_BYTES = 1 << 20,  /* this many bytes, */
    LINK_ACK_DELAY = 100,      /* or this many ms, whichever comes first; the same where they are safe */
    LINK_SILENT_INTERVALS = 3, /* heartbeats without a sign of life until the connection is given up */
    LINK_WITHHELD = 1000, /* ms: for so long acknowledgements are held back, or a quarter of expiry if less */
};

/* heartbeat and expiry are what both sides agreed on: the caller sets them in link->limits after the
 * handshake. */
struct link_limits {
    uint64_t heartbeat;   /* ms, 0: none */
    uint64_t expiry;      /* ms */
    uint64_t window;      /* bytes of unacknowledged messages that this side lets the peer send */
    uint64_t max_body;    /* bytes */
    uint64_t max_queue;   /* bytes waiting for the window above which LOGs are dropped and link_is_full */
    uint64_t max_unread;  /* bytes of control mail (letter->control) that the peer may leave unacknowledged;
                             with more its link is over. 0: any number */
    uint64_t keep_unsafe; /* bytes of what the peer has acknowledged and has not made safe that are kept, and
                             with more no further is sent; 0: LINK_KEEP_UNSAFE */
    uint64_t max_parts;  /* bytes of shared parts that the peer is let keep at a time, or one part; 0: as many
                            as  share.h says */
    uint64_t refused;    /* ms: after so long a peer is lost whose end has closed the connection, and at whose
                            address nothing listens any more; 0: only with `expiry` */
    const char *section; /* of the configuration, where these limits are: "client-links"; for texts */
    bool patient; /* the other side may be silent for as long as it likes: it is asked, for sending shows
                     whether it is still there, and never given up for not answering */
};

/* A peer's message of that number, and all before it, are in the journal when that has so many records. */
struct link_mark {
    uint64_t seq, record;
};

struct link {
    struct link_limits limits;
    uint64_t peer_window, peer_max_body; /* from the handshake, the window at most LINK_MOST_AHEAD */
    bool connected;
    bool peer_journals; /* it says what is safe there; else that is all that it acknowledges */
    bool journals;      /* so does this side */

    /* sending */
    struct letter **ring; /* letters numbered first_seq .. next_seq - 1, at [seq & (ring_size - 1)] */
    size_t ring_size;     /* a power of two, or 0 before the first letter */
    uint64_t first_seq;   /* the oldest that is not safe at the peer's */
    uint64_t unread_seq;  /* the oldest that it has not acknowledged */
    uint64_t unsent_seq;  /* the first that was not put on the present (or last) connection */
    uint64_t next_seq;    /* the next number to give */
    uint64_t unsafe;      /* cost of first_seq .. unread_seq - 1 */
    uint64_t ahead;       /* cost of unread_seq .. unsent_seq - 1 */
    uint64_t waiting;     /* cost of unsent_seq .. next_seq - 1 */
    uint64_t control;     /* cost of the control mail among all that is kept */
    uint64_t
        full_since; /* ms: since then the link is full and nothing was acknowledged; NEVER: it is not so */

    /* receiving */
    uint64_t received;       /* the highest number received in order */
    uint64_t handled;        /* so far of it all is done */
    uint64_t shown;          /* the highest number that came on the present connection, or that its handshake
                                told: no more may be acknowledged there */
    uint64_t acknowledged;   /* what the peer was told of it */
    uint64_t safe;           /* of what is handled this is in the journal, where this side has one, */
    uint64_t told_safe;      /* and the peer was told so of this */
    uint64_t withheld_until; /* ms: see link_withhold; 0: nothing is held back */
    uint64_t withheld_from;  /* above this number, then */
    uint64_t safe_since;     /* ms, when there was more of it; NEVER: there is none */
    struct link_mark marks[2]; /* what is to be safe next, and what behind that; record 0: nothing */
    uint64_t unacked_bytes;    /* received since then */
    uint64_t ack_since;        /* ms, when the first of them came; NEVER when all is acknowledged */
    uint64_t heard_at;         /* ms, of the last message, or of the handshake */
    uint64_t pinged_at;        /* ms, of the last PING since then; NEVER: none */
    uint64_t broken_at;        /* ms, when the connection was lost; NEVER while connected, or never was */
    uint8_t *chunks;           /* the pieces of a body so far */
    size_t chunks_size, chunks_capacity;
    uint64_t chunks_length; /* of the whole body, 0: no chunk is under way */
    bool spared;            /* it does not end because its account is full */
    bool may_leave_out; /* a client's: a body in pieces is not kept where its account has no room for it, and
                           one that is larger than max_body, up to LINK_LEFT_OUT times, is not kept either */
    bool bounded;       /* a manager's: a body in pieces is not kept where its account has no room for it */
    bool leaves_out;    /* so it is with this one */
    uint64_t left_out;  /* bytes of the body of the message that came last, which was not kept; else 0 */

    uint64_t dropped_logs, duplicates; /* counters */

    struct account *account; /* borrowed: where what it keeps is counted, NULL: nowhere */
    uint64_t charged; /* bytes: what it keeps: letters, but for bodies that others keep as well, and chunks */
};

enum link_verdict {
    LINK_DELIVER,   /* a message for the core; its body is in *out */
    LINK_SWALLOWED, /* a duplicate, a chunk or a link-level message: nothing to do */
    LINK_PING,      /* answer PONG at once */
    LINK_FAULT,     /* broke the protocol; *why says how: ERROR MALFORMED, and the link is ended */
    LINK_TOO_LARGE, /* a body beyond limits.max_body; *why says so: ERROR TOO_LARGE, and the link is ended */
};

/* A new link without a connection; it does not expire before it has had one. */
void link_init(struct link *link, const struct link_limits *limits, uint64_t now);

/* Counts what it keeps, and will keep, to this account (NULL: to none), which must outlive that. */
void link_charge(struct link *link, struct account *account);

/* Holds acknowledgements of what comes from now on back, so that the peer sends no more than its window
 * ahead, or does so no longer: what it sends would only wait here. By itself that ends after LINK_WITHHELD,
 * and is to be said again: where nothing moves at all, better it waits here than there. */
void link_withhold(struct link *link, bool withhold, uint64_t now);

/* So many bytes more, or less, are kept for its peer. */
void link_keep(struct link *link, uint64_t bytes);
void link_let_go(struct link *link, uint64_t bytes);

/* Drops all that it keeps. */
void link_free(struct link *link);

/* The handshake is done: what the peer announced, and the highest number that it has received; the rest will
 * be sent again. The own HELLO or WELCOME of this handshake carries link->shown, as it is after link_broken,
 * or after this. Returns false, with the link unchanged, when `peer_received` is impossible (more than was
 * sent, or less than was acknowledged): then it cannot go on. */
bool link_connected(struct link *link, uint64_t peer_window, uint64_t peer_max_body, uint64_t peer_received,
                    uint64_t now);

/* The same handshake, behind link_connected: whether the peer has a journal, and the highest number that is
 * safe there. */
void link_settle(struct link *link, bool peer_journals, uint64_t peer_safe);

/* The connection is gone; the link waits for the next one until it expires. Does nothing when it was said
 * before. */
void link_broken(struct link *link, uint64_t now);

/* Takes a letter (and its reference) into the line and returns its number; a body above LINK_CHUNK takes
 * several numbers, and the last one is returned. Returns 0 and drops the letter: a LOG when the queue is
 * beyond max_queue (counted). The body must not exceed peer_max_body: see link_accepts. The letter is stamped
 * in place when it is put on a connection, perhaps several times: it belongs to this link alone. */
uint64_t link_send(struct link *link, struct letter *letter);

/* Takes the oldest message that is kept out of a link that is over, in one piece again, for another link of
 * the same peer's; NULL: there is none left. The letter is the caller's. `*read`: the peer has acknowledged
 * it, and may have lost it since. */
struct letter *link_take_back(struct link *link, bool *read);

/* Whether the peer accepts a body of `size` bytes. */
bool link_accepts(const struct link *link, size_t size);

/* Whether more than max_queue bytes wait for the peer's window: submits are then refused BUSY. */
bool link_is_full(const struct link *link);

/* The next letter to put on the connection now, stamped, or NULL: none, no window or no connection. Borrowed:
 * valid until the next call that changes the link. Counts as an acknowledgement. */
struct letter *link_next(struct link *link);

/* What may be acknowledged now. What waits when a connection breaks may be done before the peer has sent it
 * again on the next one. */
static inline uint64_t link_ackable(const struct link *link)
{
    uint64_t most = link->handled < link->shown ? link->handled : link->shown;
    return link->withheld_until && link->withheld_from < most ? link->withheld_from : most;
}

/* The acknowledgement for a message outside the numbering (PING, PONG, ACK: seq 0), which is sent now: counts
 * as told. */
uint64_t link_acked(struct link *link);

/* What `message`, received on this link's present connection with `body` (a borrowed slice, may be empty),
 * means. `header_size`: bytes of its header frame. On LINK_DELIVER `*out` is the whole body with a reference
 * of the caller's own (of the blob of `body`, or of a blob made of chunks), or empty where link->left_out
 * says how much of it was not kept; else it is empty. HELLO, WELCOME and an ERROR with seq 0 are not for
 * here. */
enum link_verdict link_receive(struct link *link, const struct message *message, size_t header_size,
                               const struct slice *body, uint64_t now, struct slice *out, const char **why);

/* What was delivered is done up to number `handled` only: what follows it waits for its turn. It may be less
 * than was said before. `bytes`: of the messages that are done since then. */
void link_handled(struct link *link, uint64_t handled, uint64_t bytes, uint64_t now);

/* This side's journal: all that is handled so far is in its first `records` records, of which `committed` are
 * on the disk. To be said before it is flushed. */
void link_recorded(struct link *link, uint64_t records, uint64_t committed, uint64_t now);

/* So many records are on the disk now; true: something more is safe. */
bool link_committed(struct link *link, uint64_t committed, uint64_t now);

/* The highest number that this side may say is safe, 0 where it has no journal; counts as told. */
uint64_t link_tell_safe(struct link *link);

/* Up to this number the peer has what it was sent for good: it is in its journal, or it has none. */
static inline uint64_t link_peer_safe(const struct link *link)
{
    return link->first_seq - 1;
}

/* What is due at `now`, one thing at a time: call it until it says LINK_NOTHING, at each turn, when all that
 * has arrived was received, and after link_deadline. LINK_GIVE_UP and those that say that the
 * link is over change nothing and are said again until the caller has acted on them. */
enum link_due {
    LINK_NOTHING,
    LINK_SEND_ACK,  /* send ACK (link_acked has been done) */
    LINK_SEND_PING, /* send PING */
    LINK_GIVE_UP,   /* the connection is silent: close it and call link_broken */
    LINK_EXPIRED,   /* no connection for too long: the link is over */
    LINK_UNREAD,    /* the peer leaves too much control mail unread: the same */
    LINK_STUCK,     /* the peer has acknowledged nothing of a full link for `expiry`: the same */
};
enum link_due link_due(struct link *link, uint64_t now);

/* The next ms at which link_due has something to say if nothing else happens; NEVER: none. */
uint64_t link_deadline(const struct link *link);

#endif
