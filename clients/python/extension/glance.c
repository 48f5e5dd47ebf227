/* glance: what of a process a task may have changed, as bytes that are the same as long as it has not: a look
 * at all of it in a few microseconds, for after each step of a task. What it was is surroundings.py's. */
#include "worker.h"

#include <locale.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

enum { FILES = 3, TIMERS = 3, LIMITS = 8 };

struct glance {
    uint64_t folder, language; /* of their names */
    struct {
        dev_t device;
        ino_t inode;
    } files[FILES];
    struct rlimit limits[LIMITS];
    struct itimerval timers[TIMERS];
    cpu_set_t processors;
    sigset_t mask;
    mode_t umask;
    int priority;
};

/* FNV-1a. */
static uint64_t digest(const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

static void look(struct glance *glance)
{
    static const int limits[LIMITS] = {RLIMIT_NOFILE, RLIMIT_AS,   RLIMIT_CPU,   RLIMIT_FSIZE,
                                       RLIMIT_STACK,  RLIMIT_DATA, RLIMIT_NPROC, RLIMIT_CORE};
    static const int timers[TIMERS] = {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF};
    char folder[4096];
    memset(glance, 0, sizeof *glance); /* what lies between the fields is compared as well */
    glance->folder = digest(getcwd(folder, sizeof folder));
    glance->language = digest(setlocale(LC_ALL, NULL));
    for (int i = 0; i < FILES; i++) {
        struct stat file;
        if (fstat(i, &file) == 0) {
            glance->files[i].device = file.st_dev;
            glance->files[i].inode = file.st_ino;
        }
    }
    for (int i = 0; i < LIMITS; i++)
        getrlimit((__typeof__(RLIMIT_CPU))limits[i], &glance->limits[i]);
    for (int i = 0; i < TIMERS; i++)
        getitimer((__typeof__(ITIMER_REAL))timers[i], &glance->timers[i]);
    sched_getaffinity(0, sizeof glance->processors, &glance->processors);
    sigprocmask(SIG_BLOCK, NULL, &glance->mask);
    glance->umask = umask(077);
    umask(glance->umask);
    glance->priority = getpriority(PRIO_PROCESS, 0);
}

PyObject *worker_glance(PyObject *self, PyObject *unused)
{
    struct glance glance;
    (void)self, (void)unused;
    look(&glance);
    return PyBytes_FromStringAndSize((const char *)&glance, sizeof glance);
}
