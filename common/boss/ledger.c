/* ledger: the tasks' half; see ledger.h. Roots are ledger_root.c's. */
#include "common/boss/ledger.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"

enum {
    MAX_KEPT_MESSAGES = 1024,
    MAX_KEPT_BYTES = 64 << 20, /* of one task's messages */
    MAX_LOSSES_TEXT = 8 << 10, /* bytes */
    TAILS_IN_CHUNK = 1024,
};

/* Bytes of a tail of each class. A task with no more than a name fits the first, one with one ancestor or a
 * short meta the second, one with a few ancestors the third. */
static const size_t tail_size[TAIL_CLASSES] = {24, 40, 64, 160};

static uint32_t hash_of(const struct ledger *ledger, const struct address *address)
{
    return index_hash(ledger->seed, address->mailbox, (uint64_t)address->worker << 32 | address->slot);
}

void ledger_init(struct ledger *ledger, uint64_t seed)
{
    *ledger = (struct ledger){.seed = seed};
    slab_init(&ledger->tasks, sizeof(struct task));
    slab_init(&ledger->roots, sizeof(struct root));
    slab_init(&ledger->cancelled, sizeof(struct cancelled));
    index_init(&ledger->by_address);
    index_init(&ledger->by_root);
    index_init(&ledger->by_cancelled);
    task_names_init(&ledger->names, seed);
}

/* The class that has room for `size` bytes of content, TAIL_CLASSES: none. */
static unsigned tail_class(size_t size)
{
    unsigned class = 0;
    while (class < TAIL_CLASSES && offsetof(struct task_tail, bytes) + size > tail_size[class])
        class ++;
    return class;
}

static void add_tails(struct ledger *ledger, unsigned class)
{
    uint32_t count = ledger->tails[class].chunk_count++;
    uint8_t *chunk = mem_alloc(TAILS_IN_CHUNK * tail_size[class]);
    ledger->tails[class].chunks = mem_resize(ledger->tails[class].chunks, count + 1, sizeof(uint8_t *));
    ledger->tails[class].chunks[count] = chunk;
    for (size_t i = TAILS_IN_CHUNK; i > 0; i--) {
        struct task_tail *tail = (struct task_tail *)(void *)(chunk + (i - 1) * tail_size[class]);
        tail->spare = ledger->tails[class].spare;
        ledger->tails[class].spare = tail;
    }
}

/* Memory for a tail with `size` bytes of content. Asking malloc for small ones in bursts took a seventh of
 * the broker's time per task, and a third more memory. */
static struct task_tail *tail_memory(struct ledger *ledger, size_t size)
{
    unsigned class = tail_class(size);
    if (class == TAIL_CLASSES)
        return mem_alloc(offsetof(struct task_tail, bytes) + size);
    if (ledger->tails[class].spare == NULL)
        add_tails(ledger, class);
    struct task_tail *tail = ledger->tails[class].spare;
    ledger->tails[class].spare = tail->spare;
    return tail;
}

static void free_messages(struct task_past *past)
{
    for (uint32_t i = 0; i < past->message_count; i++)
        slice_drop(&past->messages[i]);
    mem_free(past->messages);
    past->messages = NULL;
    past->message_count = 0;
    past->message_bytes = 0;
}

static void free_past(struct task_past *past)
{
    if (past == NULL)
        return;
    free_messages(past);
    mem_free(past->losses);
    mem_free(past);
}

static void free_tail(struct ledger *ledger, struct task_tail *tail)
{
    if (tail == NULL)
        return;
    free_past(tail->past);
    task_names_drop(&ledger->names, tail->name);
    unsigned class = tail_class((size_t)tail->breadcrumbs_size + tail->meta_size);
    if (class == TAIL_CLASSES) {
        mem_free(tail);
        return;
    }
    tail->spare = ledger->tails[class].spare;
    ledger->tails[class].spare = tail;
}

/* The numbers that are in use are those that the indexes name. */
void ledger_free(struct ledger *ledger)
{
    size_t place = 0;
    for (uint32_t number; (number = index_walk(&ledger->by_address, &place)) != NO_RECORD;) {
        blob_unref(ledger_task(ledger, number)->body);
        free_tail(ledger, ledger_task(ledger, number)->tail);
    }
    for (unsigned class = 0; class < TAIL_CLASSES; class ++) {
        for (uint32_t i = 0; i < ledger->tails[class].chunk_count; i++)
            mem_free(ledger->tails[class].chunks[i]);
        mem_free(ledger->tails[class].chunks);
    }
    place = 0;
    for (uint32_t number; (number = index_walk(&ledger->by_root, &place)) != NO_RECORD;)
        mem_free(ledger_root(ledger, number)->touched_more);
    index_free(&ledger->by_address);
    index_free(&ledger->by_root);
    index_free(&ledger->by_cancelled);
    task_names_free(&ledger->names);
    slab_clear(&ledger->tasks);
    slab_clear(&ledger->roots);
    slab_clear(&ledger->cancelled);
}

static struct task_tail *tail_of(struct ledger *ledger, const struct task_header *header)
{
    size_t breadcrumbs =
        header->breadcrumbs.count ? (size_t)(header->breadcrumbs.end - header->breadcrumbs.at) : 0;
    size_t size = breadcrumbs + header->meta.size;
    if (size == 0 && header->name.size == 0)
        return NULL;
    assert(header->breadcrumbs.count <= MAX_BREADCRUMBS);
    struct task_tail *tail = tail_memory(ledger, size);
    *tail = (struct task_tail){.breadcrumbs_size = (uint16_t)breadcrumbs,
                               .name = task_names_use(&ledger->names, header->name),
                               .share = NO_SHARE,
                               .breadcrumbs_count = (uint8_t)header->breadcrumbs.count,
                               .meta_size = (uint32_t)header->meta.size};
    if (breadcrumbs)
        memcpy(tail->bytes, header->breadcrumbs.at, breadcrumbs);
    if (header->meta.size)
        memcpy(tail->bytes + breadcrumbs, header->meta.data, header->meta.size);
    return tail;
}

uint32_t ledger_add(struct ledger *ledger, const struct task_header *header, struct slice body,
                    unsigned runtime)
{
    uint32_t number = slab_take(&ledger->tasks);
    struct task *task = ledger_task(ledger, number);
    task->address = header->return_address;
    task->body = blob_of_slice(body);
    task->tail = tail_of(ledger, header);
    task->root = task->owner = task->holder = NO_RECORD;
    task->next = task->previous = task->root_next = task->root_previous = NO_RECORD;
    task->priority = header->priority;
    _Static_assert(MAX_BREADCRUMBS <= UINT8_MAX, "the depth is a byte");
    task->depth = (uint8_t)header->breadcrumbs.count;
    task->runtime = (uint8_t)(runtime & 63);
    if (header->attempt > 0)
        ledger_set_attempts(ledger, task, header->attempt, 0);
    index_add(&ledger->by_address, hash_of(ledger, &task->address), number);
    return number;
}

static void leave_root(struct ledger *ledger, struct task *task)
{
    if (task->root == NO_RECORD)
        return;
    struct root *root = ledger_root(ledger, task->root);
    if (task->root_previous == NO_RECORD) {
        root->tasks = task->root_next;
    } else {
        ledger_task(ledger, task->root_previous)->root_next = task->root_next;
    }
    if (task->root_next != NO_RECORD)
        ledger_task(ledger, task->root_next)->root_previous = task->root_previous;
    root->task_count--;
}

void ledger_remove(struct ledger *ledger, uint32_t number)
{
    struct task *task = ledger_task(ledger, number);
    assert(!task->queued && ledger_holder(task) == NO_RECORD);
    leave_root(ledger, task);
    index_remove(&ledger->by_address, hash_of(ledger, &task->address), number);
    blob_unref(task->body);
    free_tail(ledger, task->tail);
    slab_give(&ledger->tasks, number);
}

uint32_t ledger_find(const struct ledger *ledger, const struct address *address)
{
    struct index_cursor cursor = index_find(&ledger->by_address, hash_of(ledger, address));
    for (uint32_t number; (number = index_next(&ledger->by_address, &cursor)) != NO_RECORD;) {
        if (address_equal(&ledger_task(ledger, number)->address, address))
            return number;
    }
    return NO_RECORD;
}

struct list ledger_breadcrumbs(const struct task *task)
{
    if (task->tail == NULL)
        return (struct list){0};
    return (struct list){task->tail->bytes, task->tail->bytes + task->tail->breadcrumbs_size,
                         task->tail->breadcrumbs_count};
}

struct address ledger_root_address(const struct task *task)
{
    struct list breadcrumbs = ledger_breadcrumbs(task);
    struct address root = task->address;
    list_next_address(&breadcrumbs, &root);
    return root;
}

struct address ledger_root_of_header(const struct task_header *header)
{
    struct list breadcrumbs = header->breadcrumbs;
    struct address root = header->return_address;
    list_next_address(&breadcrumbs, &root);
    return root;
}

void ledger_header(const struct ledger *ledger, const struct task *task, const char *runtime,
                   struct task_header *header)
{
    const struct task_tail *tail = task->tail;
    *header = (struct task_header){
        .return_address = task->address,
        .comp_task_id = ledger_root_address(task).mailbox,
        .breadcrumbs = ledger_breadcrumbs(task),
        .runtime = span_text(runtime),
        .attempt = ledger_attempts(task),
        .priority = task->priority,
        .name = ledger_name(ledger, task),
    };
    if (tail)
        header->meta = (struct span){tail->bytes + tail->breadcrumbs_size, tail->meta_size};
}

/* The tail of a task that may have none yet. */
static struct task_tail *need_tail(struct ledger *ledger, struct task *task)
{
    if (task->tail == NULL) {
        task->tail = tail_memory(ledger, 0);
        *task->tail = (struct task_tail){.past = NULL, .name = NO_NAME, .share = NO_SHARE};
    }
    return task->tail;
}

void ledger_set_share(struct ledger *ledger, struct task *task, uint32_t share)
{
    if (share != NO_SHARE)
        need_tail(ledger, task)->share = share;
}

static struct task_past *past_of(struct ledger *ledger, struct task *task)
{
    struct task_tail *tail = need_tail(ledger, task);
    if (tail->past == NULL)
        tail->past = mem_zalloc(1, sizeof *tail->past);
    return tail->past;
}

void ledger_keep_message(struct ledger *ledger, struct task *task, struct slice message)
{
    struct task_past *past = past_of(ledger, task);
    if (past->message_count == MAX_KEPT_MESSAGES || past->message_bytes + message.size > MAX_KEPT_BYTES)
        past->too_many = true;
    if (past->too_many) {
        slice_drop(&message);
        free_messages(past);
        return;
    }
    past->messages = mem_resize(past->messages, past->message_count + 1, sizeof(*past->messages));
    past->messages[past->message_count++] = message;
    past->message_bytes += message.size;
}

void ledger_set_attempts(struct ledger *ledger, struct task *task, uint32_t attempt, uint32_t blamed)
{
    struct task_past *past = past_of(ledger, task);
    past->attempt = attempt < UINT8_MAX ? (uint8_t)attempt : UINT8_MAX;
    past->blamed = blamed < UINT8_MAX ? (uint8_t)blamed : UINT8_MAX;
}

void ledger_note_loss(struct ledger *ledger, struct task *task, struct span text, bool blame)
{
    struct task_past *past = past_of(ledger, task);
    if (past->attempt < UINT8_MAX)
        past->attempt++;
    if (blame && past->blamed < UINT8_MAX)
        past->blamed++;
    size_t size = past->losses ? strlen(past->losses) : 0;
    if (size + text.size > MAX_LOSSES_TEXT)
        return;
    char number[24];
    int length = snprintf(number, sizeof number, "%sattempt %u: ", size ? "\n" : "", past->attempt);
    past->losses = mem_resize(past->losses, size + (size_t)length + text.size + 1, 1);
    memcpy(past->losses + size, number, (size_t)length);
    memcpy(past->losses + size + (size_t)length, text.data, text.size);
    past->losses[size + (size_t)length + text.size] = 0;
}
