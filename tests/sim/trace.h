/* trace: makes a run readable, and a digest of all that was delivered. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include "tests/sim/world.h"

/* A message arrives at that side. */
void trace_mail(struct world *world, const struct wire *wire, unsigned side, const struct mail *mail);

#endif
