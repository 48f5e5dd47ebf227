/* The type mailroom._core.Client: made, waited for, closed. What is submitted, asked and given out is in
 * files of their own. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

static struct core_client *of(PyObject *self)
{
    return (struct core_client *)(void *)self;
}

static void destroy(struct core_client *core)
{
    struct mailroom_client *client = core->client;
    core->client = NULL;
    Py_BEGIN_ALLOW_THREADS mailroom_client_destroy(&client);
    Py_END_ALLOW_THREADS core_sweep();
}

struct mailroom_client *core_enter(PyObject *self)
{
    struct core_client *core = of(self);
    if (atomic_fetch_add(&core->inside, 1) & CORE_CLOSED) {
        atomic_fetch_sub(&core->inside, 1); /* the one that was last has seen to the rest */
        PyObject *arguments = Py_BuildValue("(is)", MAILROOM_ECLOSED, "this side has closed it");
        if (arguments != NULL)
            PyErr_SetObject(core_error, arguments);
        Py_XDECREF(arguments);
        return NULL;
    }
    return core->client;
}

void core_leave(PyObject *self)
{
    struct core_client *core = of(self);
    if (atomic_fetch_sub(&core->inside, 1) == (CORE_CLOSED | 1u))
        destroy(core);
}

static PyObject *close_client(PyObject *self, PyObject *unused)
{
    struct core_client *core = of(self);
    if (!(atomic_fetch_or(&core->inside, CORE_CLOSED) & CORE_CLOSED)) {
        atomic_fetch_add(&core->inside, 1);
        mailroom_client_interrupt(core->client);
        core_leave(self);
    }
    return core_done(MAILROOM_OK);
}

/* ---- made ---- */

/* The folders as the library takes them, to be freed; they live as long as the sequence. */
static const char **texts_of(PyObject *sequence, size_t *count)
{
    Py_ssize_t size = PySequence_Size(sequence);
    const char **texts = size < 0 ? NULL : calloc((size_t)size + 1, sizeof *texts);
    if (texts == NULL)
        return size < 0 ? NULL : (const char **)(void *)PyErr_NoMemory();
    *count = (size_t)size;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *item = PySequence_GetItem(sequence, i);
        bool good = item != NULL && core_text(item, &texts[i]);
        Py_XDECREF(item);
        if (!good) {
            free(texts);
            return NULL;
        }
    }
    return texts;
}

static int make(PyObject *self, PyObject *arguments, PyObject *names)
{
    struct core_client *core = of(self);
    static const char *const keywords[] = {"broker", "keys",     "key",      "broker_key", "session",
                                           "name",   "software", "paths",    "patience",   "heartbeat",
                                           "expiry", "window",   "max_body", "flags",      NULL};
    struct mailroom_client_options options;
    const char *session;
    Py_ssize_t session_size;
    unsigned long long patience, heartbeat, expiry, window, max_body;
    PyObject *paths;
    mailroom_client_options_init(&options, sizeof options);
    if (!PyArg_ParseTupleAndKeywords(arguments, names, "$zzzzy#zzOKKKKKI", (char **)(uintptr_t)keywords,
                                     &options.broker, &options.keys, &options.key, &options.broker_key,
                                     &session, &session_size, &options.name, &options.software, &paths,
                                     &patience, &heartbeat, &expiry, &window, &max_body, &options.flags))
        return -1;
    if (session_size != MAILROOM_UUID_SIZE) {
        PyErr_SetString(PyExc_ValueError, "a session's token has 16 bytes");
        return -1;
    }
    options.session = (const uint8_t *)session;
    options.patience = patience;
    options.heartbeat = heartbeat;
    options.expiry = expiry;
    options.window = window;
    options.max_body = max_body;
    const char **folders = texts_of(paths, &options.path_count);
    if (folders == NULL)
        return -1;
    options.paths = folders;
    int code = mailroom_client_new(&options, &core->client);
    free(folders);
    if (code != MAILROOM_OK)
        core_fail(code);
    return code == MAILROOM_OK ? 0 : -1;
}

static PyObject *new_client(PyTypeObject *type, PyObject *arguments, PyObject *names)
{
    return core_new(type, make, arguments, names);
}

static void free_client(PyObject *self)
{
    if (of(self)->client != NULL)
        destroy(of(self));
    core_free(self);
}

/* A list of folders. */
static PyObject *say_paths(PyObject *self, PyObject *list)
{
    size_t count = 0;
    const char **folders = texts_of(list, &count);
    struct mailroom_client *client = folders == NULL ? NULL : core_enter(self);
    PyObject *done = NULL;
    if (client != NULL) {
        done = core_done(mailroom_client_paths(client, folders, count));
        core_leave(self);
    }
    free(folders);
    return done;
}

/* ---- driven ---- */

static PyObject *wait_for(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    if (!core_takes("wait", count, 2))
        return NULL;
    long what = PyLong_AsLong(arguments[0]), timeout = PyLong_AsLong(arguments[1]);
    if (PyErr_Occurred() != NULL)
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    int code;
    Py_BEGIN_ALLOW_THREADS code = mailroom_client_wait(client, (unsigned)what, (int)timeout);
    Py_END_ALLOW_THREADS if (code == MAILROOM_EFORK || code == MAILROOM_ESTATE || code == MAILROOM_EINVAL ||
                             code == MAILROOM_ESYSTEM) core_fail(code);
    core_leave(self);
    if (PyErr_Occurred() != NULL || PyErr_CheckSignals() < 0)
        return NULL;
    return PyLong_FromLong(code);
}

static PyObject *take(PyObject *self, PyObject *unused)
{
    core_sweep();
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    struct mailroom_batch *batch = mailroom_client_take(client);
    PyObject *events = core_events(batch);
    core_leave(self);
    return events;
}

static PyObject *interrupt(PyObject *self, PyObject *unused)
{
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    mailroom_client_interrupt(client);
    core_leave(self);
    return core_done(MAILROOM_OK);
}

static PyObject *start(PyObject *self, PyObject *unused)
{
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    PyObject *done = core_done(mailroom_client_start(client));
    core_leave(self);
    return done;
}

static PyObject *leave(PyObject *self, PyObject *detach)
{
    int stay = PyObject_IsTrue(detach);
    struct mailroom_client *client = stay < 0 ? NULL : core_enter(self);
    if (client == NULL)
        return NULL;
    PyObject *done = core_done(mailroom_client_leave(client, (unsigned)stay));
    core_leave(self);
    return done;
}

static PyObject *state_of(PyObject *self, PyObject *unused)
{
    struct mailroom_client_state state = {.size = sizeof state};
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    mailroom_client_state(client, &state);
    core_leave(self);
    PyObject *text = PyUnicode_DecodeUTF8(state.text, (Py_ssize_t)strlen(state.text), "replace");
    if (text == NULL)
        return NULL;
    return Py_BuildValue("(iIIIKKKKKKNy#II)", state.over, state.up, state.was_up, state.resumed,
                         (unsigned long long)state.max_body, (unsigned long long)state.tasks,
                         (unsigned long long)state.submits, (unsigned long long)state.kept,
                         (unsigned long long)state.refused, (unsigned long long)state.unsent, text,
                         state.boot, (Py_ssize_t)sizeof state.boot, state.versions, state.room);
}

#define FAST(function) (PyCFunction)(void (*)(void))(function)

static PyMethodDef methods[] = {
    {"submit", FAST(core_submit), METH_FASTCALL, "See mailroom_client_submit."},
    {"map", FAST(core_map), METH_FASTCALL, "See mailroom_client_map."},
    {"adopt", FAST(core_adopt), METH_FASTCALL, "See mailroom_client_adopt."},
    {"request", FAST(core_request), METH_FASTCALL, "See mailroom_client_request."},
    {"abandon", FAST(core_abandon), METH_FASTCALL, "See mailroom_client_abandon."},
    {"release", FAST(core_release), METH_FASTCALL, "See mailroom_client_release."},
    {"ask", FAST(core_ask), METH_FASTCALL, "See mailroom_client_ask."},
    {"unask", FAST(core_unask), METH_FASTCALL, "See mailroom_client_unask."},
    {"take", take, METH_NOARGS, "See mailroom_client_take: a list of tuples, empty where there is nothing."},
    {"wait", FAST(wait_for), METH_FASTCALL,
     "See mailroom_client_wait: gives its code, but for errors of use."},
    {"await_result", FAST(core_await), METH_FASTCALL,
     "See mailroom_client_await: gives the body, or its code, but for errors of use."},
    {"settle", FAST(core_settle), METH_FASTCALL, "See mailroom_client_settle."},
    {"interrupt", interrupt, METH_NOARGS, "See mailroom_client_interrupt."},
    {"start", start, METH_NOARGS, "See mailroom_client_start."},
    {"paths", say_paths, METH_O, "See mailroom_client_paths."},
    {"leave", leave, METH_O, "See mailroom_client_leave."},
    {"state", state_of, METH_NOARGS, "See mailroom_client_state: its fields, as a tuple."},
    {"close", close_client, METH_NOARGS, "See mailroom_client_destroy; waits end."},
    {"frames", FAST(core_frames), METH_FASTCALL, "See mailroom_client_frames."},
    {"opened", FAST(core_opened), METH_FASTCALL, "See mailroom_client_opened."},
    {"message", FAST(core_message), METH_FASTCALL, "See mailroom_client_message."},
    {"closed", FAST(core_closed), METH_FASTCALL, "See mailroom_client_closed."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot slots[] = {
    {Py_tp_new, new_client},
    {Py_tp_dealloc, free_client},
    {Py_tp_methods, methods},
    {Py_tp_doc, (void *)(uintptr_t) "A client of libmailroom's, see mailroom/client.h."},
    {0, NULL},
};

PyType_Spec core_client_type = {.name = "mailroom._core.Client",
                                .basicsize = sizeof(struct core_client),
                                .flags = Py_TPFLAGS_DEFAULT,
                                .slots = slots};
