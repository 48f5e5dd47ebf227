/* worker_say: the messages of a simulated worker; see worker.h. */
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "tests/sim/worker.h"

static void say(struct sim_worker *worker, const struct message *message, struct slice body)
{
    sim_flush_cancels(worker);
    worker->say(worker->owner, message, body);
}

struct address sim_task_root(const struct sim_task *task)
{
    return task->crumb_count ? task->crumbs[0] : task->address;
}

void sim_say_started(struct sim_worker *worker, const char *const *runtimes)
{
    struct builder list = {0};
    struct message message = {.kind = KIND_STARTED};
    for (; *runtimes; runtimes++)
        builder_runtime(&list, span_text(*runtimes), span_text("1"));
    message.started.total_workers = 1;
    message.started.runtimes = builder_list(&list);
    say(worker, &message, SLICE_NONE);
    builder_free(&list);
}

void sim_say_waiting(struct sim_worker *worker, uint32_t idle)
{
    struct message message = {.kind = KIND_WAITING};
    message.waiting.idle = message.waiting.room = idle;
    message.waiting.receipt = worker->receipt;
    worker->waiting = idle > 0;
    say(worker, &message, SLICE_NONE);
}

/* The part that the tasks of a map begin with, 0: with none. */
static uint64_t say_share(struct sim_worker *worker, const struct op *op)
{
    struct message message = {.kind = KIND_SHARE};
    if (!worker->shares || op->count < 2)
        return 0;
    message.share.number = ++worker->parts_sent;
    say(worker, &message, program_part(op->child.seed));
    return message.share.number;
}

static void say_unshare(struct sim_worker *worker, uint64_t number)
{
    struct message message = {.kind = KIND_UNSHARE};
    message.share.number = number;
    if (number > 0)
        say(worker, &message, SLICE_NONE);
}

/* BQSKit's submit and map. */
void sim_say_children(struct sim_worker *worker, const struct sim_task *task, const struct op *op,
                      uint64_t box)
{
    struct builder crumbs = {0}, tasks = {0}, lengths = {0};
    struct slice *bodies = mem_zalloc(op->count, sizeof *bodies);
    struct task_header header = {.comp_task_id = task->comp_task_id,
                                 .runtime = span_text(task->runtime),
                                 .priority = task->priority,
                                 .name = span_text("child")};
    size_t size = 0;
    for (unsigned i = 0; i < task->crumb_count; i++)
        builder_address(&crumbs, &task->crumbs[i]);
    builder_address(&crumbs, &task->address);
    header.breadcrumbs = builder_list(&crumbs);
    header.shared = say_share(worker, op);
    for (unsigned slot = 0; slot < op->count; slot++) {
        struct spec spec = program_child(op, slot);
        bodies[slot] = header.shared ? program_rest(&spec, op->child.seed) : program_body(&spec);
        header.return_address = (struct address){worker->id, slot, box};
        builder_task(&tasks, &header);
        builder_number(&lengths, bodies[slot].size);
        size += bodies[slot].size;
    }
    struct message message = {.kind = op->count > 1 ? KIND_SUBMIT_BATCH : KIND_SUBMIT};
    struct slice body = bodies[0];
    if (op->count == 1) {
        message.submit = header;
    } else {
        uint8_t *at;
        message.batch.tasks = builder_list(&tasks);
        message.batch.lengths = builder_list(&lengths);
        body = (struct slice){blob_new(size, &at), 0, size};
        for (unsigned slot = 0; slot < op->count; slot++) {
            memcpy(at, slice_data(&bodies[slot]), bodies[slot].size);
            at += bodies[slot].size;
            slice_drop(&bodies[slot]);
        }
    }
    say(worker, &message, body);
    say_unshare(worker, header.shared);
    builder_free(&crumbs);
    builder_free(&tasks);
    builder_free(&lengths);
    mem_free(bodies);
}

static void say_addresses(struct sim_worker *worker, unsigned kind, const struct address *address,
                          struct slice body)
{
    struct builder list = {0};
    struct message message = {.kind = kind};
    builder_address(&list, address);
    message.addresses.addresses = builder_list(&list);
    say(worker, &message, body);
    builder_free(&list);
}

/* A task's result: into its mailbox when that is here, with an UPDATE, else up. */
void sim_say_end(struct sim_worker *worker, const struct sim_task *task)
{
    struct slice body = program_result(&task->spec, task->value);
    if (task->address.worker == worker->id) {
        sim_deposit(worker, &task->address, &body, true);
        slice_drop(&body);
        say_addresses(worker, KIND_UPDATE, &task->address, SLICE_NONE);
        return;
    }
    struct message message = {.kind = KIND_RESULT};
    message.result.return_address = task->address;
    message.result.completed_by = worker->id;
    say(worker, &message, body);
}

void sim_say_error(struct sim_worker *worker, const struct sim_task *task, const char *text)
{
    struct message message = {.kind = KIND_ERROR};
    message.error.code = CODE_TASK_FAILED;
    message.error.text = span_text(text);
    message.error.corr = message.error.slot = NO_NUMBER;
    message.error.has_task = message.error.has_root = true;
    message.error.task = task->address;
    message.error.root = sim_task_root(task);
    say(worker, &message, SLICE_NONE);
}

void sim_say_log(struct sim_worker *worker, const struct sim_task *task)
{
    char text[64];
    struct message message = {.kind = KIND_LOG};
    snprintf(text, sizeof text, "%u %u", worker->number, worker->logged++);
    message.log.task = task->address;
    message.log.root = sim_task_root(task);
    message.log.level = 20;
    message.log.logger = span_text("sim");
    message.log.text = span_text(text);
    say(worker, &message, SLICE_NONE);
}

/* Its body says whose message it is and the how-manieth. */
void sim_say_communicate(struct sim_worker *worker, const struct sim_task *task, const struct sim_box *box,
                         uint64_t number)
{
    struct builder list = {0};
    uint64_t content[2] = {box->spawn.child.seed, number};
    struct message message = {.kind = KIND_COMMUNICATE};
    for (uint32_t slot = 0; slot < box->expected; slot++)
        builder_address(&list, &(struct address){worker->id, slot, box->id});
    message.addresses.addresses = builder_list(&list);
    say(worker, &message, (struct slice){blob_copy(content, sizeof content), 0, sizeof content});
    builder_free(&list);
}

void sim_say_return(struct sim_worker *worker, const struct sim_task *tasks)
{
    struct builder list = {0};
    struct message message = {.kind = KIND_RETURN};
    for (; tasks; tasks = tasks->next)
        builder_address(&list, &tasks->address);
    message.returned.reason = RETURN_UNBEGUN;
    message.returned.text = span_text("");
    message.returned.addresses = builder_list(&list);
    say(worker, &message, SLICE_NONE);
    builder_free(&list);
}

void sim_say_cancel(struct sim_worker *worker, const struct sim_task *task, const struct address *address)
{
    struct address root = sim_task_root(task);
    if (worker->cancels.count > 0 && !address_equal(&worker->cancels.items[0], &root))
        sim_flush_cancels(worker);
    if (worker->cancels.count == 0)
        sim_addresses_add(&worker->cancels, &root);
    sim_addresses_add(&worker->cancels, address);
}

/* The slots of a map are cancelled one by one, and leave together. */
void sim_flush_cancels(struct sim_worker *worker)
{
    struct sim_addresses *cancels = &worker->cancels;
    if (cancels->count == 0)
        return;
    struct builder list = {0};
    struct message message = {.kind = KIND_CANCEL};
    for (uint32_t i = 1; i < cancels->count; i++)
        builder_address(&list, &cancels->items[i]);
    message.cancel.corr = message.cancel.state = NO_NUMBER;
    message.cancel.addresses = builder_list(&list);
    message.cancel.has_root = true;
    message.cancel.root = cancels->items[0];
    cancels->count = 0;
    worker->say(worker->owner, &message, SLICE_NONE);
    builder_free(&list);
}
