/* post_send: what goes to a peer: messages, and the tasks and results of a turn, which gather in its bundle.
 * When it leaves is post.c's, what bodies begin with post_share.c's. */
#include <string.h>

#include "common/base/mem.h"
#include "common/link/post_inner.h"

enum {
    MOST_SENT = 4096 /* messages of tasks that are told apart, until a receipt says that they were read */
};

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

void post_flush_bundle(struct peer *peer)
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
    post_flush_bundle(peer);
    post_touch(post, peer);
    struct letter *letter = for_people ? letter_for_people(message, body) : letter_new(message, body);
    letter->shared = message->kind == KIND_SHARE;
    return link_send(&peer->link, letter);
}

struct letter *post_take_back(struct peer *peer, bool *read)
{
    post_flush_bundle(peer);
    return link_take_back(&peer->link, read);
}

bool post_send_again(struct post *post, struct peer *peer, struct letter *letter)
{
    if (!link_accepts(&peer->link, letter->body.size)) {
        letter_unref(letter);
        return false;
    }
    post_flush_bundle(peer);
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
        post_flush_bundle(peer);
    bundle_add_task(&peer->bundle, task, body);
    if (peer->role != ROLE_BOSS)
        peer->tasks_sent++;
    if (body.size >= BLOB_COPY_BELOW && peer->bundle.count == 1)
        post_flush_bundle(peer); /* alone: by reference */
    post_touch(post, peer);
}

bool post_send_task_alike(struct post *post, struct peer *peer, uint32_t slot, uint32_t share,
                          const struct slice *body)
{
    if (peer->bundle.count == 0 || is_full_for(peer, KIND_SUBMIT, body->size) ||
        !post_share_is_apart(post, peer, share))
        return false;
    bundle_add_task_alike(&peer->bundle, slot, *body);
    if (peer->role != ROLE_BOSS)
        peer->tasks_sent++;
    return true;
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
        post_flush_bundle(peer);
    bundle_add_result(&peer->bundle, result, body);
    if (body.size >= BLOB_COPY_BELOW && peer->bundle.count == 1)
        post_flush_bundle(peer);
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
