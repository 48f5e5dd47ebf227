/* Tasks on their way out: submits, maps, and what is said of them later. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

/* The arguments that submit and map begin with: runtime, name, meta, priority, flags, tag. */
enum { OPTIONS = 6 };

static bool task_of(PyObject *const *arguments, struct mailroom_submit *task)
{
    uint64_t priority, flags;
    mailroom_submit_init(task, sizeof *task);
    if (!core_text(arguments[0], &task->runtime) || !core_text(arguments[1], &task->name) ||
        !core_bytes(arguments[2], &task->meta) || !core_number(arguments[3], &priority) ||
        !core_number(arguments[4], &flags) || !core_number(arguments[5], &task->tag))
        return false;
    task->priority = (unsigned)priority;
    task->flags = (unsigned)flags;
    return true;
}

static PyObject *uuid_or_error(int code, const uint8_t *uuid)
{
    return code == MAILROOM_OK ? PyBytes_FromStringAndSize((const char *)uuid, MAILROOM_UUID_SIZE)
                               : core_fail(code);
}

/* The options; the uuid that the task is to have, where the flags have MAILROOM_GIVEN; the body. */
PyObject *core_submit(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_submit task;
    struct mailroom_body body;
    uint8_t uuid[MAILROOM_UUID_SIZE] = {0};
    if (!core_takes("submit", count, OPTIONS + 2) || !task_of(arguments, &task))
        return NULL;
    const uint8_t *given_uuid = core_uuid(arguments[OPTIONS]);
    if (given_uuid != NULL)
        memcpy(uuid, given_uuid, sizeof uuid);
    else if (PyErr_Occurred() != NULL)
        return NULL;
    struct mailroom_client *client = core_enter(self);
    if (client == NULL)
        return NULL;
    PyObject *given = NULL;
    if (core_body(arguments[OPTIONS + 1], &body))
        given = uuid_or_error(mailroom_client_submit(client, &task, &body, uuid), uuid);
    core_leave(self);
    return given;
}

/* The parts of a map, to be freed; they live as long as the list. */
static struct mailroom_span *parts_of(PyObject *list, size_t *count)
{
    Py_ssize_t size = PyList_Size(list);
    struct mailroom_span *parts = size < 0 ? NULL : malloc(((size_t)size + 1) * sizeof *parts);
    if (parts == NULL)
        return size < 0 ? NULL : (struct mailroom_span *)(void *)PyErr_NoMemory();
    *count = (size_t)size;
    for (Py_ssize_t i = 0; i < size; i++) {
        PyObject *part = PyList_GetItem(list, i);
        if (part == NULL || !core_bytes(part, &parts[i])) {
            free(parts);
            return NULL;
        }
    }
    return parts;
}

PyObject *core_map(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    struct mailroom_submit task;
    struct mailroom_body shared;
    uint8_t uuid[MAILROOM_UUID_SIZE];
    size_t many = 0;
    if (!core_takes("map", count, OPTIONS + 2) || !task_of(arguments, &task))
        return NULL;
    struct mailroom_span *parts = parts_of(arguments[OPTIONS + 1], &many);
    struct mailroom_client *client = parts == NULL ? NULL : core_enter(self);
    if (client == NULL) {
        free(parts);
        return NULL;
    }
    PyObject *given = NULL;
    if (core_body(arguments[OPTIONS], &shared)) {
        int code = mailroom_client_map(client, &task, shared.size == 0 ? NULL : &shared, parts, many, uuid);
        given = uuid_or_error(code, uuid);
    }
    core_leave(self);
    free(parts);
    return given;
}

/* The numbers of a list, to be freed. */
static uint32_t *slots_of(PyObject *list, size_t *count)
{
    Py_ssize_t size = PyList_Size(list);
    uint32_t *slots = size < 0 ? NULL : malloc(((size_t)size + 1) * sizeof *slots);
    if (slots == NULL)
        return size < 0 ? NULL : (uint32_t *)(void *)PyErr_NoMemory();
    *count = (size_t)size;
    for (Py_ssize_t i = 0; i < size; i++) {
        uint64_t slot;
        PyObject *item = PyList_GetItem(list, i);
        if (item == NULL || !core_number(item, &slot)) {
            free(slots);
            return NULL;
        }
        slots[i] = (uint32_t)slot;
    }
    return slots;
}

PyObject *core_adopt(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    uint64_t tag;
    size_t many = 0;
    if (!core_takes("adopt", count, 3) || !core_number(arguments[2], &tag))
        return NULL;
    const uint8_t *uuid = core_uuid(arguments[0]);
    uint32_t *slots = uuid == NULL ? NULL : slots_of(arguments[1], &many);
    struct mailroom_client *client = slots == NULL ? NULL : core_enter(self);
    PyObject *done = NULL;
    if (client != NULL) {
        done = core_done(mailroom_client_adopt(client, uuid, slots, many, tag));
        core_leave(self);
    }
    free(slots);
    return done;
}

typedef int about_slot(struct mailroom_client *client, const uint8_t *uuid, uint32_t slot);

/* What takes a uuid and a slot; None for all slots. */
static PyObject *say(PyObject *self, PyObject *const *arguments, Py_ssize_t count, const char *method,
                     about_slot *tell)
{
    uint64_t slot = MAILROOM_ALL;
    if (!core_takes(method, count, 2) || (arguments[1] != Py_None && !core_number(arguments[1], &slot)))
        return NULL;
    const uint8_t *uuid = core_uuid(arguments[0]);
    struct mailroom_client *client = uuid == NULL ? NULL : core_enter(self);
    if (client == NULL)
        return NULL;
    PyObject *done = core_done(tell(client, uuid, (uint32_t)slot));
    core_leave(self);
    return done;
}

PyObject *core_request(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    return say(self, arguments, count, "request", mailroom_client_request);
}

PyObject *core_abandon(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    return say(self, arguments, count, "abandon", mailroom_client_abandon);
}

PyObject *core_release(PyObject *self, PyObject *const *arguments, Py_ssize_t count)
{
    return say(self, arguments, count, "release", mailroom_client_release);
}
