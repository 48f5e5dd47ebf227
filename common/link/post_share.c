/* post_share: parts that bodies of tasks begin with, as they come from peers and go to peers; see share.h. */
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post_inner.h"

enum { MOVED_UNIT = 64 /* of a peer's open parts, as many as are moved in one unit of work */ };

struct share *post_share_at(const struct post *post, uint32_t share)
{
    return slab_at(&post->shares, share);
}

void post_share_use(struct post *post, uint32_t share)
{
    if (share != NO_SHARE)
        post_share_at(post, share)->uses++;
}

static struct peer *peer_at(const struct post *post, uint32_t number)
{
    return slab_at(&post->peers, number);
}

/* Takes the peer out of those who were sent the part. */
static void forget_told(struct share *share, const struct peer *peer)
{
    for (uint32_t i = 0; i < share->told_count; i++) {
        if (share->told[i] != peer->number - 1)
            continue;
        share->told[i] = share->told[--share->told_count];
        return;
    }
}

/* The peer need not keep the part any more that is at this place of those it was sent. */
static void unshare(struct post *post, struct peer *peer, uint32_t place)
{
    struct message message = {.kind = KIND_UNSHARE};
    struct share *share = post_share_at(post, peer->told[place].share);
    message.share.number = peer->told[place].number;
    peer->told_bytes -= share->size;
    peer->told_count--;
    memmove(&peer->told[place], &peer->told[place + 1], (peer->told_count - place) * sizeof *peer->told);
    forget_told(share, peer);
    post_send(post, peer, &message, SLICE_NONE);
}

/* Where the part is among those that the peer was sent; peer->told_count: it was not. */
static uint32_t told_at(const struct peer *peer, uint32_t share)
{
    uint32_t place = 0;
    while (place < peer->told_count && peer->told[place].share != share)
        place++;
    return place;
}

static size_t share_cost(const struct share *share)
{
    return SHARE_COST + blob_cost(share->blob);
}

/* The part is one of the peer's: when that goes these are found without a look at all others. */
static void chain(struct post *post, struct peer *peer, uint32_t number)
{
    struct share *share = post_share_at(post, number);
    share->opener = peer->number - 1;
    share->next = peer->opened;
    share->previous = NO_RECORD;
    if (peer->opened != NO_RECORD)
        post_share_at(post, peer->opened)->previous = number;
    peer->opened = number;
}

static void unchain(struct post *post, struct share *share)
{
    if (share->opener == NO_RECORD)
        return;
    if (share->previous == NO_RECORD)
        peer_at(post, share->opener)->opened = share->next;
    else
        post_share_at(post, share->previous)->next = share->next;
    if (share->next != NO_RECORD)
        post_share_at(post, share->next)->previous = share->previous;
    share->opener = NO_RECORD;
}

void post_share_charge(struct post *post, const struct peer *peer, struct account *from, struct account *to)
{
    for (uint32_t i = peer->opened; i != NO_RECORD; i = post_share_at(post, i)->next) {
        struct share *share = post_share_at(post, i);
        if (share->account != from)
            continue;
        account_take(from, share_cost(share));
        account_add(to, share_cost(share));
        share->account = to;
    }
}

static void note_unwritten(struct post *post, uint64_t number)
{
    if (post->unwritten_count == post->unwritten_capacity) {
        post->unwritten_capacity = post->unwritten_capacity ? 2 * post->unwritten_capacity : 16;
        post->unwritten = mem_resize(post->unwritten, post->unwritten_capacity, sizeof *post->unwritten);
    }
    post->unwritten[post->unwritten_count++] = number;
}

/* A new part with one use, which is nobody's yet. */
static uint32_t add(struct post *post, struct share share)
{
    uint32_t number = slab_take(&post->shares);
    share.uses = 1;
    share.opener = NO_RECORD;
    *post_share_at(post, number) = share;
    account_add(share.account, share_cost(&share));
    return number;
}

uint32_t post_share_restore(struct post *post, struct blob *blob, uint64_t written, struct account *account)
{
    return add(post,
               (struct share){
                   .blob = blob, .size = blob ? blob_size(blob) : 0, .written = written, .account = account});
}

void post_share_drop(struct post *post, uint32_t number)
{
    if (number == NO_SHARE || --post_share_at(post, number)->uses > 0)
        return;
    struct share *share = post_share_at(post, number);
    while (share->told_count > 0) {
        struct peer *peer = peer_at(post, share->told[0]);
        unshare(post, peer, told_at(peer, number));
    }
    if (share->written)
        note_unwritten(post, share->written);
    account_take(share->account, share_cost(share));
    unchain(post, share);
    mem_free(share->told);
    blob_unref(share->blob);
    *share = (struct share){0};
    slab_give(&post->shares, number);
}

uint32_t share_place(const struct open_share *shares, uint32_t count, uint64_t number)
{
    uint32_t from = 0, to = count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (shares[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from < count && shares[from].number == number ? from : count;
}

/* A part that is used once; borrows `body`. */
static uint32_t make(struct post *post, struct slice body, struct account *account, bool refused)
{
    return add(post, (struct share){.blob = refused ? NULL : blob_of_slice(slice_ref(&body)),
                                    .size = body.size,
                                    .refused = refused,
                                    .account = account});
}

uint32_t post_share_make(struct post *post, struct slice body)
{
    return make(post, body, NULL, false);
}

const char *post_share_open(struct post *post, struct peer *peer, uint64_t number, struct slice body,
                            struct account *account, bool refused)
{
    if (number <= peer->shares_last)
        return "SHARE: its number is not above the last one's";
    if (peer->shares_count == MAX_SHARES)
        return "SHARE: more than 65536 parts are shared on this link";
    peer->shares_last = number;
    if (peer->shares_count == peer->shares_capacity) {
        peer->shares_capacity = peer->shares_capacity ? 2 * peer->shares_capacity : 4;
        peer->shares = mem_resize(peer->shares, peer->shares_capacity, sizeof *peer->shares);
    }
    uint32_t share = make(post, body, account, refused);
    peer->shares[peer->shares_count++] = (struct open_share){number, share};
    chain(post, peer, share);
    return NULL;
}

const char *post_share_close(struct post *post, struct peer *peer, uint64_t number)
{
    uint32_t place = share_place(peer->shares, peer->shares_count, number);
    if (place == peer->shares_count)
        return "UNSHARE: there is no part of this number";
    uint32_t share = peer->shares[place].share;
    uint32_t behind = --peer->shares_count - place;
    memmove(&peer->shares[place], &peer->shares[place + 1], behind * sizeof *peer->shares);
    post_spend(post, behind / MOVED_UNIT);
    post_share_drop(post, share);
    return NULL;
}

bool post_share_find(const struct peer *peer, uint64_t number, uint32_t *share)
{
    *share = NO_SHARE;
    if (number == 0)
        return true;
    uint32_t place = share_place(peer->shares, peer->shares_count, number);
    if (place == peer->shares_count)
        return false;
    *share = peer->shares[place].share;
    return true;
}

void post_share_forget_peer(struct post *post, struct peer *peer)
{
    while (peer->told_count > 0)
        forget_told(post_share_at(post, peer->told[--peer->told_count].share), peer);
    while (peer->shares_count > 0)
        post_share_drop(post, peer->shares[--peer->shares_count].share);
    while (peer->opened != NO_RECORD) /* tasks begin with these still */
        unchain(post, post_share_at(post, peer->opened));
    mem_free(peer->told);
    mem_free(peer->shares);
    peer->told = NULL;
    peer->shares = NULL;
    peer->shares_capacity = 0;
}

void post_share_free(struct post *post)
{
    for (uint32_t i = 0; i < post->shares.fresh; i++) {
        struct share *share = post_share_at(post, i);
        if (share->uses == 0)
            continue;
        mem_free(share->told);
        blob_unref(share->blob);
    }
    slab_clear(&post->shares);
    mem_free(post->unwritten);
}

/* The peer is sent a part, and gives up for it what it has not used for longest. */
static void tell(struct post *post, struct peer *peer, uint32_t number)
{
    struct share *share = post_share_at(post, number);
    uint64_t most = peer->link.limits.max_parts ? peer->link.limits.max_parts : SHARE_BYTES;
    while (peer->told_count == SHARES_TOLD || (peer->told_count > 0 && peer->told_bytes + share->size > most))
        unshare(post, peer, peer->told_count - 1);
    if (peer->told == NULL)
        peer->told = mem_alloc(SHARES_TOLD * sizeof *peer->told);
    if (share->told_count == share->told_capacity) {
        share->told_capacity = share->told_capacity ? 2 * share->told_capacity : 2;
        share->told = mem_resize(share->told, share->told_capacity, sizeof *share->told);
    }
    share->told[share->told_count++] = peer->number - 1;
    struct message message = {.kind = KIND_SHARE};
    message.share.number = ++peer->shares_sent;
    peer->told[peer->told_count++] = (struct told_share){message.share.number, number};
    peer->told_bytes += share->size;
    post_send(post, peer, &message, slice_of(share->blob, 0, share->size));
}

/* The number of a part on the way to the peer, which is sent it where it has not got it. */
static uint64_t number_for(struct post *post, struct peer *peer, uint32_t share)
{
    uint32_t place = told_at(peer, share);
    if (place == peer->told_count)
        tell(post, peer, share);
    place = told_at(peer, share);
    struct told_share told = peer->told[place];
    memmove(&peer->told[1], &peer->told[0], place * sizeof *peer->told);
    peer->told[0] = told;
    return told.number;
}

/* Both as one body, for who does not know of parts. */
static struct slice join(const struct share *share, struct slice body)
{
    uint8_t *bytes;
    struct blob *blob = blob_new(share->size + body.size, &bytes);
    memcpy(bytes, blob_data(share->blob), share->size);
    if (body.size > 0)
        memcpy(bytes + share->size, slice_data(&body), body.size);
    slice_drop(&body);
    return (struct slice){blob, 0, blob_size(blob)};
}

/* What an employee says to a boss with a journal may have to be said again to its next process, where no part
 * is open: each task goes whole. */
static bool is_said_again(const struct post *post, const struct peer *peer)
{
    return peer->role == ROLE_BOSS && peer->link.peer_journals && post->config.session == NULL;
}

bool post_share_is_apart(const struct post *post, const struct peer *peer, uint32_t share)
{
    return share == NO_SHARE || (peer->features & FEATURE_SHARE && !is_said_again(post, peer));
}

struct slice post_share_put(struct post *post, struct peer *peer, uint32_t number, struct task_header *task,
                            struct slice body)
{
    const struct share *share = number == NO_SHARE ? NULL : post_share_at(post, number);
    task->shared = 0;
    if (share == NULL || share->size == 0)
        return body;
    if (!post_share_is_apart(post, peer, number))
        return join(share, body);
    task->shared = number_for(post, peer, number);
    return body;
}
