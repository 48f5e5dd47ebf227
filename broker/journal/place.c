/* place: see place.h. */
#include "broker/journal/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/journal/store.h"
#include "common/base/mem.h"

enum { PRIVATE = 0700, PRIVATE_FILE = 0600, TRIES = 20, PAUSE_US = 50000 };

char *place_file(const char *place, const char *name)
{
    size_t size = strlen(place) + strlen(name) + 2;
    char *path = mem_alloc(size);
    snprintf(path, size, "%s/%s", place, name);
    return path;
}

/* Somebody else has the lock: who, as far as its file says. */
static void say_locked(const char *place, int file, char *why)
{
    char who[64] = "";
    ssize_t size = pread(file, who, sizeof who - 1, 0);
    if (size > 0)
        who[strcspn(who, "\n")] = '\0';
    snprintf(why, STORE_WHY,
             "the journal in %s is in use by %s; give each broker a folder of its own, or end that one",
             place, size > 0 ? who : "another process");
}

/* Takes the lock. A process that was killed has it until its last write has ended: that is waited for. */
static bool take(int file)
{
    for (int tries = 0; flock(file, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK || tries == TRIES)
            return false;
        usleep(PAUSE_US);
    }
    return true;
}

static int lock(const char *place, int file, char *why)
{
    char who[64];
    if (!take(file)) {
        say_locked(place, file, why);
        close(file);
        return -1;
    }
    int size = snprintf(who, sizeof who, "the process %ld\n", (long)getpid());
    if (ftruncate(file, 0) == 0 && pwrite(file, who, (size_t)size, 0) == size)
        return file;
    snprintf(why, STORE_WHY, "cannot write into %s: %s", place, strerror(errno));
    close(file);
    return -1;
}

/* Makes the folder where there is none; it is to be there after a power cut, too. */
static bool make_folder(const char *place)
{
    if (mkdir(place, PRIVATE) != 0)
        return errno == EEXIST;
    char *above = place_file(place, "..");
    int folder = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0)
        close(folder);
    mem_free(above);
    return good;
}

int place_lock(const char *place, char *why)
{
    if (!make_folder(place)) {
        snprintf(why, STORE_WHY, "cannot make the folder %s: %s", place, strerror(errno));
        return -1;
    }
    char *path = place_file(place, "lock");
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, PRIVATE_FILE);
    if (file < 0)
        snprintf(why, STORE_WHY,
                 "cannot write into %s: %s; a journal needs a folder that mailroomd may write into", place,
                 strerror(errno));
    mem_free(path);
    return file < 0 ? -1 : lock(place, file, why);
}

int place_lock_to_look(const char *place, char *why)
{
    char *path = place_file(place, PLACE_FILE);
    if (access(path, R_OK) != 0) {
        snprintf(why, STORE_WHY,
                 errno == ENOENT ? "there is no journal in %s (no " PLACE_FILE ")"
                                 : "the journal in %s cannot be read: %s",
                 place, strerror(errno));
        mem_free(path);
        return -1;
    }
    mem_free(path);
    path = place_file(place, "lock");
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, PRIVATE_FILE);
    if (file < 0)
        snprintf(why, STORE_WHY, "cannot write into %s: %s", place, strerror(errno));
    mem_free(path);
    return file < 0 ? -1 : lock(place, file, why);
}
