/* worker: the type mailroom._core.Worker (worker.c), and its values (worker_values.c). */
#ifndef CORE_WORKER_H
#define CORE_WORKER_H

#include "core.h"

/* Adds the type to the module: 0, or -1 with an exception raised. */
int core_worker_add(PyObject *module);

/* glance.c: what a task may have changed of this process, as bytes. */
PyObject *worker_glance(PyObject *self, PyObject *unused);
PyObject *worker_objects(PyObject *self, PyObject *spaces);

/* written.c: what is written to standard output and error beside Python's own streams. */
PyObject *worker_listen(PyObject *type, PyObject *arguments);
PyObject *worker_await_written(PyObject *type, PyObject *unused);
PyObject *worker_written(PyObject *type, PyObject *unused);

/* forked.c: what the system is told of a worker that was forked. */
PyObject *worker_begin_forks(PyObject *self, PyObject *unused);
PyObject *worker_end_with_parent(PyObject *self, PyObject *ends);
PyObject *worker_forked(PyObject *self, PyObject *name);

/* ---- values. What is read is borrowed from the object; false or NULL: an exception is raised. ---- */

PyObject *worker_none(void);
PyObject *worker_code(int code);
PyObject *worker_text(const char *text);

/* An item as a tuple that begins with its kind; takes the item over. */
PyObject *worker_item(struct mailroom_item *item);

/* The view of a task's part that comes apart, of what its tuple ends with. */
PyObject *worker_shared(PyObject *type, PyObject *held);

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
