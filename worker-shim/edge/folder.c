/* folder: the private folder of the socket that workers connect to. */
#include "worker-shim/edge/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "mailroom-"
#define MARK ".held" /* clients/python/src/mailroom/folders.py has the same rule */

/* The lock on the folder ends with the shim and its guardian, who hold it together: on what is marked and not
 * locked nobody is left to remove it. Where a file system has no locks, nothing is marked. */
static void hold(int folder)
{
    int mark = flock(folder, LOCK_EX | LOCK_NB) == 0
                   ? openat(folder, MARK, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)
                   : -1;
    if (mark >= 0)
        close(mark);
}

static void remove_if_free(const char *path)
{
    struct stat status;
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0)
        return;
    if (faccessat(folder, MARK, F_OK, 0) == 0 && fstat(folder, &status) == 0 && status.st_uid == getuid() &&
        flock(folder, LOCK_EX | LOCK_NB) == 0)
        folder_remove(path);
    close(folder);
}

/* Removes the folders of shims that were killed together with their guardians. */
static void sweep(const char *parent)
{
    DIR *open = opendir(parent);
    for (const struct dirent *entry; open && (entry = readdir(open));) {
        char path[FOLDER_SIZE];
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
            strlen(entry->d_name) == sizeof PREFIX "XXXXXX" - 1) {
            snprintf(path, sizeof path, "%s/%.15s", parent, entry->d_name);
            remove_if_free(path);
        }
    }
    if (open)
        closedir(open);
}

static bool make_in(const char *parent, char *folder)
{
    static int lock = -1;
    /* a socket's path has 107 bytes at most */
    if (!parent || parent[0] != '/' || strlen(parent) + sizeof "/" PREFIX "XXXXXX" > FOLDER_SIZE)
        return false;
    sweep(parent);
    snprintf(folder, FOLDER_SIZE, "%s/" PREFIX "XXXXXX", parent);
    if (!mkdtemp(folder))
        return false;
    if (lock >= 0)
        close(lock); /* of a folder that was removed */
    lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (lock >= 0)
        hold(lock);
    return true;
}

bool folder_make(char folder[FOLDER_SIZE])
{
    return make_in(getenv("XDG_RUNTIME_DIR"), folder) || make_in("/tmp", folder);
}

void folder_endpoint(const char *folder, char *endpoint)
{
    snprintf(endpoint, FOLDER_ENDPOINT_SIZE, "ipc://%s/workers", folder);
}

void folder_libraries(const char *folder, char *path)
{
    snprintf(path, FOLDER_SIZE + 16, "%s/libraries", folder);
}

bool folder_is_whole(const char *folder)
{
    char path[FOLDER_ENDPOINT_SIZE];
    struct stat status;
    snprintf(path, sizeof path, "%s/workers", folder);
    return lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

void folder_remove(const char *folder)
{
    DIR *open = opendir(folder);
    for (const struct dirent *entry; open && (entry = readdir(open));)
        unlinkat(dirfd(open), entry->d_name, 0); /* of `.` and `..` it says no */
    if (open)
        closedir(open);
    rmdir(folder);
}
