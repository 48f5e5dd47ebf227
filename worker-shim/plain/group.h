/* group: what is known of the processes of a process group. */
#ifndef MAILROOM_PLAIN_GROUP_H
#define MAILROOM_PLAIN_GROUP_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether a process of this group has a handler for this signal, going by /proc. */
bool group_listens(pid_t group, int number);

#endif
