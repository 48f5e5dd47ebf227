/* written: what C code of tasks, and programs that they start, write to standard output and error, which are
 * pipes. A thread without Python empties them where Python is late, so nobody who writes there ever waits for
 * the GIL; what there is no room for is left out, and counted. Whose it is, and where it goes, is
 * output.py's. */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum {
    STREAMS = 2,
    ROOM = 256 << 10, /* bytes of a stream that wait for Python */
    TURN = 1 << 20,   /* bytes that are read from a stream before others have a turn */
    CALM = 50, /* ms that what was written stays in its pipe: should this process die, it is found there; */
    NAP = 5,   /* and between two looks whether Python has taken it */
    CROWDED = 32 << 10 /* bytes in a pipe that are read at once */
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t filled;
    bool due; /* Python is to take what is in the pipes */
    struct stream {
        int file;
        size_t size;
        uint64_t left_out;
        char data[ROOM];
    } streams[STREAMS];
} written = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

static void empty(struct stream *stream)
{
    char rest[16 << 10];
    for (size_t turn = 0; turn < TURN;) {
        size_t room = ROOM - stream->size;
        ssize_t size =
            read(stream->file, room > 0 ? stream->data + stream->size : rest, room > 0 ? room : sizeof rest);
        if (size <= 0) /* EAGAIN: it is empty */
            return;
        turn += (size_t)size;
        if (room > 0)
            stream->size += (size_t)size;
        else
            stream->left_out += (uint64_t)size;
    }
}

static bool is_crowded(void)
{
    for (int i = 0; i < STREAMS; i++) {
        int waits = 0;
        if (ioctl(written.streams[i].file, FIONREAD, &waits) == 0 && waits >= CROWDED)
            return true;
    }
    return false;
}

static bool is_written(int timeout)
{
    struct pollfd files[STREAMS];
    for (int i = 0; i < STREAMS; i++)
        files[i] = (struct pollfd){.fd = written.streams[i].file, .events = POLLIN};
    return poll(files, STREAMS, timeout) > 0;
}

static void rest(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static bool is_due(void)
{
    pthread_mutex_lock(&written.lock);
    bool due = written.due;
    pthread_mutex_unlock(&written.lock);
    return due;
}

/* Python reads the pipes itself, as far as there is room: who crashes has the GIL, and is not to lose what it
 * says of that meanwhile, however long it takes. */
static void *listen_for_ever(void *unused)
{
    prctl(PR_SET_NAME, "mailroom-output");
    for (;;) {
        if (!is_written(-1))
            continue;
        for (int i = 0; i < CALM && !is_crowded(); i++)
            rest(1);
        pthread_mutex_lock(&written.lock);
        for (int i = 0; is_crowded() && i < STREAMS; i++)
            empty(&written.streams[i]);
        written.due = true;
        pthread_cond_signal(&written.filled);
        pthread_mutex_unlock(&written.lock);
        while (is_due() && !is_crowded())
            rest(NAP);
    }
    return unused;
}

/* listen(output, error): the ends of the pipes to read from, which do not block. */
PyObject *worker_listen(PyObject *type, PyObject *arguments)
{
    pthread_t thread;
    sigset_t all, before;
    (void)type;
    if (!PyArg_ParseTuple(arguments, "ii", &written.streams[0].file, &written.streams[1].file))
        return NULL;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    errno = pthread_create(&thread, NULL, listen_for_ever, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (errno != 0)
        return PyErr_SetFromErrno(PyExc_OSError);
    pthread_detach(thread);
    return worker_none();
}

static bool has_any(void)
{
    bool any = false;
    for (int i = 0; i < STREAMS; i++)
        any |= written.streams[i].size > 0 || written.streams[i].left_out > 0;
    return any;
}

/* Waits until there is something to take. */
PyObject *worker_await_written(PyObject *type, PyObject *unused)
{
    (void)type, (void)unused;
    Py_BEGIN_ALLOW_THREADS pthread_mutex_lock(&written.lock);
    while (!written.due)
        pthread_cond_wait(&written.filled, &written.lock);
    pthread_mutex_unlock(&written.lock);
    Py_END_ALLOW_THREADS return worker_none();
}

static PyObject *take(struct stream *stream)
{
    PyObject *taken =
        Py_BuildValue("(y#K)", stream->data, (Py_ssize_t)stream->size, (unsigned long long)stream->left_out);
    stream->size = 0;
    stream->left_out = 0;
    return taken;
}

/* All that was written until now: for output and error the bytes, and how many were left out behind them; or
 * None. */
PyObject *worker_written(PyObject *type, PyObject *unused)
{
    PyObject *taken = NULL;
    (void)type, (void)unused;
    fflush(stdout); /* of C, which gathers what goes to a pipe */
    bool now = is_written(0);
    pthread_mutex_lock(&written.lock); /* for a moment: who has it does not wait for anything */
    for (int i = 0; now && i < STREAMS; i++)
        empty(&written.streams[i]);
    written.due = false;
    if (has_any())
        taken = Py_BuildValue("(NN)", take(&written.streams[0]), take(&written.streams[1]));
    pthread_mutex_unlock(&written.lock);
    return taken == NULL && PyErr_Occurred() == NULL ? worker_none() : taken;
}
