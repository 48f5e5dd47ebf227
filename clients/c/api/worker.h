/* worker: what the files of mailroom/worker.h's functions share. */
#ifndef MAILROOM_C_API_WORKER_H
#define MAILROOM_C_API_WORKER_H

#include <sys/types.h>

#include "clients/c/api/usage.h"
#include "clients/c/core/worker.h"
#include "clients/c/edge/drive.h"

/* What is waited for. */
enum { WORKER_WAIT_NOTHING = 0, WORKER_WAIT_ITEM = 1, WORKER_WAIT_ID = 2, WORKER_WAIT_OUT = 4 };

struct mailroom_worker {
    struct drive *drive;
    struct worker *core;
    struct page *page; /* mapped, or NULL */
    pid_t process;
    void (*ended)(void *with, enum mailroom_end end, const char *text);
    void *ended_with;
    bool told; /* `ended` was called */
    char boss[64];
    struct usage usage; /* of tasks that are timed */
};

/* ns of the clock whose ms events have. */
uint64_t worker_clock(void);

/* Takes the lock; false, with a code, in a child of a fork. */
bool worker_enter(struct mailroom_worker *worker, int *code);

/* Leaves it: what is due is seen to, by whoever drives this or is going to. */
void worker_let_go(struct mailroom_worker *worker);

/* Waits, without the lock. */
int worker_wait(struct mailroom_worker *worker, unsigned what, int timeout);

static inline struct address worker_inner(const struct mailroom_address *address)
{
    return (struct address){.worker = address->worker, .slot = address->slot, .mailbox = address->mailbox};
}

#endif
