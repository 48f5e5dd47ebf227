/* work: tasks that this process submits, and what becomes of them: cut into batches, and given out in the
 * order in which they were added. Submitting a batch, again where it was refused or lost, is
 * correspondence.h's affair. Pure. */
#ifndef MAILROOM_C_WORK_H
#define MAILROOM_C_WORK_H

#include "clients/c/core/correspondence.h"

enum {
    WORK_BATCH = 4096,         /* tasks at most in one batch, */
    WORK_BATCH_BYTES = 1 << 20 /* and so many bytes of bodies, but for a single task */
};

struct work_config {
    uint8_t prefix[8]; /* random: the first half of all uuids */
    const char *runtime, *name;
    uint8_t priority, flags; /* TASK_DELIVER, TASK_KEEP */
    uint64_t most;           /* tasks that have not ended, at a time */
    uint64_t most_bytes;     /* of their bodies, but for a single task */
    bool submit_only;        /* a task has ended, for this work, once the broker has it */
};

enum work_state { WORK_NEW, WORK_SENT, WORK_DONE, WORK_FAILED };

struct work_task {
    enum work_state state;
    uint32_t batch, slot; /* where it was sent */
    size_t size;          /* bytes of its body */
    struct slice body;    /* until it is sent; its result once it has ended */
    uint64_t code;        /* of a failure: enum error_code */
    char *text;           /* of that */
};

struct work_batch {
    uint64_t *tasks; /* their numbers; NULL: the batch is over */
    uint32_t count, ended;
    bool confirmed; /* the broker has it, or has had it */
    bool there;     /* it was sent, and not refused, as of the last work_send; for who only submits */
    bool asked;     /* whether it has it: the answer is on its way */
};

struct work {
    struct work_config config;
    struct work_task *tasks; /* from number `first`, which is at `head`, to `added` */
    uint64_t first, added, head, capacity;
    uint64_t next_new; /* no task before this is WORK_NEW */
    struct work_batch *batches;
    uint32_t batch_count, batch_capacity;
    uint32_t confirmed;    /* batches below this are over */
    uint64_t fresh;        /* tasks that are WORK_NEW */
    uint64_t live, bytes;  /* tasks that have not ended, and their bodies */
    uint64_t done, failed; /* of all that were added */
    bool full;
    uint64_t busy_since; /* ms, since the broker says BUSY; NEVER: it does not */
    char busy_text[200];
};

/* What became of a task. */
struct work_outcome {
    uint64_t number;         /* from 0, in the order of work_add */
    uint8_t uuid[UUID_SIZE]; /* of its batch; its entry there is `slot` */
    uint32_t slot;
    bool done;
    struct slice body; /* done: the result, borrowed */
    uint64_t code;     /* else why not */
    const char *text;
};

void work_init(struct work *work, const struct work_config *config);
void work_free(struct work *work);

/* Adds a task; takes over `body`. */
void work_add(struct work *work, struct slice body);

/* Whether another task of `size` bytes may be added now. Once it is full it has room again when half of what
 * it holds has ended, so that batches are not of one task each. */
bool work_has_room(struct work *work, size_t size);

/* Submits what is new; nothing while the broker is busy with what it has. */
void work_send(struct work *work, struct correspondence *mail, uint64_t now);

/* Takes what has come: ends of tasks, and answers. What of their bodies is kept is referenced. */
void work_take(struct work *work, const struct news *news);

/* The next task in order, if it has ended; false: it has not, or there is none. */
bool work_next(const struct work *work, struct work_outcome *outcome);

/* Frees what work_next gave. */
void work_drop(struct work *work);

/* Whether the broker may have a batch, below batch_count, of work that only submits. */
bool work_may_be_there(const struct work *work, uint32_t batch);

/* The uuid of a batch. */
void work_uuid(const struct work *work, uint32_t batch, uint8_t uuid[UUID_SIZE]);

#endif
