/* forked: what the system is told of a worker that was forked, not started (forkserver.py): whose it ends
 * with, its group, its name in its environment.
 *
 * The environment that others see of a process (/proc/PID/environ) is that with which its program was
 * started; setenv does not change it. Who ends what a worker has left behind finds it by its name there.
 */
#include "worker.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static char *mark; /* the value of MAILROOM_WORKER with which this program was started */
static size_t room;
static char title[16]; /* of this process, in lists of processes */

PyObject *worker_begin_forks(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    mark = getenv("MAILROOM_WORKER");
    room = mark == NULL ? 0 : strlen(mark);
    prctl(PR_GET_NAME, title);
    prctl(PR_SET_NAME, "mailroom-forks");
    return worker_none();
}

PyObject *worker_end_with_parent(PyObject *self, PyObject *ends)
{
    (void)self;
    prctl(PR_SET_PDEATHSIG, PyObject_IsTrue(ends) == 1 ? SIGKILL : 0);
    return worker_none();
}

PyObject *worker_forked(PyObject *self, PyObject *name)
{
    struct mailroom_span span;
    (void)self;
    if (!worker_read_span(name, &span))
        return NULL;
    if (span.size < room) {
        memset(mark, 0, room);
        memcpy(mark, span.data, span.size);
    }
    prctl(PR_SET_NAME, title);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return worker_none();
}
