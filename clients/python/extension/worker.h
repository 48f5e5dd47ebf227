/* worker: the type mailroom._core.Worker (worker.c), and its values (worker_values.c). */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <mailroom.h>
#include <stdbool.h>

/* Adds the type to the module: 0, or -1 with an exception raised. */
int core_worker_add(PyObject *module);

/* glance.c: what a task may have changed of this process, as bytes. */
PyObject *worker_glance(PyObject *self, PyObject *unused);

/* ---- values. What is read is borrowed from the object; false or NULL: an exception is raised. ---- */

PyObject *worker_code(int code);
PyObject *worker_text(const char *text);

/* An item as a tuple that begins with its kind. */
PyObject *worker_item(const struct mailroom_item *item);

/* Whether a method was given so many arguments; raises TypeError. */
bool worker_takes(const char *method, Py_ssize_t count, Py_ssize_t expected);

/* (worker, mailbox, slot); a worker below 0 is the server. */
bool worker_read_address(PyObject *tuple, struct mailroom_address *address);

/* The addresses of a tuple, to be freed. */
struct mailroom_address *worker_read_addresses(PyObject *tuple, size_t *count);

bool worker_read_body(PyObject *object, struct mailroom_body *body);
bool worker_read_span(PyObject *object, struct mailroom_span *span);

/* A child out of (address, comp_task_id, breadcrumbs, runtime, priority, name, meta, body), whose breadcrumbs
 * are to be freed. */
bool worker_read_child(PyObject *tuple, struct mailroom_child *child);

#endif
