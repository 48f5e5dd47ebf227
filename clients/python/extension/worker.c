/* The type mailroom._core.Worker: libmailroom's worker (mailroom/worker.h) for one loop of Python's.
 *
 * What arrives comes out as tuples, what the loop says goes in as tuples and bytes. Methods give the
 * library's code, 0 or below; `why` has the text. Waiting lets go of the GIL; nothing else waits. When the
 * line is over the process ends at once, from the library's thread and without the GIL, which a task may hold
 * for an hour.
 */
#include "worker.h"

#include "core.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct core_worker {
    PyObject_HEAD struct mailroom_worker *worker;
    int complain;       /* where to say why the process ends; below 0: nowhere */
    int lost, refused;  /* exit statuses */
    atomic_bool leaves; /* by itself: the line's end is no reason to end the process */
};

static struct core_worker *of(PyObject *self)
{
    return (struct core_worker *)(void *)self;
}

static void end_process(void *with, enum mailroom_end end, const char *text)
{
    const struct core_worker *core = with;
    char line[1024];
    if (atomic_load(&core->leaves))
        return;
    int size = snprintf(line, sizeof line, "mailroom-worker %d: %s\n", (int)getpid(), text);
    size = size < (int)sizeof line ? size : (int)sizeof line - 1;
    if (core->complain >= 0 && end != MAILROOM_END_TOLD) {
        ssize_t written = write(core->complain, line, (size_t)size);
        (void)written; /* it may be that nobody reads it */
    }
    switch (end) {
    case MAILROOM_END_TOLD: _exit(0);
    case MAILROOM_END_REFUSED: _exit(core->refused);
    default: _exit(core->lost);
    }
}

/* ---- made ---- */

enum { MOST_RUNTIMES = 16 };

static bool read_runtimes(PyObject *tuple, struct mailroom_runtime *runtimes, size_t *count)
{
    Py_ssize_t size = PyTuple_Size(tuple);
    if (size < 0 || size > MOST_RUNTIMES) {
        if (size > MOST_RUNTIMES)
            PyErr_Format(PyExc_ValueError, "a worker has at most %d runtimes", MOST_RUNTIMES);
        return false;
    }
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *pair = PyTuple_GetItem(tuple, i);
        if (pair == NULL || !PyArg_ParseTuple(pair, "ss", &runtimes[i].name, &runtimes[i].version))
            return false;
    }
    *count = (size_t)size;
    return true;
}

static int make(PyObject *self, PyObject *arguments, PyObject *names)
{
    struct core_worker *core = of(self);
    static const char *const keywords[] = {"address",  "name",     "software", "key",         "manager_key",
                                           "runtimes", "statuses", "complain", "reports_end", NULL};
    struct mailroom_runtime runtimes[MOST_RUNTIMES];
    struct mailroom_worker_options options = {
        .size = sizeof options, .runtimes = runtimes, .shares = 1, .ended = end_process, .ended_with = core};
    PyObject *given;
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "$ssszzO!(ii)iI", (char **)(uintptr_t)keywords,
                                     &options.address, &options.name, &options.software, &options.key_file,
                                     &options.manager_file, &PyTuple_Type, &given, &core->lost,
                                     &core->refused, &core->complain, &options.reports_end) ||
        !read_runtimes(given, runtimes, &options.runtime_count))
        return -1;
    if (options.reports_end) /* whose end is no reason to end this process */
        options.ended = NULL;
    if (mailroom_worker_new(&options, &core->worker) == MAILROOM_OK)
        return 0;
    PyErr_SetString(PyExc_ValueError, mailroom_why());
    return -1;
}

static PyObject *new_worker(PyTypeObject *type, PyObject *arguments, PyObject *names)
{
    return core_new(type, make, arguments, names);
}

static void free_worker(PyObject *self)
{
    Py_BEGIN_ALLOW_THREADS mailroom_worker_destroy(&of(self)->worker);
    Py_END_ALLOW_THREADS core_free(self);
}

static PyObject *start(PyObject *self, PyObject *unused)
{
    (void)unused;
    return worker_code(mailroom_worker_start(of(self)->worker));
}

static PyObject *why(PyObject *self, PyObject *unused)
{
    (void)self, (void)unused;
    return worker_text(mailroom_why());
}

static PyObject *boss(PyObject *self, PyObject *unused)
{
    (void)unused;
    return worker_text(mailroom_worker_boss(of(self)->worker));
}

static PyObject *join(PyObject *self, PyObject *timeout)
{
    long ms = PyLong_AsLong(timeout);
    uint32_t id = 0;
    int code;
    if (PyErr_Occurred() != NULL)
        return NULL;
    Py_BEGIN_ALLOW_THREADS code = mailroom_worker_join(of(self)->worker, (int)ms, &id);
    Py_END_ALLOW_THREADS if (PyErr_CheckSignals() < 0) return NULL;
    return worker_code(code == MAILROOM_OK ? (long)id : code);
}

/* ---- what arrives ---- */

/* The next item, None where none came in time. */
enum {
    SWEEP = 20 /* ms: between two looks whether what was lent has come back, while there is nothing to do */
};

static PyObject *next(PyObject *self, PyObject *timeout)
{
    long ms = PyLong_AsLong(timeout);
    struct mailroom_item *item;
    if (ms == -1 && PyErr_Occurred() != NULL)
        return NULL;
    for (;;) {
        int code, now = (int)ms;
        core_sweep();
        if (ms < 0 && core_lends())
            now = SWEEP; /* a large result is given up soon after it was sent, not with the next task */
        Py_BEGIN_ALLOW_THREADS code = mailroom_worker_next(of(self)->worker, now, &item);
        Py_END_ALLOW_THREADS if (PyErr_CheckSignals() < 0)
        {
            mailroom_item_free(item);
            return NULL;
        }
        if (code == MAILROOM_OK)
            break;
        if (ms >= 0 || (code != MAILROOM_EINTR && !(now == SWEEP && code == MAILROOM_ETIMEDOUT)))
            return worker_none();
    }
    core_sweep();
    return worker_item(item);
}

/* ---- what the loop is doing, and says ---- */

static PyObject *waiting(PyObject *self, PyObject *unused)
{
    (void)unused;
    return worker_code(mailroom_worker_waiting(of(self)->worker));
}

static PyObject *awake(PyObject *self, PyObject *running)
{
    struct mailroom_address address;
    if (running != Py_None && !worker_read_address(running, &address))
        return NULL;
    return worker_code(mailroom_worker_awake(of(self)->worker, running == Py_None ? NULL : &address));
}

static PyObject *result(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_address task;
    struct mailroom_body body;
    if (!core_takes("result", count, 2) || !worker_read_address(arguments[0], &task) ||
        !core_body(arguments[1], &body))
        return NULL;
    return worker_code(mailroom_worker_result(of(self)->worker, &task, &body));
}

/* give_back(task, text) */
static PyObject *give_back(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_address task;
    struct mailroom_span text;
    if (!core_takes("give_back", count, 2) || !worker_read_address(arguments[0], &task) ||
        !worker_read_span(arguments[1], &text))
        return NULL;
    return worker_code(
        mailroom_worker_return(of(self)->worker, &task, (const char *)(const void *)text.data));
}

static PyObject *update(PyObject *self, PyObject *task)
{
    struct mailroom_address address;
    if (!worker_read_address(task, &address))
        return NULL;
    return worker_code(mailroom_worker_update(of(self)->worker, &address));
}

static PyObject *fail(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_address task, root;
    struct mailroom_span text;
    struct mailroom_body body;
    if (!core_takes("fail", count, 4) || !worker_read_address(arguments[0], &task) ||
        !worker_read_address(arguments[1], &root) || !worker_read_span(arguments[2], &text) ||
        !worker_read_body(arguments[3], &body))
        return NULL;
    return worker_code(mailroom_worker_fail(of(self)->worker, &task, &root, text, &body));
}

/* submit(what the bodies begin with, children) */
static PyObject *submit(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_body shared;
    if (!core_takes("submit", count, 2) || !worker_read_body(arguments[0], &shared))
        return NULL;
    PyObject *tuple = arguments[1];
    Py_ssize_t size = PyTuple_Size(tuple), ready = 0;
    struct mailroom_child *children = size < 0 ? NULL : calloc((size_t)size + 1, sizeof *children);
    if (children == NULL)
        return size < 0 ? NULL : PyErr_NoMemory();
    while (ready < size && worker_read_child(PyTuple_GetItem(tuple, ready), &children[ready]))
        ready++;
    int code = ready == size ? mailroom_worker_submit(of(self)->worker, &shared, children, (size_t)size)
                             : MAILROOM_OK;
    for (Py_ssize_t i = 0; i < ready; i++)
        free((void *)(uintptr_t)children[i].task.breadcrumbs);
    free(children);
    return ready == size ? worker_code(code) : NULL;
}

static PyObject *cancel(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_address root;
    size_t size;
    if (!core_takes("cancel", count, 2) || !worker_read_address(arguments[0], &root))
        return NULL;
    struct mailroom_address *children = worker_read_addresses(arguments[1], &size);
    if (children == NULL)
        return NULL;
    int code = mailroom_worker_cancel(of(self)->worker, &root, children, size);
    free(children);
    return worker_code(code);
}

static PyObject *message(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_body body;
    size_t size;
    if (!core_takes("message", count, 2) || !worker_read_body(arguments[1], &body))
        return NULL;
    struct mailroom_address *children = worker_read_addresses(arguments[0], &size);
    if (children == NULL)
        return NULL;
    int code = mailroom_worker_message(of(self)->worker, children, size, &body);
    free(children);
    return worker_code(code);
}

/* log(task, root, level, logger, text, body) */
static PyObject *write_log(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_address task, root;
    struct mailroom_span logger, text;
    struct mailroom_body body;
    if (!core_takes("log", count, 6) || !worker_read_address(arguments[0], &task) ||
        !worker_read_address(arguments[1], &root) || !worker_read_span(arguments[3], &logger) ||
        !worker_read_span(arguments[4], &text) || !worker_read_body(arguments[5], &body))
        return NULL;
    unsigned long level = PyLong_AsUnsignedLong(arguments[2]);
    if (PyErr_Occurred() != NULL)
        return NULL;
    return worker_code(
        mailroom_worker_log(of(self)->worker, &task, &root, (uint32_t)level, logger, text, &body));
}

/* leave(text, timeout in ms) */
static PyObject *leave(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_span text;
    if (!core_takes("leave", count, 2) || !worker_read_span(arguments[0], &text))
        return NULL;
    long ms = PyLong_AsLong(arguments[1]);
    if (PyErr_Occurred() != NULL)
        return NULL;
    int code;
    atomic_store(&of(self)->leaves, true);
    Py_BEGIN_ALLOW_THREADS code =
        mailroom_worker_leave(of(self)->worker, (const char *)(const void *)text.data, (int)ms);
    Py_END_ALLOW_THREADS return worker_code(code);
}

static PyObject *counts(PyObject *self, PyObject *unused)
{
    struct mailroom_worker_counts counted = {.size = sizeof counted};
    (void)unused;
    mailroom_worker_counts(of(self)->worker, &counted);
    return Py_BuildValue("{sKsKsKsKsKsKsKsK}", "tasks", (unsigned long long)counted.tasks, "given",
                         (unsigned long long)counted.given, "ahead", (unsigned long long)counted.ahead,
                         "wanted_ahead", (unsigned long long)counted.wanted_ahead, "returned",
                         (unsigned long long)counted.returned, "results", (unsigned long long)counted.results,
                         "result_messages", (unsigned long long)counted.result_messages, "task_ns",
                         (unsigned long long)counted.task_ns);
}

#define FAST(function) (PyCFunction)(void (*)(void))(function)

static PyMethodDef methods[] = {
    {"start", start, METH_NOARGS, "See mailroom_worker_start."},
    {"why", why, METH_NOARGS, "See mailroom_why: of the last call in this thread that failed."},
    {"boss", boss, METH_NOARGS, "See mailroom_worker_boss."},
    {"join", join, METH_O, "See mailroom_worker_join: this worker's id, or a code below 0."},
    {"next", next, METH_O, "See mailroom_worker_next: a tuple that begins with its kind, or None."},
    {"waiting", waiting, METH_NOARGS, "See mailroom_worker_waiting."},
    {"awake", awake, METH_O, "See mailroom_worker_awake."},
    {"result", FAST(result), METH_FASTCALL, "See mailroom_worker_result."},
    {"give_back", FAST(give_back), METH_FASTCALL, "See mailroom_worker_return."},
    {"update", update, METH_O, "See mailroom_worker_update."},
    {"fail", FAST(fail), METH_FASTCALL, "See mailroom_worker_fail."},
    {"submit", FAST(submit), METH_FASTCALL, "See mailroom_worker_submit."},
    {"cancel", FAST(cancel), METH_FASTCALL, "See mailroom_worker_cancel."},
    {"message", FAST(message), METH_FASTCALL, "See mailroom_worker_message."},
    {"log", FAST(write_log), METH_FASTCALL, "See mailroom_worker_log."},
    {"leave", FAST(leave), METH_FASTCALL, "See mailroom_worker_leave."},
    {"glance", worker_glance, METH_NOARGS | METH_STATIC, "What of this process a task may have changed."},
    {"objects", worker_objects, METH_O | METH_STATIC, "Which values dicts and classes have: a number."},
    {"shared", worker_shared, METH_O | METH_STATIC, "A view of a part, as long as what holds it is there."},
    {"listen", worker_listen, METH_VARARGS | METH_STATIC, "Begins to read two pipes, see written.c."},
    {"await_written", worker_await_written, METH_NOARGS | METH_STATIC, "Waits until something was."},
    {"written", worker_written, METH_NOARGS | METH_STATIC, "All that was, or None."},
    {"begin_forks", worker_begin_forks, METH_NOARGS | METH_STATIC, "Workers are forked off this process."},
    {"end_with_parent", worker_end_with_parent, METH_O | METH_STATIC, "Whether this process does."},
    {"forked", worker_forked, METH_O | METH_STATIC, "This process is the worker of that name, no other."},
    {"counts", counts, METH_NOARGS, "See mailroom_worker_counts."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, new_worker},
    {Py_tp_dealloc, free_worker},
    {Py_tp_methods, methods},
    {Py_tp_doc, (void *)(uintptr_t) "A worker of libmailroom's, see mailroom/worker.h."},
    {0, NULL},
};

static PyType_Spec type_spec = {.name = "mailroom._core.Worker",
                                .basicsize = sizeof(struct core_worker),
                                .flags = Py_TPFLAGS_DEFAULT,
                                .slots = slots};

int core_worker_add(PyObject *module)
{
    static const struct {
        const char *name;
        long value;
    } constants[] = {{"ITEM_TASK", MAILROOM_ITEM_TASK},       {"ITEM_RESULT", MAILROOM_ITEM_RESULT},
                     {"ITEM_CANCEL", MAILROOM_ITEM_CANCEL},   {"ITEM_MESSAGE", MAILROOM_ITEM_MESSAGE},
                     {"ITEM_PATHS", MAILROOM_ITEM_PATHS},     {"ITEM_END", MAILROOM_ITEM_END},
                     {"ITEM_UNSHARE", MAILROOM_ITEM_UNSHARE}, {"EINTR", MAILROOM_EINTR},
                     {"ETOOLARGE", MAILROOM_ETOOLARGE}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return -1;
    PyObject *type = PyType_FromModuleAndSpec(module, &type_spec, NULL);
    int added = type == NULL ? -1 : PyModule_AddObjectRef(module, "Worker", type);
    Py_XDECREF(type);
    return added;
}
