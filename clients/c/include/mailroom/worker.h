/* mailroom/worker.h: the worker's half of libmailroom; <mailroom.h> brings it, and says what holds for both
 * halves: errors, ownership, threads, forks.
 *
 * A worker has one line to its shim (or to any boss that speaks PROTOCOL.md) and runs tasks in a loop of the
 * program's own. The library does the rest, in a thread of its own that never waits for the loop: it shakes
 * hands, keeps the link, says STARTED and WAITING, acknowledges, holds a few tasks ahead where they are
 * short, gives those back when the shim asks for them, sends results within a millisecond, and tells the shim
 * which task has begun, so that only that one is charged should the process die.
 *
 *     struct mailroom_worker *worker;
 *     struct mailroom_runtime runtime = {"upper", "1"};
 *     struct mailroom_worker_options options = {
 *         .size = sizeof options, .runtimes = &runtime, .runtime_count = 1};
 *     if (mailroom_worker_new(&options, &worker) != MAILROOM_OK || mailroom_worker_start(worker) !=
 * MAILROOM_OK) errx(1, "%s", mailroom_why()); for (struct mailroom_item *item;; mailroom_item_free(item)) {
 *         mailroom_worker_waiting(worker);
 *         if (mailroom_worker_next(worker, -1, &item) != MAILROOM_OK || item->kind == MAILROOM_ITEM_END)
 *             break;
 *         if (item->kind != MAILROOM_ITEM_TASK)
 *             continue;
 *         struct mailroom_body result = {.data = item->body, .size = item->body_size};
 *         mailroom_worker_result(worker, &item->task.address, &result);
 *     }
 *
 * Times are milliseconds. */
#ifndef MAILROOM_WORKER_H
#define MAILROOM_WORKER_H

#include <mailroom.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mailroom_worker;

/* A mailbox slot, and the one task whose result belongs there. */
#define MAILROOM_SERVER UINT32_MAX /* `worker` of a client's own task */
struct mailroom_address {
    uint32_t worker;
    uint32_t slot;
    uint64_t mailbox;
};

/* What this worker can run: 1 to 31 bytes, and a version for people. */
struct mailroom_runtime {
    const char *name, *version;
};

/* Why a worker's line to its shim ends. */
enum mailroom_end {
    MAILROOM_END_TOLD = 1, /* SHUTDOWN: end, all is well */
    MAILROOM_END_LOST =
        2, /* the shim is gone, or has given this worker up: another process takes its place */
    MAILROOM_END_REFUSED =
        3, /* the handshake was refused, by version or key: another process would do no better */
    MAILROOM_END_LEFT = 4, /* DISCONNECT: the shim ends, or its boss does: another process takes its place */
};

/* All may be 0 or NULL but `size` and the runtimes. What pointers name is copied. */
struct mailroom_worker_options {
    size_t size; /* sizeof(struct mailroom_worker_options) */
    const char
        *address;     /* endpoint of the shim, "ipc:///run/..." or "tcp://host:7474"; NULL: $MAILROOM_SHIM */
    const char *name; /* for HELLO; NULL: $MAILROOM_WORKER, or "" */
    const char *page; /* file that is shared with the guardian; NULL: $MAILROOM_PAGE; "": none */
    const char *software; /* for people, "my-worker 1.0"; NULL: "libmailroom VERSION" */
    const struct mailroom_runtime *runtimes;
    size_t runtime_count;
    /* For a shim on TCP that has keys, files that `mailroom keygen` makes: this worker's own key, and the
     * public key of the shim. NULL: no keys, which over TCP takes MAILROOM_INSECURE=1 in the environment. No
     * key is looked for there. */
    const char *key_file, *manager_file;
    /* 1: what the bodies of several tasks begin with comes once, beside their own (item->shared). 0: bodies
     * come whole. */
    unsigned shares;
    /* 1: this is no worker: it tells the shim that the worker of this name has ended, and `software` says
     * how, which the shim would find out late where it did not start it. The runtimes may be left out. The
     * shim has noted it when the line ends with MAILROOM_END_REFUSED. */
    unsigned reports_end;
    /* Called once when the line is over, from the library's own thread or one that waits, with the word that
     * mailroom_worker_next gives as MAILROOM_ITEM_END: so that a program whose loop is busy can end at once.
     * It must not call the library, but may end the process. NULL: not called. */
    void (*ended)(void *ended_with, enum mailroom_end end, const char *text);
    void *ended_with;
    uint64_t max_body; /* bytes that this worker accepts; 0: 1 TiB, so the shim's bound holds */
};

/* Makes a worker; nothing is sent before mailroom_worker_start. MAILROOM_EINVAL, MAILROOM_EKEYS or
 * MAILROOM_ESYSTEM: then `*worker` is NULL. */
MAILROOM_API int mailroom_worker_new(const struct mailroom_worker_options *options,
                                     struct mailroom_worker **worker);

/* Connects, for ever, and starts the library's thread, in which all signals are blocked. */
MAILROOM_API int mailroom_worker_start(struct mailroom_worker *worker);

/* In place of a thread of the library's: the descriptor to poll for reading (level-triggered, in any loop),
 * then call mailroom_worker_step, which does all that can be done without waiting; call it also after
 * anything was said. mailroom_worker_next is to be called with a timeout of 0 then, after the last step until
 * nothing is left: what a step has read does not make the descriptor readable again. -1, MAILROOM_ESTATE:
 * mailroom_worker_start was called. */
MAILROOM_API int mailroom_worker_fd(struct mailroom_worker *worker);
MAILROOM_API int mailroom_worker_step(struct mailroom_worker *worker);

/* Ends the thread, closes the line and frees all, but items that were given out. `*worker` becomes NULL; NULL
 * is ignored. */
MAILROOM_API void mailroom_worker_destroy(struct mailroom_worker **worker);

/* Waits until the shim has given this worker its id: `*id`. timeout: ms, below 0: for ever. It may be called
 * any time later, too. MAILROOM_ETIMEDOUT, MAILROOM_ELOST. */
MAILROOM_API int mailroom_worker_join(struct mailroom_worker *worker, int timeout, uint32_t *id);

/* The name that the shim gives itself, for texts; "" before the handshake. Valid until the worker is
 * destroyed. */
MAILROOM_API const char *mailroom_worker_boss(struct mailroom_worker *worker);

/* -- what arrives */

enum mailroom_item_kind {
    MAILROOM_ITEM_TASK = 1, /* run `task`, with `body`. It counts as running from now on */
    MAILROOM_ITEM_RESULT,   /* of a child: for the mailbox slot `address`, done by `completed_by`; `body` */
    MAILROOM_ITEM_CANCEL,   /* `address` and all that descends from it is wanted no more */
    MAILROOM_ITEM_MESSAGE,  /* from the parent of the tasks `addresses`, which are or were here; `body` */
    MAILROOM_ITEM_PATHS,    /* the import paths of `session`, all of them, before its first task; none: it is
                             * over. Session 0: to be appended where they are missing, for all tasks of 0 */
    MAILROOM_ITEM_END,      /* the line is over: `end`, and `text` says why; given again at every call */
    MAILROOM_ITEM_UNSHARE,  /* no further task begins with the part `shared_number`, but for those that wait
                               here */
};

struct mailroom_work {
    struct mailroom_address address;            /* where its result goes, and its name */
    uint64_t comp_task_id;                      /* the mailbox of its root */
    const struct mailroom_address *breadcrumbs; /* its ancestors, the root first */
    size_t breadcrumb_count;
    const char *runtime;
    uint32_t attempt; /* how often it was lost before */
    uint32_t priority, flags;
    const char *name;
    const void *meta; /* as PROTOCOL.md section 4 has it */
    size_t meta_size;
};

struct mailroom_item {
    enum mailroom_item_kind kind;
    struct mailroom_work task;
    struct mailroom_address address;
    uint32_t completed_by;
    const struct mailroom_address *addresses;
    size_t address_count;
    const char *const *paths;
    size_t path_count;
    const void *body; /* NULL where it is empty */
    size_t body_size;
    /* A task's body is this part and then `body`. Tasks with the same number, which is above 0, have the same
     * part; a part has no second number. NULL and 0: there is none. */
    const void *shared;
    size_t shared_size;
    uint64_t shared_number;
    enum mailroom_end end;
    const char *text;
    uint64_t session; /* of PATHS, and of a TASK: whose it is, by the broker's number; 0: not said */
    uint64_t ordinal; /* of a TASK: how many came before it. Below `tasks` of mailroom_worker_counts: it was
                       * here when that was asked */
};

/* The next item for the loop, which is the caller's until mailroom_item_free. timeout: ms, 0: what is there
 * now, below 0: for ever. MAILROOM_ETIMEDOUT: the time is over, and `*item` is NULL.
 *
 * A task is given only while the loop waits for one: see mailroom_worker_waiting. All else is given at any
 * time, in the order in which it came; what concerns a task comes behind it. */
MAILROOM_API int mailroom_worker_next(struct mailroom_worker *worker, int timeout,
                                      struct mailroom_item **item);

/* NULL is ignored. May be called after the worker was destroyed. */
MAILROOM_API void mailroom_item_free(struct mailroom_item *item);

/* -- what the loop is doing */

/* The loop has nothing that it could run now: one task, at the most, may be given from now on. A loop that
 * says it again before one was given has said it once. */
MAILROOM_API int mailroom_worker_waiting(struct mailroom_worker *worker);

/* The loop runs something again, though no task was given: a result has woken the task `running` (NULL: not
 * known which). No task is given until it waits again. To be called at each step of a task that was
 * suspended, or when the loop is seen to be awake. */
MAILROOM_API int mailroom_worker_awake(struct mailroom_worker *worker,
                                       const struct mailroom_address *running);

/* -- what the loop says. Nothing here waits. MAILROOM_ESTATE: no shim has given this worker its id yet;
 * MAILROOM_ELOST: the line is over; MAILROOM_ETOOLARGE: a body is larger than the shim accepts. */

/* The task is done. Where its client, or the broker's page, wants to know what it took, the library says so:
 * the time since the loop was given it, the CPU time of this process and of children that it waited for, and
 * the most memory that this process had (its resident set). Of the time in which the loop waits (..._waiting
 * until ..._awake) CPU time and memory are left out. */
MAILROOM_API int mailroom_worker_result(struct mailroom_worker *worker, const struct mailroom_address *task,
                                        const struct mailroom_body *body);

/* The same where not this process has run it, but a program that it started, say: what that took. Where
 * nobody has asked for a task's times it is not looked at. */
struct mailroom_used {
    size_t size;     /* sizeof(struct mailroom_used) */
    uint64_t cpu;    /* us of processors */
    uint64_t memory; /* bytes at most; 0: not known */
};
MAILROOM_API int mailroom_worker_result_used(struct mailroom_worker *worker,
                                             const struct mailroom_address *task,
                                             const struct mailroom_body *body,
                                             const struct mailroom_used *used);

/* The task is done, and its result went to its parent on this very worker: nobody else need have it. */
MAILROOM_API int mailroom_worker_update(struct mailroom_worker *worker, const struct mailroom_address *task);

/* The task raised: its root, which is its first breadcrumb or itself, fails with `text`. The body may be
 * empty. */
MAILROOM_API int mailroom_worker_fail(struct mailroom_worker *worker, const struct mailroom_address *task,
                                      const struct mailroom_address *root, struct mailroom_span text,
                                      const struct mailroom_body *body);

/* The same of what a program took, see ..._result_used. */
MAILROOM_API int mailroom_worker_fail_used(struct mailroom_worker *worker,
                                           const struct mailroom_address *task,
                                           const struct mailroom_address *root, struct mailroom_span text,
                                           const struct mailroom_body *body,
                                           const struct mailroom_used *used);

/* A child: its address names this worker, a mailbox that no other child ever had, and a slot. */
struct mailroom_child {
    struct mailroom_work task; /* attempt and flags are left out */
    struct mailroom_body body;
};

/* Children of a running task, whose bodies are `shared` (NULL: nothing) and then their own; results come as
 * MAILROOM_ITEM_RESULT, and they themselves may come as tasks. They are cut into messages below the limits of
 * a batch. All or none: MAILROOM_WORKER_TOO_LARGE says which is above a limit. */
MAILROOM_API int mailroom_worker_submit(struct mailroom_worker *worker, const struct mailroom_body *shared,
                                        const struct mailroom_child *children, size_t count);

/* The task goes back, as if it had not begun: it is given out again, and no attempt is counted. `text` says
 * why to people. */
MAILROOM_API int mailroom_worker_return(struct mailroom_worker *worker, const struct mailroom_address *task,
                                        const char *text);

/* Children that are wanted no more, all below one root. Those of a millisecond leave together. */
MAILROOM_API int mailroom_worker_cancel(struct mailroom_worker *worker, const struct mailroom_address *root,
                                        const struct mailroom_address *children, size_t count);

/* A message to children. */
MAILROOM_API int mailroom_worker_message(struct mailroom_worker *worker,
                                         const struct mailroom_address *children, size_t count,
                                         const struct mailroom_body *body);

/* A log record of a task: `level` as Python's logging has it, `text` the finished line. */
MAILROOM_API int mailroom_worker_log(struct mailroom_worker *worker, const struct mailroom_address *task,
                                     const struct mailroom_address *root, uint32_t level,
                                     struct mailroom_span logger, struct mailroom_span text,
                                     const struct mailroom_body *body);

/* This worker ends, `text` says why to people. Waits until all that was said is on its way, at most `timeout`
 * ms: MAILROOM_ETIMEDOUT; and a second at most until the shim has read it. Nothing can be said afterwards. */
MAILROOM_API int mailroom_worker_leave(struct mailroom_worker *worker, const char *text, int timeout);

/* How things are, for tests and for the curious. */
struct mailroom_worker_counts {
    size_t size;           /* sizeof(struct mailroom_worker_counts), to be set by the caller */
    uint64_t tasks, given; /* that came, and that the loop was given */
    uint64_t ahead;        /* that wait here now */
    uint64_t wanted_ahead; /* as many as the last ones' durations suggest */
    uint64_t returned;     /* given back unbegun */
    uint64_t max_body;     /* bytes of a result that the shim accepts; 0 before the handshake */
    uint64_t results;      /* and in how many messages they left */
    uint64_t result_messages;
    uint64_t task_ns; /* how long a task takes, by the last ones */
};
MAILROOM_API int mailroom_worker_counts(struct mailroom_worker *worker,
                                        struct mailroom_worker_counts *counts);

#ifdef __cplusplus
}
#endif

#endif
