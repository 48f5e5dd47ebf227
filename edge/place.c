/* place: see place.h. */
#include "edge/place.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/line/home.h"
#include "edge/log.h"

#define IPC "ipc://"

static const char *path_of(const struct place *place)
{
    return place->endpoint + strlen(IPC);
}

/* Writes the folder of the socket into `folder` (PATH_MAX bytes). */
static void write_folder(const struct place *place, char *folder)
{
    snprintf(folder, PATH_MAX, "%s", path_of(place));
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = '\0';
}

void place_open(struct place *place, const char *endpoint)
{
    char folder[PATH_MAX];
    *place = (struct place){.endpoint = endpoint};
    if (strncmp(endpoint, IPC "/", strlen(IPC "/")) == 0) {
        write_folder(place, folder);
        if (lstat(path_of(place), &place->socket) == 0 && stat(folder, &place->folder) == 0)
            return;
    }
    place->endpoint = NULL;
}

bool place_is_whole(const struct place *place)
{
    struct stat now;
    return !place->endpoint || (lstat(path_of(place), &now) == 0 && now.st_ino == place->socket.st_ino &&
                                now.st_dev == place->socket.st_dev);
}

/* Whether the folder is nobody else's than it was, and lets nobody else in. */
static bool is_as_it_was(const struct place *place, const char *folder)
{
    struct stat now;
    return stat(folder, &now) == 0 && now.st_uid == place->folder.st_uid &&
           !(now.st_mode & ~place->folder.st_mode & 077);
}

/* Makes the folder as it was, as far as this user may. False, and `why`: it cannot be. */
static bool make_folder(const struct place *place, char *why)
{
    char folder[PATH_MAX];
    if (home_holds(place->endpoint))
        return home_is_safe(place->endpoint, why);
    write_folder(place, folder);
    int error = mkdir(folder, 0700) == 0 ? 0 : errno;
    /* where it cannot have its group, fewer are let in */
    if (!error && chown(folder, (uid_t)-1, place->folder.st_gid) == 0)
        chmod(folder, place->folder.st_mode & 07777);
    if (is_as_it_was(place, folder))
        return true;
    snprintf(why, HOME_WHY, "%.400s: %s", folder,
             error && error != EEXIST ? strerror(error) : "it is not what it was");
    return false;
}

/* False, and `why`. */
static bool bind_anew(const struct place *place, int (*bind)(void *self, const char *endpoint), void *self,
                      char *why)
{
    struct stat now;
    if (place->anew == PLACE_MOST_ANEW) {
        snprintf(why, HOME_WHY, "it was bound anew %u times", place->anew);
        return false;
    }
    if (!make_folder(place, why))
        return false;
    int held = home_hold(place->endpoint);
    int error = lstat(path_of(place), &now) == 0 ? EEXIST : bind(self, place->endpoint);
    if (held >= 0)
        close(held);
    snprintf(why, HOME_WHY, "%s",
             error == EEXIST ? "there is something else by now, which may be another process's"
                             : strerror(error));
    return !error;
}

void place_turn(struct place *place, int (*bind)(void *self, const char *endpoint), void *self)
{
    if (place_is_whole(place))
        return;
    char why[HOME_WHY] = "";
    const mode_t mode = place->socket.st_mode & 07777;
    if (!bind_anew(place, bind, self, why)) {
        if (!place->told)
            log_line(
                LOG_ERROR,
                "the socket %s was removed, and cannot be made anew: %s; nobody can connect there until it can, or "
                "this program is started again",
                path_of(place), why);
        place->told = true;
        return;
    }
    chmod(path_of(place), mode);
    place->anew++;
    place->told = false;
    lstat(path_of(place), &place->socket);
    log_line(LOG_WARNING,
             "the socket %s was removed, and is there again (keep what cleans up there away from it)",
             path_of(place));
}
