/* worker_read: what the shim says to a worker, PROTOCOL.md section 5. */
#include <string.h>

#include "clients/c/core/worker_inner.h"
#include "common/wire/batch.h"

static void read_connect(struct worker *worker, const struct message *message, struct slice *body)
{
    struct list ranges = message->connect.ranges;
    uint32_t upper;
    (void)body;
    if (message->connect.paths.count > 0)
        items_add(&worker->mail, item_paths(message->connect.paths, 0));
    if (worker->has_id || !list_next_range(&ranges, &worker->id, &upper))
        return;
    struct message answer = {.kind = KIND_STARTED};
    answer.started.total_workers = 1;
    answer.started.runtimes = builder_list(&worker->runtimes);
    worker->has_id = true;
    say(worker, &answer, SLICE_NONE);
}

static void read_importpath(struct worker *worker, const struct message *message, struct slice *body)
{
    (void)body;
    items_add(&worker->mail, item_paths(message->importpath.paths, message->importpath.session));
}

static void read_submit(struct worker *worker, const struct message *message, struct slice *body)
{
    struct batch batch;
    struct task_header task;
    struct slice piece;
    if (!batch_open(&batch, message, body)) {
        worker_finish(worker, MAILROOM_END_LOST,
                      "the shim broke the protocol: SUBMIT_BATCH: lengths and body");
        return;
    }
    uint32_t count = 0;
    worker->receipt = message->seq;
    while (batch_next_task(&batch, &task, &piece)) {
        uint32_t share;
        worker->said.read++;
        if (!post_share_find(worker->boss, task.shared, &share)) {
            worker_finish(worker, MAILROOM_END_LOST,
                          "the shim broke the protocol: SUBMIT: it names a part that there is not");
            return;
        }
        struct item *item = item_task(&task, slice_keep(piece.blob, piece.offset, piece.size));
        if (share != NO_SHARE && post_share_at(&worker->post, share)->blob) {
            const struct share *part = post_share_at(&worker->post, share);
            item_share(item, task.shared, slice_of(part->blob, 0, part->size));
        }
        ahead_add(worker, item);
        count++;
    }
    ahead_return_crossed(worker, message->ack, count);
}

/* Parts are of one direction of one link, so their numbers are never used again. */
static void read_share(struct worker *worker, const struct message *message, struct slice *body)
{
    const char *why = post_share_open(&worker->post, worker->boss, message->share.number, *body, NULL, false);
    if (why)
        worker_finish(worker, MAILROOM_END_LOST, "the shim broke the protocol: %s", why);
}

static void read_unshare(struct worker *worker, const struct message *message, struct slice *body)
{
    const char *why = post_share_close(&worker->post, worker->boss, message->share.number);
    (void)body;
    if (why)
        worker_finish(worker, MAILROOM_END_LOST, "the shim broke the protocol: %s", why);
    else
        items_add(&worker->mail, item_unshare(message->share.number));
}

static void read_result(struct worker *worker, const struct message *message, struct slice *body)
{
    struct batch batch;
    struct result_header result;
    struct slice piece;
    if (!batch_open(&batch, message, body)) {
        worker_finish(worker, MAILROOM_END_LOST,
                      "the shim broke the protocol: RESULT_BATCH: lengths and body");
        return;
    }
    while (batch_next_result(&batch, &result, &piece))
        items_add(&worker->mail, item_result(&result, slice_keep(piece.blob, piece.offset, piece.size)));
}

static void read_cancel(struct worker *worker, const struct message *message, struct slice *body)
{
    struct list addresses = message->cancel.addresses;
    (void)body;
    for (struct address address; list_next_address(&addresses, &address);) {
        ahead_cancel(worker, &address);
        items_add(&worker->mail, item_cancel(&address));
    }
}

static void read_communicate(struct worker *worker, const struct message *message, struct slice *body)
{
    struct list addresses = message->addresses.addresses;
    builder_reset(&worker->list);
    for (struct address address; list_next_address(&addresses, &address);) {
        if (!ahead_message(worker, &address, body))
            builder_address(&worker->list, &address);
    }
    if (worker->list.count > 0)
        items_add(&worker->mail, item_message(builder_list(&worker->list), slice_ref(body)));
}

static void read_lost(struct worker *worker, const struct message *message, struct slice *body)
{
    struct list ranges = message->lost.ranges;
    (void)body;
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);) {
        if (worker->has_id && lower <= worker->id && worker->id < upper)
            worker_finish(worker, MAILROOM_END_LOST,
                          "the shim counts this worker as lost, and its id is used no more");
    }
}

static void read_recall(struct worker *worker, const struct message *message, struct slice *body)
{
    (void)body;
    ahead_return(worker, message->recall.count, &message->recall.runtimes);
}

static void read_shutdown(struct worker *worker, const struct message *message, struct slice *body)
{
    (void)body;
    worker_finish(worker, MAILROOM_END_TOLD, "%.*s", (int)message->shutdown.text.size,
                  (const char *)message->shutdown.text.data);
}

static void read_disconnect(struct worker *worker, const struct message *message, struct slice *body)
{
    (void)body;
    worker_finish(worker, MAILROOM_END_LEFT, "the shim ends: %.*s", (int)message->disconnect.text.size,
                  (const char *)message->disconnect.text.data);
}

/* The shim drops who it cannot understand; another word of its is for people. */
static void read_error(struct worker *worker, const struct message *message, struct slice *body)
{
    (void)body;
    if (message->error.code == CODE_MALFORMED || message->error.code == CODE_UNEXPECTED)
        worker_finish(worker, MAILROOM_END_LOST, "the shim has ended the link: %.*s",
                      (int)message->error.text.size, (const char *)message->error.text.data);
}

/* A worker has nobody below whom it could ask to finish: it goes on, and is given no more. */
static void read_drain(struct worker *worker, const struct message *message, struct slice *body)
{
    (void)worker, (void)message, (void)body;
}

static void (*const readers[KIND_LIMIT])(struct worker *worker, const struct message *message,
                                         struct slice *body) = {
    [KIND_CONNECT] = read_connect,    [KIND_IMPORTPATH] = read_importpath,
    [KIND_SUBMIT] = read_submit,      [KIND_SUBMIT_BATCH] = read_submit,
    [KIND_SHARE] = read_share,        [KIND_UNSHARE] = read_unshare,
    [KIND_RESULT] = read_result,      [KIND_RESULT_BATCH] = read_result,
    [KIND_CANCEL] = read_cancel,      [KIND_COMMUNICATE] = read_communicate,
    [KIND_EMPLOYEE_LOST] = read_lost, [KIND_RECALL] = read_recall,
    [KIND_SHUTDOWN] = read_shutdown,  [KIND_DISCONNECT] = read_disconnect,
    [KIND_ERROR] = read_error,        [KIND_DRAIN] = read_drain,
};

void worker_read(struct worker *worker, const struct message *message, struct slice body)
{
    if (message->kind < KIND_LIMIT && readers[message->kind])
        readers[message->kind](worker, message, &body);
    else
        worker_finish(worker, MAILROOM_END_LOST, "the shim broke the protocol: it may not send %s",
                      kind_name(message->kind));
    slice_drop(&body);
}
