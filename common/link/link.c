/* link: see link.h. Sending is a ring of letters with four marks (first_seq, unread_seq, unsent_seq,
 * next_seq); receiving is one number and the pieces of one body. This file knows no kind but the link's own
 * and LOG, which it may drop. */
#include "common/link/link.h"

#include <string.h>

#include "common/base/mem.h"
#include "common/link/link_body.h"

enum {
    LESS_UNREAD = 64, /* where its account is full a peer may leave this part of max_unread */
    RING_SMALLEST = 64,
    RING_SPARSE = 8, /* the ring shrinks when less than one in so many of its places is in use, */
    RING_ROOM = 4,   /* to so many times what is in use, so that it neither grows nor shrinks again at once */
};

/* `at` + `span`, NEVER where that does not fit: heartbeat and expiry come from a peer. */
static uint64_t later(uint64_t at, uint64_t span)
{
    return at > NEVER - span ? NEVER : at + span;
}

static struct letter **slot(const struct link *link, uint64_t seq)
{
    return &link->ring[seq & (link->ring_size - 1)];
}

void link_init(struct link *link, const struct link_limits *limits, uint64_t now)
{
    *link = (struct link){
        .limits = *limits,
        .first_seq = 1,
        .unread_seq = 1,
        .unsent_seq = 1,
        .next_seq = 1,
        .ack_since = NEVER,
        .safe_since = NEVER,
        .heard_at = now,
        .pinged_at = NEVER,
        .broken_at = NEVER,
        .full_since = NEVER,
    };
}

void link_keep(struct link *link, uint64_t bytes)
{
    link->charged += bytes;
    account_add_unread(link->account, bytes);
}

void link_let_go(struct link *link, uint64_t bytes)
{
    link->charged -= bytes;
    account_take_unread(link->account, bytes);
}

void link_charge(struct link *link, struct account *account)
{
    account_take_unread(link->account, link->charged);
    link->account = account;
    account_add_unread(account, link->charged);
}

/* What a letter costs in an account. */
static size_t charge_of(const struct letter *letter)
{
    return letter_cost(letter) - (letter->shared ? letter->body.size : 0);
}

void link_free(struct link *link)
{
    account_take_unread(link->account, link->charged);
    for (uint64_t seq = link->first_seq; seq < link->next_seq; seq++)
        letter_unref(*slot(link, seq));
    mem_free(link->ring);
    mem_free(link->chunks);
    *link = (struct link){.first_seq = 1,
                          .unread_seq = 1,
                          .unsent_seq = 1,
                          .next_seq = 1,
                          .broken_at = NEVER,
                          .safe_since = NEVER,
                          .full_since = NEVER};
}

static void resize_ring(struct link *link, size_t size)
{
    struct letter **ring = mem_zalloc(size, sizeof(struct letter *));
    for (uint64_t seq = link->first_seq; seq < link->next_seq; seq++)
        ring[seq & (size - 1)] = *slot(link, seq);
    mem_free(link->ring);
    link->ring = ring;
    link->ring_size = size;
}

/* A burst must not stay in memory after it is acknowledged. */
static void shrink_ring(struct link *link)
{
    uint64_t kept = link->next_seq - link->first_seq;
    if (link->ring_size <= RING_SMALLEST || kept >= link->ring_size / RING_SPARSE)
        return;
    size_t size = RING_SMALLEST;
    while (size < kept * RING_ROOM)
        size *= 2;
    resize_ring(link, size);
}

/* The oldest letter that is kept is not needed any more. */
static void drop_first(struct link *link)
{
    struct letter *letter = *slot(link, link->first_seq++);
    link_let_go(link, charge_of(letter));
    if (letter->kind == KIND_CHUNK && !link->peer_journals) /* else see link_take_back: it may go again */
        slice_passed(&letter->body);
    letter_unref(letter);
}

/* The peer will not lose the letters up to number `safe`, as far as it has read them. */
static void drop_safe(struct link *link, uint64_t safe)
{
    if (safe >= link->unread_seq)
        safe = link->unread_seq - 1;
    if (safe < link->first_seq)
        return;
    while (link->first_seq <= safe) {
        link->unsafe -= letter_cost(*slot(link, link->first_seq));
        drop_first(link);
    }
    shrink_ring(link);
}

/* The peer has read the letters up to number `ack`: they are dropped where it cannot lose them. */
static void release(struct link *link, uint64_t ack)
{
    if (ack < link->unread_seq)
        return;
    while (link->unread_seq <= ack) {
        const struct letter *letter = *slot(link, link->unread_seq++);
        size_t cost = letter_cost(letter);
        link->ahead -= cost;
        if (letter->control)
            link->control -= cost;
        if (link->peer_journals)
            link->unsafe += cost;
        else
            drop_first(link);
    }
    link->full_since = NEVER;
    shrink_ring(link);
}

void link_settle(struct link *link, bool peer_journals, uint64_t peer_safe)
{
    link->peer_journals = peer_journals;
    if (peer_journals)
        drop_safe(link, peer_safe);
}

bool link_connected(struct link *link, uint64_t peer_window, uint64_t peer_max_body, uint64_t peer_received,
                    uint64_t now)
{
    if (peer_received >= link->unsent_seq || peer_received + 1 < link->unread_seq)
        return false;
    release(link, peer_received);
    if (link->connected) /* without a word that the one before is over */
        link->shown = link->handled;
    link->waiting += link->ahead; /* all that is left is to be sent on this connection */
    link->ahead = 0;
    link->unsent_seq = link->unread_seq;
    link->peer_window = peer_window < LINK_MOST_AHEAD ? peer_window : LINK_MOST_AHEAD;
    link->peer_max_body = peer_max_body;
    link->connected = true;
    link->heard_at = now;
    link->pinged_at = NEVER;
    link->broken_at = NEVER;
    link->full_since = NEVER;
    link_acked(link); /* the handshake told it */
    return true;
}

void link_broken(struct link *link, uint64_t now)
{
    if (!link->connected)
        return;
    link->connected = false;
    link->shown = link->handled;
    link->broken_at = now;
}

static uint64_t append(struct link *link, struct letter *letter)
{
    if (link->next_seq - link->first_seq == link->ring_size)
        resize_ring(link, link->ring_size ? 2 * link->ring_size : RING_SMALLEST);
    *slot(link, link->next_seq) = letter;
    size_t cost = letter_cost(letter);
    link_keep(link, charge_of(letter));
    link->waiting += cost;
    if (letter->control)
        link->control += cost;
    return link->next_seq++;
}

uint64_t link_send(struct link *link, struct letter *letter)
{
    if (letter->kind == KIND_LOG && link_is_full(link)) {
        link->dropped_logs++;
        letter_unref(letter);
        return 0;
    }
    struct slice *rest = &letter->body; /* its reference stays the letter's; each chunk has one of its own */
    const struct message chunk = {.kind = KIND_CHUNK, .chunk.length = rest->size};
    for (; rest->size > LINK_CHUNK; letter->pieces++) {
        struct letter *piece = letter_new(&chunk, slice_of(rest->blob, rest->offset, LINK_CHUNK));
        piece->shared = letter->shared;
        append(link, piece);
        rest->offset += LINK_CHUNK;
        rest->size -= LINK_CHUNK;
    }
    return append(link, letter);
}

bool link_accepts(const struct link *link, size_t size)
{
    return size <= link->peer_max_body;
}

bool link_is_full(const struct link *link)
{
    return link->waiting > link->limits.max_queue;
}

static uint64_t keep_unsafe(const struct link *link)
{
    return link->limits.keep_unsafe ? link->limits.keep_unsafe : LINK_KEEP_UNSAFE;
}

struct letter *link_next(struct link *link)
{
    if (!link->connected || link->unsent_seq == link->next_seq)
        return NULL;
    struct letter *letter = *slot(link, link->unsent_seq);
    size_t cost = letter_cost(letter);
    bool many = link->unsent_seq - link->unread_seq >= LINK_MOST_LETTERS;
    if (many || (link->ahead > 0 && link->ahead + cost > link->peer_window))
        return NULL; /* without the exception a message above the window would never go */
    if (link->unsafe > 0 && link->unsafe + link->ahead + cost > keep_unsafe(link))
        return NULL; /* the peer's journal stands still, or is slow */
    letter_stamp(letter, link->unsent_seq, link_acked(link));
    link->unsent_seq++;
    link->ahead += cost;
    link->waiting -= cost;
    return letter;
}

uint64_t link_acked(struct link *link)
{
    link->acknowledged = link_ackable(link);
    if (link->withheld_until)
        return link->acknowledged;
    link->unacked_bytes = 0;
    link->ack_since = NEVER;
    return link->acknowledged;
}

/* An ACK is due for what may be acknowledged and was not. */
static void note_ackable(struct link *link, uint64_t now)
{
    if (link_ackable(link) > link->acknowledged && link->ack_since == NEVER)
        link->ack_since = now;
}

void link_withhold(struct link *link, bool withhold, uint64_t now)
{
    uint64_t most = link->limits.expiry / 4 < LINK_WITHHELD ? link->limits.expiry / 4 : LINK_WITHHELD;
    link->withheld_until = 0;
    link->withheld_from = link_ackable(link);
    link->withheld_until = withhold && most > 0 ? later(now, most) : 0;
    note_ackable(link, now);
}

void link_handled(struct link *link, uint64_t handled, uint64_t bytes, uint64_t now)
{
    link->handled = handled;
    link->unacked_bytes += bytes;
    note_ackable(link, now);
}

/* So much of what is handled is in the journal. */
static void note_safe(struct link *link, uint64_t seq, uint64_t now)
{
    link->safe = seq;
    if (link->safe_since == NEVER)
        link->safe_since = now;
}

void link_recorded(struct link *link, uint64_t records, uint64_t committed, uint64_t now)
{
    struct link_mark *first = &link->marks[0], *second = &link->marks[1];
    const struct link_mark mark = {link->handled, records};
    if (link->handled <= link->safe || link->handled == (second->record ? second : first)->seq)
        return; /* nothing came since */
    if (records <= committed) {
        first->record = second->record = 0;
        note_safe(link, link->handled, now);
    } else if (first->record == 0) {
        *first = mark;
    } else {
        *second = mark;
    }
}

bool link_committed(struct link *link, uint64_t committed, uint64_t now)
{
    uint64_t before = link->safe;
    while (link->marks[0].record != 0 && link->marks[0].record <= committed) {
        note_safe(link, link->marks[0].seq, now);
        link->marks[0] = link->marks[1];
        link->marks[1].record = 0;
    }
    return link->safe > before;
}

/* What is safe, as far as it may be acknowledged too. */
static uint64_t tellable(const struct link *link)
{
    uint64_t ackable = link_ackable(link);
    return link->safe < ackable ? link->safe : ackable;
}

uint64_t link_tell_safe(struct link *link)
{
    if (!link->journals)
        return 0;
    link->told_safe = tellable(link);
    link->safe_since = NEVER;
    return link->told_safe;
}

/* Takes the message whose turn it is. */
static enum link_verdict take(struct link *link, const struct message *message, size_t header_size,
                              const struct slice *body, uint64_t now, struct slice *out, const char **why)
{
    enum link_verdict verdict = link_check_body(link, message, body->size, why);
    if (verdict != LINK_DELIVER)
        return verdict;
    if (link->handled == link->received++) /* else it waits behind others */
        link->handled++;
    link->shown = link->received;
    link->unacked_bytes += header_size + body->size;
    if (link->ack_since == NEVER)
        link->ack_since = now;
    if (message->kind == KIND_CHUNK) {
        link->chunks_length = message->chunk.length;
        link_collect(link, body);
        return LINK_SWALLOWED;
    }
    link->left_out = 0;
    if (link->chunks_length != 0) {
        link_collect(link, body);
        if (link->leaves_out)
            link_forget_body(link);
        else
            *out = link_join(link);
    } else if (body->size > link->limits.max_body) {
        link->left_out = body->size;
    } else if (body->size > 0) {
        *out = slice_ref(body);
    }
    return LINK_DELIVER;
}

enum link_verdict link_receive(struct link *link, const struct message *message, size_t header_size,
                               const struct slice *body, uint64_t now, struct slice *out, const char **why)
{
    unsigned kind = message->kind;
    bool passing = kind == KIND_PING || kind == KIND_PONG || kind == KIND_ACK;
    *out = SLICE_NONE;
    *why = NULL;
    link->heard_at = now;
    link->pinged_at = NEVER;
    if (kind == KIND_HELLO || kind == KIND_WELCOME)
        *why = "a handshake on a link that has one";
    else if (passing != (message->seq == 0))
        *why = passing ? "a PING, PONG or ACK with a number" : "a message without a number";
    else if (message->ack >= link->unsent_seq)
        *why = "an acknowledgement of what was not sent";
    if (*why)
        return LINK_FAULT;
    release(link, message->ack);
    if (kind == KIND_ACK && link->peer_journals)
        drop_safe(link, message->acked.safe);
    if (passing)
        return kind == KIND_PING ? LINK_PING : LINK_SWALLOWED;
    if (message->seq <= link->received) {
        link->duplicates++;
        if (link->shown < message->seq)
            link->shown = message->seq;
        note_ackable(link, now);
        return LINK_SWALLOWED;
    }
    if (message->seq != link->received + 1) {
        *why = "a gap in the numbers";
        return LINK_FAULT;
    }
    return take(link, message, header_size, body, now, out, why);
}

static uint64_t ack_deadline(const struct link *link)
{
    if (link->ack_since == NEVER || link_ackable(link) <= link->acknowledged)
        return NEVER;
    bool much = link_ackable(link) - link->acknowledged >= LINK_ACK_MESSAGES ||
                link->unacked_bytes >= LINK_ACK_BYTES || link->unacked_bytes >= link->limits.window / 2;
    return much ? link->ack_since : later(link->ack_since, LINK_ACK_DELAY);
}

/* When the peer is to be told what is safe now, if nothing else tells it, where there is more of it. */
static uint64_t safe_deadline(const struct link *link)
{
    if (tellable(link) <= link->told_safe)
        return NEVER;
    bool much = tellable(link) - link->told_safe >= LINK_ACK_MESSAGES;
    return much ? link->safe_since : later(link->safe_since, LINK_ACK_DELAY);
}

/* When the next PING, or giving up, is due: an interval after the last sign of life or the last PING. */
static uint64_t heartbeat_deadline(const struct link *link)
{
    if (link->limits.heartbeat == 0)
        return NEVER;
    return later(link->pinged_at != NEVER ? link->pinged_at : link->heard_at, link->limits.heartbeat);
}

static bool is_unread(const struct link *link)
{
    uint64_t most = link->limits.max_unread;
    uint64_t kept = link->may_leave_out ? link->control : link->charged; /* a client's results wait for it */
    if (most == 0)
        return false;
    if (link->spared)
        return link->control > most;
    return link->control > most || (kept > most / LESS_UNREAD && !account_has_room(link->account, 0, NULL));
}

/* When a peer that leaves its link full is given up. One that may be silent for long is not. */
static uint64_t stuck_deadline(const struct link *link)
{
    return link->full_since == NEVER || link->limits.patient ? NEVER
                                                             : later(link->full_since, link->limits.expiry);
}

uint64_t link_deadline(const struct link *link)
{
    if (is_unread(link))
        return 0;
    if (!link->connected)
        return link->broken_at == NEVER ? NEVER : later(link->broken_at, link->limits.expiry);
    uint64_t ack = ack_deadline(link), heartbeat = heartbeat_deadline(link), stuck = stuck_deadline(link);
    if (link->safe_since != NEVER && safe_deadline(link) < ack)
        ack = safe_deadline(link);
    if (link->withheld_until && link->withheld_until < ack)
        ack = link->withheld_until;
    ack = ack < heartbeat ? ack : heartbeat;
    return ack < stuck ? ack : stuck;
}

/* The connection has been silent for an interval. It is given up only when a PING has had an interval to be
 * answered: after a stall of this side's own, three intervals may have gone by without one. */
static enum link_due silent(struct link *link, uint64_t now)
{
    bool long_ago = (now - link->heard_at) / LINK_SILENT_INTERVALS >= link->limits.heartbeat;
    if (long_ago && link->pinged_at != NEVER && !link->limits.patient)
        return LINK_GIVE_UP;
    link->pinged_at = now;
    return LINK_SEND_PING;
}

enum link_due link_due(struct link *link, uint64_t now)
{
    if (link->withheld_until && link->withheld_until <= now)
        link_withhold(link, false, now);
    bool halted = link->unsafe > 0 && link->ahead == 0; /* for the peer's journal: it reads what it is sent */
    if (link->full_since == NEVER && link->connected && !halted && link_is_full(link))
        link->full_since = now;
    uint64_t deadline = link_deadline(link);
    if (deadline > now || deadline == NEVER)
        return LINK_NOTHING;
    if (is_unread(link))
        return LINK_UNREAD;
    if (!link->connected)
        return LINK_EXPIRED;
    if (stuck_deadline(link) <= now)
        return LINK_STUCK;
    if (ack_deadline(link) <= now || (link->safe_since != NEVER && safe_deadline(link) <= now)) {
        link_acked(link);
        return LINK_SEND_ACK;
    }
    return silent(link, now);
}
