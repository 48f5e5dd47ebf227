/* descend: finds and kills the descendants of this process. A process that forks while it is hunted is met
 * again on the next pass.
 *
 * A resource tracker of Python's (multiprocessing's, loky's) is spared: it removes what the processes that it
 * serves have left in /dev/shm, which is memory, as soon as the last of them is gone, and ends. */
#include "worker-shim/edge/descend.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/base/mem.h"

enum {
    PASS_PAUSE = 2,     /* ms between two passes over /proc */
    MARKED_PASSES = 50, /* then a marked process that cannot die now is left to the guardian's end */
    SPARE_PASSES = 500, /* for as many is waited at the end for trackers, which then are killed as well */
};

struct process {
    pid_t pid, parent, group;
};

struct processes {
    struct process *at;
    size_t count, capacity;
};

/* Which descendants are killed: all but those that something here tells from them. */
struct hunt {
    pid_t group;           /* only those of this process group, unless 0 */
    const char *entry;     /* only those that were started with this in their environment, unless NULL */
    bool spares;           /* trackers */
    size_t killed, spared; /* in the last pass */
};

/* Looks up a process's parent and group in /proc/PID/stat. False: there is no such process, or it is dead and
 * only waits for its parent. */
static bool look_up(struct process *process)
{
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)process->pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    text[size > 0 ? size : 0] = '\0';
    char *name_end = strrchr(text, ')'); /* the name before it may hold anything */
    if (!name_end || strlen(name_end) < 4 || name_end[2] == 'Z' || name_end[2] == 'X')
        return false;
    char *after;
    process->parent = (pid_t)strtol(name_end + 4, &after, 10);
    process->group = (pid_t)strtol(after, NULL, 10);
    return process->parent > 0;
}

static void list_processes(struct processes *list)
{
    DIR *folder = opendir("/proc");
    list->count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        struct process process = {.pid = (pid_t)strtol(entry->d_name, NULL, 10)};
        if (!look_up(&process))
            continue;
        if (list->count == list->capacity) {
            list->capacity = list->capacity ? list->capacity * 2 : 256;
            list->at = mem_resize(list->at, list->capacity, sizeof *list->at);
        }
        list->at[list->count++] = process;
    }
    if (folder)
        closedir(folder);
}

static int compare_pids(const void *a, const void *b)
{
    pid_t left = ((const struct process *)a)->pid, right = ((const struct process *)b)->pid;
    return (left > right) - (left < right);
}

/* Whether `process` descends from `pid`. The list is sorted; a loop in it (pids that were used again while it
 * was made) ends at the number of its processes. */
static bool is_below(const struct processes *list, const struct process *process, pid_t pid)
{
    for (size_t steps = 0; process && steps < list->count; steps++) {
        if (process->parent == pid)
            return true;
        struct process parent = {.pid = process->parent};
        process = bsearch(&parent, list->at, list->count, sizeof parent, compare_pids);
    }
    return false;
}

/* Whether one of the texts that /proc/PID/`name` has begins with `text`, or has it anywhere. */
static bool has_text(pid_t pid, const char *name, const char *text, bool whole)
{
    char path[32], *found = NULL;
    size_t capacity = 0;
    bool has = false;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "re");
    while (file && !has && getdelim(&found, &capacity, '\0', file) > 0)
        has = whole ? strcmp(found, text) == 0 : strstr(found, text) != NULL;
    if (file)
        fclose(file);
    free(found); /* getdelim's */
    return has;
}

static bool is_tracker(pid_t pid)
{
    return has_text(pid, "cmdline", "resource_tracker import main", false);
}

static bool is_hunted(const struct hunt *hunt, const struct processes *list, const struct process *process)
{
    return is_below(list, process, getpid()) && (!hunt->group || process->group == hunt->group) &&
           (!hunt->entry || has_text(process->pid, "environ", hunt->entry, true));
}

/* One pass. */
static void kill_once(struct hunt *hunt)
{
    struct processes list = {0};
    hunt->killed = hunt->spared = 0;
    list_processes(&list);
    if (list.count > 0)
        qsort(list.at, list.count, sizeof *list.at, compare_pids);
    for (size_t i = 0; i < list.count; i++) {
        if (!is_hunted(hunt, &list, &list.at[i]))
            continue;
        bool spared = hunt->spares && is_tracker(list.at[i].pid);
        hunt->spared += spared;
        hunt->killed += !spared;
        if (!spared)
            kill(list.at[i].pid, SIGKILL);
    }
    mem_free(list.at);
}

static bool has_tracker(pid_t group)
{
    struct processes list = {0};
    bool found = false;
    list_processes(&list);
    for (size_t i = 0; i < list.count && !found; i++)
        found = list.at[i].group == group && is_tracker(list.at[i].pid);
    mem_free(list.at);
    return found;
}

static void pause_between(void)
{
    nanosleep(&(struct timespec){.tv_nsec = PASS_PAUSE * 1000000L}, NULL);
}

static void hunt_down(struct hunt *hunt)
{
    for (int pass = 0; pass < MARKED_PASSES; pass++) {
        kill_once(hunt);
        if (hunt->killed == 0)
            return;
        pause_between();
    }
}

void descend_kill_all(void)
{
    struct hunt hunt = {.spares = true};
    for (int pass = 0;; pass++) {
        kill_once(&hunt);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (hunt.killed + hunt.spared == 0)
            return;
        hunt.spares = pass < SPARE_PASSES;
        pause_between();
    }
}

void descend_kill_group(pid_t leader)
{
    if (has_tracker(leader))
        hunt_down(&(struct hunt){.group = leader, .spares = true});
    else
        kill(-leader, SIGKILL);
}

void descend_kill_marked(const char *entry)
{
    hunt_down(&(struct hunt){.entry = entry, .spares = true});
}
