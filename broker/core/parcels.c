/* parcels: see parcels.h. */
#include "broker/core/parcels.h"

#include "common/base/mem.h"
#include "common/wire/message.h"

static struct parcel *at(const struct parcels *parcels, uint32_t place)
{
    return &parcels->ring[(parcels->first + place) & (parcels->capacity - 1)];
}

void parcels_free(struct parcels *parcels)
{
    mem_free(parcels->ring);
    account_take_unread(parcels->account, parcels_cost(parcels));
    *parcels = (struct parcels){.account = parcels->account};
}

static void grow(struct parcels *parcels)
{
    uint32_t capacity = parcels->capacity ? 2 * parcels->capacity : PARCELS_SMALLEST;
    struct parcel *ring = mem_alloc(capacity * sizeof *ring);
    for (uint32_t i = 0; i < parcels->count; i++)
        ring[i] = *at(parcels, i);
    mem_free(parcels->ring);
    account_take_unread(parcels->account, parcels_cost(parcels));
    parcels->ring = ring;
    parcels->capacity = capacity;
    account_add_unread(parcels->account, parcels_cost(parcels));
    parcels->first = 0;
}

void parcels_add(struct parcels *parcels, const struct parcel *parcel)
{
    if (parcels->count == parcels->capacity)
        grow(parcels);
    *at(parcels, parcels->count++) = *parcel;
}

bool parcels_next(const struct parcels *parcels, struct parcel *parcel)
{
    if (parcels->sent == parcels->count)
        return false;
    *parcel = *at(parcels, parcels->sent);
    return true;
}

void parcels_sent(struct parcels *parcels, uint64_t seq)
{
    at(parcels, parcels->sent++)->mark = seq;
}

bool parcels_take(struct parcels *parcels, uint64_t acknowledged, struct parcel *parcel)
{
    if (parcels->sent == 0 || at(parcels, 0)->mark > acknowledged)
        return false;
    *parcel = *at(parcels, 0);
    parcels->first = (parcels->first + 1) & (parcels->capacity - 1);
    parcels->count--;
    parcels->sent--;
    if (parcels->count == 0 && parcels->capacity > PARCELS_SMALLEST)
        parcels_free(parcels); /* a burst does not stay in memory */
    return true;
}

void parcels_send_again(struct parcels *parcels)
{
    for (uint32_t i = 0; i < parcels->sent; i++)
        at(parcels, i)->mark = NO_NUMBER;
    parcels->sent = 0;
}
