/* Values of Python's as libmailroom's worker takes them, and what it gives as Python's. */
#include "worker.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

PyObject *worker_none(void)
{
    Py_INCREF(Py_None);
    return Py_None;
}

PyObject *worker_code(int code)
{
    return PyLong_FromLong(code);
}

PyObject *worker_text(const char *text)
{
    return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

static PyObject *bytes_of(const void *data, size_t size)
{
    return PyBytes_FromStringAndSize(data, (Py_ssize_t)size);
}

static PyObject *address_of(const struct mailroom_address *address)
{
    long long worker = address->worker == MAILROOM_SERVER ? -1 : (long long)address->worker;
    return Py_BuildValue("(LKk)", worker, (unsigned long long)address->mailbox, (unsigned long)address->slot);
}

static PyObject *addresses_of(const struct mailroom_address *addresses, size_t count)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *address = address_of(&addresses[i]);
        if (address == NULL || PyTuple_SetItem(tuple, (Py_ssize_t)i, address) < 0)
            Py_CLEAR(tuple);
    }
    return tuple;
}

static bool number(PyObject *tuple, Py_ssize_t index, unsigned long long *value)
{
    PyObject *item = PyTuple_GetItem(tuple, index);
    if (item == NULL)
        return false;
    *value = PyLong_AsUnsignedLongLong(item);
    return *value != UINT64_MAX || PyErr_Occurred() == NULL;
}

bool worker_read_address(PyObject *tuple, struct mailroom_address *address)
{
    PyObject *worker = PyTuple_GetItem(tuple, 0);
    long long id = worker == NULL ? -1 : PyLong_AsLongLong(worker);
    unsigned long long mailbox, slot;
    if (worker == NULL || PyErr_Occurred() != NULL || !number(tuple, 1, &mailbox) || !number(tuple, 2, &slot))
        return false;
    address->worker = id < 0 ? MAILROOM_SERVER : (uint32_t)id;
    address->mailbox = mailbox;
    address->slot = (uint32_t)slot;
    return true;
}

/* The addresses of a tuple, to be freed; NULL with an exception raised. */
struct mailroom_address *worker_read_addresses(PyObject *tuple, size_t *count)
{
    Py_ssize_t size = PyTuple_Size(tuple);
    struct mailroom_address *addresses = size < 0 ? NULL : calloc((size_t)size + 1, sizeof *addresses);
    if (addresses == NULL)
        return size < 0 ? NULL : (struct mailroom_address *)(void *)PyErr_NoMemory();
    *count = (size_t)size;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *item = PyTuple_GetItem(tuple, i);
        if (item == NULL || !worker_read_address(item, &addresses[i])) {
            free(addresses);
            return NULL;
        }
    }
    return addresses;
}

bool worker_read_body(PyObject *object, struct mailroom_body *body)
{
    char *data;
    Py_ssize_t size;
    if (PyBytes_AsStringAndSize(object, &data, &size) < 0)
        return false;
    *body = (struct mailroom_body){.data = data, .size = (size_t)size};
    return true;
}

bool worker_read_span(PyObject *object, struct mailroom_span *span)
{
    Py_ssize_t size;
    const char *text = PyUnicode_AsUTF8AndSize(object, &size);
    *span = (struct mailroom_span){.data = (const void *)text, .size = text ? (size_t)size : 0};
    return text != NULL;
}

/* A child out of (address, comp_task_id, breadcrumbs, runtime, priority, name, meta, body). */
bool worker_read_child(PyObject *tuple, struct mailroom_child *child)
{
    PyObject *address, *breadcrumbs, *body;
    struct mailroom_work *task = &child->task;
    unsigned long long comp;
    Py_ssize_t meta_size;
    const char *meta;
    if (!PyArg_ParseTuple(tuple, "O!KO!sIsy#O", &PyTuple_Type, &address, &comp, &PyTuple_Type, &breadcrumbs,
                          &task->runtime, &task->priority, &task->name, &meta, &meta_size, &body) ||
        !worker_read_address(address, &task->address) || !worker_read_body(body, &child->body))
        return false;
    task->comp_task_id = comp;
    task->meta = meta;
    task->meta_size = (size_t)meta_size;
    task->breadcrumbs = worker_read_addresses(breadcrumbs, &task->breadcrumb_count);
    return task->breadcrumbs != NULL;
}

/* ---- what arrives ---- */

/* A part that is so large comes apart, so that it is read without a copy, and not for each task. */
enum {
    APART = 64 << 10, /* bytes */
    READ = 0x100      /* PyBUF_READ, which the limited API has from 3.11 on */
};

static bool is_apart(const struct mailroom_item *item)
{
    return item->kind == MAILROOM_ITEM_TASK && item->shared_size >= APART;
}

static void free_held(PyObject *capsule)
{
    mailroom_item_free(PyCapsule_GetPointer(capsule, NULL));
}

PyObject *worker_shared(PyObject *type, PyObject *held)
{
    const struct mailroom_item *item = PyCapsule_GetPointer(held, NULL);
    (void)type;
    return item == NULL ? NULL
                        : PyMemoryView_FromMemory((char *)(uintptr_t)item->shared,
                                                  (Py_ssize_t)item->shared_size, READ);
}

/* A task's body: what it begins with, which this worker has once for all tasks of a map, and the rest. */
static PyObject *whole_body(const struct mailroom_item *item)
{
    if (is_apart(item))
        return bytes_of(item->body, item->body_size);
    PyObject *whole = bytes_of(NULL, item->shared_size + item->body_size);
    char *at = whole == NULL ? NULL : PyBytes_AsString(whole);
    if (at != NULL && item->shared_size > 0)
        memcpy(at, item->shared, item->shared_size);
    if (at != NULL && item->body_size > 0)
        memcpy(at + item->shared_size, item->body, item->body_size);
    return whole;
}

static PyObject *task_of(const struct mailroom_item *item)
{
    const struct mailroom_work *task = &item->task;
    PyObject *address = address_of(&task->address);
    PyObject *breadcrumbs = addresses_of(task->breadcrumbs, task->breadcrumb_count);
    PyObject *name = worker_text(task->name);
    if (address == NULL || breadcrumbs == NULL || name == NULL) {
        Py_XDECREF(address);
        Py_XDECREF(breadcrumbs);
        Py_XDECREF(name);
        return NULL;
    }
    return Py_BuildValue("(iNKNsINNNKKs)", item->kind, address, (unsigned long long)task->comp_task_id,
                         breadcrumbs, task->runtime, (unsigned)task->priority, name,
                         bytes_of(task->meta, task->meta_size), whole_body(item),
                         (unsigned long long)item->session, (unsigned long long)item->ordinal, NULL);
}

static PyObject *paths_of(const struct mailroom_item *item)
{
    PyObject *paths = PyTuple_New((Py_ssize_t)item->path_count);
    for (size_t i = 0; paths != NULL && i < item->path_count; i++) {
        PyObject *path = PyUnicode_DecodeFSDefault(item->paths[i]);
        if (path == NULL || PyTuple_SetItem(paths, (Py_ssize_t)i, path) < 0)
            Py_CLEAR(paths);
    }
    return paths;
}

static PyObject *value_of(const struct mailroom_item *item)
{
    switch (item->kind) {
    case MAILROOM_ITEM_TASK: return task_of(item);
    case MAILROOM_ITEM_RESULT:
        return Py_BuildValue("(iNIN)", item->kind, address_of(&item->address), (unsigned)item->completed_by,
                             bytes_of(item->body, item->body_size));
    case MAILROOM_ITEM_CANCEL: return Py_BuildValue("(iN)", item->kind, address_of(&item->address));
    case MAILROOM_ITEM_MESSAGE:
        return Py_BuildValue("(iNN)", item->kind, addresses_of(item->addresses, item->address_count),
                             bytes_of(item->body, item->body_size));
    case MAILROOM_ITEM_PATHS:
        return Py_BuildValue("(iNK)", item->kind, paths_of(item), (unsigned long long)item->session);
    case MAILROOM_ITEM_UNSHARE:
        return Py_BuildValue("(iK)", item->kind, (unsigned long long)item->shared_number);
    case MAILROOM_ITEM_END: break;
    }
    return Py_BuildValue("(iiN)", item->kind, item->end, worker_text(item->text));
}

/* The last of a task's tuple is its part that comes apart: the number, and what holds it. */
static int add_part(PyObject *value, struct mailroom_item *item)
{
    PyObject *held = PyCapsule_New(item, NULL, free_held);
    if (held == NULL) {
        mailroom_item_free(item);
        return -1;
    }
    PyObject *part = Py_BuildValue("(KN)", (unsigned long long)item->shared_number, held);
    return part == NULL ? -1 : PyTuple_SetItem(value, PyTuple_Size(value) - 1, part);
}

PyObject *worker_item(struct mailroom_item *item)
{
    PyObject *value = value_of(item);
    if (value == NULL || !is_apart(item))
        mailroom_item_free(item);
    else if (add_part(value, item) < 0)
        Py_CLEAR(value);
    return value;
}
