/* batch: reads SUBMIT and SUBMIT_BATCH (or RESULT and RESULT_BATCH) alike: one header and one piece of the
 * body after the other. */
#ifndef MAILROOM_BATCH_H
#define MAILROOM_BATCH_H

#include "common/base/blob.h"
#include "common/wire/message.h"

struct batch {
    const struct message *message; /* borrowed */
    struct list headers, lengths;
    struct task_run run;
    bool again;         /* the task that was read last differs from the one before in its address only */
    struct slice body;  /* borrowed: what is left of it */
    uint32_t count;     /* entries in all */
    struct alike alike; /* of tasks */
    uint64_t kept;      /* what all its bodies cost that are kept (blob_cost_kept) */
    bool single;        /* a single message: its entry is in the message itself */
    bool done;
};

/* Begins to read; borrows both. false: the lengths do not add up to the body. */
bool batch_open(struct batch *batch, const struct message *message, const struct slice *body);

/* The next entry; `*body` is borrowed. false: there are no more. */
bool batch_next_task(struct batch *batch, struct task_header *task, struct slice *body);

/* The same without a copy of the header; NULL: there are no more. It is valid until the next call. What the
 * caller writes into it may still be there in the next one, but for the return address. */
struct task_header *batch_read_task(struct batch *batch, struct slice *body);
bool batch_next_result(struct batch *batch, struct result_header *result, struct slice *body);

#endif
