/* blob: opaque bytes with a reference count: task bodies, results, messages. The one file where bodies are
 * counted.
 *
 * A blob is immutable. References may be dropped in another thread (libzmq frees sent bodies in its I/O
 * thread), so the count is atomic. A blob's bytes follow its head of eight: there are millions of small
 * bodies. Whoever makes a blob from memory of its own (a zmq_msg_t) embeds `struct blob_elsewhere`, and gives
 * the function that frees it. */
#ifndef MAILROOM_BLOB_H
#define MAILROOM_BLOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct blob {
    atomic_uint refs;
    uint32_t length : 31; /* bytes that follow, or BLOB_ELSEWHERE; see blob_size */
    uint32_t passing : 1; /* it is only passed on, each part of it once: see slice_passed */
};

enum { BLOB_ELSEWHERE = INT32_MAX /* the blob is the first member of a struct blob_elsewhere */ };

struct blob_elsewhere {
    struct blob blob;
    size_t size;                        /* bytes */
    const uint8_t *data;                /* never NULL unless size is 0 */
    void (*release)(struct blob *blob); /* frees the blob when the last reference is gone */
};

/* How many bytes a blob has, and where they are. */
static inline size_t blob_size(const struct blob *blob)
{
    return blob->length != BLOB_ELSEWHERE ? blob->length : ((const struct blob_elsewhere *)blob)->size;
}

static inline const uint8_t *blob_data(const struct blob *blob)
{
    return blob->length != BLOB_ELSEWHERE ? (const uint8_t *)(blob + 1)
                                          : ((const struct blob_elsewhere *)blob)->data;
}

/* A part of a blob: what a task or a letter holds of it. An empty slice has blob NULL and size 0; a slice
 * that is not empty owns one reference. */
struct slice {
    struct blob *blob;
    size_t offset; /* bytes from the blob's start */
    size_t size;   /* bytes */
};

#define SLICE_NONE ((struct slice){NULL, 0, 0})

/* A blob with a copy of `size` bytes at `data` and one reference, which the caller owns. */
struct blob *blob_copy(const void *data, size_t size);

/* A blob with `size` bytes for the caller to fill through `*bytes` before anybody else sees it; one
 * reference. */
struct blob *blob_new(size_t size, uint8_t **bytes);

/* For those who embed a blob: sets the fields, one reference. Returns it as a blob. */
struct blob *blob_init(struct blob_elsewhere *blob, const uint8_t *data, size_t size,
                       void (*release)(struct blob *blob));

/* One more reference; returns `blob`. */
struct blob *blob_ref(struct blob *blob);

/* One reference less; NULL is ignored. */
void blob_unref(struct blob *blob);

/* What a blob costs in an account: all that it keeps in memory, also where it is a part of another one. NULL
 * costs nothing. */
enum { BLOB_COST = 64 /* bytes beside its own */ };
size_t blob_cost(const struct blob *blob);

/* The same of what slice_keep makes of `size` bytes of `blob`. */
size_t blob_cost_kept(const struct blob *blob, size_t size);

/* The bytes of a slice; NULL when it is empty. */
const uint8_t *slice_data(const struct slice *slice);

/* A slice of `blob` with a reference of its own. */
struct slice slice_of(struct blob *blob, size_t offset, size_t size);

/* The same bytes with a reference of their own. */
struct slice slice_ref(const struct slice *slice);

/* A blob that is exactly these bytes; takes over the slice's reference. NULL where it is empty. */
struct blob *blob_of_slice(struct slice slice);

/* What a task keeps of the body `size` bytes at `offset` of `blob`: a reference when it is large and more
 * than half of the blob, or all of one that blob_copy or blob_new made, else a copy, so that nothing pins
 * more than twice its own bytes: a received message pins its whole decoder buffer. */
struct slice slice_keep(struct blob *blob, size_t offset, size_t size);

/* Drops the reference and makes the slice empty. */
void slice_drop(struct slice *slice);

/* The same where these bytes have arrived and nobody reads them again: of a blob that is only passed on the
 * system has their memory at once, so that a large body is not in two places as a whole. */
void slice_passed(struct slice *slice);

enum { BLOB_COPY_BELOW = 8192 }; /* bytes; below this a copy is cheaper than a reference */

#endif
