/* link_rest: see link_rest.h. */
#include "common/link/link_rest.h"

#include "common/base/mem.h"

enum { PART = 4096 /* letters: a tenth of a ms, and more where they are in nobody's cache */ };

struct link_rest {
    struct letter **ring; /* as a link's, owned */
    size_t ring_size;
    uint64_t first_seq, next_seq;
};

void link_rests_take(struct link_rests *rests, struct link *link)
{
    if (link->next_seq - link->first_seq > PART) {
        if (rests->count == rests->capacity) {
            rests->capacity = rests->capacity ? 2 * rests->capacity : 4;
            rests->at = mem_resize(rests->at, rests->capacity, sizeof *rests->at);
        }
        rests->at[rests->count++] =
            (struct link_rest){link->ring, link->ring_size, link->first_seq, link->next_seq};
        link->ring = NULL;
        link->first_seq = link->next_seq;
    }
    link_free(link);
}

/* Drops up to `most` letters of the last one. */
static void drop(struct link_rests *rests, uint64_t most)
{
    struct link_rest *rest = &rests->at[rests->count - 1];
    for (; most > 0 && rest->first_seq < rest->next_seq; most--)
        letter_unref(rest->ring[rest->first_seq++ & (rest->ring_size - 1)]);
    if (rest->first_seq < rest->next_seq)
        return;
    mem_free(rest->ring);
    rests->count--;
}

void link_rests_drop(struct link_rests *rests)
{
    if (rests->count > 0)
        drop(rests, PART);
}

void link_rests_free(struct link_rests *rests)
{
    while (rests->count > 0)
        drop(rests, UINT64_MAX);
    mem_free(rests->at);
    *rests = (struct link_rests){0};
}
