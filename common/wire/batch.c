/* batch: see batch.h. */
#include "common/wire/batch.h"

/* What the pieces of a body cost that are kept, each by itself: at most one is as good as all of it. */
static uint64_t cost_kept(const struct slice *body, const struct lengths *all)
{
    uint64_t others = all->sum - all->largest + (all->some > 1 ? all->some - 1 : 0) * (uint64_t)BLOB_COST;
    return others + blob_cost_kept(body->blob, all->largest);
}

/* The lengths together, of a message that need not have been decoded. */
static struct lengths lengths_of(const struct message *message)
{
    struct lengths all = message->batch.all;
    struct list lengths = message->batch.lengths;
    if (all.count == lengths.count)
        return all;
    all = (struct lengths){0};
    for (uint64_t length; list_next_number(&lengths, &length);)
        lengths_see(&all, length);
    return all;
}

bool batch_open(struct batch *batch, const struct message *message, const struct slice *body)
{
    batch->message = message;
    batch->body = *body;
    batch->done = false;
    batch->run.rest = NULL;
    batch->single = message->kind == KIND_SUBMIT || message->kind == KIND_RESULT;
    if (batch->single) {
        batch->count = 1;
        batch->headers = batch->lengths = (struct list){0};
        if (message->kind == KIND_SUBMIT)
            alike_begin(&batch->alike, &message->submit);
        batch->kept = blob_cost_kept(body->blob, body->size);
        return true;
    }
    batch->alike = message->batch.alike;
    batch->headers = message->batch.tasks;
    batch->lengths = message->batch.lengths;
    batch->count = batch->headers.count;
    struct lengths all = lengths_of(message);
    if (all.sum != body->size)
        return false;
    batch->kept = cost_kept(body, &all);
    return true;
}

/* The piece of the body that belongs to the next entry. */
static bool next_piece(struct batch *batch, struct slice *body)
{
    uint64_t length = batch->body.size;
    if (batch->single) {
        if (batch->done)
            return false;
        batch->done = true;
    } else if (length == 0) { /* so are the lengths that are left: they add up to it */
        *body = SLICE_NONE;
        return batch->headers.count > 0;
    } else if (!list_next_number(&batch->lengths, &length)) {
        return false;
    }
    *body = length > 0 ? (struct slice){batch->body.blob, batch->body.offset, length} : SLICE_NONE;
    batch->body.offset += length;
    batch->body.size -= length;
    return true;
}

/* A task that differs from the one before in its slot only. It is not read but where a part of the message
 * begins: then one of those that are left stands for all. */
static void read_same(struct batch *batch, uint32_t place)
{
    struct list left = batch->headers;
    if (batch->run.rest == NULL)
        list_next_task_of(&left, &batch->run);
    batch->run.task.return_address = (struct address){WORKER_NIL, place, 0};
    batch->headers.count--;
}

struct task_header *batch_read_task(struct batch *batch, struct slice *body)
{
    enum { READ = 2 }; /* of tasks that are the same, see struct alike */
    uint32_t place = batch->count - batch->headers.count;
    if (!next_piece(batch, body))
        return NULL;
    batch->again = !batch->single && place >= READ && batch->alike.same && batch->alike.slots;
    if (batch->single) {
        batch->run.task = batch->message->submit;
    } else if (batch->again) {
        read_same(batch, place);
    } else {
        if (!list_next_task_of(&batch->headers, &batch->run))
            return NULL;
        batch->again = batch->run.again;
    }
    return &batch->run.task;
}

bool batch_next_task(struct batch *batch, struct task_header *task, struct slice *body)
{
    const struct task_header *next = batch_read_task(batch, body);
    if (next)
        *task = *next;
    return next != NULL;
}

bool batch_next_result(struct batch *batch, struct result_header *result, struct slice *body)
{
    if (!next_piece(batch, body))
        return false;
    if (!batch->single)
        return list_next_result(&batch->headers, result);
    *result = batch->message->result;
    return true;
}
