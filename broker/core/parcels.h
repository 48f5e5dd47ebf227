/* parcels: the slots whose result or failure a session's client is to get and has not acknowledged, in the
 * order in which it gets them: first those that were sent on the session's present link, then those that wait
 * to be sent. It knows numbers, not messages and no link. */
#ifndef MAILROOM_PARCELS_H
#define MAILROOM_PARCELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/account.h"

struct parcel {
    uint64_t mailbox; /* of the job; another one in its record: it was forgotten meanwhile */
    uint32_t job, slot;
    uint64_t mark; /* waiting: the corr that an ERROR repeats; sent: its number on the link */
};

struct parcels {
    struct parcel *ring;
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t first;    /* the oldest one's place */
    uint32_t count;
    uint32_t sent;           /* so many of them, from the oldest on */
    struct account *account; /* borrowed: where they are counted, or NULL */
};

enum { PARCELS_SMALLEST = 16 /* places of a ring: they count as a part of their session */ };

/* Bytes in their account: of the ring, whatever is in it. */
static inline uint64_t parcels_cost(const struct parcels *parcels)
{
    return parcels->capacity > PARCELS_SMALLEST ? parcels->capacity * (uint64_t)sizeof *parcels->ring : 0;
}

void parcels_free(struct parcels *parcels);

/* Puts one behind all others, to be sent. */
void parcels_add(struct parcels *parcels, const struct parcel *parcel);

/* The next one to send; false: there is none. parcels_sent says that it was, with this number on the link; 0:
 * there was nothing to send any more. */
bool parcels_next(const struct parcels *parcels, struct parcel *parcel);
void parcels_sent(struct parcels *parcels, uint64_t seq);

/* Takes out the oldest one whose number is `acknowledged` or below; false: there is none. */
bool parcels_take(struct parcels *parcels, uint64_t acknowledged, struct parcel *parcel);

/* The link is over: all are to be sent again, in the same order, as an answer to no request. */
void parcels_send_again(struct parcels *parcels);

#endif
