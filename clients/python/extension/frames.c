/* Frames in, frames out, for who has a ZeroMQ socket of Python's (pyzmq). */
#include "core.h"

static PyObject *bytes_of(const void *data, size_t size)
{
    return PyBytes_FromStringAndSize(size == 0 ? "" : data, (Py_ssize_t)size);
}

/* (kind, header, body, due): due is None where it is never. */
PyObject *core_frames(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    uint64_t now, due;
    struct mailroom_wish wish;
    if (!core_takes("frames", count, 1) || !core_number(arguments[0], &now))
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    int code = mailroom_client_frames(client, now, &wish, &due);
    PyObject *given = NULL;
    if (code == MAILROOM_OK) {
        PyObject *body = wish.kept == NULL
                             ? bytes_of(wish.body.data, wish.body.size)
                             : bytes_of(mailroom_kept_data(wish.kept), mailroom_kept_size(wish.kept));
        PyObject *header = bytes_of(wish.header.data, wish.header.size);
        PyObject *at = due == UINT64_MAX ? Py_BuildValue("") : PyLong_FromUnsignedLongLong(due);
        mailroom_kept_free(wish.kept);
        if (body != NULL && header != NULL && at != NULL)
            given = Py_BuildValue("(IOOO)", wish.kind, header, body, at);
        Py_XDECREF(body);
        Py_XDECREF(header);
        Py_XDECREF(at);
    } else
        core_fail(code);
    core_leave(self);
    return given;
}

PyObject *core_opened(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    uint64_t now;
    if (!core_takes("opened", count, 1) || !core_number(arguments[0], &now))
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    PyObject *done = core_done(mailroom_client_opened(client, now));
    core_leave(self);
    return done;
}

/* now, header, body, how many frames there were. */
PyObject *core_message(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    uint64_t now, frames;
    struct mailroom_span header, body;
    if (!core_takes("message", count, 4) || !core_number(arguments[0], &now) ||
        !core_bytes(arguments[1], &header) || !core_bytes(arguments[2], &body) ||
        !core_number(arguments[3], &frames))
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    struct mailroom_body copied = {.data = body.data, .size = body.size};
    PyObject *done = core_done(mailroom_client_message(client, now, header, &copied, (unsigned)frames));
    core_leave(self);
    return done;
}

PyObject *core_closed(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    uint64_t now, misfit;
    const char *why;
    if (!core_takes("closed", count, 3) || !core_number(arguments[0], &now) ||
        !core_text(arguments[1], &why) || !core_number(arguments[2], &misfit))
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    PyObject *done = core_done(mailroom_client_closed(client, now, why, (unsigned)misfit));
    core_leave(self);
    return done;
}
