/* link: see link.h. Sending is a ring of letters with three marks (first_seq, unsent_seq, next_seq);
 * receiving is one number and the pieces of one body. This file knows no kind but the link's own and LOG,
 * which it may drop. */
#include "common/link/link.h"

#include <string.h>

#include "common/base/mem.h"

enum {
    RING_SMALLEST = 64,
    RING_SPARSE = 8, /* the ring shrinks when less than one in so many of its places is in use, */
    RING_ROOM = 4,   /* to so many times what is in use, so that it neither grows nor shrinks again at once */
};

/* A body put together from chunks: the blob owns the buffer in which they were collected. */
struct joined {
    struct blob blob;
    uint8_t *bytes;
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
        .unsent_seq = 1,
        .next_seq = 1,
        .ack_since = NEVER,
        .heard_at = now,
        .pinged_at = NEVER,
        .broken_at = NEVER,
        .full_since = NEVER,
    };
}

void link_free(struct link *link)
{
    for (uint64_t seq = link->first_seq; seq < link->next_seq; seq++)
        letter_unref(*slot(link, seq));
    mem_free(link->ring);
    mem_free(link->chunks);
    *link = (struct link){
        .first_seq = 1, .unsent_seq = 1, .next_seq = 1, .broken_at = NEVER, .full_since = NEVER};
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

/* Drops the letters up to number `ack`, which the peer has. */
static void release(struct link *link, uint64_t ack)
{
    if (ack < link->first_seq)
        return;
    while (link->first_seq <= ack) {
        struct letter *letter = *slot(link, link->first_seq++);
        size_t cost = letter_cost(letter);
        link->ahead -= cost;
        if (letter->control)
            link->control -= cost;
        letter_unref(letter);
    }
    link->full_since = NEVER;
    shrink_ring(link);
}

bool link_connected(struct link *link, uint64_t peer_window, uint64_t peer_max_body, uint64_t peer_received,
                    uint64_t now)
{
    if (peer_received >= link->unsent_seq || peer_received + 1 < link->first_seq)
        return false;
    release(link, peer_received);
    link->waiting += link->ahead; /* all that is left is to be sent on this connection */
    link->ahead = 0;
    link->unsent_seq = link->first_seq;
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
    link->broken_at = now;
}

static uint64_t append(struct link *link, struct letter *letter)
{
    if (link->next_seq - link->first_seq == link->ring_size)
        resize_ring(link, link->ring_size ? 2 * link->ring_size : RING_SMALLEST);
    *slot(link, link->next_seq) = letter;
    size_t cost = letter_cost(letter);
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
    while (rest->size > LINK_CHUNK) {
        append(link, letter_new(&chunk, slice_of(rest->blob, rest->offset, LINK_CHUNK)));
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

struct letter *link_next(struct link *link)
{
    if (!link->connected || link->unsent_seq == link->next_seq)
        return NULL;
    struct letter *letter = *slot(link, link->unsent_seq);
    size_t cost = letter_cost(letter);
    if (link->ahead > 0 && link->ahead + cost > link->peer_window)
        return NULL; /* without the exception a message above the window would never go */
    letter_stamp(letter, link->unsent_seq, link_acked(link));
    link->unsent_seq++;
    link->ahead += cost;
    link->waiting -= cost;
    return letter;
}

uint64_t link_acked(struct link *link)
{
    link->acknowledged = link->received;
    link->unacked_bytes = 0;
    link->ack_since = NEVER;
    return link->received;
}

/* Adds the bytes of `piece` to the buffer. It grows with what came: the announced length is a bound, no
 * promise. */
static void collect(struct link *link, const struct slice *piece)
{
    size_t needed = link->chunks_size + piece->size;
    if (needed > link->chunks_capacity) {
        size_t doubled = 2 * link->chunks_capacity;
        if (doubled > link->chunks_length)
            doubled = link->chunks_length;
        link->chunks_capacity = needed > doubled ? needed : doubled;
        link->chunks = mem_resize(link->chunks, link->chunks_capacity, 1);
    }
    if (piece->size > 0)
        memcpy(link->chunks + link->chunks_size, slice_data(piece), piece->size);
    link->chunks_size = needed;
}

static void free_joined(struct blob *blob)
{
    struct joined *joined = (struct joined *)blob; /* its first member */
    mem_free_large(joined->bytes, blob->size);
    mem_free(joined);
}

/* Hands the collected bytes over as one body. */
static struct slice join(struct link *link)
{
    struct joined *joined = mem_alloc(sizeof *joined);
    joined->bytes = link->chunks;
    blob_init(&joined->blob, link->chunks, link->chunks_size, free_joined);
    struct slice whole = {&joined->blob, 0, link->chunks_size};
    link->chunks = NULL;
    link->chunks_size = link->chunks_capacity = 0;
    link->chunks_length = 0;
    return whole;
}

/* Whether the body of the next numbered message can be taken; on LINK_DELIVER it can. */
static enum link_verdict check_body(const struct link *link, const struct message *message, size_t size,
                                    const char **why)
{
    bool chunk = message->kind == KIND_CHUNK;
    uint64_t length = chunk ? message->chunk.length : size;
    uint64_t sum = link->chunks_size + size;

    *why = NULL;
    if (length > link->limits.max_body) {
        *why = "a body is larger than max_body";
        return LINK_TOO_LARGE;
    }
    if (chunk && link->chunks_length != 0 && length != link->chunks_length)
        *why = "a chunk gives another length than the one before it";
    else if (chunk && size > LINK_CHUNK)
        *why = "a chunk's piece is larger than 262144 bytes";
    else if (chunk && sum >= length)
        *why = "the chunks leave nothing of their body for its message";
    else if (!chunk && link->chunks_length != 0 && sum != link->chunks_length)
        *why = "the pieces of a body do not add up to its length";
    return *why ? LINK_FAULT : LINK_DELIVER;
}

/* Takes the message whose turn it is. */
static enum link_verdict take(struct link *link, const struct message *message, size_t header_size,
                              const struct slice *body, uint64_t now, struct slice *out, const char **why)
{
    enum link_verdict verdict = check_body(link, message, body->size, why);
    if (verdict != LINK_DELIVER)
        return verdict;
    link->received++;
    link->unacked_bytes += header_size + body->size;
    if (link->ack_since == NEVER)
        link->ack_since = now;
    if (message->kind == KIND_CHUNK) {
        link->chunks_length = message->chunk.length;
        collect(link, body);
        return LINK_SWALLOWED;
    }
    if (link->chunks_length != 0) {
        collect(link, body);
        *out = join(link);
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
    if (passing)
        return kind == KIND_PING ? LINK_PING : LINK_SWALLOWED;
    if (message->seq <= link->received) {
        link->duplicates++;
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
    if (link->ack_since == NEVER)
        return NEVER;
    bool much = link->received - link->acknowledged >= LINK_ACK_MESSAGES ||
                link->unacked_bytes >= LINK_ACK_BYTES || link->unacked_bytes >= link->limits.window / 2;
    return much ? link->ack_since : later(link->ack_since, LINK_ACK_DELAY);
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
    return link->limits.max_unread > 0 && link->control > link->limits.max_unread;
}

/* When a peer that leaves its link full is given up. One that may be silent for as long as it likes is not.
 */
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
    if (link->full_since == NEVER && link->connected && link_is_full(link))
        link->full_since = now;
    if (link_deadline(link) > now || link_deadline(link) == NEVER)
        return LINK_NOTHING;
    if (is_unread(link))
        return LINK_UNREAD;
    if (!link->connected)
        return LINK_EXPIRED;
    if (stuck_deadline(link) <= now)
        return LINK_STUCK;
    if (ack_deadline(link) <= now) {
        link_acked(link);
        return LINK_SEND_ACK;
    }
    return silent(link, now);
}
