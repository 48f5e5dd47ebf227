/* batch: see batch.h. */
#include "common/wire/batch.h"

bool batch_open(struct batch *batch, const struct message *message, const struct slice *body)
{
    *batch = (struct batch){.message = message, .body = *body, .count = 1, .single = true};
    if (message->kind == KIND_SUBMIT || message->kind == KIND_RESULT)
        return true;
    batch->single = false;
    batch->headers = message->batch.tasks;
    batch->lengths = message->batch.lengths;
    batch->count = batch->headers.count;
    uint64_t sum = 0;
    struct list lengths = batch->lengths;
    for (uint64_t length; list_next_number(&lengths, &length);) {
        if (length > body->size)
            return false; /* keeps the sum from wrapping round */
        sum += length;
    }
    return sum == body->size;
}

/* The piece of the body that belongs to the next entry. */
static bool next_piece(struct batch *batch, struct slice *body)
{
    uint64_t length = batch->body.size;
    if (batch->single) {
        if (batch->done)
            return false;
        batch->done = true;
    } else if (!list_next_number(&batch->lengths, &length)) {
        return false;
    }
    *body = length > 0 ? (struct slice){batch->body.blob, batch->body.offset, length} : SLICE_NONE;
    batch->body.offset += length;
    batch->body.size -= length;
    return true;
}

bool batch_next_task(struct batch *batch, struct task_header *task, struct slice *body)
{
    if (!next_piece(batch, body))
        return false;
    if (!batch->single)
        return list_next_task(&batch->headers, task);
    *task = batch->message->submit;
    return true;
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
