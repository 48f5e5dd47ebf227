/* For a thread that waits for one result, and nothing else. */
#include "core.h"

static bool is_misuse(int code)
{
    return code == MAILROOM_EFORK || code == MAILROOM_ESTATE || code == MAILROOM_ENOMEM;
}

/* (body, timing) */
static PyObject *result_of(const struct mailroom_kept *kept, const struct mailroom_timing *timing)
{
    PyObject *body = PyBytes_FromStringAndSize(kept ? mailroom_kept_data(kept) : "",
                                               kept ? (Py_ssize_t)mailroom_kept_size(kept) : 0);
    return Py_BuildValue("(NN)", body, core_timing(timing->attempts > 0 ? timing : NULL));
}

/* tag, slot, timeout in ms. An interrupt may end it at any moment: the result stays until it is settled. */
PyObject *core_await(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    uint64_t tag, slot;
    struct mailroom_kept *kept;
    struct mailroom_timing timing = {.size = sizeof timing};
    if (!core_takes("await_result", count, 3) || !core_number(arguments[0], &tag) ||
        !core_number(arguments[1], &slot))
        return NULL;
    long timeout = PyLong_AsLong(arguments[2]);
    if (PyErr_Occurred() != NULL)
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    int code;
    Py_BEGIN_ALLOW_THREADS code =
        mailroom_client_await_timed(client, tag, (uint32_t)slot, (int)timeout, &kept, &timing);
    Py_END_ALLOW_THREADS if (is_misuse(code)) core_fail(code);
    core_leave(self);
    PyObject *given = NULL;
    if (kept != NULL && mailroom_kept_size(kept) >= CORE_LARGE)
        code = MAILROOM_EAGAIN; /* it is read where it lies, by who takes the events */
    if (PyErr_Occurred() == NULL && PyErr_CheckSignals() == 0)
        given = code != MAILROOM_OK ? PyLong_FromLong(code) : result_of(kept, &timing);
    mailroom_kept_free(kept);
    return given;
}

PyObject *core_settle(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    uint64_t tag, slot;
    if (!core_takes("settle", count, 2) || !core_number(arguments[0], &tag) ||
        !core_number(arguments[1], &slot))
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    mailroom_client_settle(client, tag, (uint32_t)slot);
    core_leave(self);
    return core_done(MAILROOM_OK);
}
