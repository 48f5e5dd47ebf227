/* clerk: see clerk.h. */
#include "tests/sim/clerk.h"

#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/batch.h"

static uint64_t now_of(const struct sim_hand *hand)
{
    return process_now(hand->process) * 1000000;
}

void clerk_make(struct sim_hand *hand, bool paged)
{
    struct rng *rng = &hand->process->rng;
    struct mailroom_runtime runtimes[3] = {{NULL, NULL}};
    struct worker_config config = {.address = "shim",
                                   .name = hand->process->given,
                                   .software = "simulator 1",
                                   .runtimes = runtimes,
                                   .max_body = hand->line.limits.max_body,
                                   .shares = hand->worker.shares};
    rng_bytes(rng, config.boot, UUID_SIZE);
    config.seed = rng_next(rng);
    for (; hand->runtimes[config.runtime_count]; config.runtime_count++)
        runtimes[config.runtime_count] = (struct mailroom_runtime){hand->runtimes[config.runtime_count], "1"};
    page_init(&hand->page);
    config.page = paged ? &hand->page : NULL;
    hand->core = worker_new(&config, now_of(hand));
}

/* The addresses of a list, to be freed. */
static struct address *addresses_of(struct list list, size_t *count)
{
    struct address *all = mem_alloc(list.count * sizeof(*all) + 1);
    *count = 0;
    while (list_next_address(&list, &all[*count]))
        ++*count;
    return all;
}

static struct mailroom_address outer(const struct address *address)
{
    return (struct mailroom_address){address->worker, address->slot, address->mailbox};
}

/* A child as the library takes it; its breadcrumbs are to be freed. */
static struct mailroom_child child_of(const struct task_header *header, const struct slice *body)
{
    static char runtime[MAX_RUNTIME + 1], name[MAX_NAME + 1]; /* all of a batch have the same */
    size_t count = 0;
    struct mailroom_address *crumbs = mem_alloc(header->breadcrumbs.count * sizeof(*crumbs) + 1);
    struct list list = header->breadcrumbs;
    for (struct address crumb; list_next_address(&list, &crumb);)
        crumbs[count++] = outer(&crumb);
    snprintf(runtime, sizeof runtime, "%.*s", (int)header->runtime.size, (const char *)header->runtime.data);
    snprintf(name, sizeof name, "%.*s", (int)header->name.size, (const char *)header->name.data);
    return (struct mailroom_child){.task = {.address = outer(&header->return_address),
                                            .comp_task_id = header->comp_task_id,
                                            .breadcrumbs = crumbs,
                                            .breadcrumb_count = count,
                                            .runtime = runtime,
                                            .priority = header->priority,
                                            .name = name},
                                   .body = {.data = slice_data(body), .size = body->size}};
}

static void say_children(struct sim_hand *hand, const struct message *message, const struct slice *body)
{
    struct batch batch;
    struct task_header header;
    struct slice piece;
    size_t count = 0;
    if (!batch_open(&batch, message, body))
        return;
    struct mailroom_child *children = mem_alloc(batch.count * sizeof(*children));
    while (batch_next_task(&batch, &header, &piece))
        children[count++] = child_of(&header, &piece);
    struct mailroom_body part = {.data = slice_data(&hand->part), .size = hand->part.size};
    worker_submit(hand->core, part.size ? &part : NULL, children, count, now_of(hand));
    for (size_t i = 0; i < count; i++)
        mem_free((void *)(uintptr_t)children[i].task.breadcrumbs);
    mem_free(children);
}

/* What is said of addresses. */
static void say_list(struct sim_hand *hand, const struct message *message, struct slice *body)
{
    bool cancel = message->kind == KIND_CANCEL;
    size_t count;
    struct address *all =
        addresses_of(cancel ? message->cancel.addresses : message->addresses.addresses, &count);
    if (cancel)
        worker_cancel(hand->core, &message->cancel.root, all, count, now_of(hand));
    else if (message->kind == KIND_UPDATE)
        worker_update(hand->core, all, NULL, now_of(hand));
    else
        worker_message(hand->core, all, count, slice_ref(body), now_of(hand));
    mem_free(all);
}

void clerk_say(struct sim_hand *hand, const struct message *message, struct slice body)
{
    struct worker *core = hand->core;
    uint64_t now = now_of(hand);
    switch (message->kind) {
    case KIND_RESULT:
        worker_result(core, &message->result.return_address, slice_ref(&body), NULL, now);
        break;
    case KIND_ERROR:
        worker_fail(core, &message->error.task, &message->error.root, message->error.text, SLICE_NONE, NULL,
                    now);
        break;
    case KIND_LOG:
        worker_log(core, &message->log.task, &message->log.root, (uint32_t)message->log.level,
                   message->log.logger, message->log.text, SLICE_NONE, now);
        break;
    case KIND_SUBMIT:
    case KIND_SUBMIT_BATCH: say_children(hand, message, &body); break;
    case KIND_CANCEL:
    case KIND_UPDATE:
    case KIND_COMMUNICATE: say_list(hand, message, &body); break;
    case KIND_WAITING:
        if (message->waiting.idle > 0)
            worker_waiting(core, now);
        else
            worker_awake(core, NULL, now);
        break;
    case KIND_STARTED: break; /* the core has said it */
    case KIND_SHARE: hand->part = slice_ref(&body); break;
    case KIND_UNSHARE: slice_drop(&hand->part); break;
    default: world_fail(hand->process->world, "%s: gives a task back itself", hand->process->name);
    }
    slice_drop(&body);
}

static struct address inner(const struct mailroom_address *address)
{
    return (struct address){.worker = address->worker, .slot = address->slot, .mailbox = address->mailbox};
}

static void give_task(struct sim_hand *hand, const struct mailroom_work *task, const struct slice *body)
{
    struct builder crumbs = {0};
    struct message message = {.kind = KIND_SUBMIT, .seq = ++hand->seq};
    for (size_t i = 0; i < task->breadcrumb_count; i++) {
        struct address crumb = inner(&task->breadcrumbs[i]);
        builder_address(&crumbs, &crumb);
    }
    message.submit = (struct task_header){.return_address = inner(&task->address),
                                          .comp_task_id = task->comp_task_id,
                                          .breadcrumbs = builder_list(&crumbs),
                                          .runtime = span_text(task->runtime),
                                          .attempt = task->attempt,
                                          .priority = (uint8_t)task->priority,
                                          .name = span_text(task->name),
                                          .meta = {task->meta, task->meta_size}};
    world_came(hand->process->world, &message.submit.return_address, task->attempt);
    sim_worker_read(&hand->worker, &message, body);
    builder_free(&crumbs);
}

/* A task's whole body. */
static struct slice body_of(const struct mailroom_item *item)
{
    uint8_t *bytes;
    size_t size = item->shared_size + item->body_size;
    if (size == 0)
        return SLICE_NONE;
    struct blob *blob = blob_new(size, &bytes);
    if (item->shared_size)
        memcpy(bytes, item->shared, item->shared_size);
    if (item->body_size)
        memcpy(bytes + item->shared_size, item->body, item->body_size);
    return (struct slice){blob, 0, size};
}

/* An item as the message that brought it. */
static void give(struct sim_hand *hand, const struct mailroom_item *item)
{
    struct slice body = body_of(item);
    struct builder list = {0};
    struct message message = {.kind = KIND_IMPORTPATH};
    struct address address = inner(&item->address);
    if (item->kind == MAILROOM_ITEM_RESULT) {
        message.kind = KIND_RESULT;
        message.result =
            (struct result_header){.return_address = address, .completed_by = item->completed_by};
    } else if (item->kind == MAILROOM_ITEM_CANCEL) {
        message.kind = KIND_CANCEL;
        builder_address(&list, &address);
        message.cancel.addresses = builder_list(&list);
    } else if (item->kind == MAILROOM_ITEM_MESSAGE) {
        message.kind = KIND_COMMUNICATE;
        for (size_t i = 0; i < item->address_count; i++) {
            address = inner(&item->addresses[i]);
            builder_address(&list, &address);
        }
        message.addresses.addresses = builder_list(&list);
    }
    if (item->kind == MAILROOM_ITEM_TASK)
        give_task(hand, &item->task, &body);
    else
        sim_worker_read(&hand->worker, &message, &body);
    builder_free(&list);
    slice_drop(&body);
}

bool clerk_give(struct sim_hand *hand)
{
    const char *text;
    for (struct mailroom_item *item;
         !worker_end(hand->core, &text) && (item = worker_next(hand->core, now_of(hand)));) {
        give(hand, item);
        mailroom_item_free(item);
    }
    return !worker_end(hand->core, &text);
}
