/* memory: the kernel's count of processes that it killed for want of memory, of control groups version 2
 * and 1. */
#include "worker-shim/edge/memory.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "worker-shim/edge/cgroup.h"

/* Reads the count from the file at `path`; false: there is no such file. */
static bool read_count(const char *path, uint64_t *count)
{
    char line[128];
    FILE *file = fopen(path, "re");
    *count = 0;
    if (!file)
        return false;
    while (fgets(line, sizeof line, file)) {
        if (sscanf(line, "oom_kill %" SCNu64, count) == 1)
            break;
    }
    fclose(file);
    return true;
}

/* The count of the group in the hierarchy at `mount`. A container sees its own group there as the root, and
 * may yet be told the name that the group has on the host. */
static uint64_t count_of(const char *mount, const char *group, const char *file)
{
    char path[CGROUP_PATH_SIZE];
    uint64_t count;
    snprintf(path, sizeof path, "%s%s/%s", mount, group, file);
    if (!read_count(path, &count)) {
        snprintf(path, sizeof path, "%s/%s", mount, file);
        read_count(path, &count);
    }
    return count;
}

uint64_t memory_kills(void)
{
    char group[CGROUP_SIZE];
    uint64_t count = 0;
    if (cgroup_find("", group))
        count = count_of("/sys/fs/cgroup", group, "memory.events");
    if (count == 0 && cgroup_find("memory", group))
        count = count_of("/sys/fs/cgroup/memory", group, "memory.oom_control");
    return count;
}
