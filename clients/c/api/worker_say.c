/* worker_say: what a worker's loop says; see mailroom/worker.h. Bodies become blobs, addresses inner ones,
 * and the core is called under the lock. */
#include <stddef.h>

#include "clients/c/api/why.h"
#include "clients/c/api/worker.h"
#include "common/base/mem.h"

enum { ANSWER = 1000 /* ms: for the shim to say good-bye */ };

static int leave(struct mailroom_worker *worker, int code)
{
    if (code != MAILROOM_OK)
        why(code, "%s", worker_why(worker->core));
    worker_let_go(worker);
    return code;
}

/* A caller's body with its release function. */
struct owned {
    struct blob_elsewhere head; /* first: release casts back */
    struct mailroom_body body;
};

static void release_owned(struct blob *blob)
{
    struct owned *owned = (struct owned *)blob;
    owned->body.release((void *)(uintptr_t)owned->body.data, owned->body.hint);
    mem_free(owned);
}

static struct slice take_body(const struct mailroom_body *body)
{
    if (!body || body->size == 0) {
        if (body && body->release)
            body->release((void *)(uintptr_t)body->data, body->hint);
        return SLICE_NONE;
    }
    if (!body->release)
        return (struct slice){blob_copy(body->data, body->size), 0, body->size};
    struct owned *owned = mem_alloc(sizeof *owned);
    owned->body = *body;
    return (struct slice){blob_init(&owned->head, body->data, body->size, release_owned), 0, body->size};
}

static struct span span_of(struct mailroom_span text)
{
    return (struct span){text.size ? text.data : (const uint8_t *)"", text.size};
}

/* What the task took, where that is wanted: as the loop says, or else as it was seen here. NULL: it is not
 * known. */
static const struct timing *timing_of(struct mailroom_worker *worker, const struct address *task,
                                      const struct mailroom_used *used, struct timing *timing)
{
    if (!usage_end(&worker->usage, task, worker_clock(), timing))
        return NULL;
    if (used)
        *timing = (struct timing){.ran = timing->ran, .cpu = used->cpu, .memory = used->memory};
    return timing;
}

static int check_used(const struct mailroom_used *used)
{
    if (!used || used->size >= sizeof *used)
        return MAILROOM_OK;
    return why(MAILROOM_EINVAL, "mailroom_used.size is to be sizeof(struct mailroom_used)");
}

int mailroom_worker_result_used(struct mailroom_worker *worker, const struct mailroom_address *task,
                                const struct mailroom_body *body, const struct mailroom_used *used)
{
    struct address address = worker_inner(task);
    struct slice slice = take_body(body);
    struct timing timing;
    int code = check_used(used);
    if (code == MAILROOM_OK && worker_enter(worker, &code)) {
        const struct timing *took = timing_of(worker, &address, used, &timing);
        return leave(worker, worker_result(worker->core, &address, slice, took, worker_clock()));
    }
    slice_drop(&slice);
    return code;
}

int mailroom_worker_result(struct mailroom_worker *worker, const struct mailroom_address *task,
                           const struct mailroom_body *body)
{
    return mailroom_worker_result_used(worker, task, body, NULL);
}

int mailroom_worker_update(struct mailroom_worker *worker, const struct mailroom_address *task)
{
    struct address address = worker_inner(task);
    struct timing timing;
    int code;
    if (!worker_enter(worker, &code))
        return code;
    const struct timing *took = timing_of(worker, &address, NULL, &timing);
    return leave(worker, worker_update(worker->core, &address, took, worker_clock()));
}

int mailroom_worker_return(struct mailroom_worker *worker, const struct mailroom_address *task,
                           const char *text)
{
    struct address address = worker_inner(task);
    int code;
    if (!worker_enter(worker, &code))
        return code;
    return leave(worker, worker_return(worker->core, &address, span_text(text), worker_clock()));
}

int mailroom_worker_fail_used(struct mailroom_worker *worker, const struct mailroom_address *task,
                              const struct mailroom_address *root, struct mailroom_span text,
                              const struct mailroom_body *body, const struct mailroom_used *used)
{
    struct address address = worker_inner(task), top = worker_inner(root);
    struct slice slice = take_body(body);
    struct timing timing;
    int code = check_used(used);
    if (code == MAILROOM_OK && worker_enter(worker, &code)) {
        const struct timing *took = timing_of(worker, &address, used, &timing);
        return leave(worker,
                     worker_fail(worker->core, &address, &top, span_of(text), slice, took, worker_clock()));
    }
    slice_drop(&slice);
    return code;
}

int mailroom_worker_fail(struct mailroom_worker *worker, const struct mailroom_address *task,
                         const struct mailroom_address *root, struct mailroom_span text,
                         const struct mailroom_body *body)
{
    return mailroom_worker_fail_used(worker, task, root, text, body, NULL);
}

int mailroom_worker_submit(struct mailroom_worker *worker, const struct mailroom_body *shared,
                           const struct mailroom_child *children, size_t count)
{
    int code;
    if (worker_enter(worker, &code))
        code = leave(worker, worker_submit(worker->core, shared, children, count, worker_clock()));
    if (shared && shared->release)
        shared->release((void *)(uintptr_t)shared->data, shared->hint);
    for (size_t i = 0; i < count; i++) {
        const struct mailroom_body *body = &children[i].body;
        if (body->release)
            body->release((void *)(uintptr_t)body->data, body->hint);
    }
    return code;
}

/* Addresses are the same inside and outside. */
_Static_assert(sizeof(struct address) == sizeof(struct mailroom_address) &&
                   offsetof(struct address, slot) == offsetof(struct mailroom_address, slot) &&
                   offsetof(struct address, mailbox) == offsetof(struct mailroom_address, mailbox),
               "addresses differ");

static const struct address *inner_all(const struct mailroom_address *addresses)
{
    return (const struct address *)(const void *)addresses;
}

int mailroom_worker_cancel(struct mailroom_worker *worker, const struct mailroom_address *root,
                           const struct mailroom_address *children, size_t count)
{
    struct address top = worker_inner(root);
    int code;
    if (!worker_enter(worker, &code))
        return code;
    return leave(worker, worker_cancel(worker->core, &top, inner_all(children), count, worker_clock()));
}

int mailroom_worker_message(struct mailroom_worker *worker, const struct mailroom_address *children,
                            size_t count, const struct mailroom_body *body)
{
    struct slice slice = take_body(body);
    int code;
    if (worker_enter(worker, &code))
        return leave(worker, worker_message(worker->core, inner_all(children), count, slice, worker_clock()));
    slice_drop(&slice);
    return code;
}

int mailroom_worker_log(struct mailroom_worker *worker, const struct mailroom_address *task,
                        const struct mailroom_address *root, uint32_t level, struct mailroom_span logger,
                        struct mailroom_span text, const struct mailroom_body *body)
{
    struct address address = worker_inner(task), top = worker_inner(root);
    struct slice slice = take_body(body);
    int code;
    if (worker_enter(worker, &code))
        return leave(worker, worker_log(worker->core, &address, &top, level, span_of(logger), span_of(text),
                                        slice, worker_clock()));
    slice_drop(&slice);
    return code;
}

int mailroom_worker_leave(struct mailroom_worker *worker, const char *text, int timeout)
{
    int code;
    if (!worker_enter(worker, &code))
        return code;
    code = leave(worker, worker_leave(worker->core, span_text(text), worker_clock()));
    if (code == MAILROOM_OK)
        code = worker_wait(worker, WORKER_WAIT_OUT, timeout);
    if (code ==
        MAILROOM_OK) /* the answer ends the line: then the shim has read all; an older one gives none */
        worker_wait(worker, WORKER_WAIT_NOTHING, timeout < 0 || timeout > ANSWER ? ANSWER : timeout);
    return code;
}

int mailroom_worker_counts(struct mailroom_worker *worker, struct mailroom_worker_counts *counts)
{
    int code;
    if (counts->size < sizeof *counts)
        return why(MAILROOM_EINVAL,
                   "mailroom_worker_counts.size is to be sizeof(struct mailroom_worker_counts)");
    if (!worker_enter(worker, &code))
        return code;
    worker_counts(worker->core, worker_clock(), counts);
    drive_unlock(worker->drive);
    return MAILROOM_OK;
}
