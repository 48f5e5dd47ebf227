/* worker_say: what a worker's loop says. Results gather for a millisecond at the most, and leave at once when
 * they come slowly; so do cancels, which come one by one. All else leaves at once, behind what had gathered:
 * the line is one queue. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clients/c/core/worker_inner.h"
#include "common/base/mem.h"

static int refuse(struct worker *worker, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int refuse(struct worker *worker, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(worker->why, sizeof worker->why, format, arguments);
    va_end(arguments);
    return code;
}

const char *worker_why(const struct worker *worker)
{
    return worker->why;
}

/* At once where things leave rarely. */
uint64_t say_when(const struct worker *worker)
{
    return worker->tick_at == NEVER ? worker->now / NS_IN_MS : worker->tick_at;
}

void say_soon(struct worker *worker)
{
    if (worker->flush_at == NEVER)
        worker->flush_at = say_when(worker);
}

static void say_cancels(struct worker *worker)
{
    struct message message = {.kind = KIND_CANCEL};
    if (worker->cancels.count == 0)
        return;
    message.cancel.corr = message.cancel.state = NO_NUMBER;
    message.cancel.addresses = builder_list(&worker->cancels);
    message.cancel.has_root = true;
    message.cancel.root = worker->cancels_root;
    post_send(&worker->post, worker->boss, &message, SLICE_NONE);
    builder_reset(&worker->cancels);
}

void say_gathered(struct worker *worker)
{
    for (uint32_t i = 0; i < worker->done_count; i++) {
        struct result_header result = {.return_address = worker->done[i].task, .completed_by = worker->id};
        if (worker->done[i].timed) {
            result.timed = TIMING_WORKER;
            result.timing = worker->done[i].timing;
        }
        post_send_result(&worker->post, worker->boss, &result, worker->done[i].body);
    }
    worker->done_count = 0;
    worker->done_bytes = 0;
    say_cancels(worker);
}

static void gather(struct worker *worker, const struct address *task, struct slice body,
                   const struct timing *timing)
{
    if (worker->done_count == worker->done_capacity) {
        worker->done_capacity = worker->done_capacity ? 2 * worker->done_capacity : 64;
        worker->done = mem_resize(worker->done, worker->done_capacity, sizeof(*worker->done));
    }
    struct done *done = &worker->done[worker->done_count++];
    *done = (struct done){.task = *task, .body = body, .timed = timing != NULL};
    if (timing)
        done->timing = *timing;
    worker->done_bytes += body.size;
    if (worker->done_bytes >= BUNDLE_BYTES) /* they fill a message */
        worker->flush_at = 0;
}

void say(struct worker *worker, const struct message *message, struct slice body)
{
    say_gathered(worker);
    post_send(&worker->post, worker->boss, message, body);
    worker->flush_at = 0;
}

/* Whether the loop may say something now, with a body of `size` bytes. */
static int check(struct worker *worker, size_t size)
{
    if (worker->end || worker->leaving)
        return refuse(worker, MAILROOM_ELOST, "the line to the shim is over%s%s",
                      worker->end_text[0] ? ": " : "", worker->end_text);
    if (!worker->has_id || worker->boss == NULL)
        return refuse(worker, MAILROOM_ESTATE, "no shim has given this worker an id yet");
    if (!link_accepts(&worker->boss->link, size))
        return refuse(worker, MAILROOM_ETOOLARGE,
                      "a body of %zu bytes is larger than the shim accepts (%llu, its max_body)", size,
                      (unsigned long long)worker->boss->link.peer_max_body);
    return 0;
}

int worker_result(struct worker *worker, const struct address *task, struct slice body,
                  const struct timing *timing, uint64_t now)
{
    int code = check(worker, body.size);
    worker_tick(worker, now);
    if (code) {
        slice_drop(&body);
        return code;
    }
    say_cancels(worker);
    pace_weigh(worker, body.size);
    gather(worker, task, body, timing);
    worker->results++;
    say_soon(worker);
    ahead_done(worker, task);
    return 0;
}

int worker_update(struct worker *worker, const struct address *task, const struct timing *timing,
                  uint64_t now)
{
    struct message message = {.kind = KIND_UPDATE};
    int code = check(worker, 0);
    worker_tick(worker, now);
    if (code)
        return code;
    builder_reset(&worker->list);
    builder_address(&worker->list, task);
    message.addresses.addresses = builder_list(&worker->list);
    if (timing && worker->boss->features & FEATURE_TIMES) {
        message.addresses.timed = TIMING_WORKER;
        message.addresses.timing = *timing;
    }
    say(worker, &message, SLICE_NONE);
    ahead_done(worker, task);
    return 0;
}

int worker_return(struct worker *worker, const struct address *task, struct span text, uint64_t now)
{
    struct message message = {.kind = KIND_RETURN};
    int code = check(worker, 0);
    worker->gives_back = true;
    worker_tick(worker, now);
    if (code)
        return code;
    builder_reset(&worker->list);
    builder_address(&worker->list, task);
    message.returned.reason = RETURN_UNBEGUN;
    message.returned.text = text;
    message.returned.addresses = builder_list(&worker->list);
    say(worker, &message, SLICE_NONE);
    ahead_done(worker, task);
    return 0;
}

int worker_fail(struct worker *worker, const struct address *task, const struct address *root,
                struct span text, struct slice body, const struct timing *timing, uint64_t now)
{
    struct message message = {.kind = KIND_ERROR};
    int code = check(worker, 0);
    worker_tick(worker, now);
    if (code) {
        slice_drop(&body);
        return code;
    }
    if (!link_accepts(&worker->boss->link, body.size))
        slice_drop(&body); /* the text says what matters */
    message.error.code = CODE_TASK_FAILED;
    message.error.text = text;
    message.error.corr = message.error.slot = NO_NUMBER;
    message.error.has_task = message.error.has_root = true;
    message.error.task = *task;
    message.error.root = *root;
    if (timing && worker->boss->features & FEATURE_TIMES) {
        message.error.timed = FAILED_WORKER;
        message.error.worker = worker->id;
        message.error.timing = *timing;
    }
    say(worker, &message, body);
    ahead_done(worker, task);
    return 0;
}

/* What a child's header would exceed, NULL: nothing. */
static const char *excess_of(const struct mailroom_work *task)
{
    if (task->breadcrumb_count > MAX_BREADCRUMBS)
        return "has more than 255 ancestors";
    if (strlen(task->name) > MAX_NAME)
        return "has a name of more than 255 bytes";
    if (task->meta_size > MAX_META)
        return "has a meta of more than 65536 bytes";
    if (task->runtime[0] == 0 || strlen(task->runtime) > MAX_RUNTIME)
        return "has a runtime of no or more than 31 bytes";
    return NULL;
}

/* The part that all bodies begin with, and the rest of one. */
static struct slice join(const struct mailroom_body *shared, const struct mailroom_body *rest)
{
    size_t first = shared ? shared->size : 0, size = first + rest->size;
    uint8_t *bytes;
    if (size == 0)
        return SLICE_NONE;
    struct blob *blob = blob_new(size, &bytes);
    if (first > 0)
        memcpy(bytes, shared->data, first);
    if (rest->size > 0)
        memcpy(bytes + first, rest->data, rest->size);
    return (struct slice){blob, 0, size};
}

/* `shared` is joined to the child's body, `part` goes once for all. */
static void add_child(struct worker *worker, const struct mailroom_body *shared, uint32_t part,
                      const struct mailroom_child *child)
{
    const struct mailroom_work *task = &child->task;
    struct task_header header = {.return_address = inner_address(&task->address),
                                 .comp_task_id = task->comp_task_id,
                                 .runtime = span_text(task->runtime),
                                 .priority = (uint8_t)task->priority,
                                 .name = span_text(task->name),
                                 .meta = {task->meta ? task->meta : (const uint8_t *)"", task->meta_size}};
    builder_reset(&worker->list);
    for (size_t i = 0; i < task->breadcrumb_count; i++) {
        struct address crumb = inner_address(&task->breadcrumbs[i]);
        builder_address(&worker->list, &crumb);
    }
    header.breadcrumbs = builder_list(&worker->list);
    post_send_task(&worker->post, worker->boss, &header, part, join(shared, &child->body));
}

/* The children, which may be sent. */
static void add_children(struct worker *worker, const struct mailroom_body *shared,
                         const struct mailroom_child *children, size_t count)
{
    uint32_t part = NO_SHARE;
    if (shared && shared->size > 0 && count > 1) {
        struct slice copy = join(NULL, shared);
        part = post_share_make(&worker->post, copy);
        slice_drop(&copy);
        shared = NULL;
    }
    for (size_t i = 0; i < count; i++)
        add_child(worker, shared, part, &children[i]);
    post_share_drop(&worker->post, part);
}

int worker_submit(struct worker *worker, const struct mailroom_body *shared,
                  const struct mailroom_child *children, size_t count, uint64_t now)
{
    int code = check(worker, 0);
    worker_tick(worker, now);
    for (size_t i = 0; i < count && code == 0; i++) {
        const char *excess = excess_of(&children[i].task);
        code = check(worker, (shared ? shared->size : 0) + children[i].body.size);
        if (code == 0 && excess)
            code = refuse(worker, MAILROOM_ETOOLARGE, "child %zu %s", i, excess);
    }
    if (code)
        return code;
    say_gathered(worker);
    add_children(worker, shared, children, count);
    worker->flush_at = 0;
    return 0;
}

int worker_cancel(struct worker *worker, const struct address *root, const struct address *children,
                  size_t count, uint64_t now)
{
    int code = check(worker, 0);
    worker_tick(worker, now);
    if (code)
        return code;
    if (worker->done_count > 0 || !address_equal(root, &worker->cancels_root))
        say_gathered(worker);
    worker->cancels_root = *root;
    for (size_t i = 0; i < count; i++) {
        builder_address(&worker->cancels, &children[i]);
        if (worker->cancels.count >= MAX_ADDRESSES)
            say_gathered(worker);
    }
    say_soon(worker);
    return 0;
}

int worker_message(struct worker *worker, const struct address *children, size_t count, struct slice body,
                   uint64_t now)
{
    struct message message = {.kind = KIND_COMMUNICATE};
    int code = check(worker, body.size);
    worker_tick(worker, now);
    for (size_t i = 0; i < count && code == 0;) {
        builder_reset(&worker->list);
        while (i < count && worker->list.count < MAX_ADDRESSES)
            builder_address(&worker->list, &children[i++]);
        message.addresses.addresses = builder_list(&worker->list);
        say(worker, &message, slice_ref(&body));
    }
    slice_drop(&body);
    return code;
}

int worker_log(struct worker *worker, const struct address *task, const struct address *root, uint32_t level,
               struct span logger, struct span text, struct slice body, uint64_t now)
{
    struct message message = {.kind = KIND_LOG};
    int code = check(worker, 0);
    worker_tick(worker, now);
    if (code) {
        slice_drop(&body);
        return code;
    }
    if (!link_accepts(&worker->boss->link, body.size))
        slice_drop(&body);
    message.log.task = *task;
    message.log.root = *root;
    message.log.level = level;
    message.log.logger = logger;
    message.log.text = text;
    say(worker, &message, body);
    return 0;
}

int worker_leave(struct worker *worker, struct span text, uint64_t now)
{
    struct message message = {.kind = KIND_DISCONNECT};
    int code = check(worker, 0);
    worker_tick(worker, now);
    if (code)
        return code;
    message.disconnect.corr = 1; /* to be answered */
    message.disconnect.text = text;
    message.disconnect.detach = worker->gives_back;
    say(worker, &message, SLICE_NONE);
    worker->leaving = true;
    return 0;
}
