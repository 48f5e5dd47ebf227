/* Values of Python's as the library takes them, and its errors as Python's. */
#include "core.h"

#include <string.h>

PyObject *core_new(PyTypeObject *type, core_make *make, PyObject *arguments, PyObject *names)
{
    allocfunc allocate = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
    PyObject *self = allocate(type, 0);
    if (self != NULL && make(self, arguments, names) < 0) {
        Py_DECREF(self);
        self = NULL;
    }
    return self;
}

void core_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);
    release(self);
    Py_DECREF(type);
}

PyObject *core_fail(int code)
{
    PyObject *arguments = Py_BuildValue("(is)", code, mailroom_why());
    if (arguments != NULL) {
        PyErr_SetObject(core_error, arguments);
        Py_DECREF(arguments);
    }
    return NULL;
}

PyObject *core_done(int code)
{
    if (code != MAILROOM_OK)
        return core_fail(code);
    Py_INCREF(Py_None);
    return Py_None;
}

bool core_takes(const char *method, Py_ssize_t count, Py_ssize_t expected)
{
    if (count != expected)
        PyErr_Format(PyExc_TypeError, "%s takes %zd arguments, not %zd", method, expected, count);
    return count == expected;
}

bool core_bytes(PyObject *object, struct mailroom_span *span)
{
    char *data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(object, &data, &size) < 0)
        return false;
    *span = (struct mailroom_span){.data = data, .size = (size_t)size};
    return true;
}

const uint8_t *core_uuid(PyObject *object)
{
    struct mailroom_span span;
    if (object == Py_None || !core_bytes(object, &span))
        return NULL;
    if (span.size != MAILROOM_UUID_SIZE) {
        PyErr_Format(PyExc_ValueError, "a uuid has 16 bytes, not %zu", span.size);
        return NULL;
    }
    return span.data;
}

bool core_number(PyObject *object, uint64_t *number)
{
    *number = PyLong_AsUnsignedLongLong(object);
    return *number != UINT64_MAX || PyErr_Occurred() == NULL;
}

bool core_text(PyObject *object, const char **text)
{
    Py_ssize_t size;
    *text = NULL;
    if (object == Py_None)
        return true;
    *text = PyUnicode_AsUTF8AndSize(object, &size);
    if (*text != NULL && strlen(*text) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, "a text must not hold a zero character");
        *text = NULL;
    }
    return *text != NULL;
}
