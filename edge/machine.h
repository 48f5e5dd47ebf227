/* machine: how much memory this process may have, as the machine and its cgroup have it. */
#ifndef MAILROOM_EDGE_MACHINE_H
#define MAILROOM_EDGE_MACHINE_H

#include <stdint.h>

/* Bytes: of the machine, or of the smallest limit among this process's cgroup and those above it. */
uint64_t machine_memory(void);

#endif
