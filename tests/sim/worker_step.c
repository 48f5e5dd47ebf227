/* worker_step: one step of a task on a simulated worker (BQSKit's _try_step_next_ready_task, _process_await,
 * _process_task_completion, submit, map, next, cancel, communicate); see worker.h. */
#include <string.h>

#include "common/base/mem.h"
#include "tests/sim/worker.h"

/* How a step goes on after one op. */
enum after { GO_ON, COMPUTES, AWAITS, RAISES, DIES };

/* BQSKit's RuntimeError on awaiting a cancelled task, KeyError and AssertionError elsewhere: only a task that
 * was itself cancelled while it ran may come to them. */
static enum after lacks_box(struct sim_worker *worker, struct sim_task *task, bool say)
{
    if (task->listed)
        worker->fault(worker->owner, "a task's mailbox is gone though the task is not", &task->address);
    if (say)
        sim_say_error(worker, task, "the mailbox is gone");
    return RAISES;
}

static enum after spawn(struct sim_worker *worker, struct sim_task *task, const struct op *op)
{
    const struct sim_box *box = sim_box_new(worker, op);
    task->boxes[op->future] = box->id;
    task->owned[task->owned_count++] = box->id;
    sim_say_children(worker, task, op, box->id);
    return GO_ON;
}

static bool disown(struct sim_task *task, uint64_t box)
{
    for (unsigned i = 0; i < task->owned_count; i++) {
        if (task->owned[i] != box)
            continue;
        memmove(&task->owned[i], &task->owned[i + 1], (--task->owned_count - i) * sizeof task->owned[0]);
        return true;
    }
    return false;
}

static bool cancel(struct sim_worker *worker, struct sim_task *task, uint64_t id)
{
    const struct sim_box *box = sim_worker_box(worker, id);
    if (box == NULL)
        return false;
    uint32_t count = box->expected;
    disown(task, id);
    sim_box_drop(worker, id);
    for (uint32_t slot = 0; slot < count; slot++)
        sim_say_cancel(worker, task, &(struct address){worker->id, slot, id});
    return true;
}

static bool is_ready(const struct sim_box *box)
{
    return box->came >= box->expected && box->came > 0;
}

static enum after await(struct sim_worker *worker, struct sim_task *task, const struct op *op)
{
    struct sim_box *box = sim_worker_box(worker, task->boxes[op->future]);
    if (box == NULL)
        return lacks_box(worker, task, false);
    box->has_dest = true;
    box->dest = task->address;
    task->waits = true;
    task->desired = box->id;
    task->wake_on_next = op->kind != OP_AWAIT;
    if (is_ready(box))
        sim_addresses_add(&worker->ready, &task->address);
    return AWAITS;
}

/* The task was woken: what it waited for goes into its value. */
static void take_desired(struct sim_worker *worker, struct sim_task *task)
{
    struct sim_box *box = sim_worker_box(worker, task->desired);
    const struct op *op = &task->program.ops[task->at];
    task->waits = false;
    if (box == NULL) {
        worker->fault(worker->owner, "a task is woken for a mailbox that is gone", &task->address);
        return;
    }
    if (op->kind == OP_AWAIT) {
        for (unsigned slot = 0; slot < box->expected; slot++)
            task->value = program_take(task->value, box->values[slot], slot);
        disown(task, box->id);
        sim_box_drop(worker, box->id);
        task->at++;
        return;
    }
    for (unsigned i = 0; i < box->fresh_count; i++)
        task->sum = program_sum(task->sum, box->values[box->fresh[i]], box->fresh[i]);
    task->came += box->fresh_count;
    box->fresh_count = 0;
    if (op->kind == OP_NEXT && task->came < box->expected)
        return; /* awaits again */
    if (op->kind == OP_NEXT)
        task->value = program_take(task->value, task->sum, 0);
    task->sum = task->came = 0;
    task->at++;
}

static enum after communicate(struct sim_worker *worker, struct sim_task *task, const struct op *op)
{
    struct sim_box *box = sim_worker_box(worker, task->boxes[op->future]);
    if (box == NULL)
        return lacks_box(worker, task, true);
    sim_say_communicate(worker, task, box, ++box->said);
    return GO_ON;
}

static enum after do_op(struct sim_worker *worker, struct sim_task *task, const struct op *op, uint32_t *ms)
{
    switch (op->kind) {
    case OP_COMPUTE: *ms = op->ms; return COMPUTES;
    case OP_LOG:
        for (unsigned i = 0; i == 0 || i < op->count; i++)
            sim_say_log(worker, task);
        return GO_ON;
    case OP_SPAWN: return spawn(worker, task, op);
    case OP_AWAIT:
    case OP_NEXT:
    case OP_FIRST: return await(worker, task, op);
    case OP_CANCEL:
        return cancel(worker, task, task->boxes[op->future]) ? GO_ON : lacks_box(worker, task, true);
    case OP_COMMUNICATE: return communicate(worker, task, op);
    case OP_RAISE: sim_say_error(worker, task, "raised"); return RAISES;
    case OP_DIE: return task->attempt <= op->count ? DIES : GO_ON;
    }
    return GO_ON;
}

/* BQSKit's _process_task_completion, with its loop over a list that its own cancel() shortens: after each
 * future that it cancels it passes over the next one, whose task runs on. */
static void complete(struct sim_worker *worker, struct sim_task *task)
{
    if (!task->listed)
        return;
    worker->finished++;
    sim_say_end(worker, task);
    for (unsigned i = 0; i < task->owned_count; i++) {
        uint64_t id = task->owned[i];
        const struct sim_box *box = sim_worker_box(worker, id);
        if (box && is_ready(box))
            sim_box_drop(worker, id);
        else if (!cancel(worker, task, id))
            worker->fault(worker->owner, "a task that ends owns a mailbox that is gone", &task->address);
    }
    sim_task_unlist(worker, task);
}

/* The next task to run, BQSKit's _get_next_ready_task; NULL: none is ready. */
static struct sim_task *next_ready(struct sim_worker *worker)
{
    while (worker->ready.first < worker->ready.count) {
        struct address address = worker->ready.items[worker->ready.first++];
        struct sim_task *task = sim_worker_task(worker, &address);
        bool dropped = task == NULL || sim_addresses_has(&worker->cancelled, &address);
        for (unsigned i = 0; !dropped && i < task->crumb_count; i++)
            dropped = sim_addresses_has(&worker->cancelled, &task->crumbs[i]);
        if (!dropped)
            return task;
    }
    worker->ready.first = worker->ready.count = 0;
    return NULL;
}

bool sim_step(struct sim_worker *worker, uint32_t *ms)
{
    struct sim_task *task = worker->active;
    if (task == NULL) {
        task = next_ready(worker);
        if (task == NULL)
            return false;
        worker->active = task;
        if (task->waits)
            take_desired(worker, task);
    }
    enum after after = GO_ON;
    while (after == GO_ON && task->at < task->program.count) {
        const struct op *op = &task->program.ops[task->at];
        after = do_op(worker, task, op, ms);
        if (after == GO_ON || after == COMPUTES)
            task->at++;
    }
    if (after == COMPUTES)
        return true;
    if (after == GO_ON)
        complete(worker, task);
    worker->dead = after == DIES;
    worker->active = NULL;
    if (!task->listed)
        mem_free(task);
    *ms = 0;
    return true;
}

void sim_deposit(struct sim_worker *worker, const struct address *address, const struct slice *body, bool own)
{
    struct sim_box *box = sim_worker_box(worker, address->mailbox);
    if (box == NULL)
        return; /* dropped due to a cancel */
    if (address->slot < box->expected && box->there[address->slot] && (own || box->own[address->slot]))
        return; /* the child has run here and elsewhere, since a broker was started anew */
    struct spec spec = program_child(&box->spawn, address->slot);
    if (address->slot >= box->expected || box->there[address->slot] ||
        !program_read_result(body, &spec, &box->values[address->slot])) {
        worker->fault(worker->owner, "a result comes twice, or is not that task's", address);
        return;
    }
    box->there[address->slot] = true;
    box->own[address->slot] = own;
    box->fresh[box->fresh_count++] = address->slot;
    box->came++;
    if (!box->has_dest)
        return;
    const struct sim_task *task = sim_worker_task(worker, &box->dest);
    if (task == NULL) { /* BQSKit's KeyError: its receiving thread dies */
        worker->fault(worker->owner, "a result is for a task that is gone, and its mailbox is not", address);
        return;
    }
    if (task->wake_on_next || is_ready(box)) {
        sim_addresses_add(&worker->ready, &box->dest);
        box->has_dest = false;
    }
}
