/* post: links and time; see post.h. Handshakes are post_shake.c's, mail is post_mail.c's, what is sent
 * post_send.c's, lines are post_line.c's. */
#include "common/link/post.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post_inner.h"

enum {
    SLOW = 2,       /* windows */
    MOST_ENDED = 32 /* links whose time is up that end in one turn */
};

void post_init(struct post *post, const struct post_config *config, const char *const *lines,
               size_t line_count, uint64_t now)
{
    *post = (struct post){.config = *config};
    if (config->max_header == 0)
        post->config.max_header = MAX_HEADER;
    post_fill_pool(post);
    slab_init(&post->peers, sizeof(struct peer));
    slab_init(&post->shares, sizeof(struct share));
    index_init(&post->links);
    origins_init(&post->origins, config->seed, NULL);
    for (size_t i = 0; i < line_count; i++)
        post_line_add(post, (uint32_t)i, lines[i], ROLE_MANAGER, now);
}

void post_free(struct post *post)
{
    for (uint32_t i = 0; i < post->peers.fresh; i++) {
        struct peer *peer = slab_at(&post->peers, i);
        if (peer->number == i + 1)
            post_peer_free(post, peer);
    }
    for (uint32_t i = 0; i < post->line_capacity; i++) {
        if (post->lines[i])
            post_line_free(post, post->lines[i]);
    }
    for (uint32_t i = 0; i < post->conn_capacity;
         i++) /* last: the timers of strangers are still in the heap */
        mem_free(post->conns[i]);
    mem_free(post->conns);
    mem_free(post->lines);
    heap_free(&post->timers);
    index_free(&post->links);
    origins_free(&post->origins);
    post_share_free(post);
    link_rests_free(&post->rests);
    slab_clear(&post->peers);
}

struct peer *post_peer_new(struct post *post, unsigned role, const uint8_t *link_id, uint64_t now)
{
    uint32_t number = slab_take(&post->peers);
    struct peer *peer = slab_at(&post->peers, number);
    peer->number = number + 1; /* never what a free record has in its first bytes: see post_peer_free */
    peer->timer.kind = TIMER_PEER;
    peer->role = role;
    peer->conn = NO_CONN;
    peer->line = NO_LINE;
    peer->opened = NO_RECORD;
    memcpy(peer->link_id, link_id, UUID_SIZE);
    link_init(&peer->link, &post->config.limits[role], now);
    peer->link.journals = (post->config.features & FEATURE_JOURNAL) != 0;
    index_add(&post->links, index_hash16(post->config.seed, link_id), number);
    return peer;
}

/* Take a peer out of those that have something to send or to see to, and of those of whom something is not in
 * the journal yet. */
static void untouch(struct peer *peer)
{
    if (!peer->touched)
        return;
    peer->touched = false;
    *peer->touched_from = peer->next_touched;
    if (peer->next_touched)
        peer->next_touched->touched_from = peer->touched_from;
}

static void forget_unsafe(struct peer *peer)
{
    if (!peer->unsafe)
        return;
    peer->unsafe = false;
    *peer->unsafe_from = peer->next_unsafe;
    if (peer->next_unsafe)
        peer->next_unsafe->unsafe_from = peer->unsafe_from;
}

void post_peer_free(struct post *post, struct peer *peer)
{
    uint32_t number = peer->number - 1;
    post_share_forget_peer(post, peer);
    post_work_forget(post, peer);
    untouch(peer);
    forget_unsafe(peer);
    heap_remove(&post->timers, &peer->timer.node);
    index_remove(&post->links, index_hash16(post->config.seed, peer->link_id), number);
    struct post_line *line = post_line_at(post, peer->line);
    if (line && line->peer == peer) {
        line->peer = NULL;
        post->lines_ended = true;
    }
    link_rests_take(&post->rests, &peer->link);
    bundle_free(&peer->bundle);
    mem_free(peer->sent);
    mem_free(peer->news);
    peer->news = NULL;
    peer->number = 0;
    slab_give(&post->peers, number);
}

void post_touch(struct post *post, struct peer *peer)
{
    if (peer->touched)
        return;
    peer->touched = true;
    peer->next_touched = post->touched;
    peer->touched_from = &post->touched;
    if (post->touched)
        post->touched->touched_from = &peer->next_touched;
    post->touched = peer;
}

void post_control(uint32_t conn, unsigned kind, uint64_t ack, struct outbox *outbox)
{
    struct message message = {.kind = kind};
    struct letter *letter = letter_new(&message, SLICE_NONE);
    letter_stamp(letter, 0, ack);
    outbox_letter(outbox, conn, letter);
}

/* ACK, with what is safe where this side has a journal. */
static void say_ack(struct peer *peer, struct outbox *outbox)
{
    struct message message = {.kind = KIND_ACK};
    message.acked.safe = link_tell_safe(&peer->link);
    struct letter *letter = letter_new(&message, SLICE_NONE);
    letter_stamp(letter, 0, link_ackable(&peer->link));
    outbox_letter(outbox, peer->conn, letter);
}

void post_tell(const struct message *message, uint32_t conn, struct outbox *outbox)
{
    struct letter *letter = letter_new(message, SLICE_NONE);
    letter_stamp(letter, 0, 0);
    outbox_letter(outbox, conn, letter);
}

void post_passing_error(uint32_t conn, enum error_code code, const char *text, struct outbox *outbox)
{
    struct message message = {.kind = KIND_ERROR};
    message.error.code = code;
    message.error.text = span_text(text);
    message.error.corr = NO_NUMBER;
    message.error.slot = NO_NUMBER;
    post_tell(&message, conn, outbox);
}

/* Everything that may go now. */
static void put_out(struct peer *peer, struct outbox *outbox)
{
    post_flush_bundle(peer);
    for (struct letter *letter; (letter = link_next(&peer->link)) != NULL;) {
        outbox_letter(outbox, peer->conn, letter_ref(letter));
    }
}

/* Its link is over, since it does not read what it is sent. It is told so outside the numbering: what is
 * numbered waits behind what it does not read. */
static void give_up_unread(struct post *post, const struct peer *peer, bool stuck, struct outbox *outbox)
{
    const struct link_limits *limits = &peer->link.limits;
    if (stuck)
        snprintf(
            post->why, sizeof(post->why),
            "it has read nothing of what it is sent for %llu ms, and more than %llu bytes wait for it (settings "
            "%s/expiry and %s/max-queue)",
            (unsigned long long)limits->expiry, (unsigned long long)limits->max_queue, limits->section,
            limits->section);
    else
        snprintf(
            post->why, sizeof(post->why),
            "it does not read what it is sent: %llu bytes wait for it, %llu of them answers (setting %s/max-unread, or "
            "less where limits/session-bytes or limits/memory is reached)",
            (unsigned long long)peer->link.charged, (unsigned long long)peer->link.control, limits->section);
    if (peer->conn != NO_CONN)
        post_passing_error(peer->conn, CODE_BUSY, post->why, outbox);
}

/* What is due for one peer; true: its link is over, as `*why` says. */
static bool see_to(struct post *post, struct peer *peer, uint64_t now, struct outbox *outbox,
                   bool may_give_up, const char **why)
{
    for (;;) {
        enum link_due due = link_due(&peer->link, now);
        switch (due) {
        case LINK_NOTHING: return false;
        case LINK_SEND_ACK: say_ack(peer, outbox); break;
        case LINK_SEND_PING: post_control(peer->conn, KIND_PING, link_ackable(&peer->link), outbox); break;
        case LINK_GIVE_UP:
            if (!may_give_up)
                return false;
            outbox_log(outbox, LOG_WARNING, "%s %s was silent for too long: its connection is given up",
                       role_name(peer->role), peer->name);
            post_conn_drop(post, post->conns[peer->conn], true, outbox);
            link_broken(&peer->link, now);
            post_touch(post, peer); /* its owner gives it no more, and says so */
            peer->silent = true;
            if (peer->line != NO_LINE)
                post_line_later(post, post_line_at(post, peer->line), now);
            break;
        case LINK_EXPIRED: *why = "its connection did not come back in time"; return may_give_up;
        case LINK_UNREAD:
        case LINK_STUCK:
            if (may_give_up)
                give_up_unread(post, peer, due == LINK_STUCK, outbox);
            *why = post->why;
            return may_give_up;
        }
    }
}

static void arm(struct post *post, struct peer *peer)
{
    uint64_t deadline = link_deadline(&peer->link);
    if (deadline == NEVER)
        return;
    if (!heap_has(&peer->timer.node) || deadline < peer->timer.node.key)
        heap_set(&post->timers, &peer->timer.node, deadline);
}

/* What the peer said is in the journal as soon as the records so far are, unless some are still to come. */
static void note_records(struct post *post, struct peer *peer, uint64_t now)
{
    if (peer->unsettled)
        return;
    link_recorded(&peer->link, post->records, post->committed, now);
    if (peer->link.marks[0].record == 0 || peer->unsafe)
        return;
    peer->unsafe = true;
    peer->next_unsafe = post->unsafe;
    peer->unsafe_from = &post->unsafe;
    if (post->unsafe)
        post->unsafe->unsafe_from = &peer->next_unsafe;
    post->unsafe = peer;
}

void post_committed(struct post *post, uint64_t records, uint64_t now)
{
    post->committed = records;
    for (struct peer *peer = post->unsafe, *next; peer; peer = next) {
        next = peer->next_unsafe;
        if (link_committed(&peer->link, records, now))
            post_touch(post, peer);
        if (peer->link.marks[0].record == 0)
            forget_unsafe(peer);
    }
}

void post_settle(struct post *post, struct peer *peer)
{
    peer->unsettled = false;
    post_touch(post, peer);
}

void post_flush(struct post *post, uint64_t now, struct outbox *outbox)
{
    const char *why;
    bool journals = (post->config.features & FEATURE_JOURNAL) != 0;
    while (post->touched) {
        struct peer *peer = post->touched;
        untouch(peer);
        put_out(peer, outbox);
        if (journals)
            note_records(post, peer, now);
        if (peer->link.connected)
            see_to(post, peer, now, outbox, false, &why);
        arm(post, peer);
    }
    post_lines_sweep(post, outbox);
    link_rests_drop(&post->rests);
    post->ended = 0;
}

struct peer *post_expired(struct post *post, uint64_t now, struct outbox *outbox, const char **why)
{
    struct heap_node *first;
    while ((first = heap_first(&post->timers)) != NULL && first->key <= now && post->ended < MOST_ENDED) {
        struct post_timer *timer = heap_owner(first, struct post_timer, node);
        heap_remove(&post->timers, first);
        if (timer->kind != TIMER_LINE && now < post->patient_until) {
            heap_set(&post->timers, first, post->patient_until);
        } else if (timer->kind == TIMER_LINE) {
            post_line_dial(post, (struct post_line *)(void *)timer, outbox);
        } else if (timer->kind == TIMER_CONN) {
            struct post_conn *conn = (struct post_conn *)(void *)timer;
            struct post_line *line = post_line_at(post, conn->line);
            if (line)
                outbox_log(outbox, post_line_trouble(line, TROUBLE_SHAKING),
                           "%s does not answer the handshake", line->name);
            post_conn_drop(post, conn, true, outbox);
            if (line)
                post_line_later(post, line, now);
        } else {
            struct peer *peer = heap_owner(timer, struct peer, timer);
            if (see_to(post, peer, now, outbox, true, why)) {
                post->ended++;
                return peer;
            }
            arm(post, peer);
        }
    }
    return NULL;
}

void post_end(struct post *post, struct peer *peer, bool redial, uint64_t now, struct outbox *outbox)
{
    bool open = peer->conn != NO_CONN;
    put_out(peer, outbox);
    if (open)
        post_conn_drop(post, post->conns[peer->conn], true, outbox);
    struct post_line *line = post_line_at(post, peer->line);
    if (line && !redial)
        post_line_off(post, line);
    if (line && open && line->state == LINE_OPEN && line->peer == peer) /* else it is seen to already */
        post_line_later(post, line, now);
    post_peer_free(post, peer);
}

uint64_t post_deadline(const struct post *post)
{
    struct heap_node *first = heap_first(&post->timers);
    if (post->rests.count > 0)
        return 0;
    return first ? first->key : NEVER;
}

void post_withhold(struct post *post, struct peer *peer, bool withhold, uint64_t now)
{
    link_withhold(&peer->link, withhold, now);
    post_touch(post, peer);
}

bool post_is_slow(const struct peer *peer, bool before)
{
    const struct link *link = &peer->link;
    uint64_t waiting = link->waiting + peer->bundle.bytes;
    return link->connected &&
           (before ? waiting + link->ahead > link->peer_window / 2 : waiting > SLOW * link->peer_window);
}
