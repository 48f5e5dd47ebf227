/* link_rest: letters of links that are over. A peer may have left hundreds of thousands unread, and to free
 * them takes a ms for some thirty thousand: they go a part at a time. */
#ifndef MAILROOM_LINK_REST_H
#define MAILROOM_LINK_REST_H

#include "common/link/link.h"

struct link_rests {
    struct link_rest *at; /* owned */
    uint32_t count, capacity;
};

/* Drops all that a link keeps, as link_free does, but its letters where there are many: these are kept here,
 * counted nowhere any more, until link_rests_drop. */
void link_rests_take(struct link_rests *rests, struct link *link);

/* Drops so many letters as are a part of a turn; to be called in each turn while `count` is not 0. */
void link_rests_drop(struct link_rests *rests);

/* Drops all of them. */
void link_rests_free(struct link_rests *rests);

#endif
