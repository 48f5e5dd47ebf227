/* processors: how many processors this process may use, by what the kernel and a batch system say. */
#include "worker-shim/edge/processors.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker-shim/edge/cgroup.h"

enum { MOST_PROCESSORS = 1 << 16 };

#define NO_BOUND UINT64_MAX

static void lower(uint64_t *least, uint64_t value)
{
    if (value > 0 && value < *least)
        *least = value;
}

static uint64_t by_affinity(void)
{
    for (size_t most = 1024; most <= MOST_PROCESSORS; most *= 2) { /* the kernel's own mask must fit in */
        cpu_set_t *set = CPU_ALLOC(most);
        size_t size = CPU_ALLOC_SIZE(most);
        bool known = set && sched_getaffinity(0, size, set) == 0;
        uint64_t count = known ? (uint64_t)CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (known || errno != EINVAL)
            return count;
    }
    return 0;
}

/* The first number of a file, and a second one where there is one. How many were there. */
static int read_numbers(const char *path, uint64_t numbers[2])
{
    FILE *file = fopen(path, "re");
    int count = file ? fscanf(file, "%" SCNu64 " %" SCNu64, &numbers[0], &numbers[1]) : 0;
    if (file)
        fclose(file);
    return count > 0 ? count : 0; /* "max", and "-1" of version 1, whose unsigned value is no bound either */
}

/* The quota of one group: version 2 has both numbers in one file. */
static uint64_t quota_of(const char *folder)
{
    char path[CGROUP_PATH_SIZE + 32];
    uint64_t quota[2], period[2];
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    int count = read_numbers(path, quota);
    if (count == 0) {
        snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
        count = read_numbers(path, quota);
        snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
        count = count && read_numbers(path, period) ? 2 : 0;
        quota[1] = count ? period[0] : 0;
    }
    if (count < 2 || quota[0] == 0 || quota[1] == 0 || quota[0] > INT64_MAX)
        return NO_BOUND;
    return (quota[0] + quota[1] - 1) / quota[1];
}

/* The smallest quota of a group and those above it. A container sees its own group as the root, and may yet
 * be told the name that the group has on the host. */
static uint64_t by_quota(const char *mount, const char *controller)
{
    char group[CGROUP_SIZE], folder[CGROUP_PATH_SIZE];
    uint64_t least = NO_BOUND;
    if (!cgroup_find(controller, group))
        return least;
    for (bool root = false; !root;) {
        snprintf(folder, sizeof folder, "%s%s", mount, group);
        lower(&least, quota_of(folder));
        char *slash = strrchr(group, '/');
        root = !slash;
        if (slash)
            *slash = '\0';
    }
    return least;
}

static uint64_t variable(const char *name)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : 0; /* 0: nothing is said */
}

/* How many tasks the step has on this node: entry SLURM_NODEID of a list like "2(x3),1". */
static uint64_t step_tasks(void)
{
    const char *at = getenv("SLURM_STEP_TASKS_PER_NODE");
    uint64_t node = variable("SLURM_NODEID");
    while (at && *at) {
        char *end;
        uint64_t tasks = strtoull(at, &end, 10), nodes = 1;
        if (sscanf(end, "(x%" SCNu64 ")", &nodes) == 1)
            end = strchr(end, ')') + 1;
        if (node < nodes)
            return tasks;
        node -= nodes;
        at = *end == ',' ? end + 1 : NULL;
    }
    return 0;
}

/* What Slurm gave to this process: SLURM_CPUS_ON_NODE is for all tasks of a step on this node together. A
 * script has all of its job's; SLURM_CPUS_PER_TASK says there what each task of its steps will have. */
static uint64_t by_slurm(void)
{
    uint64_t node = variable("SLURM_CPUS_ON_NODE"), each = variable("SLURM_CPUS_PER_TASK"),
             tasks = step_tasks();
    if (tasks > 1)
        return each ? each : node > tasks ? node / tasks : 1;
    return node ? node : each;
}

uint64_t processors_count(void)
{
    uint64_t least = NO_BOUND;
    lower(&least, by_affinity());
    lower(&least, by_quota("/sys/fs/cgroup", ""));
    lower(&least, by_quota("/sys/fs/cgroup/cpu", "cpu"));
    lower(&least, by_slurm());
    return least == NO_BOUND ? 1 : least;
}
