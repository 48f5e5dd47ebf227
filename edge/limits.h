/* limits: how many files and sockets this process may have. */
#ifndef MAILROOM_EDGE_LIMITS_H
#define MAILROOM_EDGE_LIMITS_H

#include <stddef.h>

#include "edge/edge.h"

/* Raises the limit on open files as far as `limits` need, and lowers limits->connections where the system
 * does not allow as many and `limits` are not strict. Returns how many ZeroMQ sockets are needed, or -1 with
 * a text in `why` when that does not suffice. */
int limits_raise(struct edge_limits *limits, char *why, size_t why_size);

#endif
