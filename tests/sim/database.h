/* database: a journal in a database that two brokers name, of which one has it: by a lock that goes with its
 * session, and by an epoch that each commit asks for. A broker that stands still, or whose database is cut
 * off, loses the lock after a while, does not know it yet, and goes on: it may commit nothing, and no manager
 * that has had the next one may obey it. */
#ifndef SIM_DATABASE_H
#define SIM_DATABASE_H

#include "tests/sim/world.h"

struct database;

/* Draws whether there is one; then a second broker, for the same managers as `broker`. Behind all other
 * processes. */
void database_make(struct world *world, const struct process *broker);
void database_free(struct world *world);

/* A broker starts: it has the journal from now on (`process->shelf`, `process->epoch`), or is a standby. */
void database_join(struct process *broker);

/* Its journal's thread looks: whether it has the lock still, or may have it now. */
void database_look(struct process *broker);

/* Whether the database takes a broker's group, or would. Where another one has the journal, that broker ends.
 */
bool database_commits(struct process *broker);

/* Whether another broker has taken the journal over from this one, which does not know yet. */
bool database_is_fenced(const struct process *broker);

/* Whom to dial in place of a broker: each of the two in turn. */
int database_next(const struct world *world, int dialled);

/* The same of whom `number` is to obey: of two brokers, who has the journal, or had it last. */
int database_boss(const struct world *world, int number);

/* After a turn of a shim's: fails the run if it obeys a boss of an epoch before one that it has had. */
void database_watch(struct process *shim);

#endif
