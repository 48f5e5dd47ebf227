/* fifo: see fifo.h. */
#include "common/base/fifo.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

enum { PLACES = 16 /* at first */ };

void fifo_init(struct fifo *fifo, size_t size, uint32_t stay)
{
    *fifo = (struct fifo){.size = size, .stay = stay};
}

void fifo_free(struct fifo *fifo)
{
    mem_free(fifo->items);
    fifo_init(fifo, fifo->size, fifo->stay);
}

/* Half of the places at least are free in front, or there are twice as many then: so each record is moved
 * about once. */
static void make_room(struct fifo *fifo)
{
    if (fifo->first <= fifo->capacity / 2) {
        fifo->capacity = fifo->capacity ? 2 * fifo->capacity : PLACES;
        fifo->items = mem_resize(fifo->items, fifo->capacity, fifo->size);
    }
    if (fifo->first > 0)
        memmove(fifo->items, fifo_at(fifo, 0), fifo->count * fifo->size);
    fifo->first = 0;
}

void *fifo_put(struct fifo *fifo)
{
    if (fifo->first + fifo->count == fifo->capacity)
        make_room(fifo);
    return fifo_at(fifo, fifo->count++);
}

void fifo_drop(struct fifo *fifo)
{
    assert(fifo->count > 0);
    fifo->first++;
    if (--fifo->count > 0)
        return;
    fifo->first = 0;
    if (fifo->capacity > fifo->stay)
        fifo_free(fifo);
}
