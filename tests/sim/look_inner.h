/* look_inner: broker and shim have structs of the same names inside, so each is looked at in a file of its
 * own. */
#ifndef SIM_LOOK_INNER_H
#define SIM_LOOK_INNER_H

#include "broker/core/broker.h"
#include "common/boss/boss.h"
#include "worker-shim/core/shim.h"

const struct boss *look_broker_boss(const struct broker *broker);
const struct boss *look_shim_boss(const struct shim *shim);

/* How many records are left of what a core has beside its boss; `*what` names them. */
uint64_t look_broker_left(const struct broker *broker, const char **what);
uint64_t look_shim_left(const struct shim *shim, const char **what);

/* Whether it is about to end, and does nothing more. */
bool look_broker_ends(const struct broker *broker);
bool look_shim_ends(const struct shim *shim);

/* Sessions that were begun with this key, and are not over. */
uint32_t look_broker_of_key(const struct broker *broker, const struct key *key);

/* Sessions, with those that are absent, or end a part at a time. */
uint32_t look_broker_clients(const struct broker *broker);

/* The most tasks that a session has which have not ended. */
uint64_t look_broker_most_tasks(const struct broker *broker);

/* Bytes that a core keeps for all, with what its account was not told of yet; */
uint64_t look_bytes(const struct boss *boss);
/* and without mail that waits, and links that end with the next event. */
uint64_t look_kept(const struct boss *boss);

/* Whether records that were dropped have been told of. */
bool look_broker_told(const struct broker *broker);
bool look_shim_told(const struct shim *shim);

#endif
