/* clerk: what stands between a simulated worker's loop and its shim, where that is libmailroom's own core:
 * what the loop says goes to the core's functions, and what these give comes to the loop as the messages that
 * it reads. */
#ifndef SIM_CLERK_H
#define SIM_CLERK_H

#include "clients/c/core/worker.h"
#include "tests/sim/hand.h"

/* Makes the hand's core; `paged`: it shares a page with its guardian. */
void clerk_make(struct sim_hand *hand, bool paged);

/* Something the loop says; takes over `body`. */
void clerk_say(struct sim_hand *hand, const struct message *message, struct slice body);

/* Gives the loop all that is there for it. False: the line is over. */
bool clerk_give(struct sim_hand *hand);

#endif
