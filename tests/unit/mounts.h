/* mounts: file systems of a test's own. */
#ifndef MAILROOM_TEST_MOUNTS_H
#define MAILROOM_TEST_MOUNTS_H

#include <stdbool.h>

/* One of so many KiB in this folder, for this process; false: only root can have one. */
bool mount_small(const char *folder, unsigned kib);

#endif
