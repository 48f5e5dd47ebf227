/* ledger: the tasks' half; see ledger.h. Roots are ledger_root.c's, what not every task has is
 * ledger_tail.c's, how they are found ledger_find.c's. */
#include "common/boss/ledger.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/boss/ledger_find.h"
#include "common/boss/ledger_tail.h"

void ledger_init(struct ledger *ledger, uint64_t seed)
{
    *ledger = (struct ledger){.seed = seed};
    slab_init_giving(&ledger->tasks, sizeof(struct task));
    slab_init_giving(&ledger->kins, sizeof(struct kin));
    slab_init_giving(&ledger->roots, sizeof(struct root));
    slab_init_giving(&ledger->cancelled, sizeof(struct cancelled));
    slab_init_giving(&ledger->raised, sizeof(struct raised));
    tails_init(ledger);
    ledger_find_init(ledger);
    index_init(&ledger->by_root);
    index_init(&ledger->by_cancelled);
    index_init(&ledger->by_raised);
    task_names_init(&ledger->names, seed);
}

uint32_t ledger_walk(const struct ledger *ledger, uint32_t *place)
{
    while (*place < ledger->tasks.fresh) {
        uint32_t number = (*place)++;
        if (!slab_has(&ledger->tasks, number))
            *place = (number / SLAB_CHUNK + 1) * SLAB_CHUNK; /* the rest of the chunk was never used */
        else if (ledger_task(ledger, number)->live)
            return number;
    }
    return NO_RECORD;
}

void ledger_free(struct ledger *ledger)
{
    uint32_t place = 0;
    for (uint32_t number; (number = ledger_walk(ledger, &place)) != NO_RECORD;) {
        blob_unref(ledger_task(ledger, number)->body);
        tail_drop(ledger, ledger_task(ledger, number)->tail);
    }
    tails_free(ledger);
    for (uint32_t i = 0; i < ledger->roots.fresh; i++) {
        if (ledger_has_root(ledger, i))
            mem_free(ledger_root(ledger, i)->touched_more);
    }
    ledger_find_free(ledger);
    index_free(&ledger->by_root);
    index_free(&ledger->by_cancelled);
    index_free(&ledger->by_raised);
    task_names_free(&ledger->names);
    slab_clear(&ledger->tasks);
    slab_clear(&ledger->kins);
    slab_clear(&ledger->roots);
    slab_clear(&ledger->cancelled);
    slab_clear(&ledger->raised);
}

uint32_t ledger_add(struct ledger *ledger, const struct task_header *header, uint32_t share,
                    struct slice body, unsigned runtime)
{
    uint32_t number = slab_take(&ledger->tasks);
    struct task *task = ledger_task(ledger, number);
    task->address = header->return_address;
    task->body = blob_of_slice(body);
    task->tail = tail_take(ledger, header, share);
    task->owner = task->holder = task->next = task->previous = task->begun_flow = NO_RECORD;
    task->priority = header->priority;
    _Static_assert(MAX_BREADCRUMBS <= UINT8_MAX, "the depth is a byte");
    task->depth = (uint8_t)header->breadcrumbs.count;
    task->runtime = (uint8_t)(runtime & 63);
    task->timed = (header->flags & TASK_TIMED) != 0;
    task->live = true;
    if (header->attempt > 0)
        ledger_set_attempts(ledger, task, header->attempt, 0);
    return number;
}

uint32_t ledger_add_alike(struct ledger *ledger, uint32_t other, uint32_t slot, struct slice body)
{
    struct task_tail *tail = ledger_task(ledger, other)->tail;
    if (tail && !tail_share(tail))
        return NO_RECORD;
    uint32_t number = slab_take(&ledger->tasks);
    struct task *task = ledger_task(ledger, number);
    *task = *ledger_task(ledger, other);
    assert(!task->joined && task->depth == 0 && !task->listed);
    task->address.slot = slot;
    task->body = blob_of_slice(body);
    task->holder = task->next = task->previous = NO_RECORD;
    task->queued = task->again = false;
    return number;
}

size_t ledger_cost_of(const struct task_header *header, size_t body)
{
    return TASK_COST + task_texts(header) + (header->name.size > 0 ? NAME_COST : 0) + body;
}

size_t ledger_cost_of_batch(const struct batch *batch)
{
    return batch->count * (size_t)TASK_COST + batch->alike.texts + batch->alike.named * (size_t)NAME_COST +
           batch->kept;
}

size_t ledger_cost(const struct task *task)
{
    const struct task_tail *tail = task->tail;
    size_t cost = TASK_COST + blob_cost(task->body);
    if (tail == NULL)
        return cost;
    cost += tail->cost;
    if (tail->past)
        cost += sizeof *tail->past + tail->past->message_cost + tail->past->losses_size;
    return cost;
}

void ledger_remove(struct ledger *ledger, uint32_t number)
{
    struct task *task = ledger_task(ledger, number);
    assert(!task->queued && ledger_holder(task) == NO_RECORD);
    if (task->joined)
        ledger_leave_root(ledger, number);
    if (task->listed)
        ledger_unlist(ledger, number);
    task->live = false;
    blob_unref(task->body);
    tail_drop(ledger, task->tail);
    slab_give(&ledger->tasks, number);
}

struct list ledger_breadcrumbs(const struct task *task)
{
    if (task->tail == NULL)
        return (struct list){0};
    return (struct list){task->tail->bytes, task->tail->bytes + task->tail->breadcrumbs_size,
                         task->tail->breadcrumbs_count};
}

bool ledger_parent(const struct task *task, struct address *parent)
{
    struct list breadcrumbs = ledger_breadcrumbs(task);
    while (list_next_address(&breadcrumbs, parent))
        continue;
    return task->depth > 0;
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

void ledger_header(const struct ledger *ledger, const struct task *task, struct span runtime,
                   struct task_header *header)
{
    const struct task_tail *tail = task->tail;
    *header = (struct task_header){
        .return_address = task->address,
        .comp_task_id = task->address.mailbox, /* of a root */
        .runtime = runtime,
        .priority = task->priority,
        .flags = task->timed ? TASK_TIMED : 0,
        .seen = true, /* it was decoded before it came here */
    };
    if (tail == NULL)
        return;
    header->name = task_names_text(&ledger->names, tail->name);
    header->meta = (struct span){tail->bytes + tail->breadcrumbs_size, tail->meta_size};
    if (tail->past)
        header->attempt = tail->past->attempt;
    if (task->depth == 0)
        return;
    header->breadcrumbs = ledger_breadcrumbs(task);
    header->comp_task_id = ledger_root_address(task).mailbox;
}
