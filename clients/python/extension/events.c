/* What has come, as Python's values: one tuple for each event, that begins with its kind.
 *
 *     (RESULT, tag, slot, body, timing)                  (ANSWER, number, code, text, answer)
 *     (FAILED, tag, slot, code, text, body, timing)      (others, number, code, text)
 *     (LOG, tag, level, logger, text, body, uuid)
 *
 * The body of a large result is a view of what has come, as long as the list is there.
 */
#include "core.h"

#include <stdint.h>
#include <string.h>
#include <time.h>

static PyObject *none(void)
{
    Py_INCREF(Py_None);
    return Py_None;
}

static PyObject *text_of(const char *text)
{
    return text == NULL ? none() : PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "replace");
}

static PyObject *decoded(const struct mailroom_span *span)
{
    return PyUnicode_DecodeUTF8(span->size == 0 ? "" : span->data, (Py_ssize_t)span->size, "replace");
}

static PyObject *bytes_of(const struct mailroom_span *span)
{
    return PyBytes_FromStringAndSize(span->size == 0 ? "" : span->data, (Py_ssize_t)span->size);
}

enum { READ = 0x100 /* PyBUF_READ, which the limited API has from 3.11 on */ };

static PyObject *body_of(const struct mailroom_span *span)
{
    return span->size < CORE_LARGE
               ? bytes_of(span)
               : PyMemoryView_FromMemory((char *)(uintptr_t)span->data, (Py_ssize_t)span->size, READ);
}

static PyObject *uuid_of(const uint8_t *uuid)
{
    return uuid == NULL ? none() : PyBytes_FromStringAndSize((const char *)uuid, MAILROOM_UUID_SIZE);
}

PyObject *core_timing(const struct mailroom_timing *timing)
{
    struct {
        double at; /* seconds */
        struct mailroom_timing timing;
    } packed;
    struct timespec now;
    if (timing == NULL)
        return none();
    clock_gettime(CLOCK_REALTIME, &now);
    packed.at = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    packed.timing = *timing;
    size_t size = (size_t)(packed.timing.manager - (const char *)&packed) + strlen(packed.timing.manager);
    return PyBytes_FromStringAndSize((const char *)&packed, (Py_ssize_t)size);
}

#define NUMBER(value) (unsigned long long)(value)

static PyObject *status_of(const struct mailroom_status *status, const struct mailroom_timing *timing)
{
    return Py_BuildValue("(IKKKKKKKNNN)", status->state, NUMBER(status->total), NUMBER(status->queued),
                         NUMBER(status->running), NUMBER(status->done), NUMBER(status->failed),
                         NUMBER(status->cancelled), NUMBER(status->attempts), text_of(status->manager),
                         text_of(status->why), core_timing(timing));
}

static PyObject *task_of(const struct mailroom_answer *answer, size_t i)
{
    const struct mailroom_listed_task *task = &answer->tasks[i];
    return Py_BuildValue("(NNKKKKKN)", uuid_of(task->uuid), text_of(task->name), NUMBER(task->state),
                         NUMBER(task->total), NUMBER(task->ended), NUMBER(task->attempts), NUMBER(task->age),
                         text_of(task->client));
}

static PyObject *manager_of(const struct mailroom_answer *answer, size_t i)
{
    const struct mailroom_listed_manager *manager = &answer->managers[i];
    return Py_BuildValue("(NNKKKK)", text_of(manager->name), text_of(manager->line), NUMBER(manager->state),
                         NUMBER(manager->workers), NUMBER(manager->idle), NUMBER(manager->tasks));
}

static PyObject *count_of(const struct mailroom_answer *answer, size_t i)
{
    return Py_BuildValue("(NK)", text_of(answer->counts[i].name), NUMBER(answer->counts[i].value));
}

static PyObject *client_of(const struct mailroom_answer *answer, size_t i)
{
    const struct mailroom_listed_client *client = &answer->clients[i];
    return Py_BuildValue("(NNKKKKKK)", text_of(client->name), text_of(client->key), NUMBER(client->state),
                         NUMBER(client->tasks), NUMBER(client->submitted), NUMBER(client->ended),
                         NUMBER(client->bytes), NUMBER(client->away));
}

typedef PyObject *entry_of(const struct mailroom_answer *answer, size_t i);

static PyObject *list_of(const struct mailroom_answer *answer, entry_of *entry)
{
    PyObject *list = PyList_New((Py_ssize_t)answer->count);
    for (size_t i = 0; list != NULL && i < answer->count; i++) {
        PyObject *item = entry(answer, i);
        if (item == NULL || PyList_SetItem(list, (Py_ssize_t)i, item) < 0) {
            Py_DECREF(list);
            list = NULL;
        }
    }
    return list;
}

/* A status's tuple, a list of tuples, or of LIST (tasks, more, all). */
static PyObject *answer_of(const struct mailroom_answer *answer)
{
    if (answer == NULL)
        return none();
    switch (answer->kind) {
    case MAILROOM_ASK_STATUS:
    case MAILROOM_ASK_CANCEL: return status_of(&answer->status, answer->timing);
    case MAILROOM_ASK_LIST:
        return Py_BuildValue("(NKK)", list_of(answer, task_of), NUMBER(answer->more), NUMBER(answer->all));
    case MAILROOM_ASK_MANAGERS: return list_of(answer, manager_of);
    case MAILROOM_ASK_COUNTS:
    case MAILROOM_ASK_SHUTDOWN: return list_of(answer, count_of);
    case MAILROOM_ASK_CLIENTS: return list_of(answer, client_of);
    case MAILROOM_ASK_PAGE: return text_of(answer->page);
    case MAILROOM_ASK_DRAIN: break;
    }
    return none();
}

/* The one that comes by the thousand: made without a format to be read each time. */
static PyObject *result_of(const struct mailroom_event *event)
{
    PyObject *parts[] = {PyLong_FromLong(MAILROOM_RESULT), PyLong_FromUnsignedLongLong(event->tag),
                         PyLong_FromUnsignedLong(event->slot), body_of(&event->body),
                         core_timing(event->timing)};
    enum { PARTS = sizeof parts / sizeof *parts };
    PyObject *tuple = PyTuple_New(PARTS);
    bool good = tuple != NULL;
    for (size_t i = 0; i < PARTS; i++) {
        good = good && parts[i] != NULL;
        if (tuple == NULL)
            Py_XDECREF(parts[i]);
        else
            PyTuple_SetItem(tuple, (Py_ssize_t)i, parts[i]);
    }
    if (!good)
        Py_CLEAR(tuple);
    return tuple;
}

static PyObject *event_of(const struct mailroom_event *event)
{
    switch (event->kind) {
    case MAILROOM_RESULT: return result_of(event);
    case MAILROOM_FAILED:
        return Py_BuildValue("(IKIiNNN)", event->kind, NUMBER(event->tag), event->slot, event->code,
                             decoded(&event->text), bytes_of(&event->body), core_timing(event->timing));
    case MAILROOM_LOG:
        return Py_BuildValue("(IKINNNN)", event->kind, NUMBER(event->tag), event->level,
                             decoded(&event->logger), decoded(&event->text), bytes_of(&event->body),
                             uuid_of(event->uuid));
    case MAILROOM_ANSWER:
        return Py_BuildValue("(IKiNN)", event->kind, NUMBER(event->number), event->code,
                             decoded(&event->text), answer_of(event->answer));
    default:
        return Py_BuildValue("(IKiN)", event->kind, NUMBER(event->number), event->code,
                             decoded(&event->text));
    }
}

static bool has_views(const struct mailroom_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->events[i].kind == MAILROOM_RESULT && batch->events[i].body.size >= CORE_LARGE)
            return true;
    }
    return false;
}

static void free_batch(PyObject *capsule)
{
    mailroom_batch_free(PyCapsule_GetPointer(capsule, NULL));
}

/* What the views need to live stands in the list behind all, as an event of no kind. */
static PyObject *hold(PyObject *list, struct mailroom_batch *batch)
{
    PyObject *held = PyCapsule_New(batch, NULL, free_batch);
    PyObject *event = held == NULL ? NULL : Py_BuildValue("(iO)", 0, held);
    bool good = event != NULL && PyList_Append(list, event) == 0;
    Py_XDECREF(event);
    Py_XDECREF(held);
    if (held == NULL)
        mailroom_batch_free(batch);
    if (!good)
        Py_CLEAR(list);
    return list;
}

PyObject *core_events(struct mailroom_batch *batch)
{
    size_t count = batch == NULL ? 0 : batch->count;
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *event = event_of(&batch->events[i]);
        if (event == NULL || PyList_SetItem(list, (Py_ssize_t)i, event) < 0)
            Py_CLEAR(list);
    }
    if (list != NULL && batch != NULL && has_views(batch))
        return hold(list, batch);
    mailroom_batch_free(batch);
    return list;
}
