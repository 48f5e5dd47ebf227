/* post_work: whose mail is acted on, and for how long: see post.h, "work". Peers whose mail waits take turns.
 * A peer whose mail does not wait is heard at once, up to its share of a turn, so that who asks little never
 * stands behind those who ask much.
 *
 * A message counts as handled while it is acted on, and not again where it is kept: nothing is acknowledged
 * between the two. */
#include "common/link/post_inner.h"

enum {
    SHARES = 4,          /* of a turn's work, what the mail of one peer may take before others are heard */
    QUIET = 128,         /* two for each turn of the loop in which nobody else is heard */
    LEAST = 32,          /* of a turn's work, what each message is let have, however much others took */
    HEADER_UNIT = 16,    /* bytes of a header that are read in one unit of work, */
    BODY_UNIT = 4096,    /* and of a body; an entry of a long batch takes one */
    WINDOWS = 2,         /* a peer that lets more of its windows wait than so many sends too far ahead, */
    CROWDED = 4 << 20,   /* bytes that wait: so many may where there is no room, */
    SLACK = 32ull << 20, /* bytes: beside the one message that may always be under way, and what is cut */
};

static uint64_t at_least_one(uint64_t units)
{
    return units > 0 ? units : 1;
}

/* The last message is over: what it took is its peer's and the turn's. */
static void settle(struct post *post)
{
    if (post->acting)
        post->acting->spent += post->spent;
    post->worked += post->spent;
    post->pool -= post->spent < post->pool ? post->spent : post->pool;
    post->acting = NULL;
    post->spent = 0;
}

void post_fill_pool(struct post *post)
{
    settle(post);
    post->turn++;
    post->pool = post->config.work;
    post->portion = at_least_one(post->config.work / SHARES);
    post->least = at_least_one(post->config.work / LEAST);
}

bool post_gives_way(struct post *post)
{
    if (post->fresh > 0)
        post->shared_until = post->turn + QUIET;
    post->gave_way = post->fresh > 0 && post_is_busy(post) && !post->gave_way;
    post->fresh = 0;
    return post->gave_way;
}

/* How much of this turn the peer's next message may take; 0: it had its share, which is all of it where
 * nobody else waits. */
static uint64_t allowance(const struct post *post, struct peer *peer)
{
    bool alone = post->busy_first == peer && post->busy_last == peer && post->turn >= post->shared_until;
    uint64_t share = alone ? post->config.work : post->portion;
    if (peer->spent_in != post->turn) {
        peer->spent_in = post->turn;
        peer->spent = 0;
    }
    if (peer->spent >= share)
        return 0;
    uint64_t left = share - peer->spent;
    if (left > post->pool)
        left = post->pool;
    return left > post->least ? left : post->least;
}

uint64_t post_allowed(struct post *post, struct peer *peer)
{
    if (post->config.work == 0)
        return UINT64_MAX;
    settle(post);
    return peer->inbox.first ? 0 : allowance(post, peer);
}

static void act(struct post *post, struct peer *peer, struct delivery *delivery, uint64_t allowed)
{
    post->acting = peer;
    post->headway = delivery->item ? &delivery->item->headway : &delivery->headway;
    post->allowed = allowed;
    delivery->peer = peer;
}

void post_begin_own(struct post *post, uint64_t units)
{
    settle(post);
    post->allowed = post->config.work == 0 ? UINT64_MAX : at_least_one(units);
}

static void enter(struct post *post, struct peer *peer)
{
    if (peer->busy)
        return;
    peer->busy = true;
    peer->busy_next = NULL;
    peer->busy_previous = post->busy_last;
    if (post->busy_last)
        post->busy_last->busy_next = peer;
    else
        post->busy_first = peer;
    post->busy_last = peer;
}

static void leave(struct post *post, struct peer *peer)
{
    if (!peer->busy)
        return;
    peer->busy = false;
    if (peer->busy_previous)
        peer->busy_previous->busy_next = peer->busy_next;
    else
        post->busy_first = peer->busy_next;
    if (peer->busy_next)
        peer->busy_next->busy_previous = peer->busy_previous;
    else
        post->busy_last = peer->busy_previous;
}

bool post_begin(struct post *post, struct peer *peer, struct delivery *delivery, uint64_t allowed,
                bool undecoded, uint64_t now)
{
    settle(post);
    if (allowed > 0 && !undecoded) {
        act(post, peer, delivery, allowed);
        post->fresh++;
        post->spent = 1 + delivery->header_size / HEADER_UNIT + delivery->body.size / BODY_UNIT;
        return true;
    }
    struct inbox_item *item = inbox_item_new(&delivery->message, delivery->header, delivery->header_size,
                                             delivery->body, undecoded);
    if (peer->inbox.first == NULL)
        link_handled(&peer->link, delivery->message.seq - 1, 0, now);
    item->left_out = delivery->left_out;
    link_keep(&peer->link, inbox_cost(item));
    inbox_add(&peer->inbox, item);
    enter(post, peer);
    return false;
}

bool post_is_crowded(const struct peer *peer)
{
    const struct account *account = peer->link.account;
    return peer->inbox.first != peer->inbox.last && peer->inbox.bytes > CROWDED && account &&
           !account_has_room(account->above, 0, NULL);
}

bool post_is_flooded(const struct post *post, const struct peer *peer)
{
    uint64_t window = peer->link.limits.window;
    (void)post;
    return window < UINT64_MAX / WINDOWS - SLACK && peer->inbox.bytes > WINDOWS * window + SLACK;
}

/* Reads a header that is not a batch's. */
static void decode_whole(struct post *post, const struct peer *peer, struct inbox_item *item,
                         struct delivery *delivery)
{
    post->spent += item->size / HEADER_UNIT;
    delivery->code = message_decode(item->header, item->size, &item->message, &delivery->why);
    item->undecoded = false;
    if (delivery->code != CODE_NONE || !post_names_too_many(post, peer, &item->message))
        return;
    delivery->code = CODE_TOO_LARGE;
    delivery->why = post->why;
}

/* Reads a batch's header, or a part of it. */
static void decode_part(struct post *post, struct inbox_item *item, struct delivery *delivery)
{
    uint64_t left = post->allowed > post->spent ? post->allowed - post->spent : 0;
    uint64_t before = at_least_one(left), work = before;
    bool done = false;
    delivery->code = batch_read_some(&item->reading, &item->message, &work, &done, &delivery->why);
    post->spent += before - work;
    item->undecoded = !done;
}

/* Reads the header of a message whose turn has come. False: there is more of it, or it cannot be read, as
 * delivery->code says. */
static bool decode(struct post *post, const struct peer *peer, struct inbox_item *item,
                   struct delivery *delivery)
{
    if (batch_reading_is_for(item->message.kind))
        decode_part(post, item, delivery);
    else
        decode_whole(post, peer, item, delivery);
    return !item->undecoded && delivery->code == CODE_NONE;
}

/* Up to where all is done that the peer has sent, with an item taken out of its inbox. */
static uint64_t handled(const struct peer *peer)
{
    return peer->inbox.first ? peer->inbox.first->message.seq - 1 : peer->link.received;
}

static void put_back(struct post *post, struct peer *peer, struct inbox_item *item, uint64_t now)
{
    link_keep(&peer->link, inbox_cost(item));
    inbox_put_back(&peer->inbox, item);
    link_handled(&peer->link, item->message.seq - 1, 0, now);
    enter(post, peer);
}

/* A message whose turn has come cannot be read. */
static enum post_verdict take_unfit(struct post *post, struct peer *peer, struct inbox_item *item,
                                    uint64_t now, struct delivery *delivery)
{
    const uint8_t *uuid = delivery->code == CODE_TOO_LARGE && peer->role == ROLE_CLIENT
                              ? message_task_uuid(item->header, item->size)
                              : NULL;
    bool refused = uuid != NULL;
    delivery->item = NULL;
    if (refused) {
        post_refuse_task(post, peer, uuid, delivery->why);
        link_handled(&peer->link, handled(peer), item->size + item->body.size, now);
    } else {
        post_send_error(post, peer, delivery->code, delivery->why, NO_NUMBER);
    }
    inbox_item_free(item);
    if (!refused)
        return POST_LOST;
    if (peer->inbox.first)
        enter(post, peer);
    post_touch(post, peer);
    return POST_NOTHING;
}

/* The first message of a peer, acted on now as far as is allowed. */
static enum post_verdict take(struct post *post, struct peer *peer, uint64_t allowed, uint64_t now,
                              struct delivery *delivery)
{
    leave(post, peer);
    struct inbox_item *item = inbox_take(&peer->inbox);
    link_let_go(&peer->link, inbox_cost(item));
    *delivery = (struct delivery){.item = item};
    act(post, peer, delivery, allowed);
    post->spent = 1;
    if (item->undecoded && !decode(post, peer, item, delivery)) {
        if (delivery->code == CODE_NONE) {
            put_back(post, peer, item, now);
            return POST_NOTHING;
        }
        return take_unfit(post, peer, item, now, delivery);
    }
    delivery->left_out = item->left_out;
    delivery->header = item->header;
    delivery->header_size = item->size;
    delivery->message = item->message;
    delivery->body = item->body;
    item->body = SLICE_NONE;
    link_handled(&peer->link, handled(peer), item->size + delivery->body.size, now);
    if (peer->inbox.first)
        enter(post, peer);
    post_touch(post, peer);
    return POST_DELIVER;
}

enum post_verdict post_next(struct post *post, uint64_t now, struct delivery *delivery)
{
    settle(post);
    while (post->pool > 0 && post->busy_first) {
        uint64_t allowed = allowance(post, post->busy_first);
        if (allowed == 0) /* all have had their share of this turn: they stand in the order of their turns */
            return POST_NOTHING;
        enum post_verdict verdict = take(post, post->busy_first, allowed, now, delivery);
        if (verdict != POST_NOTHING)
            return verdict;
        settle(post);
    }
    return POST_NOTHING;
}

enum post_verdict post_next_of(struct post *post, struct peer *peer, uint64_t now, struct delivery *delivery)
{
    settle(post);
    return peer->inbox.first ? take(post, peer, UINT64_MAX, now, delivery) : POST_NOTHING;
}

void post_keep(struct post *post, struct delivery *delivery, uint64_t now)
{
    struct peer *peer = delivery->peer;
    struct inbox_item *item = delivery->item;
    if (item) {
        item->body = delivery->body;
        item->headway.batch.message = &item->message;
    } else {
        post->fresh--;
        item = inbox_item_new(&delivery->message, delivery->header, delivery->header_size, delivery->body,
                              false);
        inbox_item_resume(item, &delivery->headway, delivery->header);
        item->left_out = delivery->left_out;
    }
    delivery->item = NULL;
    delivery->body = SLICE_NONE;
    put_back(post, peer, item, now);
}

void post_handled(struct post *post, struct delivery *delivery)
{
    (void)post;
    slice_drop(&delivery->body);
    inbox_item_free(delivery->item);
}

void post_work_forget(struct post *post, struct peer *peer)
{
    if (post->acting == peer)
        post->acting = NULL;
    leave(post, peer);
    inbox_free(&peer->inbox);
}
