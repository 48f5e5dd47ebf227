/* bounds: draws which bounds a run has so low that they are met, and who fills them. */
#ifndef SIM_BOUNDS_H
#define SIM_BOUNDS_H

#include "tests/sim/world.h"

enum { LEAST_BODY = 4500 /* bytes: tasks that are not bulky are smaller, with their part */ };

/* The settings that are bounds, and what the clients' programs are like because of them. */
void bounds_draw(struct world *world);

/* Who takes smaller bodies, and the peer that hoards; once all others have their places. */
void bounds_place(struct world *world);

/* How many connections a broker or shim may have where that is drawn: as many as it needs, and a few. */
uint64_t bounds_connections(const struct process *core);

#endif
