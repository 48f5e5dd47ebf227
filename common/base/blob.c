/* blob: the counting of references to opaque bytes. What the bytes mean, and how long they are kept, is for
 * others. */
#include "common/base/blob.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

/* A blob with its bytes behind it, in one piece of memory. */
struct inline_blob {
    struct blob blob; /* first: release casts back */
    uint8_t bytes[];
};

static void release_inline(struct blob *blob)
{
    mem_free(blob);
}

struct blob *blob_new(size_t size, uint8_t **bytes)
{
    assert(size < SIZE_MAX - sizeof(struct inline_blob));
    struct inline_blob *made = mem_alloc(sizeof *made + size);
    blob_init(&made->blob, made->bytes, size, release_inline);
    *bytes = made->bytes;
    return &made->blob;
}

struct blob *blob_copy(const void *data, size_t size)
{
    uint8_t *bytes;
    struct blob *blob = blob_new(size, &bytes);
    if (size)
        memcpy(bytes, data, size);
    return blob;
}

void blob_init(struct blob *blob, const uint8_t *data, size_t size, void (*release)(struct blob *blob))
{
    atomic_init(&blob->refs, 1);
    blob->passing = false;
    blob->size = size;
    blob->data = data;
    blob->release = release;
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
        blob->release(blob);
}

const uint8_t *slice_data(const struct slice *slice)
{
    return slice->size ? slice->blob->data + slice->offset : NULL;
}

struct slice slice_of(struct blob *blob, size_t offset, size_t size)
{
    if (!size)
        return SLICE_NONE;
    assert(offset <= blob->size && size <= blob->size - offset);
    return (struct slice){blob_ref(blob), offset, size};
}

struct slice slice_ref(const struct slice *slice)
{
    return slice->size ? slice_of(slice->blob, slice->offset, slice->size) : SLICE_NONE;
}

/* A part of another blob that goes for a whole one. */
struct view_blob {
    struct blob blob; /* first: release casts back */
    struct blob *of;  /* one reference */
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
    if (slice.size == slice.blob->size)
        return slice.blob;
    struct view_blob *view = mem_alloc(sizeof *view);
    blob_init(&view->blob, slice_data(&slice), slice.size, release_view);
    view->of = slice.blob;
    return &view->blob;
}

size_t blob_cost(const struct blob *blob)
{
    if (blob == NULL)
        return 0;
    if (blob->release == release_view)
        blob = ((const struct view_blob *)blob)->of;
    return blob->size + BLOB_COST;
}

/* Whether slice_keep refers to the whole blob: to most of a large one, or to all of a small one that has
 * nothing but its own bytes in memory. */
static bool is_referred_to(const struct blob *blob, size_t size)
{
    return size >= BLOB_COPY_BELOW ? size > blob->size - size
                                   : size == blob->size && blob->release == release_inline;
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
    assert(offset <= blob->size && size <= blob->size - offset);
    return (struct slice){blob_copy(blob->data + offset, size), 0, size};
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
