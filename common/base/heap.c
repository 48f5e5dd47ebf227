/* heap: see heap.h. */
#include "common/base/heap.h"

#include "common/base/mem.h"

static void put(struct heap *heap, size_t at, struct heap_node *node)
{
    heap->nodes[at] = node;
    node->place = at + 1;
}

static void sift_up(struct heap *heap, size_t at, struct heap_node *node)
{
    while (at > 0 && heap->nodes[(at - 1) / 2]->key > node->key) {
        put(heap, at, heap->nodes[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(heap, at, node);
}

static void sift_down(struct heap *heap, size_t at, struct heap_node *node)
{
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count && heap->nodes[child + 1]->key < heap->nodes[child]->key)
            child++;
        if (heap->nodes[child]->key >= node->key)
            break;
        put(heap, at, heap->nodes[child]);
        at = child;
    }
    put(heap, at, node);
}

void heap_set(struct heap *heap, struct heap_node *node, uint64_t key)
{
    if (node->place == 0) {
        if (heap->count == heap->capacity) {
            heap->capacity = heap->capacity ? 2 * heap->capacity : 16;
            heap->nodes = mem_resize(heap->nodes, heap->capacity, sizeof(*heap->nodes));
        }
        node->key = key;
        sift_up(heap, heap->count++, node);
        return;
    }
    uint64_t old = node->key;
    node->key = key;
    if (key < old) {
        sift_up(heap, node->place - 1, node);
    } else if (key > old) {
        sift_down(heap, node->place - 1, node);
    }
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
    if (node->place == 0)
        return;
    size_t at = node->place - 1;
    struct heap_node *last = heap->nodes[--heap->count];
    node->place = 0;
    if (last == node)
        return;
    if (at > 0 && heap->nodes[(at - 1) / 2]->key > last->key) {
        sift_up(heap, at, last);
    } else {
        sift_down(heap, at, last);
    }
}

void heap_free(struct heap *heap)
{
    mem_free(heap->nodes);
    *heap = (struct heap){0};
}
