/* pickles: what is asked for each object that is pickled, which has to cost next to nothing where that is no
 * exception (_exceptions.py has the answers). */
#include "core.h"

static PyObject *of_exceptions(PyObject *reduce, PyObject *value)
{
    if (PyExceptionInstance_Check(value))
        return PyObject_CallFunctionObjArgs(reduce, value, NULL);
    Py_INCREF(Py_NotImplemented);
    return Py_NotImplemented;
}

PyObject *core_for_exceptions(PyObject *module, PyObject *reduce)
{
    static PyMethodDef method = {"of_exceptions", of_exceptions, METH_O,
                                 "What a pickler's reducer_override gives."};
    (void)module;
    return PyCFunction_New(&method, reduce);
}
