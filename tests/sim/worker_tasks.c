/* worker_tasks: a simulated worker's tasks, mailboxes and lists of addresses; see worker.h. */
#include <string.h>

#include "common/base/mem.h"
#include "tests/sim/worker.h"

void sim_addresses_add(struct sim_addresses *list, const struct address *address)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 16;
        list->items = mem_resize(list->items, list->capacity, sizeof *list->items);
    }
    list->items[list->count++] = *address;
}

bool sim_addresses_has(const struct sim_addresses *list, const struct address *address)
{
    for (uint32_t i = list->first; i < list->count; i++)
        if (address_equal(&list->items[i], address))
            return true;
    return false;
}

struct sim_task *sim_task_new(const struct task_header *header, const struct slice *body)
{
    struct sim_task *task = mem_zalloc(1, sizeof *task);
    struct list crumbs = header->breadcrumbs;
    task->address = header->return_address;
    task->comp_task_id = header->comp_task_id;
    while (task->crumb_count < MAX_BREADCRUMBS &&
           list_next_address(&crumbs, &task->crumbs[task->crumb_count]))
        task->crumb_count++;
    memcpy(task->runtime, header->runtime.data, header->runtime.size);
    task->attempt = header->attempt;
    task->priority = header->priority;
    if (!program_read_body(body, &task->spec)) {
        mem_free(task);
        return NULL;
    }
    program_make(&task->spec, &task->program);
    task->value = program_begin(&task->spec);
    return task;
}

bool sim_task_descends(const struct sim_task *task, const struct address *address)
{
    if (address_equal(&task->address, address))
        return true;
    for (unsigned i = 0; i < task->crumb_count; i++)
        if (address_equal(&task->crumbs[i], address))
            return true;
    return false;
}

struct sim_task *sim_worker_task(const struct sim_worker *worker, const struct address *address)
{
    for (struct sim_task *task = worker->tasks; task; task = task->next)
        if (address_equal(&task->address, address))
            return task;
    return NULL;
}

struct sim_box *sim_worker_box(const struct sim_worker *worker, uint64_t id)
{
    for (struct sim_box *box = worker->boxes; box; box = box->next)
        if (box->id == id)
            return box;
    return NULL;
}

struct sim_box *sim_box_new(struct sim_worker *worker, const struct op *spawn)
{
    struct sim_box *box = mem_zalloc(1, sizeof *box);
    box->id = worker->next_box++;
    box->spawn = *spawn;
    box->expected = spawn->count;
    box->values = mem_zalloc(box->expected, sizeof *box->values);
    box->there = mem_zalloc(box->expected, sizeof *box->there);
    box->own = mem_zalloc(box->expected, sizeof *box->own);
    box->fresh = mem_zalloc(box->expected, sizeof *box->fresh);
    box->next = worker->boxes;
    worker->boxes = box;
    return box;
}

static void box_free(struct sim_box *box)
{
    mem_free(box->values);
    mem_free(box->there);
    mem_free(box->own);
    mem_free(box->fresh);
    mem_free(box);
}

void sim_box_drop(struct sim_worker *worker, uint64_t id)
{
    for (struct sim_box **at = &worker->boxes; *at; at = &(*at)->next) {
        struct sim_box *box = *at;
        if (box->id != id)
            continue;
        *at = box->next;
        box_free(box);
        return;
    }
}

void sim_task_unlist(struct sim_worker *worker, struct sim_task *task)
{
    for (struct sim_task **at = &worker->tasks; *at; at = &(*at)->next) {
        if (*at != task)
            continue;
        *at = task->next;
        task->listed = false;
        if (task != worker->active) /* that one runs on until it awaits or ends */
            mem_free(task);
        return;
    }
}

void sim_tasks_free(struct sim_task *task)
{
    while (task) {
        struct sim_task *next = task->next;
        mem_free(task);
        task = next;
    }
}

void sim_worker_free(struct sim_worker *worker)
{
    if (worker->active && !worker->active->listed)
        mem_free(worker->active);
    sim_tasks_free(worker->tasks);
    sim_tasks_free(worker->delayed);
    while (worker->boxes)
        sim_box_drop(worker, worker->boxes->id);
    sim_parts_free(worker);
    mem_free(worker->ready.items);
    mem_free(worker->cancelled.items);
    mem_free(worker->cancels.items);
}
