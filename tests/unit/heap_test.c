/* Tests of common/base/heap: held to sorting, with keys that change and nodes that are taken out. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "common/base/heap.h"

enum { NODES = 500 };

struct thing {
    int before; /* so that the node is not the first member */
    struct heap_node node;
};

static uint64_t roll(uint64_t *seed, uint64_t sides)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (*seed >> 33) % sides;
}

static int compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

/* Takes everything out and compares it with the sorted keys of those that are in. */
static void drain(struct heap *heap, const struct thing *things)
{
    uint64_t keys[NODES];
    size_t count = 0;
    for (size_t i = 0; i < NODES; i++) {
        if (heap_has(&things[i].node))
            keys[count++] = things[i].node.key;
    }
    cr_assert_eq(heap->count, count);
    qsort(keys, count, sizeof(keys[0]), compare);
    for (size_t i = 0; i < count; i++) {
        struct heap_node *first = heap_first(heap);
        cr_assert_eq(first->key, keys[i]);
        heap_remove(heap, first);
        cr_assert(!heap_has(first));
    }
    cr_assert_eq(heap_first(heap), NULL);
}

Test(heap, gives_the_smallest_first_whatever_was_changed_or_taken_out)
{
    static struct thing things[NODES];
    struct heap heap = {0};
    uint64_t seed = 1;
    for (unsigned round = 0; round < 50; round++) {
        uint64_t keys = round % 2 ? 10 : UINT64_MAX; /* with many equal ones, and with hardly any */
        for (unsigned step = 0; step < 2000; step++) {
            struct heap_node *node = &things[roll(&seed, NODES)].node;
            if (roll(&seed, 3) == 0) {
                heap_remove(&heap, node);
                cr_assert(!heap_has(node));
            } else {
                uint64_t key = (roll(&seed, UINT32_MAX) << 32 | roll(&seed, UINT32_MAX)) % keys;
                heap_set(&heap, node, key);
                cr_assert(heap_has(node));
                cr_assert_leq(heap_first(&heap)->key, key);
            }
        }
        drain(&heap, things);
    }
    heap_free(&heap);
}

Test(heap, a_node_is_in_it_once)
{
    struct thing thing = {0};
    struct heap heap = {0};
    heap_set(&heap, &thing.node, 5);
    heap_set(&heap, &thing.node, 5);
    heap_set(&heap, &thing.node, 7);
    cr_assert_eq(heap.count, 1);
    cr_assert_eq(heap_first(&heap)->key, 7);
    cr_assert_eq(heap_owner(heap_first(&heap), struct thing, node), &thing);
    heap_remove(&heap, &thing.node);
    heap_remove(&heap, &thing.node);
    cr_assert_eq(heap.count, 0);
    heap_free(&heap);
}
