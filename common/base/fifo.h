/* fifo: records of one size that wait in their order. */
#ifndef MAILROOM_FIFO_H
#define MAILROOM_FIFO_H

#include <stddef.h>
#include <stdint.h>

struct fifo {
    char *items;
    size_t size;    /* bytes of a record */
    uint32_t first; /* the place of the first one */
    uint32_t count, capacity, stay;
};

/* For records of `size` bytes. `stay`: so many places are kept when none waits, whatever there were. */
void fifo_init(struct fifo *fifo, size_t size, uint32_t stay);

/* What the records own is the caller's to free before. */
void fifo_free(struct fifo *fifo);

/* A new one behind all others, not initialized. It is there until the next fifo_put or fifo_drop. */
void *fifo_put(struct fifo *fifo);

/* The first one goes; there is one. */
void fifo_drop(struct fifo *fifo);

/* The one before which there are so many; there is one. */
static inline void *fifo_at(const struct fifo *fifo, uint32_t place)
{
    return fifo->items + (fifo->first + place) * fifo->size;
}

#endif
