/* Bodies on their way out: small ones are copied by the library, large ones stay Python's bytes, which it
 * reads.
 *
 * It lets go of those in any thread, often in one of its own, that must not wait for the GIL. So what it
 * releases is put on a list, and whoever comes from Python next lets go of it.
 */
#include "core.h"

#include <stdlib.h>

enum { LARGE = 16 << 10 /* bytes: below, a copy costs less than this */ };

struct lent {
    struct lent *next;
    PyObject *bytes;
};

static _Atomic(struct lent *) returned;
static atomic_uint lent_out; /* and not let go of yet */

static void give_back(void *data, void *hint)
{
    struct lent *lent = hint;
    lent->next = atomic_load(&returned);
    while (!atomic_compare_exchange_weak(&returned, &lent->next, lent)) {
    }
}

void core_sweep(void)
{
    if (atomic_load_explicit(&returned, memory_order_relaxed) == NULL)
        return;
    struct lent *lent = atomic_exchange(&returned, NULL);
    while (lent != NULL) {
        struct lent *next = lent->next;
        Py_DECREF(lent->bytes);
        free(lent);
        atomic_fetch_sub(&lent_out, 1);
        lent = next;
    }
}

bool core_lends(void)
{
    return atomic_load(&lent_out) > 0;
}

bool core_body(PyObject *bytes, struct mailroom_body *body)
{
    struct mailroom_span span;
    core_sweep();
    if (!core_bytes(bytes, &span))
        return false;
    *body = (struct mailroom_body){.data = span.data, .size = span.size};
    struct lent *lent = span.size < LARGE ? NULL : malloc(sizeof *lent);
    if (lent != NULL) {
        Py_INCREF(bytes);
        lent->bytes = bytes;
        atomic_fetch_add(&lent_out, 1);
        body->release = give_back;
        body->hint = lent;
    }
    return true;
}
