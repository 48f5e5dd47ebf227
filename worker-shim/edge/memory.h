/* memory: whether the kernel killed processes of this control group because its memory was used up. */
#ifndef MAILROOM_SHIM_EDGE_MEMORY_H
#define MAILROOM_SHIM_EDGE_MEMORY_H

#include <stdint.h>

/* How many processes of our control group the kernel has killed for want of memory so far; 0 also where it is
 * not known. */
uint64_t memory_kills(void);

#endif
