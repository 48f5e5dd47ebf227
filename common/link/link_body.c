/* link_body: see link_body.h. */
#include "common/link/link_body.h"

#include <string.h>

#include "common/base/mem.h"

/* A body put together from chunks: the blob owns the buffer in which they were collected. */
struct joined {
    struct blob_elsewhere body;
    uint8_t *bytes;
};

/* The body under way is not kept: there is no room for it. */
static void leave_out(struct link *link)
{
    link_let_go(link, link->chunks_capacity);
    mem_free(link->chunks);
    link->chunks = NULL;
    link->chunks_capacity = 0;
    link->leaves_out = true;
}

void link_collect(struct link *link, const struct slice *piece)
{
    size_t needed = link->chunks_size + piece->size;
    uint64_t more = link->chunks_length - link->chunks_capacity; /* at the end, so that it is refused early */
    bool fits = link->chunks_length <= link->limits.max_body;    /* as it always does, but for a client's */
    bool may = link->may_leave_out || link->bounded;
    if (!link->leaves_out && may && !(fits && account_has_room(link->account, more, NULL)))
        leave_out(link);
    if (link->leaves_out) {
        link->chunks_size = needed;
        return;
    }
    if (needed > link->chunks_capacity) {
        size_t doubled = 2 * link->chunks_capacity;
        if (doubled > link->chunks_length)
            doubled = link->chunks_length;
        size_t capacity = needed > doubled ? needed : doubled;
        link_keep(link, capacity - link->chunks_capacity);
        link->chunks_capacity = capacity;
        link->chunks = mem_resize(link->chunks, link->chunks_capacity, 1);
    }
    if (piece->size > 0)
        memcpy(link->chunks + link->chunks_size, slice_data(piece), piece->size);
    link->chunks_size = needed;
}

static void free_joined(struct blob *blob)
{
    struct joined *joined = (struct joined *)blob; /* its first member */
    mem_free_large(joined->bytes, blob_size(blob));
    mem_free(joined);
}

struct slice link_join(struct link *link)
{
    struct joined *joined = mem_alloc(sizeof *joined);
    joined->bytes = link->chunks;
    struct blob *blob = blob_init(&joined->body, link->chunks, link->chunks_size, free_joined);
    struct slice whole = {blob, 0, link->chunks_size};
    link_let_go(link, link->chunks_capacity);
    link->chunks = NULL;
    link->chunks_size = link->chunks_capacity = 0;
    link->chunks_length = 0;
    link->unacked_bytes += LINK_ACK_BYTES; /* at once: until then the other side has it, too */
    return whole;
}

void link_forget_body(struct link *link)
{
    link->left_out = link->chunks_size;
    link->chunks_size = 0;
    link->chunks_length = 0;
    link->leaves_out = false;
}

enum link_verdict link_check_body(const struct link *link, const struct message *message, size_t size,
                                  const char **why)
{
    bool chunk = message->kind == KIND_CHUNK;
    uint64_t length = chunk ? message->chunk.length : size;
    uint64_t sum = link->chunks_size + size, most = link->limits.max_body;

    *why = NULL;
    if (length > most && !(link->may_leave_out && length / LINK_LEFT_OUT <= most)) {
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

/* A message that was cut is one again: its last letter has the whole blob. */
static void make_whole(struct letter *letter)
{
    letter->body.offset -= letter->pieces * (size_t)LINK_CHUNK;
    letter->body.size += letter->pieces * (size_t)LINK_CHUNK;
    letter->pieces = 0;
}

struct letter *link_take_back(struct link *link, bool *read)
{
    while (link->first_seq < link->next_seq) {
        struct letter *letter = link->ring[link->first_seq & (link->ring_size - 1)];
        size_t cost = letter_cost(letter);
        *read = link->first_seq++ < link->unread_seq;
        if (*read) {
            link->unsafe -= cost;
        } else if (link->unread_seq++ < link->unsent_seq) {
            link->ahead -= cost;
        } else {
            link->unsent_seq++;
            link->waiting -= cost;
        }
        if (letter->control && !*read)
            link->control -= cost;
        link_let_go(link, cost - (letter->shared ? letter->body.size : 0)); /* as link.c has counted it */
        if (letter->kind != KIND_CHUNK) {
            make_whole(letter);
            return letter;
        }
        letter_unref(letter);
    }
    return NULL;
}
