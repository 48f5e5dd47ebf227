/* ledger_tail: what of a task is not always there: ancestors, name, shared part, meta, past. Tasks that come
 * one after another mostly have the same, which is kept once for all of them; a task's past is its own. */
#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/base/bytes.h"
#include "common/base/mem.h"
#include "common/boss/ledger_tail.h"

enum {
    MAX_KEPT_MESSAGES = 1024,
    MAX_KEPT_BYTES = 64 << 20, /* of one task's messages */
    MAX_LOSSES_TEXT = 8 << 10, /* bytes */
    MESSAGE_COST = 32,         /* bytes: of a message's place */
    MOST_USES = (1 << 24) - 1  /* of one tail: see struct task_tail */
};

/* Bytes of a tail of each class. A task with no more than a name fits the first, one with one ancestor or a
 * short meta the second, one with a few ancestors the third. */
static const size_t tail_size[TAIL_CLASSES] = {32, 48, 72, 168};

/* The class that has room for `size` bytes of content, TAIL_CLASSES: none. */
static unsigned tail_class(size_t size)
{
    unsigned class = 0;
    while (class < TAIL_CLASSES && offsetof(struct task_tail, bytes) + size > tail_size[class])
        class ++;
    return class;
}

static size_t content_size(const struct task_tail *tail)
{
    return (size_t)tail->breadcrumbs_size + tail->meta_size;
}

/* Memory for a tail with `size` bytes of content. Asking malloc for small ones in bursts took a seventh of
 * the broker's time per task, and a third more memory. */
static struct task_tail *tail_memory(struct ledger *ledger, size_t size)
{
    unsigned class = tail_class(size);
    struct slab *slab = &ledger->tails[class % TAIL_CLASSES];
    uint32_t number = class == TAIL_CLASSES ? NO_RECORD : slab_take(slab);
    struct task_tail *tail =
        class == TAIL_CLASSES ? mem_alloc(offsetof(struct task_tail, bytes) + size) : slab_at(slab, number);
    tail->number = number;
    return tail;
}

void tails_init(struct ledger *ledger)
{
    for (unsigned class = 0; class < TAIL_CLASSES; class ++)
        slab_init_giving(&ledger->tails[class], tail_size[class]);
}

void tails_free(struct ledger *ledger)
{
    for (unsigned class = 0; class < TAIL_CLASSES; class ++)
        slab_clear(&ledger->tails[class]);
}

static size_t crumbs_size(const struct task_header *header)
{
    return header->breadcrumbs.count ? (size_t)(header->breadcrumbs.end - header->breadcrumbs.at) : 0;
}

/* Whether a tail is what a task with this header would have. */
static bool fits(const struct ledger *ledger, const struct task_tail *tail, const struct task_header *header,
                 uint32_t share)
{
    size_t breadcrumbs = crumbs_size(header);
    if (tail->past || tail->uses == MOST_USES || tail->share != share ||
        tail->meta_size != header->meta.size || tail->breadcrumbs_size != breadcrumbs)
        return false;
    struct span name = task_names_text(&ledger->names, tail->name);
    return name.size == header->name.size && bytes_same(name.data, header->name.data, name.size) &&
           bytes_same(tail->bytes, header->breadcrumbs.at, breadcrumbs) &&
           bytes_same(tail->bytes + breadcrumbs, header->meta.data, header->meta.size);
}

struct task_tail *tail_take(struct ledger *ledger, const struct task_header *header, uint32_t share)
{
    size_t breadcrumbs = crumbs_size(header), size = breadcrumbs + header->meta.size;
    if (size == 0 && header->name.size == 0 && share == NO_SHARE)
        return NULL;
    if (ledger->last_tail && fits(ledger, ledger->last_tail, header, share)) {
        ledger->last_tail->uses++;
        return ledger->last_tail;
    }
    assert(header->breadcrumbs.count <= MAX_BREADCRUMBS && header->meta.size <= MAX_META);
    struct task_tail *tail = tail_memory(ledger, size);
    *tail = (struct task_tail){.number = tail->number,
                               .name = task_names_use(&ledger->names, header->name),
                               .share = share,
                               .meta_size = header->meta.size & MOST_IN(META_BITS),
                               .breadcrumbs_size = breadcrumbs & MOST_IN(CRUMBS_BITS),
                               .breadcrumbs_count = (uint8_t)header->breadcrumbs.count,
                               .uses = 1};
    tail->cost = (uint32_t)(size + task_names_cost(&ledger->names, tail->name));
    if (breadcrumbs)
        memcpy(tail->bytes, header->breadcrumbs.at, breadcrumbs);
    if (header->meta.size)
        memcpy(tail->bytes + breadcrumbs, header->meta.data, header->meta.size);
    ledger->last_tail = tail;
    return tail;
}

bool tail_share(struct task_tail *tail)
{
    if (tail->past || tail->uses == MOST_USES)
        return false;
    tail->uses++;
    return true;
}

static void free_messages(struct task_past *past)
{
    for (uint32_t i = 0; i < past->message_count; i++)
        slice_drop(&past->messages[i]);
    mem_free(past->messages);
    past->messages = NULL;
    past->message_count = 0;
    past->message_bytes = past->message_cost = 0;
}

static void free_past(struct task_past *past)
{
    if (past == NULL)
        return;
    free_messages(past);
    mem_free(past->losses);
    mem_free(past);
}

void tail_drop(struct ledger *ledger, struct task_tail *tail)
{
    if (tail == NULL || --tail->uses > 0)
        return;
    if (ledger->last_tail == tail)
        ledger->last_tail = NULL;
    free_past(tail->past);
    task_names_drop(&ledger->names, tail->name);
    unsigned class = tail_class(content_size(tail));
    if (class == TAIL_CLASSES)
        mem_free(tail);
    else
        slab_give(&ledger->tails[class], tail->number);
}

/* A tail that no other task has. */
static struct task_tail *own_tail(struct ledger *ledger, struct task *task)
{
    struct task_tail *shared = task->tail;
    if (shared && shared->uses == 1)
        return shared;
    size_t size = shared ? content_size(shared) : 0;
    struct task_tail *own = task->tail = tail_memory(ledger, size);
    uint32_t number = own->number;
    if (shared == NULL) {
        *own = (struct task_tail){.number = number, .name = NO_NAME, .share = NO_SHARE, .uses = 1};
        return own;
    }
    memcpy(own, shared, offsetof(struct task_tail, bytes) + size);
    own->number = number;
    own->uses = 1;
    shared->uses--;
    task_names_share(&ledger->names, own->name);
    return own;
}

static struct task_past *past_of(struct ledger *ledger, struct task *task)
{
    struct task_tail *tail = own_tail(ledger, task);
    if (tail->past == NULL)
        tail->past = mem_zalloc(1, sizeof *tail->past);
    return tail->past;
}

void ledger_keep_no_messages(struct ledger *ledger, struct task *task)
{
    struct task_past *past = past_of(ledger, task);
    past->too_many = true;
    free_messages(past);
}

void ledger_keep_message(struct ledger *ledger, struct task *task, struct slice message)
{
    struct task_past *past = past_of(ledger, task);
    if (past->message_count == MAX_KEPT_MESSAGES || past->message_bytes + message.size > MAX_KEPT_BYTES)
        past->too_many = true;
    if (past->too_many) {
        slice_drop(&message);
        ledger_keep_no_messages(ledger, task);
        return;
    }
    past->messages = mem_resize(past->messages, past->message_count + 1, sizeof(*past->messages));
    past->messages[past->message_count++] = message;
    past->message_bytes += message.size;
    past->message_cost += blob_cost(message.blob) + MESSAGE_COST;
}

void ledger_set_attempts(struct ledger *ledger, struct task *task, uint32_t attempt, uint32_t blamed)
{
    struct task_past *past = past_of(ledger, task);
    past->attempt = attempt < UINT8_MAX ? (uint8_t)attempt : UINT8_MAX;
    past->blamed = blamed < UINT8_MAX ? (uint8_t)blamed : UINT8_MAX;
}

void ledger_set_losses(struct ledger *ledger, struct task *task, struct span text)
{
    struct task_past *past = past_of(ledger, task);
    if (text.size == 0 || text.size > MAX_LOSSES_TEXT)
        return;
    past->losses = mem_text((const char *)text.data, text.size);
    past->losses_size = text.size;
}

void ledger_note_loss(struct ledger *ledger, struct task *task, struct span text, bool blame)
{
    struct task_past *past = past_of(ledger, task);
    if (past->attempt < UINT8_MAX)
        past->attempt++;
    if (blame && past->blamed < UINT8_MAX)
        past->blamed++;
    size_t size = past->losses_size;
    if (size + text.size > MAX_LOSSES_TEXT)
        return;
    char number[24];
    int length = snprintf(number, sizeof number, "%sattempt %u: ", size ? "\n" : "", past->attempt);
    past->losses = mem_resize(past->losses, size + (size_t)length + text.size + 1, 1);
    memcpy(past->losses + size, number, (size_t)length);
    memcpy(past->losses + size + (size_t)length, text.data, text.size);
    past->losses_size = size + (size_t)length + text.size;
    past->losses[past->losses_size] = 0;
}
