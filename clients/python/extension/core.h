/* What the files of the extension share: the object, and how a call of the library is made from Python.
 *
 * A method enters the client, calls the library, leaves it. close() does not wait for methods that other
 * threads are in (one may wait for ever): whoever leaves last destroys the client.
 *
 * The library never runs Python: not even a body's release does (bodies.c). So it may be called with the GIL
 * held where it does not block, and its locks and the GIL never wait for each other.
 */
#ifndef CORE_H
#define CORE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <mailroom.h>
#include <stdatomic.h>
#include <stdbool.h>

struct core_client {
    PyObject_HEAD struct mailroom_client *client;
    atomic_uint inside; /* methods that are under way, and CORE_CLOSED once close() was called */
};

enum { CORE_CLOSED = 1u << 31 };

enum {
    CORE_LARGE = 256 << 10 /* bytes of a result that is not copied: the list of events has a view of it */
};

extern PyType_Spec core_client_type; /* client.c */

/* The exception mailroom._core.Error(code, text). */
extern PyObject *core_error;

/* Raises Error with the library's own text. Returns NULL. */
PyObject *core_fail(int code);

/* None, or NULL with Error raised where `code` is one. */
PyObject *core_done(int code);

/* The library's client for one call, to be left with core_leave; NULL, with Error raised, after close(). */
struct mailroom_client *core_enter(PyObject *self);
void core_leave(PyObject *self);

/* A type's object, which `make` fills out of the arguments; NULL where that raises, below 0. */
typedef int core_make(PyObject *self, PyObject *arguments, PyObject *names);
PyObject *core_new(PyTypeObject *type, core_make *make, PyObject *arguments, PyObject *names);

/* The last thing of a type's dealloc: what core_new has taken. */
void core_free(PyObject *self);

/* Whether a method was given so many arguments; raises TypeError. */
bool core_takes(const char *method, Py_ssize_t count, Py_ssize_t expected);

/* The 16 bytes of a uuid; NULL with ValueError or TypeError raised. None gives NULL too, without one. */
const uint8_t *core_uuid(PyObject *object);

/* A number of Python's; false with OverflowError or TypeError raised. */
bool core_number(PyObject *object, uint64_t *number);

/* A text of Python's as UTF-8, None as NULL; false with an exception raised. It lives as long as the object.
 */
bool core_text(PyObject *object, const char **text);

/* The bytes of an object of type bytes, without a copy; false with TypeError raised. */
bool core_bytes(PyObject *object, struct mailroom_span *span);

/* bodies.c: a body that the library reads out of Python's bytes; it has them until it releases them. */
bool core_body(PyObject *bytes, struct mailroom_body *body);

/* bodies.c: lets go of what the library has released meanwhile. */
void core_sweep(void);

/* bodies.c: whether the library has such bodies, or has released them since. */
bool core_lends(void);

/* pickles.c: a pickler's reducer_override that asks the callable it is given for exceptions, and for nothing
 * else. */
PyObject *core_for_exceptions(PyObject *module, PyObject *reduce);

/* events.c: what a batch has, as a list of tuples; NULL with an exception raised. Takes the batch over. */
/* When something has come, by the clock of the day, and how long its task took, as bytes: a double and struct
 * mailroom_timing, without what follows the manager's name. NULL gives None. */
PyObject *core_timing(const struct mailroom_timing *timing);

PyObject *core_events(struct mailroom_batch *batch);

/* The methods of mailroom._core.Client, each in the file that its name says: arguments as METH_FASTCALL gives
 * them. */
PyObject *core_submit(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_map(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_adopt(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_request(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_abandon(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_release(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_ask(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_unask(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_await(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_settle(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_frames(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_opened(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_message(PyObject *self, PyObject *const *arguments, Py_ssize_t count);
PyObject *core_closed(PyObject *self, PyObject *const *arguments, Py_ssize_t count);

#endif
