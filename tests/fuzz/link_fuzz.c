/* link_fuzz: two links and a network that a fuzzer drives: what is sent, what goes out and arrives, where
 * connections break, how long all that takes, what somebody else puts in between. What was accepted arrives
 * once and in order, whatever breaks; and what is kept is bounded by what was agreed. */
#include <inttypes.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/link.h"
#include "tests/fuzz/record.h"

enum { MOST_UNDER_WAY = 256, MOST_SENT = 1024, MOST_LARGE = 3, START = 1000000 };

/* On its way to one side: a letter, or (NULL) the handshake of the other one, which says what that has
 * received, and what is safe there. */
struct parcel {
    struct letter *letter;
    uint64_t received, safe;
};

struct pipe {
    struct parcel parcels[MOST_UNDER_WAY];
    unsigned first, count;
};

/* What a side has sent, in order: its content follows from its place. */
struct sent {
    size_t size;
    unsigned kind;
    uint64_t seq;
};

struct side {
    struct link link;
    struct pipe pipe; /* towards this side */
    struct sent sent[MOST_SENT];
    unsigned sent_count;
    unsigned taken;              /* how many of what the other side has sent came here */
    bool greeted;                /* has said what it has received, on the connection that there is */
    uint64_t records, committed; /* of its journal, if it has one */
};

struct pair {
    struct side sides[2];
    uint64_t now;
    unsigned large;  /* bodies so far */
    bool connecting; /* side 0 has dialled */
    bool forged;     /* somebody has put a message in between: what arrives is anybody's */
};

static const size_t sizes[] = {0, 1, 100, 5000, LINK_CHUNK - 1, LINK_CHUNK, LINK_CHUNK + 1, 3 * LINK_CHUNK};

static struct parcel get(struct pipe *pipe)
{
    struct parcel parcel = pipe->parcels[pipe->first];
    pipe->first = (pipe->first + 1) % MOST_UNDER_WAY;
    pipe->count--;
    return parcel;
}

static void put(struct pipe *pipe, struct parcel parcel)
{
    pipe->parcels[(pipe->first + pipe->count++) % MOST_UNDER_WAY] = parcel;
}

static void lose_all(struct pipe *pipe)
{
    while (pipe->count > 0)
        letter_unref(get(pipe).letter);
}

static struct letter *copy_of(const struct letter *letter)
{
    struct letter *copy = mem_copy(letter, sizeof *letter + letter->header_size);
    copy->refs = 1;
    copy->body = slice_ref(&letter->body);
    return copy;
}

/* The body that is sent as number `place`: a part of one pattern; only a small one has memory of its own. */
static struct slice content(unsigned place, size_t size)
{
    enum { PLACES = 4099 };
    static uint8_t pattern[3 * LINK_CHUNK + PLACES];
    static struct blob_elsewhere blob;
    if (blob.data == NULL) {
        for (size_t i = 0; i < sizeof pattern; i++)
            pattern[i] = (uint8_t)(1 + i * 2654435761u % 251);
        blob_init(&blob, pattern, sizeof pattern, NULL); /* its first reference stays */
    }
    size_t from = place * 37 % PLACES;
    return size < BLOB_COPY_BELOW ? slice_keep(&blob.blob, from, size) : slice_of(&blob.blob, from, size);
}

static struct letter *letter_of(unsigned kind, uint64_t length, struct slice body)
{
    struct message message = {.kind = kind};
    if (kind == KIND_CHUNK)
        message.chunk.length = length;
    else if (kind == KIND_ACK)
        message.acked.safe = length;
    return letter_new(&message, body);
}

static void send(struct pair *pair, struct side *side, struct fuzz_record *record)
{
    static const unsigned kinds[] = {KIND_RESULT, KIND_LOG, KIND_WAITING};
    unsigned kind = kinds[draw_below(record, 3)];
    size_t size = sizes[draw_below(record, sizeof sizes / sizeof sizes[0])];
    if (size >= LINK_CHUNK - 1 && pair->large++ >= MOST_LARGE)
        size = 300;
    if (!link_accepts(&side->link, size) || side->sent_count == MOST_SENT)
        return;
    bool full = link_is_full(&side->link);
    uint64_t seq = link_send(&side->link, letter_of(kind, 0, content(side->sent_count, size)));
    if ((seq == 0) != (full && kind == KIND_LOG))
        fuzz_fail("a %s got the number %" PRIu64 " while the queue was %s", kind_name(kind), seq,
                  full ? "full" : "not full");
    if (seq != 0)
        side->sent[side->sent_count++] = (struct sent){size, kind, seq};
}

/* Puts what the link of `from` has on the connection, at most `most` letters. */
static void pump(struct pair *pair, unsigned from, unsigned most)
{
    struct side *side = &pair->sides[from];
    struct pipe *pipe = &pair->sides[!from].pipe;
    for (; most > 0 && pipe->count < MOST_UNDER_WAY / 2; most--) {
        struct letter *letter = link_next(&side->link);
        if (letter == NULL)
            return;
        if (side->link.ahead > side->link.peer_window && side->link.unsent_seq - side->link.unread_seq > 1)
            fuzz_fail("%" PRIu64 " bytes ahead of a window of %" PRIu64, side->link.ahead,
                      side->link.peer_window);
        put(pipe, (struct parcel){.letter = copy_of(letter)});
    }
}

static void pass(struct pair *pair, unsigned from, unsigned kind)
{
    uint64_t safe = kind == KIND_ACK ? link_tell_safe(&pair->sides[from].link) : 0;
    struct letter *letter = letter_of(kind, safe, SLICE_NONE);
    letter_stamp(letter, 0, link_acked(&pair->sides[from].link));
    if (pair->sides[!from].pipe.count < MOST_UNDER_WAY)
        put(&pair->sides[!from].pipe, (struct parcel){.letter = letter});
    else
        letter_unref(letter);
}

static void break_off(struct pair *pair)
{
    for (unsigned i = 0; i < 2; i++) {
        lose_all(&pair->sides[i].pipe);
        link_broken(&pair->sides[i].link, pair->now);
        pair->sides[i].greeted = false;
    }
    pair->connecting = false;
}

/* Side 0 dials: what it has received is on its way. */
static void dial(struct pair *pair)
{
    if (pair->connecting)
        break_off(pair);
    pair->connecting = true;
    pair->sides[0].greeted = true;
    struct link *link = &pair->sides[0].link;
    put(&pair->sides[1].pipe, (struct parcel){.received = link->received, .safe = link_tell_safe(link)});
}

/* The other's handshake has arrived: this side answers if it was dialled, and is connected. */
static void shake(struct pair *pair, unsigned to, uint64_t received, uint64_t safe)
{
    struct side *side = &pair->sides[to];
    const struct link_limits *peer = &pair->sides[!to].link.limits;
    uint64_t own = side->link.received;
    if (!link_connected(&side->link, peer->window, peer->max_body, received, pair->now)) {
        if (!pair->forged)
            fuzz_fail("side %u cannot go on: the other one has received %" PRIu64, to, received);
        return;
    }
    link_settle(&side->link, pair->sides[!to].link.journals, safe);
    if (!side->greeted)
        put(&pair->sides[!to].pipe, (struct parcel){.received = own, .safe = link_tell_safe(&side->link)});
    side->greeted = true;
}

/* A body has come: it is to be the next one of what the other side has sent. */
static void check_delivery(struct pair *pair, unsigned to, const struct message *message,
                           const struct slice *body)
{
    struct side *side = &pair->sides[to];
    if (pair->forged)
        return;
    if (side->taken == pair->sides[!to].sent_count)
        fuzz_fail("side %u got a %s too many", to, kind_name(message->kind));
    const struct sent *sent = &pair->sides[!to].sent[side->taken];
    if (message->kind != sent->kind || body->size != sent->size || message->seq != sent->seq)
        fuzz_fail("side %u got a %s of %zu bytes, not a %s of %zu", to, kind_name(message->kind), body->size,
                  kind_name(sent->kind), sent->size);
    struct slice expected = content(side->taken++, body->size);
    if (body->size > 0 && memcmp(slice_data(body), slice_data(&expected), body->size) != 0)
        fuzz_fail("side %u got other bytes", to);
    slice_drop(&expected);
}

static void arrive(struct pair *pair, unsigned to, const struct letter *letter)
{
    struct link *link = &pair->sides[to].link;
    struct message message;
    struct slice body;
    const char *why = NULL;
    if (message_decode(letter->header, letter->header_size, &message, &why) != CODE_NONE)
        fuzz_fail("a letter that is no message: %s", why);
    fuzz_tell("  %u gets %s %zu seq=%" PRIu64 " ack=%" PRIu64, to, kind_name(message.kind), letter->body.size,
              message.seq, message.ack);
    switch (link_receive(link, &message, letter->header_size, &letter->body, pair->now, &body, &why)) {
    case LINK_DELIVER: check_delivery(pair, to, &message, &body); break;
    case LINK_SWALLOWED: break;
    case LINK_PING: pass(pair, to, KIND_PONG); break;
    case LINK_FAULT:
    case LINK_TOO_LARGE:
        if (!pair->forged)
            fuzz_fail("side %u refuses a %s: %s", to, kind_name(message.kind), why);
        if (why == NULL)
            fuzz_fail("a refusal without a word");
        break;
    }
    slice_drop(&body);
}

static void take(struct pair *pair, unsigned to, unsigned most)
{
    struct side *side = &pair->sides[to];
    for (; most > 0 && side->pipe.count > 0; most--) {
        struct parcel parcel = get(&side->pipe);
        if (parcel.letter == NULL)
            shake(pair, to, parcel.received, parcel.safe);
        else if (side->link.connected)
            arrive(pair, to, parcel.letter);
        letter_unref(parcel.letter);
    }
}

/* All that is due at a side comes to an end, and is not due again at once. */
static void see_to(struct pair *pair, unsigned at)
{
    struct link *link = &pair->sides[at].link;
    for (unsigned rounds = 0; rounds < 8; rounds++) {
        switch (link_due(link, pair->now)) {
        case LINK_NOTHING:
            if (link_deadline(link) != NEVER && link_deadline(link) <= pair->now)
                fuzz_fail("nothing is due at %" PRIu64 ", and the deadline is %" PRIu64, pair->now,
                          link_deadline(link));
            return;
        case LINK_SEND_ACK: pass(pair, at, KIND_ACK); break;
        case LINK_SEND_PING: pass(pair, at, KIND_PING); break;
        case LINK_GIVE_UP: break_off(pair); break;
        case LINK_EXPIRED:
        case LINK_UNREAD:
        case LINK_STUCK: return; /* the owner's affair; here links are kept */
        }
    }
    fuzz_fail("something is due again and again at side %u", at);
}

/* What no link has sent. */
static void forge(struct pair *pair, unsigned to, struct fuzz_record *record)
{
    static const unsigned kinds[] = {KIND_CHUNK, KIND_RESULT, KIND_ACK,  KIND_PING,
                                     KIND_PONG,  KIND_LOG,    KIND_HELLO};
    struct side *side = &pair->sides[to];
    unsigned kind = kinds[draw_below(record, 6)];
    uint64_t lengths[] = {0, 1, 200, LINK_CHUNK + 1, side->link.limits.max_body, UINT64_MAX};
    uint64_t length = lengths[draw_below(record, 6)];
    size_t size = sizes[draw_below(record, 4)];
    uint64_t seq = kind == KIND_ACK || kind == KIND_PING || kind == KIND_PONG ? 0 : side->link.received + 1;
    uint64_t ack = side->link.unread_seq - 1;
    if (!side->link.connected || side->pipe.count == MOST_UNDER_WAY)
        return;
    seq = draw_rarely(record) ? draw(record) : seq + draw_below(record, 3);
    ack = draw_rarely(record) ? UINT64_MAX - draw(record) : ack + draw_below(record, 4);
    uint8_t *bytes;
    struct slice body = size ? (struct slice){blob_new(size, &bytes), 0, size} : SLICE_NONE;
    if (size)
        memset(bytes, 'f', size);
    struct letter *letter = letter_of(kind, length, body);
    letter_stamp(letter, seq, ack);
    put(&side->pipe, (struct parcel){.letter = letter});
    pair->forged = true;
}

/* What must be true of a link at any time. */
static void check(const struct pair *pair, unsigned at)
{
    const struct link *link = &pair->sides[at].link;
    uint64_t unsafe = 0, ahead = 0, waiting = 0, control = 0;
    if (link->first_seq > link->unread_seq || link->unread_seq > link->unsent_seq ||
        link->unsent_seq > link->next_seq)
        fuzz_fail("the marks are out of order");
    for (uint64_t seq = link->first_seq; seq < link->next_seq; seq++) {
        const struct letter *letter = link->ring[seq & (link->ring_size - 1)];
        bool read = seq < link->unread_seq;
        *(read ? &unsafe : seq < link->unsent_seq ? &ahead : &waiting) += letter_cost(letter);
        control += letter->control && !read ? letter_cost(letter) : 0;
    }
    if (unsafe != link->unsafe || (unsafe > 0 && !link->peer_journals))
        fuzz_fail("%" PRIu64 " are not safe, by its sum %" PRIu64, unsafe, link->unsafe);
    const struct side *other = &pair->sides[!at];
    if (!pair->forged && other->link.journals && link_peer_safe(link) > other->link.safe)
        fuzz_fail("number %" PRIu64 " was dropped, and is not in the journal", link_peer_safe(link));
    if (ahead != link->ahead || waiting != link->waiting || control != link->control)
        fuzz_fail("%" PRIu64 " ahead, %" PRIu64 " waiting, %" PRIu64 " control; by its sums %" PRIu64
                  ", %" PRIu64 ", %" PRIu64,
                  ahead, waiting, control, link->ahead, link->waiting, link->control);
    uint64_t kept = link->next_seq - link->first_seq;
    if (link->ring_size > 64 && link->ring_size > 16 * (kept + 1) && link->first_seq > 1 && kept == 0)
        fuzz_fail("a ring of %zu for nothing", link->ring_size);
    if (link->chunks_size > link->limits.max_body || link->chunks_capacity > link->limits.max_body)
        fuzz_fail("%zu bytes of chunks are kept", link->chunks_capacity);
    if (link->acknowledged > link->received)
        fuzz_fail("more is acknowledged than came");
}

/* A turn ends: what has come is in so many records; or some of them are on the disk. */
static void note(struct pair *pair, unsigned at, bool commits, unsigned more)
{
    struct side *side = &pair->sides[at];
    if (!side->link.journals)
        return;
    if (commits) {
        side->committed += side->committed + more > side->records ? side->records - side->committed : more;
        link_committed(&side->link, side->committed, pair->now);
    } else {
        side->records += more;
        link_recorded(&side->link, side->records, side->committed, pair->now);
    }
}

static void play(struct pair *pair, struct fuzz_record *record)
{
    static const uint64_t spans[] = {0, 1, 10, LINK_ACK_DELAY, 500, 3000, 60000, 400000};
    enum { SEND, PUMP, TAKE, BREAK, DIAL, WAIT, DUE, FORGE, BURST, RECORD, COMMIT };
    unsigned act = record->what % 16, side = record->who & 1;
    fuzz_tell("%" PRIu64 ": %u does %u", pair->now, side, act);
    switch (act) {
    case SEND: send(pair, &pair->sides[side], record); break;
    case PUMP: pump(pair, side, 1 + draw(record)); break;
    case TAKE: take(pair, side, 1 + draw(record)); break;
    case BREAK: break_off(pair); break;
    case DIAL: dial(pair); break;
    case WAIT: pair->now += spans[draw_below(record, sizeof spans / sizeof spans[0])]; break;
    case DUE: see_to(pair, side); break;
    case FORGE:
        if (draw_rarely(record))
            forge(pair, side, record);
        break;
    case BURST:
        for (unsigned left = draw(record); left > 0; left--) {
            struct fuzz_record none = {0};
            send(pair, &pair->sides[side], &none);
        }
        break;
    case RECORD:
    case COMMIT: note(pair, side, act == COMMIT, draw_below(record, 4)); break;
    }
    for (unsigned i = 0; i < 2; i++)
        check(pair, i);
}

/* Whatever has happened: on a connection that lasts, all arrives. */
static void check_end(struct pair *pair)
{
    break_off(pair);
    dial(pair);
    for (unsigned i = 0; i < 2; i++) { /* nobody is given up any more */
        pair->sides[i].link.limits.heartbeat = pair->sides[i].link.limits.max_unread = 0;
        pair->sides[i].link.limits.patient = true;
    }
    for (unsigned rounds = 0; rounds < 20000; rounds++) {
        unsigned before = pair->sides[0].pipe.count + pair->sides[1].pipe.count;
        pair->now += LINK_ACK_DELAY;
        for (unsigned i = 0; i < 2; i++) {
            pump(pair, i, MOST_UNDER_WAY);
            take(pair, !i, MOST_UNDER_WAY);
            note(pair, i, false, 1);
            note(pair, i, true, UINT8_MAX);
            see_to(pair, i);
        }
        const struct link *a = &pair->sides[0].link, *b = &pair->sides[1].link;
        if (before == 0 && a->first_seq == a->next_seq && b->first_seq == b->next_seq)
            break;
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct side *side = &pair->sides[i], *other = &pair->sides[!i];
        if (side->taken != other->sent_count)
            fuzz_fail("side %u got %u of %u", i, side->taken, other->sent_count);
        if (side->link.first_seq != side->link.next_seq || side->link.waiting || side->link.ahead)
            fuzz_fail("side %u keeps what has arrived", i);
        if (side->link.chunks)
            fuzz_fail("side %u keeps pieces", i);
    }
}

static void begin(struct pair *pair, struct fuzz_record *record)
{
    static const uint64_t windows[] = {8 << 20, 0, 1000, 300000, UINT64_MAX};
    static const uint64_t bodies[] = {1 << 30, 0, 200, LINK_CHUNK + 1, UINT64_MAX};
    static const uint64_t beats[] = {0, 50, 1000, NEVER - 1};
    pair->now = START;
    for (unsigned i = 0; i < 2; i++) {
        struct link_limits limits = {.heartbeat = beats[draw_below(record, 4)],
                                     .expiry = 60000,
                                     .window = windows[draw_below(record, 5)],
                                     .max_body = bodies[draw_below(record, 5)],
                                     .max_queue = draw_below(record, 2) ? 2000 : 8 << 20,
                                     .max_unread = draw_below(record, 2) ? 500 : 0};
        unsigned of_journal = record->who >> (2 * i + 1);
        limits.keep_unsafe = of_journal & 2 ? 1000 : 0;
        link_init(&pair->sides[i].link, &limits, pair->now);
        pair->sides[i].link.journals = of_journal & 1;
        pair->sides[i].link.peer_max_body = UINT64_MAX; /* until the handshake, anything may be waiting */
    }
    for (unsigned i = 0; i < 2; i++)
        pair->sides[i].link.peer_max_body = pair->sides[!i].link.limits.max_body;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct records records = {data, data + size};
    struct fuzz_record record;
    struct pair *pair = mem_zalloc(1, sizeof *pair);
    if (records_next(&records, &record)) {
        begin(pair, &record);
        while (records_next(&records, &record))
            play(pair, &record);
        if (!pair->forged)
            check_end(pair);
        for (unsigned i = 0; i < 2; i++) {
            lose_all(&pair->sides[i].pipe);
            link_free(&pair->sides[i].link);
        }
    }
    mem_free(pair);
    return 0;
}
