/* Questions to the broker. Their answers come as events. */
#include "core.h"

PyObject *core_ask(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_question question = {.grace = UINT64_MAX};
    uint64_t kind, all, number;
    if (!core_takes("ask", count, 5) || !core_number(arguments[0], &kind) ||
        !core_text(arguments[2], &question.name) ||
        (arguments[3] != Py_None && !core_number(arguments[3], &question.grace)) ||
        !core_number(arguments[4], &all))
        return NULL;
    question.kind = (enum mailroom_question_kind)kind;
    question.all = (unsigned)all;
    question.uuid = core_uuid(arguments[1]);
    if (question.uuid == NULL && PyErr_Occurred() != NULL)
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    int code = mailroom_client_ask(client, &question, &number);
    PyObject *given = code == MAILROOM_OK ? PyLong_FromUnsignedLongLong(number) : core_fail(code);
    core_leave(self);
    return given;
}

PyObject *core_unask(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    uint64_t number;
    if (!core_takes("unask", count, 1) || !core_number(arguments[0], &number))
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    mailroom_client_unask(client, number);
    core_leave(self);
    return core_done(MAILROOM_OK);
}
