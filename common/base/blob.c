/* blob: the counting of references to opaque bytes. What the bytes mean, and how long they are kept, is for
 * others. */
#include "common/base/blob.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

_Static_assert(sizeof(struct blob) == 8, "memory per task: think twice");

/* A blob with its bytes behind it that are too many for its head to say. */
struct large_blob {
    struct blob_elsewhere head; /* first: release casts back */
    uint8_t bytes[];
};

static void release_large(struct blob *blob)
{
    mem_free(blob);
}

struct blob *blob_new(size_t size, uint8_t **bytes)
{
    assert(size < SIZE_MAX - sizeof(struct large_blob));
    if (size >= BLOB_ELSEWHERE) {
        struct large_blob *large = mem_alloc(sizeof *large + size);
        *bytes = large->bytes;
        return blob_init(&large->head, large->bytes, size, release_large);
    }
    struct blob *blob = mem_alloc(sizeof *blob + size);
    atomic_init(&blob->refs, 1);
    blob->length = (uint32_t)size & BLOB_ELSEWHERE;
    blob->passing = false;
    *bytes = (uint8_t *)(blob + 1);
    return blob;
}

struct blob *blob_copy(const void *data, size_t size)
{
    uint8_t *bytes;
    struct blob *blob = blob_new(size, &bytes);
    if (size)
        memcpy(bytes, data, size);
    return blob;
}

struct blob *blob_init(struct blob_elsewhere *blob, const uint8_t *data, size_t size,
                       void (*release)(struct blob *blob))
{
    atomic_init(&blob->blob.refs, 1);
    blob->blob.length = BLOB_ELSEWHERE;
    blob->blob.passing = false;
    blob->size = size;
    blob->data = data;
    blob->release = release;
    return &blob->blob;
}

static bool is_elsewhere(const struct blob *blob)
{
    return blob->length == BLOB_ELSEWHERE;
}

static void release(struct blob *blob)
{
    if (is_elsewhere(blob))
        ((struct blob_elsewhere *)blob)->release(blob);
    else
        mem_free(blob);
}

struct blob *blob_ref(struct blob *blob)
{
    atomic_fetch_add_explicit(&blob->refs, 1, memory_order_relaxed);
    return blob;
}

void blob_unref(struct blob *blob)
{
    if (blob == NULL)
        return;
    /* Acquire and release: whoever drops the last reference sees all that the others did with the bytes
     * before. Who has the only one need not count it down, which is dear. */
    if (atomic_load_explicit(&blob->refs, memory_order_acquire) == 1 ||
        atomic_fetch_sub_explicit(&blob->refs, 1, memory_order_acq_rel) == 1)
        release(blob);
}

const uint8_t *slice_data(const struct slice *slice)
{
    return slice->size ? blob_data(slice->blob) + slice->offset : NULL;
}

struct slice slice_of(struct blob *blob, size_t offset, size_t size)
{
    if (!size)
        return SLICE_NONE;
    assert(offset <= blob_size(blob) && size <= blob_size(blob) - offset);
    return (struct slice){blob_ref(blob), offset, size};
}

struct slice slice_ref(const struct slice *slice)
{
    return slice->size ? slice_of(slice->blob, slice->offset, slice->size) : SLICE_NONE;
}

/* A part of another blob that goes for a whole one. */
struct view_blob {
    struct blob_elsewhere head; /* first: release casts back */
    struct blob *of;            /* one reference */
};

static void release_view(struct blob *blob)
{
    struct view_blob *view = (struct view_blob *)blob;
    blob_unref(view->of);
    mem_free(view);
}

struct blob *blob_of_slice(struct slice slice)
{
    if (slice.size == 0) {
        slice_drop(&slice);
        return NULL;
    }
    if (slice.size == blob_size(slice.blob))
        return slice.blob;
    struct view_blob *view = mem_alloc(sizeof *view);
    view->of = slice.blob;
    return blob_init(&view->head, slice_data(&slice), slice.size, release_view);
}

size_t blob_cost(const struct blob *blob)
{
    if (blob == NULL)
        return 0;
    if (is_elsewhere(blob) && ((const struct blob_elsewhere *)blob)->release == release_view)
        blob = ((const struct view_blob *)blob)->of;
    return blob_size(blob) + BLOB_COST;
}

/* Whether slice_keep refers to the whole blob: to most of a large one, or to all of a small one that has
 * nothing but its own bytes in memory. */
static bool is_referred_to(const struct blob *blob, size_t size)
{
    return size >= BLOB_COPY_BELOW ? size > blob_size(blob) - size
                                   : size == blob_size(blob) && !is_elsewhere(blob);
}

size_t blob_cost_kept(const struct blob *blob, size_t size)
{
    if (size == 0)
        return 0;
    return is_referred_to(blob, size) ? blob_cost(blob) : size + BLOB_COST;
}

struct slice slice_keep(struct blob *blob, size_t offset, size_t size)
{
    if (!size)
        return SLICE_NONE;
    if (is_referred_to(blob, size))
        return slice_of(blob, offset, size);
    assert(offset <= blob_size(blob) && size <= blob_size(blob) - offset);
    return (struct slice){blob_copy(blob_data(blob) + offset, size), 0, size};
}

void slice_drop(struct slice *slice)
{
    blob_unref(slice->blob);
    *slice = SLICE_NONE;
}

void slice_passed(struct slice *slice)
{
    if (slice->size && slice->blob->passing)
        mem_drop_pages((void *)(uintptr_t)slice_data(slice), slice->size);
    slice_drop(slice);
}
