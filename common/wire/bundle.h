/* bundle: tasks or results for one peer that gather during one turn of the loop, and go out as one
 * SUBMIT_BATCH or RESULT_BATCH (or as a single message when there is one): libzmq's cost is per frame, so a
 * batch has one header frame and one body frame. */
#ifndef MAILROOM_BUNDLE_H
#define MAILROOM_BUNDLE_H

#include "common/wire/letter.h"

enum {
    BUNDLE_MOST = 256,             /* entries; more begin a new batch */
    BUNDLE_BYTES = 128 << 10,      /* of bodies */
    BUNDLE_HEADER_BYTES = 64 << 10 /* of task or result headers */
};

struct bundle {
    unsigned kind; /* KIND_SUBMIT or KIND_RESULT: what is in it; only meaningful while count > 0 */
    struct builder headers, lengths;
    struct slice *bodies; /* owned references, of those that are not empty */
    size_t capacity;
    uint32_t count, body_count;
    size_t bytes; /* of the bodies */
    size_t last;  /* where the last task begins in `headers` */
};

/* Whether another entry of `kind` with `size` bytes of body must not go into it: take it first with
 * bundle_take. */
bool bundle_is_full_for(const struct bundle *bundle, unsigned kind, size_t size);

/* Adds one; takes over the reference of `body`. */
void bundle_add_task(struct bundle *bundle, const struct task_header *task, struct slice body);

/* The same of a client's task that differs from the last one of the bundle in its slot only. */
void bundle_add_task_alike(struct bundle *bundle, uint32_t slot, struct slice body);

void bundle_add_result(struct bundle *bundle, const struct result_header *result, struct slice body);

/* One letter with all that is in it, and an empty bundle; NULL when there is nothing. `*count` becomes the
 * number of entries. */
struct letter *bundle_take(struct bundle *bundle, uint32_t *count);

void bundle_free(struct bundle *bundle);

#endif
