/* The module mailroom._core: what of the Python package is compiled.
 *
 * It keeps to the limited API of Python 3.10, so that one build serves every Python from there on; a
 * free-threaded Python has no such API and gets a build of its own. Why by hand, and not by Cython or cffi:
 * README.md.
 */
#include "worker.h"

#include "mailroom_version.h"

static int fill(PyObject *module)
{
    if (PyModule_AddStringConstant(module, "version", MAILROOM_VERSION) < 0)
        return -1;
    return core_worker_add(module);
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, fill},
#ifdef Py_GIL_DISABLED
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "mailroom._core",
                                 .m_doc = "What of mailroom is compiled.", .m_slots = slots};

PyMODINIT_FUNC PyInit__core(void); /* who calls it is Python */

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
