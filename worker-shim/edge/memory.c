/* memory: the kernel's count of processes that it killed for want of memory, of control groups version 2
 * and 1. */
#include "worker-shim/edge/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { GROUP_SIZE = 256, PATH_SIZE = GROUP_SIZE + 64 }; /* bytes */

/* The path of our control group in the hierarchy whose line in /proc/self/cgroup has `controller` in it. */
static int find_group(const char *controller, char *group)
{
    char line[GROUP_SIZE + 64];
    int found = 0;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        char *path = strchr(line, '/');
        if (path && strstr(line, controller)) {
            path[strcspn(path, "\n")] = '\0';
            snprintf(group, GROUP_SIZE, "%s", strcmp(path, "/") == 0 ? "" : path);
            found = 1;
        }
    }
    if (file)
        fclose(file);
    return found;
}

static uint64_t read_count(const char *path)
{
    char line[128];
    uint64_t count = 0;
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "oom_kill %" SCNu64, &count) == 1)
            break;
    }
    if (file)
        fclose(file);
    return count;
}

uint64_t memory_kills(void)
{
    char group[GROUP_SIZE], path[PATH_SIZE];
    if (find_group("0::", group)) {
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.events", group);
        uint64_t count = read_count(path);
        if (count > 0)
            return count;
    }
    if (!find_group(":memory:", group))
        return 0;
    snprintf(path, sizeof path, "/sys/fs/cgroup/memory%s/memory.oom_control", group);
    return read_count(path);
}
