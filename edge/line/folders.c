/* folders: see folders.h. A folder is open when its mode lets everybody write. With the sticky bit, as /tmp,
 * others can add to it, but replace nothing that is there. */
#include "edge/line/folders.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MOST_LINKS = 40 /* as the kernel follows */ };

/* A path, of which a part is walked already. */
struct walk {
    char done[FOLDERS_PATH]; /* a folder, without links, "." and ".."; empty: the root */
    char rest[FOLDERS_PATH]; /* what comes below it */
    unsigned links;
};

/* Not where it is root's and mounted read-only: so an orchestrator gives it to us, and Kubernetes makes all
 * of its volumes 0777. */
bool folders_is_open(const char *folder, unsigned *mode)
{
    struct stat status;
    struct statvfs mount;
    if (stat(folder, &status) != 0 || !(status.st_mode & S_IWOTH))
        return false;
    *mode = (unsigned)status.st_mode & 07777;
    return status.st_uid != 0 || statvfs(folder, &mount) != 0 || !(mount.f_flag & ST_RDONLY);
}

/* Where an absolute path, or one below the working directory, is walked from. */
static bool begin(struct walk *walk, const char *path)
{
    char here[FOLDERS_PATH] = "";
    walk->done[0] = '\0';
    walk->links = 0;
    if (path[0] != '/' && !getcwd(here, sizeof here))
        return false;
    return (size_t)snprintf(walk->rest, sizeof walk->rest, "%s/%s", here, path) < sizeof walk->rest;
}

/* Goes to `name` in the folder, or to where it leads if it is a link. */
static bool enter(struct walk *walk, const char *name)
{
    char target[FOLDERS_PATH], rest[FOLDERS_PATH];
    size_t above = strlen(walk->done);
    if ((size_t)snprintf(walk->done + above, sizeof walk->done - above, "/%s", name) >=
        sizeof walk->done - above)
        return false;
    ssize_t size = readlink(walk->done, target, sizeof target - 1);
    if (size < 0)
        return errno == EINVAL; /* not a link */
    target[size] = '\0';
    walk->done[target[0] == '/' ? 0 : above] = '\0';
    snprintf(rest, sizeof rest, "%s", walk->rest);
    return ++walk->links <= MOST_LINKS &&
           (size_t)snprintf(walk->rest, sizeof walk->rest, "%s/%s", target, rest) < sizeof walk->rest;
}

/* Takes the next name off the rest; false: there is none. */
static bool next(struct walk *walk, char *name)
{
    size_t from = strspn(walk->rest, "/"), size = strcspn(walk->rest + from, "/");
    memcpy(name, walk->rest + from, size);
    name[size] = '\0';
    memmove(walk->rest, walk->rest + from + size, strlen(walk->rest + from + size) + 1);
    return size > 0;
}

bool folders_are_closed(const char *path, char *why, size_t size)
{
    struct walk walk;
    char name[FOLDERS_PATH];
    unsigned mode = 0;
    bool good = begin(&walk, path);
    while (good && next(&walk, name)) {
        const char *folder = walk.done[0] ? walk.done : "/";
        if (folders_is_open(folder, &mode) && !(mode & S_ISVTX)) {
            snprintf(why, size,
                     "%s: anybody can put another file in the place of %s (mode %04o): chmod o-w %s", folder,
                     path, mode, folder);
            return false;
        }
        if (strcmp(name, "..") == 0)
            walk.done[strrchr(walk.done, '/') ? strrchr(walk.done, '/') - walk.done : 0] = '\0';
        else if (strcmp(name, ".") != 0)
            good = enter(&walk, name);
    }
    return true; /* what cannot be reached is said by who opens it */
}
