/* group: what is known of the processes of a process group, from /proc. */
#include "worker-shim/plain/group.h"

#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Whether the process has a handler for this signal. */
static bool catches(pid_t pid, int number)
{
    char path[32], line[128];
    uint64_t caught = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "SigCgt: %" SCNx64, &caught) == 1)
            break;
    }
    if (file)
        fclose(file);
    return caught >> (number - 1) & 1;
}

bool group_listens(pid_t group, int number)
{
    bool found = false;
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder && !found && (entry = readdir(folder));) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        found = isdigit((unsigned char)entry->d_name[0]) && getpgid(pid) == group && catches(pid, number);
    }
    if (folder)
        closedir(folder);
    return found;
}
