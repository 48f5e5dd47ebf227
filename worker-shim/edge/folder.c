/* folder: the private folder of the socket that workers connect to. */
#include "worker-shim/edge/folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_in(const char *parent, char *folder)
{
    /* a socket's path has 107 bytes at most */
    if (!parent || parent[0] != '/' || strlen(parent) + sizeof "/mailroom-XXXXXX" > FOLDER_SIZE)
        return false;
    snprintf(folder, FOLDER_SIZE, "%s/mailroom-XXXXXX", parent);
    return mkdtemp(folder) != NULL;
}

bool folder_make(char folder[FOLDER_SIZE])
{
    return make_in(getenv("XDG_RUNTIME_DIR"), folder) || make_in("/tmp", folder);
}

void folder_endpoint(const char *folder, char *endpoint)
{
    snprintf(endpoint, FOLDER_ENDPOINT_SIZE, "ipc://%s/workers", folder);
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
