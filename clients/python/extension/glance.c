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
    uint64_t folder, language;         /* of their names */
    uint64_t builtins, finders, hooks; /* which objects these are */
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

static uint64_t mix(uint64_t hash, const void *object)
{
    return (hash ^ (uintptr_t)object) * 1099511628211u;
}

/* Which objects a list of sys's has, in their order. */
static uint64_t list_of(const char *name)
{
    PyObject *list = PySys_GetObject(name);
    uint64_t hash = mix(0, list);
    for (Py_ssize_t i = 0; list != NULL && PyList_Check(list) && i < PyList_Size(list); i++)
        hash = mix(hash, PyList_GetItem(list, i));
    return hash;
}

/* Which names there are everywhere, and what they stand for; in any order. */
static uint64_t builtins(void)
{
    PyObject *names = PyEval_GetBuiltins(), *name, *value;
    Py_ssize_t at = 0;
    uint64_t hash = 0;
    while (names != NULL && PyDict_Next(names, &at, &name, &value))
        hash += mix(mix(0, name), value);
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
    glance->builtins = builtins();
    glance->finders = list_of("meta_path");
    glance->hooks = list_of("path_hooks");
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

/* Which values a class has; below 0, with an exception raised, it is none. */
static int64_t values_of(PyObject *class)
{
    PyObject *names = PyObject_GetAttrString(class, "__dict__");
    PyObject *values = names == NULL ? NULL : PyMapping_Values(names);
    uint64_t hash = 0;
    for (Py_ssize_t i = 0; values != NULL && i < PyList_Size(values); i++)
        hash = mix(hash, PyList_GetItem(values, i));
    bool good = values != NULL;
    Py_XDECREF(values);
    Py_XDECREF(names);
    return good ? (int64_t)(hash >> 1) : -1;
}

/* Which values some modules' names, as dicts, and some classes have: a number. */
PyObject *worker_objects(PyObject *self, PyObject *spaces)
{
    uint64_t hash = 0;
    (void)self;
    for (Py_ssize_t i = 0; i < PyTuple_Size(spaces); i++) {
        PyObject *space = PyTuple_GetItem(spaces, i), *name, *value;
        Py_ssize_t at = 0;
        int64_t class = PyDict_Check(space) ? 0 : values_of(space);
        if (class < 0)
            return NULL;
        hash += (uint64_t) class;
        while (PyDict_Check(space) && PyDict_Next(space, &at, &name, &value))
            hash += mix(0, value);
    }
    return PyErr_Occurred() ? NULL : PyLong_FromUnsignedLongLong(hash);
}
