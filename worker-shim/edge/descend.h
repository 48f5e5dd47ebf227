/* descend: finds and kills the descendants of this process, going by /proc. */
#ifndef MAILROOM_SHIM_EDGE_DESCEND_H
#define MAILROOM_SHIM_EDGE_DESCEND_H

#include <sys/types.h>

/* Kills every descendant (SIGKILL) and reaps what becomes this process's child, until none is left. This
 * process is a subreaper (PR_SET_CHILD_SUBREAPER), so that what its children leave behind becomes its own.
 * Python's resource trackers have about a second to end by themselves. */
void descend_kill_all(void);

/* Kills the process group of a child, which leads it; not Python's resource trackers in it. */
void descend_kill_group(pid_t leader);

/* Kills every descendant that was started with `entry` ("NAME=value") in its environment, wherever it went
 * since then: into a session of its own, or to a new parent; not Python's resource trackers. */
void descend_kill_marked(const char *entry);

#endif
