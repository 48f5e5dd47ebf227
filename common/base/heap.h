/* heap: a binary min-heap of nodes that are embedded in what they order. Used for deadlines, fair queueing
 * and the choice of employees. */
#ifndef MAILROOM_HEAP_H
#define MAILROOM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    uint64_t key;
    size_t place; /* 1 + its place in the heap, 0: in no heap */
};

struct heap {
    struct heap_node **nodes; /* borrowed */
    size_t count, capacity;
};

/* Puts `node` in with `key`, or moves it there when it is in already. O(log n). */
void heap_set(struct heap *heap, struct heap_node *node, uint64_t key);

/* The same, quickly where it is the only one that is in. */
static inline void heap_move(struct heap *heap, struct heap_node *node, uint64_t key)
{
    if (heap->count == 1 && node->place == 1)
        node->key = key;
    else
        heap_set(heap, node, key);
}

/* Takes `node` out; nothing happens when it is not in. O(log n). */
void heap_remove(struct heap *heap, struct heap_node *node);

/* The node with the smallest key, or NULL. */
static inline struct heap_node *heap_first(const struct heap *heap)
{
    return heap->count > 0 ? heap->nodes[0] : NULL;
}

static inline bool heap_has(const struct heap_node *node)
{
    return node->place != 0;
}

/* Frees the heap's own memory, not the nodes. */
void heap_free(struct heap *heap);

/* The struct that embeds `node` as its member `member`. */
#define heap_owner(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

#endif
