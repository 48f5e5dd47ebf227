/* message_batch: the fields of SUBMIT_BATCH and RESULT_BATCH, of which there may be 8 MiB: read at once, or a
 * part at a time, so that nobody waits for it. */
#include <assert.h>

#include "common/wire/message_fields.h"

enum stage { STAGE_ENTRIES, STAGE_LENGTHS, STAGE_REST, STAGE_DONE };

enum { LENGTHS_A_WORK = 16 /* lengths are read in the time of one entry */ };

static enum error_code begin_entries(struct batch_reading *reading, struct wire *wire,
                                     struct message *message, const char **why)
{
    struct list *entries = &message->batch.tasks;
    bool tasks = message->kind == KIND_SUBMIT_BATCH;
    *why = message_shapes[message->kind].fields[0].why;
    if (!wire_take_array(wire, &entries->count) || !entries->count)
        return CODE_MALFORMED;
    if (entries->count > MAX_BATCH) {
        *why =
            tasks ? "SUBMIT_BATCH: has more than 65536 tasks" : "RESULT_BATCH: has more than 65536 results";
        return CODE_TOO_LARGE;
    }
    entries->at = wire->at;
    reading->left = entries->count;
    reading->begun = true;
    return CODE_NONE;
}

/* Tasks are seen together: what they have in common goes into message->batch.alike. */
static enum error_code read_tasks(struct batch_reading *reading, struct wire *wire, struct message *message,
                                  uint64_t *work, const char **why)
{
    const struct list *entries = &message->batch.tasks;
    struct wire from_start = {entries->at, wire->end};
    struct task_run run = {.rest = NULL};
    struct task_header first;
    if (reading->left < entries->count)
        message_take_task_seen(&from_start, &first);
    for (; reading->left > 0 && *work > 0; reading->left--, --*work) {
        uint32_t place = entries->count - reading->left;
        enum task_fault fault = message_take_next(wire, &run);
        if (fault)
            return message_task_code(fault, false, why);
        if (place == 0) {
            first = run.task;
            alike_begin(&message->batch.alike, &first);
        } else if (run.again) {
            alike_see_again(&message->batch.alike, &run.task, place);
        } else {
            alike_see(&message->batch.alike, &first, &run.task, place);
        }
    }
    return CODE_NONE;
}

static enum error_code read_results(struct batch_reading *reading, struct wire *wire, uint64_t *work,
                                    const char **why)
{
    *why = message_shapes[KIND_RESULT_BATCH].fields[0].why;
    for (; reading->left > 0 && *work > 0; reading->left--, --*work) {
        if (!message_skip_result(wire))
            return CODE_MALFORMED;
    }
    return CODE_NONE;
}

static enum error_code read_entries(struct batch_reading *reading, struct wire *wire, struct message *message,
                                    uint64_t *work, const char **why)
{
    enum error_code code = reading->begun ? CODE_NONE : begin_entries(reading, wire, message, why);
    if (code == CODE_NONE)
        code = message->kind == KIND_SUBMIT_BATCH ? read_tasks(reading, wire, message, work, why)
                                                  : read_results(reading, wire, work, why);
    if (code || reading->left > 0)
        return code;
    message->batch.tasks.end = wire->at;
    reading->stage = STAGE_LENGTHS;
    struct list *lengths = &message->batch.lengths;
    *why = message_shapes[message->kind].fields[1].why;
    if (!wire_take_array(wire, &lengths->count) || lengths->count != message->batch.tasks.count)
        return CODE_MALFORMED;
    lengths->at = wire->at;
    message->batch.all = (struct lengths){0};
    reading->left = lengths->count;
    return CODE_NONE;
}

void lengths_see(struct lengths *lengths, uint64_t length)
{
    lengths->sum = length > UINT64_MAX - lengths->sum ? UINT64_MAX : lengths->sum + length;
    lengths->largest = length > lengths->largest ? length : lengths->largest;
    lengths->some += length > 0;
    lengths->count++;
}

static enum error_code read_lengths(struct batch_reading *reading, struct wire *wire, struct message *message,
                                    uint64_t *work, const char **why)
{
    uint64_t number;
    *why = message_shapes[message->kind].fields[1].why;
    for (; reading->left > 0 && *work > 0; --*work) {
        for (unsigned i = 0; i < LENGTHS_A_WORK && reading->left > 0; i++, reading->left--) {
            if (!wire_take_number(wire, &number))
                return CODE_MALFORMED;
            lengths_see(&message->batch.all, number);
        }
    }
    if (reading->left > 0)
        return CODE_NONE;
    message->batch.lengths.end = wire->at;
    reading->stage = STAGE_REST;
    return CODE_NONE;
}

enum error_code message_decode_batch(struct wire *wire, struct message *message, const char **why)
{
    struct batch_reading reading = {0};
    uint64_t work = UINT64_MAX;
    enum error_code code = read_entries(&reading, wire, message, &work, why);
    return code ? code : read_lengths(&reading, wire, message, &work, why);
}

bool batch_reading_is_for(unsigned kind)
{
    return kind == KIND_SUBMIT_BATCH || kind == KIND_RESULT_BATCH;
}

void batch_reading_begin(struct batch_reading *reading, const uint8_t *data, size_t size)
{
    struct wire wire = {data, data + size};
    struct message message;
    const char *why;
    enum error_code code = message_decode_common(&wire, &reading->fields, &message, &why);
    assert(code == CODE_NONE);
    (void)code;
    reading->fields -=
        COMMON_FIELDS + message_shapes[message.kind].count; /* those that this version does not know */
    reading->at = wire.at;
    reading->end = wire.end;
    reading->stage = STAGE_ENTRIES;
    reading->begun = false;
}

enum error_code batch_read_some(struct batch_reading *reading, struct message *message, uint64_t *work,
                                bool *done, const char **why)
{
    struct wire wire = {reading->at, reading->end};
    enum error_code code = CODE_NONE;
    if (reading->stage == STAGE_ENTRIES)
        code = read_entries(reading, &wire, message, work, why);
    if (code == CODE_NONE && reading->stage == STAGE_LENGTHS)
        code = read_lengths(reading, &wire, message, work, why);
    if (code == CODE_NONE && reading->stage == STAGE_REST) {
        code = message_decode_rest(&wire, reading->fields, why);
        reading->stage = STAGE_DONE;
    }
    reading->at = wire.at;
    *done = reading->stage == STAGE_DONE;
    return code;
}
