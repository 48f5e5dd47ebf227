/* cgroup: where the kernel shows the control groups that this process is in. */
#ifndef MAILROOM_SHIM_EDGE_CGROUP_H
#define MAILROOM_SHIM_EDGE_CGROUP_H

#include <stdbool.h>

enum { CGROUP_SIZE = 256, CGROUP_PATH_SIZE = CGROUP_SIZE + 64 }; /* bytes, with the closing zero */

/* The path of our group in the hierarchy of version 1 that has `controller`, or, where that is empty, in the
 * one of version 2. Written without a closing slash, so empty for the hierarchy's root; false: there is no
 * such hierarchy, or the path is too long. */
bool cgroup_find(const char *controller, char group[CGROUP_SIZE]);

#endif
