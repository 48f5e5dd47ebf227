/* bundle: see bundle.h. */
#include "common/wire/bundle.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

bool bundle_is_full_for(const struct bundle *bundle, unsigned kind, size_t size)
{
    if (bundle->count == 0)
        return false;
    return bundle->kind != kind || bundle->count >= BUNDLE_MOST || bundle->bytes + size > BUNDLE_BYTES ||
           bundle->headers.size > BUNDLE_HEADER_BYTES;
}

static void add(struct bundle *bundle, unsigned kind, struct slice body)
{
    builder_number(&bundle->lengths, body.size);
    bundle->count++;
    bundle->kind = kind;
    if (body.size == 0)
        return;
    if (bundle->body_count == bundle->capacity) {
        bundle->capacity = bundle->capacity ? 2 * bundle->capacity : 8;
        bundle->bodies = mem_resize(bundle->bodies, bundle->capacity, sizeof(*bundle->bodies));
    }
    bundle->bodies[bundle->body_count++] = body;
    bundle->bytes += body.size;
}

void bundle_add_task(struct bundle *bundle, const struct task_header *task, struct slice body)
{
    bundle->last = bundle->headers.size;
    builder_task(&bundle->headers, task);
    add(bundle, KIND_SUBMIT, body);
}

void bundle_add_task_alike(struct bundle *bundle, uint32_t slot, struct slice body)
{
    size_t last = bundle->last;
    assert(bundle->count > 0 && bundle->kind == KIND_SUBMIT);
    bundle->last = bundle->headers.size;
    builder_task_alike(&bundle->headers, last, slot);
    add(bundle, KIND_SUBMIT, body);
}

void bundle_add_result(struct bundle *bundle, const struct result_header *result, struct slice body)
{
    builder_result(&bundle->headers, result);
    add(bundle, KIND_RESULT, body);
}

static struct letter *take_single(struct bundle *bundle)
{
    struct list list = builder_list(&bundle->headers);
    struct message message = {.kind = bundle->kind};
    if (bundle->kind == KIND_SUBMIT) {
        list_next_task(&list, &message.submit);
    } else {
        list_next_result(&list, &message.result);
    }
    return letter_new(&message, bundle->body_count ? bundle->bodies[0] : SLICE_NONE);
}

/* The bodies end to end. */
static struct slice join(struct bundle *bundle)
{
    uint8_t *bytes = NULL;
    struct blob *blob = bundle->bytes > 0 ? blob_new(bundle->bytes, &bytes) : NULL;
    for (uint32_t i = 0; i < bundle->body_count; i++) {
        assert(bytes != NULL); /* bundle->bytes is the sum of the sizes */
        memcpy(bytes, slice_data(&bundle->bodies[i]), bundle->bodies[i].size);
        bytes += bundle->bodies[i].size;
        slice_drop(&bundle->bodies[i]);
    }
    return (struct slice){.blob = blob, .size = bundle->bytes};
}

struct letter *bundle_take(struct bundle *bundle, uint32_t *count)
{
    *count = bundle->count;
    if (bundle->count == 0)
        return NULL;
    struct letter *letter;
    if (bundle->count == 1) {
        letter = take_single(bundle);
    } else {
        struct message message = {.kind =
                                      bundle->kind == KIND_SUBMIT ? KIND_SUBMIT_BATCH : KIND_RESULT_BATCH};
        message.batch.tasks = builder_list(&bundle->headers);
        message.batch.lengths = builder_list(&bundle->lengths);
        letter = letter_new(&message, join(bundle));
    }
    builder_reset(&bundle->headers);
    builder_reset(&bundle->lengths);
    bundle->count = bundle->body_count = 0;
    bundle->bytes = 0;
    return letter;
}

void bundle_free(struct bundle *bundle)
{
    for (uint32_t i = 0; i < bundle->body_count; i++)
        slice_drop(&bundle->bodies[i]);
    builder_free(&bundle->headers);
    builder_free(&bundle->lengths);
    mem_free(bundle->bodies);
    *bundle = (struct bundle){0};
}
