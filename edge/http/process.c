/* process: see process.h. */
#include "edge/http/process.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_COUNTED = 4096 /* entries: each costs a microsecond */ };

/* Newer kernels say the number as the folder's size; with others it is counted. */
static uint64_t count_files(void)
{
    struct stat status;
    if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
        return (uint64_t)status.st_size;
    DIR *folder = opendir("/proc/self/fd");
    uint64_t count = 0;
    while (folder && count <= MOST_COUNTED && readdir(folder))
        count++;
    if (folder)
        closedir(folder);
    return count > 3 && count <= MOST_COUNTED ? count - 3 : 0; /* two dots, and the folder itself */
}

void process_look(struct process *process)
{
    struct rusage usage;
    struct rlimit limit;
    unsigned long pages = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    *process = (struct process){.files = count_files()};
    if (file && fscanf(file, "%lu %lu", &pages, &resident) == 2) {
        process->virtual = pages * (uint64_t)sysconf(_SC_PAGESIZE);
        process->resident = resident * (uint64_t)sysconf(_SC_PAGESIZE);
    }
    if (file)
        fclose(file);
    getrusage(RUSAGE_SELF, &usage);
    process->cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    getrlimit(RLIMIT_NOFILE, &limit);
    process->most_files = limit.rlim_cur;
}
