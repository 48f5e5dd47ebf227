/* powercut: a layer under a program (LD_PRELOAD) that cuts its power. What was written to a journal's files
 * and not synced when it happens is gone, all of it or any part, as a disk with a cache may have it: the
 * process ends, and the files are as they may be found then.
 *
 *   POWERCUT_AFTER  so many writes happen before it
 *   POWERCUT_SEED   draws which of the writes that were not synced are gone */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { MOST_WRITES = 1 << 16, ENDED_BY_A_CUT = 77 };

/* A write that was not synced: what stood there before it. */
struct undo {
    dev_t device;
    ino_t inode;
    char path[256];
    off_t offset, length; /* length: of the file, before */
    size_t size;
    uint8_t *before;
};

static struct undo undos[MOST_WRITES];
static unsigned count;
static uint64_t writes;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fdatasync)(int), (*real_fsync)(int), (*real_ftruncate)(int, off_t);

static void find(void)
{
    if (real_pwrite)
        return;
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_ftruncate = (int (*)(int, off_t))dlsym(RTLD_NEXT, "ftruncate64");
    real_pwrite = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64");
}

/* Whether it is a file whose content must survive; its path. */
static bool is_ours(int file, char path[256])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, 255);
    if (size <= 0)
        return false;
    path[size] = '\0';
    const char *name = strrchr(path, '/');
    return name && (strcmp(name, "/journal.db") == 0 || strcmp(name, "/journal.db-wal") == 0);
}

static bool is_gone(unsigned at)
{
    const char *seed = getenv("POWERCUT_SEED");
    uint64_t number = (strtoull(seed ? seed : "0", NULL, 10) * 1000003 + at + 1) * 0x9e3779b97f4a7c15u;
    number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9u;
    return seed == NULL || strcmp(seed, "0") == 0 || (number >> 40) % 2 == 0;
}

/* Takes back what is gone, the newest first. */
static void cut(void)
{
    for (unsigned i = count; i-- > 0;) {
        const struct undo *undo = &undos[i];
        int file = is_gone(i) ? open(undo->path, O_WRONLY | O_CLOEXEC) : -1;
        if (file < 0)
            continue;
        struct stat now;
        if (undo->size > 0 && real_pwrite(file, undo->before, undo->size, undo->offset) < 0)
            abort();
        if (fstat(file, &now) == 0 && now.st_size > undo->length && i == 0 &&
            real_ftruncate(file, undo->length) < 0)
            abort();
        close(file);
    }
    _exit(ENDED_BY_A_CUT);
}

/* Notes what a write is about to change. */
static void note(int file, const char *path, size_t size, off_t offset)
{
    struct stat stat;
    const char *after = getenv("POWERCUT_AFTER");
    if (after && writes++ >= strtoull(after, NULL, 10))
        cut();
    if (count == MOST_WRITES || fstat(file, &stat) != 0)
        abort();
    struct undo *undo = &undos[count++];
    *undo = (struct undo){stat.st_dev, stat.st_ino, "", offset, stat.st_size, size, calloc(1, size + 1)};
    snprintf(undo->path, sizeof undo->path, "%s", path);
    if (pread(file, undo->before, size, offset) < 0) /* beyond the end there are zeros */
        memset(undo->before, 0, size);
}

static ssize_t do_write(int file, const void *bytes, size_t size, off_t offset)
{
    char path[256];
    find();
    pthread_mutex_lock(&mutex);
    if (is_ours(file, path))
        note(file, path, size, offset);
    ssize_t written = real_pwrite(file, bytes, size, offset);
    pthread_mutex_unlock(&mutex);
    return written;
}

static int do_sync(int file, int (*sync)(int))
{
    struct stat stat;
    pthread_mutex_lock(&mutex);
    int result = sync(file);
    if (result == 0 && fstat(file, &stat) == 0) {
        unsigned kept = 0;
        for (unsigned i = 0; i < count; i++) {
            if (undos[i].device == stat.st_dev && undos[i].inode == stat.st_ino)
                free(undos[i].before);
            else
                undos[kept++] = undos[i];
        }
        count = kept;
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    return do_write(file, bytes, size, offset);
}

ssize_t pwrite64(int file, const void *bytes, size_t size, off_t offset)
{
    return do_write(file, bytes, size, offset);
}

int fdatasync(int file)
{
    find();
    return do_sync(file, real_fdatasync);
}

int fsync(int file)
{
    find();
    return do_sync(file, real_fsync);
}
