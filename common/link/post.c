/* post: links and time; see post.h. Handshakes are post_shake.c's, mail is post_mail.c's, lines are
 * post_line.c's. */
#include "common/link/post.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post_inner.h"

enum {
    SLOW = 2,        /* windows */
    MOST_SENT = 4096 /* messages of tasks that are told apart, until a receipt says that they were read */
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
    memcpy(peer->link_id, link_id, UUID_SIZE);
    link_init(&peer->link, &post->config.limits[role], now);
    peer->link.journals = (post->config.features & FEATURE_JOURNAL) != 0;
    index_add(&post->links, index_hash16(post->config.seed, link_id), number);
    return peer;
}

void post_peer_free(struct post *post, struct peer *peer)
{
    uint32_t number = peer->number - 1;
    post_share_forget_peer(post, peer);
    post_work_forget(post, peer);
    for (struct peer **at = &post->touched; *at; at = &(*at)->next_touched) {
        if (*at == peer) {
            *at = peer->next_touched;
            break;
        }
    }
    for (struct peer **at = &post->unsafe; *at; at = &(*at)->next_unsafe) {
        if (*at == peer) {
            *at = peer->next_unsafe;
            break;
        }
    }
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
    post->touched = peer;
}

/* Notes that `count` tasks went out with number `seq`. Who gives no receipts has the last ones taken
 * together: they count as under way until the last of them is said to be read. */
static void note_sent(struct peer *peer, uint64_t seq, uint32_t count)
{
    if (peer->sent_count == MOST_SENT) {
        struct sent_tasks *last = &peer->sent[peer->sent_first + peer->sent_count - 1];
        *last = (struct sent_tasks){seq, last->count + count};
        return;
    }
    if (peer->sent_first + peer->sent_count == peer->sent_capacity) {
        if (peer->sent_first > peer->sent_capacity / 2) {
            memmove(peer->sent, peer->sent + peer->sent_first, peer->sent_count * sizeof(*peer->sent));
        } else {
            peer->sent_capacity = peer->sent_capacity ? 2 * peer->sent_capacity : 16;
            struct sent_tasks *sent = mem_zalloc(peer->sent_capacity, sizeof(*sent));
            if (peer->sent_count > 0)
                memcpy(sent, peer->sent + peer->sent_first, peer->sent_count * sizeof(*sent));
            mem_free(peer->sent);
            peer->sent = sent;
        }
        peer->sent_first = 0;
    }
    peer->sent[peer->sent_first + peer->sent_count++] = (struct sent_tasks){seq, count};
}

uint32_t post_sent_since(struct peer *peer, uint64_t receipt)
{
    while (peer->sent_count > 0 && peer->sent[peer->sent_first].seq <= receipt) {
        peer->tasks_sent -= peer->sent[peer->sent_first].count;
        peer->sent_first++;
        peer->sent_count--;
    }
    if (peer->sent_count == 0)
        peer->sent_first = 0;
    return peer->tasks_sent;
}

static void flush_bundle(struct peer *peer)
{
    bool tasks = peer->bundle.kind == KIND_SUBMIT;
    uint32_t count;
    struct letter *letter = bundle_take(&peer->bundle, &count);
    if (letter == NULL)
        return;
    letter->shared = count == 1 && (tasks ? peer->role != ROLE_BOSS : peer->role == ROLE_CLIENT);
    uint64_t seq = link_send(&peer->link, letter);
    if (tasks && peer->role != ROLE_BOSS)
        note_sent(peer, seq, count);
}

/* What people read is cut where it would make the header too large for its receiver: it is not ours alone. */
static struct letter *letter_for_people(const struct message *message, struct slice body)
{
    struct message copy = *message;
    struct span *texts[] = {&copy.error.text, NULL};
    if (message->kind == KIND_LOG) {
        texts[0] = &copy.log.text;
        texts[1] = &copy.log.logger;
    }
    for (size_t i = 0; i < 2 && texts[i]; i++) {
        if (texts[i]->size > MOST_TEXT)
            texts[i]->size = MOST_TEXT;
    }
    return letter_new(&copy, body);
}

uint64_t post_send(struct post *post, struct peer *peer, const struct message *message, struct slice body)
{
    bool for_people = message->kind == KIND_LOG || message->kind == KIND_ERROR;
    if (!link_accepts(&peer->link, body.size)) {
        slice_drop(&body); /* larger than the peer's max_body would end its link */
        if (!for_people)
            return 0;
    }
    flush_bundle(peer);
    post_touch(post, peer);
    struct letter *letter = for_people ? letter_for_people(message, body) : letter_new(message, body);
    letter->shared = message->kind == KIND_SHARE;
    return link_send(&peer->link, letter);
}

struct letter *post_take_back(struct peer *peer, bool *read)
{
    flush_bundle(peer);
    return link_take_back(&peer->link, read);
}

bool post_send_again(struct post *post, struct peer *peer, struct letter *letter)
{
    if (!link_accepts(&peer->link, letter->body.size)) {
        letter_unref(letter);
        return false;
    }
    flush_bundle(peer);
    post_touch(post, peer);
    link_send(&peer->link, letter);
    return true;
}

/* Whether another entry must not go into what is bundled for the peer. */
static bool is_full_for(const struct peer *peer, unsigned kind, size_t size)
{
    return bundle_is_full_for(&peer->bundle, kind, size) ||
           (peer->bundle.count > 0 && !link_accepts(&peer->link, peer->bundle.bytes + size));
}

void post_send_task(struct post *post, struct peer *peer, struct task_header *task, uint32_t share,
                    struct slice body)
{
    if (!(peer->features & FEATURE_SESSIONS))
        task->session = 0;
    body = post_share_put(post, peer, share, task, body);
    if (is_full_for(peer, KIND_SUBMIT, body.size))
        flush_bundle(peer);
    bundle_add_task(&peer->bundle, task, body);
    if (peer->role != ROLE_BOSS)
        peer->tasks_sent++;
    if (body.size >= BLOB_COPY_BELOW && peer->bundle.count == 1)
        flush_bundle(peer); /* alone: by reference */
    post_touch(post, peer);
}

uint64_t post_send_result(struct post *post, struct peer *peer, const struct result_header *result,
                          struct slice body)
{
    struct result_header bare;
    if (result->timed && !(peer->features & FEATURE_TIMES)) {
        bare = *result;
        bare.timed = TIMING_NONE;
        result = &bare;
    }
    if (is_full_for(peer, KIND_RESULT, body.size))
        flush_bundle(peer);
    bundle_add_result(&peer->bundle, result, body);
    if (body.size >= BLOB_COPY_BELOW && peer->bundle.count == 1)
        flush_bundle(peer);
    post_touch(post, peer);
    return peer->bundle.count > 0 ? peer->link.next_seq : peer->link.next_seq - 1;
}

void post_send_goodbye(struct post *post, struct peer *peer, const char *why)
{
    struct message message = {.kind = KIND_DISCONNECT};
    message.disconnect.corr = NO_NUMBER;
    message.disconnect.text = span_text(why);
    post_send(post, peer, &message, SLICE_NONE);
}

void post_send_error(struct post *post, struct peer *peer, enum error_code code, const char *text,
                     uint64_t corr)
{
    struct message message = {.kind = KIND_ERROR};
    message.error.code = code;
    message.error.text = span_text(text);
    message.error.corr = corr;
    message.error.slot = NO_NUMBER;
    post_send(post, peer, &message, SLICE_NONE);
}

void post_refuse_task(struct post *post, struct peer *peer, const uint8_t *uuid, const char *text)
{
    struct message message = {.kind = KIND_ERROR};
    message.error.uuid = uuid;
    message.error.code = CODE_TOO_LARGE;
    message.error.text = span_text(text);
    message.error.corr = message.error.slot = NO_NUMBER;
    message.error.about = ABOUT_TASK;
    post_send(post, peer, &message, SLICE_NONE);
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
    flush_bundle(peer);
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

/* What the peer said is in the journal as soon as the records so far are. */
static void note_records(struct post *post, struct peer *peer, uint64_t now)
{
    link_recorded(&peer->link, post->records, post->committed, now);
    if (peer->link.marks[0].record == 0 || peer->unsafe)
        return;
    peer->unsafe = true;
    peer->next_unsafe = post->unsafe;
    post->unsafe = peer;
}

void post_committed(struct post *post, uint64_t records, uint64_t now)
{
    post->committed = records;
    for (struct peer **at = &post->unsafe; *at;) {
        struct peer *peer = *at;
        if (link_committed(&peer->link, records, now))
            post_touch(post, peer);
        if (peer->link.marks[0].record != 0) {
            at = &peer->next_unsafe;
            continue;
        }
        *at = peer->next_unsafe;
        peer->unsafe = false;
    }
}

void post_flush(struct post *post, uint64_t now, struct outbox *outbox)
{
    const char *why;
    bool journals = (post->config.features & FEATURE_JOURNAL) != 0;
    while (post->touched) {
        struct peer *peer = post->touched;
        post->touched = peer->next_touched;
        peer->touched = false;
        put_out(peer, outbox);
        if (journals)
            note_records(post, peer, now);
        if (peer->link.connected)
            see_to(post, peer, now, outbox, false, &why);
        arm(post, peer);
    }
    post_lines_sweep(post, outbox);
    link_rests_drop(&post->rests);
}

struct peer *post_expired(struct post *post, uint64_t now, struct outbox *outbox, const char **why)
{
    struct heap_node *first;
    while ((first = heap_first(&post->timers)) != NULL && first->key <= now) {
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
            if (see_to(post, peer, now, outbox, true, why))
                return peer;
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
