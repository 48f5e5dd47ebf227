/* look: looks into the cores: what is in their tables. */
#ifndef SIM_LOOK_H
#define SIM_LOOK_H

#include "tests/sim/world.h"

struct boss;

/* What it is the boss of; NULL: it is no core. */
const struct boss *look_boss(const struct process *process);

/* The runtime of a task that waits in the queue of `core` and that `worker` could do, NULL: there is none. */
const char *look_waiting(const struct process *core, const struct process *worker);

/* The same, of tasks that descend from what runs at the worker's manager. */
const char *look_own_waiting(const struct process *core, const struct process *worker);

/* Fails the run if anything is left in the tables of a process after all work is done. */
void look_rest(struct world *world, const struct process *process);

/* Fails the run if a process has a task for a mailbox that is gone: it descends from what was lost or
 * cancelled.
 */
void look_needless(struct world *world, const struct process *process);

/* Fails the run if a shim has a task of its boss's that this one does not know. */
void look_unknown(struct world *world, const struct process *shim);

/* After a turn: fails the run if a shim's sums over its employees are not what these come to. */
void look_sums(const struct process *shim);

/* After a turn, now and then: the tables of a broker or shim, counted anew, are what it says; what it keeps
 * is in its books, byte for byte (tests/fuzz/books). Fails the run, and ends the process. */
void look_books(struct process *process);

/* Whether a shim takes nothing new, and is still there. */
bool look_drains(const struct shim *shim);

/* The epoch of a shim's boss, 0: it has none, or one that names none. */
uint64_t look_epoch(const struct shim *shim);

/* Whether it has nothing left to do, then. */
bool look_has_drained(const struct shim *shim);

/* Fails the run if a broker goes on with what was begun with this key, or a shim with a link. */
void look_revoked(struct world *world, const struct process *process, const struct key *key);

/* Fails the run if a broker has taken more than a bound allows. */
void look_bounds(struct world *world, const struct process *process);

/* The same after a turn, of what it takes longer to look at. */
void look_turn(struct process *process);

/* A connection to a core is there, after its first mail was acted on: fails the run if its host, or key, had
 * its share already. */
void look_admitted(struct process *core, const struct wire *wire);

/* A message is about to be given to a process: fails the run if that has said that it takes no such one. */
void look_taken(const struct wire *wire, unsigned side, const uint8_t *header, size_t size,
                const struct blob *body);

/* Once mail has settled: fails the run if log records were dropped and nobody was told. */
void look_dropped(struct world *world, const struct process *process);

/* Says what each core has. */
void look_print(const struct world *world);

/* A worker dies: what its page says, and what it has not begun, is noted. */
void look_at_death(struct process *worker);

/* A task that waits unseen at `holder` while `worker`, which could do it, rests; NULL: there is none. */
const char *look_ahead(const struct process *holder, const struct process *worker);

#endif
