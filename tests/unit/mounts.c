/* mounts: see mounts.h. */
#include "tests/unit/mounts.h"

#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>

bool mount_small(const char *folder, unsigned kib)
{
    char options[32];
    snprintf(options, sizeof options, "size=%uk", kib);
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("tmpfs", folder, "tmpfs", 0, options) == 0;
}
