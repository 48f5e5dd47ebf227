/* machine: see machine.h. cgroups are looked for where systemd, Docker and Slurm mount them: version 2 in
 * /sys/fs/cgroup, version 1 in its folder memory. In a container its own cgroup is the root of what it sees.
 */
#include "edge/machine.h"

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static uint64_t read_limit(const char *path)
{
    FILE *file = fopen(path, "re");
    unsigned long long bytes;
    if (!file)
        return UINT64_MAX;
    bool limited = fscanf(file, "%llu", &bytes) == 1; /* else it is "max" */
    fclose(file);
    return limited ? bytes : UINT64_MAX;
}

/* The least limit of the cgroup `path` ("/a/b") and those above it: UINT64_MAX where none says a number. */
static uint64_t limit_on_the_way_up(const char *root, const char *path, const char *file)
{
    char at[PATH_MAX];
    uint64_t least = UINT64_MAX;
    for (size_t length = strlen(path);; length--) {
        if (length == 0 || path[length] == '/' || path[length] == '\0') {
            snprintf(at, sizeof at, "%s%.*s/%s", root, (int)length, path, file);
            uint64_t limit = read_limit(at);
            least = limit < least ? limit : least;
        }
        if (length == 0)
            return least;
    }
}

/* The least limit of the cgroups that a line of /proc/self/cgroup names: "0::/a/b", "4:memory:/a/b". */
static uint64_t limit_of_line(char *line)
{
    line[strcspn(line, "\n")] = '\0';
    char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
    if (!path)
        return UINT64_MAX;
    *path++ = '\0';
    if (strcmp(controllers + 1, "memory") == 0)
        return limit_on_the_way_up("/sys/fs/cgroup/memory", path, "memory.limit_in_bytes");
    return controllers[1] ? UINT64_MAX : limit_on_the_way_up("/sys/fs/cgroup", path, "memory.max");
}

uint64_t machine_memory(void)
{
    char line[PATH_MAX + 64];
    uint64_t least = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && fgets(line, sizeof line, file)) {
        uint64_t limit = limit_of_line(line);
        least = limit < least ? limit : least;
    }
    if (file)
        fclose(file);
    return least;
}
