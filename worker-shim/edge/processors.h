/* processors: how many processors this process may use. */
#ifndef MAILROOM_SHIM_EDGE_PROCESSORS_H
#define MAILROOM_SHIM_EDGE_PROCESSORS_H

#include <stdint.h>

/* The fewest that any of these say, 1 at least: the processors that it may run on (affinity), the quota of
 * its control groups (both versions, with the groups above it; a part of a processor counts as one), and
 * Slurm's variables: a batch system may give a job a part of a node and bind it to nothing. */
uint64_t processors_count(void);

#endif
