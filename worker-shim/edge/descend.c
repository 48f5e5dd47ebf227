/* descend: finds and kills the descendants of this process. A process that forks while it is hunted is met
 * again on the next pass. */
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
};

struct process {
    pid_t pid, parent;
};

struct processes {
    struct process *at;
    size_t count, capacity;
};

/* The parent of `pid`, going by /proc/PID/stat; -1: there is no such process, or it is dead and only waits
 * for its parent. */
static pid_t parent_of(pid_t pid)
{
    char path[32], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    ssize_t size = read(file, text, sizeof text - 1);
    close(file);
    text[size > 0 ? size : 0] = '\0';
    char *name_end = strrchr(text, ')'); /* the name before it may hold anything */
    if (!name_end || strlen(name_end) < 4 || name_end[2] == 'Z' || name_end[2] == 'X')
        return -1;
    return (pid_t)strtol(name_end + 4, NULL, 10);
}

static void list_processes(struct processes *list)
{
    DIR *folder = opendir("/proc");
    list->count = 0;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10), parent = parent_of(pid);
        if (parent <= 0)
            continue;
        if (list->count == list->capacity) {
            list->capacity = list->capacity ? list->capacity * 2 : 256;
            list->at = mem_resize(list->at, list->capacity, sizeof *list->at);
        }
        list->at[list->count++] = (struct process){pid, parent};
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

/* Whether `pid` was started with `entry` in its environment. */
static bool has_entry(pid_t pid, const char *entry)
{
    char path[32], *text = NULL;
    size_t capacity = 0;
    bool found = false;
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    FILE *file = fopen(path, "re");
    while (file && !found && getdelim(&text, &capacity, '\0', file) > 0)
        found = strcmp(text, entry) == 0;
    if (file)
        fclose(file);
    free(text); /* getdelim's */
    return found;
}

/* Kills the descendants, only those with `entry` unless it is NULL. Whether there were any. */
static bool kill_once(const char *entry)
{
    struct processes list = {0};
    bool any = false;
    list_processes(&list);
    if (list.count > 0)
        qsort(list.at, list.count, sizeof *list.at, compare_pids);
    for (size_t i = 0; i < list.count; i++) {
        if (!is_below(&list, &list.at[i], getpid()) || (entry && !has_entry(list.at[i].pid, entry)))
            continue;
        kill(list.at[i].pid, SIGKILL);
        any = true;
    }
    mem_free(list.at);
    return any;
}

static void pause_between(void)
{
    nanosleep(&(struct timespec){.tv_nsec = PASS_PAUSE * 1000000L}, NULL);
}

void descend_kill_all(void)
{
    while (kill_once(NULL)) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        pause_between();
    }
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

void descend_kill_marked(const char *entry)
{
    for (int pass = 0; pass < MARKED_PASSES && kill_once(entry); pass++)
        pause_between();
}
