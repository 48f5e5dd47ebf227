/* conns: the numbers of open connections. What a number stands for (a ROUTER's peer, a line) is said by the
 * connection itself. */
#include "edge/conns.h"

#include <string.h>

#include "common/base/mem.h"

static uint32_t take_number(struct conns *conns)
{
    if (conns->freed_count > 0)
        return conns->freed[--conns->freed_count];
    if (conns->made == conns->capacity) {
        conns->capacity = conns->capacity ? conns->capacity * 2 : 64;
        conns->at = mem_resize(conns->at, conns->capacity, sizeof *conns->at);
        conns->freed = mem_resize(conns->freed, conns->capacity, sizeof *conns->freed);
    }
    return conns->made++;
}

struct conn *conns_add(struct conns *conns, enum door door, const void *identity, size_t identity_size)
{
    struct conn *conn = mem_zalloc(1, sizeof *conn + identity_size);
    conn->number = take_number(conns);
    conn->door = door;
    conn->identity_size = identity_size;
    if (identity_size)
        memcpy(conn->identity, identity, identity_size);
    conns->at[conn->number] = conn;
    return conn;
}

struct conn *conns_get(const struct conns *conns, uint32_t number)
{
    return number < conns->made ? conns->at[number] : NULL;
}

void conns_remove(struct conns *conns, struct conn *conn)
{
    conns->at[conn->number] = NULL;
    conns->freed[conns->freed_count++] = conn->number;
    mem_free(conn);
}

void conns_free(struct conns *conns)
{
    for (uint32_t number = 0; number < conns->made; number++)
        mem_free(conns->at[number]);
    mem_free(conns->at);
    mem_free(conns->freed);
}
