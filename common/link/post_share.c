/* post_share: parts that bodies of tasks begin with, as they come from peers and go to peers; see share.h. */
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post_inner.h"

struct share *post_share_at(const struct post *post, uint32_t share)
{
    return slab_at(&post->shares, share);
}

void post_share_use(struct post *post, uint32_t share)
{
    if (share != NO_SHARE)
        post_share_at(post, share)->uses++;
}

static void unshare(struct post *post, const struct share_told *told)
{
    struct message message = {.kind = KIND_UNSHARE};
    message.share.number = told->number;
    post_send(post, slab_at(&post->peers, told->peer), &message, SLICE_NONE);
}

void post_share_drop(struct post *post, uint32_t number)
{
    if (number == NO_SHARE || --post_share_at(post, number)->uses > 0)
        return;
    struct share *share = post_share_at(post, number);
    for (uint32_t i = 0; i < share->told_count; i++)
        unshare(post, &share->told[i]);
    if (share->charge)
        *share->charge -= share->size + SHARE_COST;
    mem_free(share->told);
    blob_unref(share->blob);
    *share = (struct share){0};
    slab_give(&post->shares, number);
}

/* Where the peer's part of this number is among those it has open, or where it would be. */
static uint32_t place_of(const struct peer *peer, uint64_t number)
{
    uint32_t from = 0, to = peer->shares_count;
    while (from < to) {
        uint32_t middle = from + (to - from) / 2;
        if (peer->shares[middle].number < number)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static bool is_open(const struct peer *peer, uint32_t place, uint64_t number)
{
    return place < peer->shares_count && peer->shares[place].number == number;
}

const char *post_share_open(struct post *post, struct peer *peer, uint64_t number, struct slice body,
                            uint64_t *charge, bool refused)
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
    uint32_t record = slab_take(&post->shares);
    struct share *share = post_share_at(post, record);
    *share = (struct share){.size = body.size, .uses = 1, .refused = refused};
    if (!refused) {
        share->blob = blob_of_slice(slice_ref(&body));
        share->charge = charge;
    }
    if (share->charge)
        *share->charge += share->size + SHARE_COST;
    peer->shares[peer->shares_count++] = (struct open_share){number, record};
    return NULL;
}

const char *post_share_close(struct post *post, struct peer *peer, uint64_t number)
{
    uint32_t place = place_of(peer, number);
    if (!is_open(peer, place, number))
        return "UNSHARE: there is no part of this number";
    uint32_t share = peer->shares[place].share;
    peer->shares_count--;
    memmove(&peer->shares[place], &peer->shares[place + 1],
            (peer->shares_count - place) * sizeof *peer->shares);
    post_share_drop(post, share);
    return NULL;
}

bool post_share_find(const struct peer *peer, uint64_t number, uint32_t *share)
{
    *share = NO_SHARE;
    if (number == 0)
        return true;
    uint32_t place = place_of(peer, number);
    if (!is_open(peer, place, number))
        return false;
    *share = peer->shares[place].share;
    return true;
}

void post_share_forget_peer(struct post *post, struct peer *peer)
{
    uint32_t self = peer->number - 1;
    if (peer->shares_sent > 0) {
        for (uint32_t i = 0; i < post->shares.fresh; i++) {
            struct share *share = post_share_at(post, i);
            for (uint32_t at = 0; share->uses > 0 && at < share->told_count; at++)
                if (share->told[at].peer == self)
                    share->told[at--] = share->told[--share->told_count];
        }
    }
    while (peer->shares_count > 0)
        post_share_drop(post, peer->shares[--peer->shares_count].share);
    mem_free(peer->shares);
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
}

/* The number of a part on the way to the peer, which is sent it where it was not. */
static uint64_t tell(struct post *post, struct peer *peer, struct share *share)
{
    uint32_t self = peer->number - 1;
    for (uint32_t i = 0; i < share->told_count; i++)
        if (share->told[i].peer == self)
            return share->told[i].number;
    if (share->told_count == share->told_capacity) {
        share->told_capacity = share->told_capacity ? 2 * share->told_capacity : 2;
        share->told = mem_resize(share->told, share->told_capacity, sizeof *share->told);
    }
    struct message message = {.kind = KIND_SHARE};
    message.share.number = ++peer->shares_sent;
    share->told[share->told_count++] = (struct share_told){self, message.share.number};
    post_send(post, peer, &message, slice_of(share->blob, 0, share->size));
    return message.share.number;
}

/* Both as one body, for who does not know of parts. */
static struct slice join(const struct share *share, struct slice body)
{
    uint8_t *bytes;
    struct blob *blob = blob_new(share->size + body.size, &bytes);
    memcpy(bytes, share->blob->data, share->size);
    if (body.size > 0)
        memcpy(bytes + share->size, slice_data(&body), body.size);
    slice_drop(&body);
    return (struct slice){blob, 0, blob->size};
}

struct slice post_share_put(struct post *post, struct peer *peer, uint32_t number, struct task_header *task,
                            struct slice body)
{
    struct share *share = number == NO_SHARE ? NULL : post_share_at(post, number);
    task->shared = 0;
    if (share == NULL || share->size == 0)
        return body;
    if (!(peer->features & FEATURE_SHARE))
        return join(share, body);
    task->shared = tell(post, peer, share);
    return body;
}
