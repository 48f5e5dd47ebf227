/* rogue: a peer that breaks protocol: it knocks at any door that listens, with or without a handshake, in any
 * role, and sends bytes that are no message, messages that are not for that door, and what it overheard of
 * others' mail. Nobody else may suffer from it. */
#ifndef SIM_ROGUE_H
#define SIM_ROGUE_H

#include "tests/sim/world.h"

struct rogue;

struct rogue *rogue_new(struct process *process);
void rogue_free(struct rogue *rogue);
void rogue_step(struct rogue *rogue, const struct event *event, struct outbox *outbox);
uint64_t rogue_deadline(const struct rogue *rogue);

#endif
