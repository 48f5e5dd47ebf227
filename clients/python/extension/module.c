/* The module mailroom._core: what of the Python package is compiled.
 *
 * It keeps to the limited API of Python 3.10, so that one build serves every Python from there on; a
 * free-threaded Python has no such API and gets a build of its own. Why by hand, and not by Cython or cffi:
 * README.md.
 */
#include "core.h"
#include "worker.h"

#include "common/wire/message.h"
#include "mailroom_version.h"

PyObject *core_error;

static const struct {
    const char *name;
    long value;
} constants[] = {
#define KIND_CONSTANT(name, number, ways, limit) {"KIND_" #name, KIND_##name},
    KINDS(KIND_CONSTANT)
#undef KIND_CONSTANT
        {"PROTOCOL_VERSION", PROTOCOL_VERSION},
    {"MAX_BREADCRUMBS", MAX_BREADCRUMBS},
    {"MAX_META", MAX_META},
    {"MAX_NAME", MAX_NAME},
    {"UP", MAILROOM_UP},
    {"BACK", MAILROOM_BACK},
    {"AWAY", MAILROOM_AWAY},
    {"ANEW", MAILROOM_ANEW},
    {"FULL", MAILROOM_FULL},
    {"RESULT", MAILROOM_RESULT},
    {"FAILED", MAILROOM_FAILED},
    {"LOG", MAILROOM_LOG},
    {"ANSWER", MAILROOM_ANSWER},
    {"NOTE", MAILROOM_NOTE},
    {"OVER", MAILROOM_OVER},
    {"WAIT_EVENTS", MAILROOM_WAIT_EVENTS},
    {"WAIT_UP", MAILROOM_WAIT_UP},
    {"WAIT_SENT", MAILROOM_WAIT_SENT},
    {"WAIT_ROOM", MAILROOM_WAIT_ROOM},
    {"WAIT_OVER", MAILROOM_WAIT_OVER},
    {"WAIT_SPARE", MAILROOM_WAIT_SPARE},
    {"ASK_STATUS", MAILROOM_ASK_STATUS},
    {"ASK_CANCEL", MAILROOM_ASK_CANCEL},
    {"ASK_LIST", MAILROOM_ASK_LIST},
    {"ASK_MANAGERS", MAILROOM_ASK_MANAGERS},
    {"ASK_DRAIN", MAILROOM_ASK_DRAIN},
    {"ASK_COUNTS", MAILROOM_ASK_COUNTS},
    {"ASK_CLIENTS", MAILROOM_ASK_CLIENTS},
    {"ASK_SHUTDOWN", MAILROOM_ASK_SHUTDOWN},
    {"ASK_PAGE", MAILROOM_ASK_PAGE},
    {"DELIVER", MAILROOM_DELIVER},
    {"KEEP", MAILROOM_KEEP},
    {"TIMED", MAILROOM_TIMED},
    {"INSIST", MAILROOM_INSIST},
    {"GIVEN", MAILROOM_GIVEN},
    {"MISFIT_CERTAIN", MAILROOM_MISFIT_CERTAIN},
    {"FRAMES", MAILROOM_FRAMES},
    {"FLEETING", MAILROOM_FLEETING},
    {"INSECURE", MAILROOM_INSECURE},
    {"WISH_NONE", MAILROOM_WISH_NONE},
    {"WISH_DIAL", MAILROOM_WISH_DIAL},
    {"WISH_SEND", MAILROOM_WISH_SEND},
    {"WISH_CLOSE", MAILROOM_WISH_CLOSE},
    {"OK", MAILROOM_OK},
    {"EINVAL", MAILROOM_EINVAL},
    {"ENOMEM", MAILROOM_ENOMEM},
    {"ESYSTEM", MAILROOM_ESYSTEM},
    {"EFORK", MAILROOM_EFORK},
    {"ESTATE", MAILROOM_ESTATE},
    {"ETIMEDOUT", MAILROOM_ETIMEDOUT},
    {"EAGAIN", MAILROOM_EAGAIN},
    {"ELOST", MAILROOM_ELOST},
    {"ECLOSED", MAILROOM_ECLOSED},
    {"EKEYS", MAILROOM_EKEYS},
    {"EVERSION", MAILROOM_EVERSION},
    {"EREFUSED", MAILROOM_EREFUSED},
    {"ENOTOWNER", MAILROOM_ENOTOWNER},
    {"ETAKEN", MAILROOM_ETAKEN},
    {"EPROTOCOL", MAILROOM_EPROTOCOL},
    {"ESESSION", MAILROOM_ESESSION},
};

static int fill(PyObject *module)
{
    core_error = PyErr_NewExceptionWithDoc("mailroom._core.Error", "An error of libmailroom's: code, text.",
                                           NULL, NULL);
    if (core_error == NULL || PyModule_AddObjectRef(module, "Error", core_error) < 0 ||
        PyModule_AddStringConstant(module, "version", MAILROOM_VERSION) < 0)
        return -1;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (PyModule_AddIntConstant(module, constants[i].name, constants[i].value) < 0)
            return -1;
    PyObject *type = PyType_FromModuleAndSpec(module, &core_client_type, NULL);
    int added = type == NULL ? -1 : PyModule_AddObjectRef(module, "Client", type);
    Py_XDECREF(type);
    return added < 0 ? -1 : core_worker_add(module);
}

/* It does not say that it can do without the GIL, for nobody has tried: a free-threaded Python turns it on.
 */
static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, fill},
    {0, NULL},
};

static PyMethodDef functions[] = {
    {"for_exceptions", core_for_exceptions, METH_O, "A pickler's reducer_override, of one for exceptions."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "mailroom._core",
                                 .m_doc = "What of mailroom is compiled.", .m_methods = functions,
                                 .m_slots = slots};

/* Python calls it by this name. NOLINTNEXTLINE(readability-identifier-naming) */
PyMODINIT_FUNC PyInit__core(void);

PyMODINIT_FUNC PyInit__core(void)
{
    return PyModuleDef_Init(&definition);
}
