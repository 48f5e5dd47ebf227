/* worker: what a simulated worker reads, and when its loop rests; see worker.h. */
#include "tests/sim/worker.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/wire/batch.h"

bool sim_worker_rests(const struct sim_worker *worker)
{
    return worker->active == NULL && worker->delayed == NULL && worker->ready.first == worker->ready.count;
}

/* BQSKit's _add_task. */
static void add_task(struct sim_worker *worker, struct sim_task *task)
{
    if (sim_worker_task(worker, &task->address))
        worker->fault(worker->owner, "a task comes to a worker that holds it", &task->address);
    task->next = worker->tasks;
    task->listed = true;
    worker->tasks = task;
    sim_addresses_add(&worker->ready, &task->address);
}

/* A submit goes to the loop: the last task of a batch starts, the others are delayed. */
static void hand_over(struct sim_worker *worker, uint64_t number, struct sim_task *tasks)
{
    assert(tasks); /* a batch has an entry */
    worker->handed = number;
    while (tasks->next) {
        struct sim_task *next = tasks->next;
        tasks->next = worker->delayed;
        worker->delayed = tasks;
        tasks = next;
    }
    add_task(worker, tasks);
}

static bool is_awake(const struct sim_worker *worker)
{
    return worker->active != NULL || worker->ready.first < worker->ready.count;
}

static void read_submit(struct sim_worker *worker, const struct message *message, const struct slice *body)
{
    struct batch batch;
    struct task_header header;
    struct slice piece;
    struct sim_task *tasks = NULL, **last = &tasks;
    if (!batch_open(&batch, message, body)) {
        worker->fault(worker->owner, "a batch's lengths do not add up", NULL);
        return;
    }
    while (batch_next_task(&batch, &header, &piece)) {
        struct slice whole = sim_whole_body(worker, &header, &piece);
        if (worker->max_body && whole.size > worker->max_body)
            worker->fault(worker->owner, "a task is larger than it takes", &header.return_address);
        struct sim_task *task = sim_task_new(&header, &whole);
        slice_drop(&whole);
        if (task == NULL) {
            worker->fault(worker->owner, "a task's body is not what was submitted", &header.return_address);
            return;
        }
        *last = task;
        last = &task->next;
    }
    if (worker->waiting && !is_awake(worker)) {
        worker->waiting = false;
        hand_over(worker, message->seq, tasks);
        return;
    }
    /* a RESULT has woken it meanwhile: nobody is to wait for that (conn.py gives such a task back) */
    worker->returned = message->seq;
    if (worker->handed <= worker->receipt) {
        worker->receipt = message->seq;
        sim_say_waiting(worker, 0);
    }
    sim_say_return(worker, tasks);
    sim_tasks_free(tasks);
}

/* BQSKit's _handle_cancel. */
static void cancel(struct sim_worker *worker, const struct address *address)
{
    if (!sim_addresses_has(&worker->cancelled, address))
        sim_addresses_add(&worker->cancelled, address);
    for (struct sim_task *task = worker->tasks, *next; task; task = next) {
        next = task->next;
        if (!sim_task_descends(task, address))
            continue;
        for (unsigned i = 0; i < task->owned_count; i++)
            sim_box_drop(worker, task->owned[i]);
        sim_task_unlist(worker, task);
    }
    for (struct sim_task **at = &worker->delayed; *at;) {
        struct sim_task *task = *at;
        if (!sim_task_descends(task, address)) {
            at = &task->next;
            continue;
        }
        *at = task->next;
        mem_free(task);
    }
}

static void note_message(struct sim_worker *worker, struct sim_task *task, const uint64_t content[2])
{
    if (content[1] != ++task->messages)
        worker->fault(worker->owner, "a task's messages come twice, or one is missing", &task->address);
}

/* BQSKit's _handle_communicate. */
static void read_communicate(struct sim_worker *worker, const struct message *message,
                             const struct slice *body)
{
    uint64_t content[2];
    struct list addresses = message->addresses.addresses;
    if (body->size != sizeof content) {
        worker->fault(worker->owner, "a message is not what was sent", NULL);
        return;
    }
    memcpy(content, slice_data(body), sizeof content);
    for (struct address address; list_next_address(&addresses, &address);) {
        struct sim_task *task = sim_worker_task(worker, &address);
        if (task)
            note_message(worker, task, content);
    }
}

static void read_result(struct sim_worker *worker, const struct message *message, const struct slice *body)
{
    struct batch batch;
    struct result_header result;
    struct slice piece;
    if (!batch_open(&batch, message, body)) {
        worker->fault(worker->owner, "a batch's lengths do not add up", NULL);
        return;
    }
    while (batch_next_result(&batch, &result, &piece)) {
        if (result.return_address.worker != worker->id)
            worker->fault(worker->owner, "a result is for another worker", &result.return_address);
        else
            sim_deposit(worker, &result.return_address, &piece, false);
    }
    if (worker->waiting && is_awake(worker))
        sim_say_waiting(worker, 0); /* no room now: the boss may give the next task to somebody else */
}

void sim_worker_read(struct sim_worker *worker, const struct message *message, const struct slice *body)
{
    struct list addresses;
    switch (message->kind) {
    case KIND_SUBMIT:
    case KIND_SUBMIT_BATCH: read_submit(worker, message, body); break;
    case KIND_RESULT:
    case KIND_RESULT_BATCH: read_result(worker, message, body); break;
    case KIND_CANCEL:
        addresses = message->cancel.addresses;
        for (struct address address; list_next_address(&addresses, &address);)
            cancel(worker, &address);
        break;
    case KIND_COMMUNICATE: read_communicate(worker, message, body); break;
    case KIND_SHARE: sim_read_share(worker, message, body); break;
    case KIND_UNSHARE: sim_read_unshare(worker, message->share.number); break;
    case KIND_CONNECT:
    case KIND_IMPORTPATH: break;
    default: worker->fault(worker->owner, "a message that no worker should get", NULL);
    }
}

/* The loop has nothing ready. True: it has now. */
static bool rest(struct sim_worker *worker)
{
    if (worker->delayed) {
        struct sim_task *task = worker->delayed;
        worker->delayed = task->next;
        add_task(worker, task);
        return true;
    }
    if (worker->waiting)
        return false;
    if (worker->handed > worker->receipt)
        worker->receipt = worker->handed;
    if (worker->returned > worker->receipt)
        worker->receipt = worker->returned;
    sim_say_waiting(worker, 1);
    return false;
}

bool sim_worker_run(struct sim_worker *worker, uint32_t *ms)
{
    do {
        while (!worker->dead && sim_step(worker, ms)) {
            if (*ms > 0) {
                sim_flush_cancels(worker);
                return true;
            }
        }
    } while (!worker->dead && rest(worker));
    sim_flush_cancels(worker);
    return false;
}
