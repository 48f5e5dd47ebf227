/* cgroup: where the kernel shows the control groups that this process is in, going by /proc/self/cgroup. */
#include "worker-shim/edge/cgroup.h"

#include <stdio.h>
#include <string.h>

/* Whether `word` is one of the list, which has commas between its words. */
static bool is_among(const char *list, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = list;; at++) {
        if (strncmp(at, word, size) == 0 && (at[size] == ',' || at[size] == '\0'))
            return true;
        if ((at = strchr(at, ',')) == NULL)
            return false;
    }
}

bool cgroup_find(const char *controller, char group[CGROUP_SIZE])
{
    char line[CGROUP_SIZE + 128];
    bool found = false;
    FILE *file = fopen("/proc/self/cgroup", "re");
    while (file && !found && fgets(line, sizeof line, file)) {
        char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path)
            continue;
        *path++ = '\0';
        path[strcspn(path, "\n")] = '\0';
        found = is_among(controllers + 1, controller) && strlen(path) < CGROUP_SIZE;
        if (found)
            snprintf(group, CGROUP_SIZE, "%s", strcmp(path, "/") == 0 ? "" : path);
    }
    if (file)
        fclose(file);
    return found;
}
