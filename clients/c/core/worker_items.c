/* worker_items: what a worker's loop is given, each in one piece of memory; see worker_inner.h. */
#include <assert.h>
#include <string.h>

#include "clients/c/core/worker_inner.h"
#include "common/base/mem.h"

struct mailroom_address shown_address(const struct address *address)
{
    return (struct mailroom_address){address->worker, address->slot, address->mailbox};
}

struct address inner_address(const struct mailroom_address *address)
{
    return (struct address){.worker = address->worker, .slot = address->slot, .mailbox = address->mailbox};
}

static struct item *make(enum mailroom_item_kind kind, size_t memory, struct slice body)
{
    struct item *item = mem_alloc(sizeof *item + memory);
    memset(item, 0, sizeof *item);
    item->shown.kind = kind;
    item->body = body;
    item->shown.body = slice_data(&item->body);
    item->shown.body_size = body.size;
    return item;
}

/* Copies a text to `*at`, with a zero behind it, and moves on. */
static const char *keep_text(char **at, struct span text)
{
    char *kept = *at;
    if (text.size)
        memcpy(kept, text.data, text.size);
    kept[text.size] = 0;
    *at += text.size + 1;
    return kept;
}

static struct mailroom_address *keep_addresses(struct item *item, struct list list)
{
    struct mailroom_address *at = (struct mailroom_address *)item->memory;
    for (struct address address; list_next_address(&list, &address);)
        *at++ = shown_address(&address);
    return at;
}

struct item *item_task(const struct task_header *task, struct slice body)
{
    size_t addresses = task->breadcrumbs.count * sizeof(struct mailroom_address);
    struct item *item = make(MAILROOM_ITEM_TASK,
                             addresses + task->runtime.size + task->name.size + task->meta.size + 3, body);
    struct mailroom_work *shown = &item->shown.task;
    char *at = (char *)keep_addresses(item, task->breadcrumbs);
    shown->breadcrumbs = (struct mailroom_address *)item->memory;
    shown->breadcrumb_count = task->breadcrumbs.count;
    shown->address = shown_address(&task->return_address);
    shown->comp_task_id = task->comp_task_id;
    shown->attempt = task->attempt;
    shown->priority = task->priority;
    shown->flags = task->flags;
    shown->runtime = keep_text(&at, task->runtime);
    shown->name = keep_text(&at, task->name);
    shown->meta = keep_text(&at, task->meta);
    shown->meta_size = task->meta.size;
    item->shown.session = task->session;
    return item;
}

void item_share(struct item *item, uint64_t number, struct slice part)
{
    item->shared = part;
    item->shown.shared = slice_data(&item->shared);
    item->shown.shared_size = part.size;
    item->shown.shared_number = number;
}

struct item *item_unshare(uint64_t number)
{
    struct item *item = make(MAILROOM_ITEM_UNSHARE, 0, SLICE_NONE);
    item->shown.shared_number = number;
    return item;
}

struct item *item_result(const struct result_header *result, struct slice body)
{
    struct item *item = make(MAILROOM_ITEM_RESULT, 0, body);
    item->shown.address = shown_address(&result->return_address);
    item->shown.completed_by = result->completed_by;
    return item;
}

struct item *item_cancel(const struct address *address)
{
    struct item *item = make(MAILROOM_ITEM_CANCEL, 0, SLICE_NONE);
    item->shown.address = shown_address(address);
    return item;
}

struct item *item_message(struct list addresses, struct slice body)
{
    struct item *item = make(MAILROOM_ITEM_MESSAGE, addresses.count * sizeof(struct mailroom_address), body);
    keep_addresses(item, addresses);
    item->shown.addresses = (struct mailroom_address *)item->memory;
    item->shown.address_count = addresses.count;
    return item;
}

struct item *item_paths(struct list paths, uint64_t session)
{
    size_t size = paths.count * sizeof(char *);
    struct list each = paths;
    for (struct span path; list_next_text(&each, &path);)
        size += path.size + 1;
    struct item *item = make(MAILROOM_ITEM_PATHS, size, SLICE_NONE);
    const char **at = (const char **)item->memory;
    char *texts = (char *)(at + paths.count);
    item->shown.paths = at;
    item->shown.path_count = paths.count;
    item->shown.session = session;
    for (struct span path; list_next_text(&paths, &path);)
        *at++ = keep_text(&texts, path);
    return item;
}

struct item *item_end(enum mailroom_end end, const char *text)
{
    struct item *item = make(MAILROOM_ITEM_END, strlen(text) + 1, SLICE_NONE);
    char *at = (char *)item->memory;
    item->shown.end = end;
    item->shown.text = keep_text(&at, span_text(text));
    return item;
}

void items_add(struct items *items, struct item *item)
{
    *items->last = item;
    items->last = &item->next;
}

void mailroom_item_free(struct mailroom_item *shown)
{
    struct item *item = (struct item *)shown;
    if (item == NULL)
        return;
    while (item->later) {
        struct item *next = item->later->next;
        mailroom_item_free(&item->later->shown);
        item->later = next;
    }
    slice_drop(&item->body);
    slice_drop(&item->shared);
    mem_free(item);
}
