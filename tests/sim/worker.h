/* worker: a simulated worker: BQSKit's Worker (bqskit/runtime/worker.py) and what stands between it and the
 * wire in the Python package (clients/python/src/mailroom/worker/conn.py), without a process, a socket or a
 * clock. It reads messages of its boss, runs programs, and says what a real one would say.
 *
 * It is also a judge: what would make the real one go deaf, run a task twice or wait for ever is a fault. */
#ifndef SIM_WORKER_H
#define SIM_WORKER_H

#include "tests/sim/program.h"

enum { WORKER_OWNED = PROGRAM_FUTURES };

/* A task that was started (RuntimeTask with a coroutine), or that waits to be. */
struct sim_task {
    struct sim_task *next;
    struct address address;
    uint64_t comp_task_id;
    struct address crumbs[MAX_BREADCRUMBS];
    unsigned crumb_count;
    char runtime[MAX_RUNTIME + 1];
    uint32_t attempt;
    uint8_t priority;
    struct spec spec;
    struct program program;
    unsigned at; /* the op that comes next */
    uint64_t value, sum;
    unsigned came;                   /* of the children that OP_NEXT waits for */
    uint64_t boxes[PROGRAM_FUTURES]; /* mailbox of each future */
    uint64_t owned[WORKER_OWNED];    /* owned_mailboxes */
    unsigned owned_count;
    bool waits, wake_on_next; /* for `desired`; desired_box_id, wake_on_next */
    uint64_t desired;
    uint64_t messages; /* that came for it */
    bool listed;       /* in _tasks */
};

/* WorkerMailbox. */
struct sim_box {
    struct sim_box *next;
    uint64_t id;
    struct op spawn;
    uint64_t said; /* messages to its tasks */
    uint32_t expected, came;
    uint64_t *values;
    bool *there, *own; /* its result; it ran here */
    uint32_t *fresh;
    uint32_t fresh_count;
    bool has_dest;
    struct address dest;
};

struct sim_addresses {
    struct address *items;
    uint32_t first, count, capacity;
};

/* A shared part that the boss has sent. */
struct sim_part {
    struct sim_part *next;
    uint64_t number;
    struct slice content; /* owned */
};

struct sim_worker {
    uint32_t id;
    uint32_t number;          /* which its log records give: no other one has it, */
    uint32_t logged;          /* with how many there were before */
    struct sim_task *tasks;   /* _tasks and delayed ones */
    struct sim_task *delayed; /* the newest first */
    struct sim_task *active;
    struct sim_box *boxes;
    struct sim_addresses ready;     /* _ready_task_ids: first in, first out */
    struct sim_addresses cancelled; /* for ever */
    struct sim_addresses cancels;   /* said, not sent yet */
    uint64_t next_box;
    uint64_t handed, receipt; /* numbers of submits: the last one that the loop got, the last it has read */
    uint64_t returned;        /* the number of the last submit that went back */
    bool waiting;             /* WAITING was sent, and nothing is known to have woken the loop since */
    bool dead;                /* it killed itself */
    uint64_t max_body;        /* that it takes, 0: any */
    uint64_t finished;        /* tasks that came to their end here */
    bool shares;              /* it takes shared parts, and sends some itself: */
    uint64_t parts_sent;      /* so many */
    struct sim_part *parts;   /* those that it has */

    void *owner;
    void (*say)(void *owner, const struct message *message, struct slice body); /* takes over `body` */
    void (*fault)(void *owner, const char *text, const struct address *address);
};

/* Frees what it holds. A new one is zeros; `id`, `owner` and the functions are the caller's to set. */
void sim_worker_free(struct sim_worker *worker);

/* One message of its boss, with its whole body; borrowed. */
void sim_worker_read(struct sim_worker *worker, const struct message *message, const struct slice *body);

/* Runs until a task computes: true, and after `*ms` it is to be called again; or until nothing is ready:
 * false. */
bool sim_worker_run(struct sim_worker *worker, uint32_t *ms);

/* Nothing is ready, delayed or active: the loop rests. */
bool sim_worker_rests(const struct sim_worker *worker);

/* worker_tasks.c, for worker.c */
void sim_addresses_add(struct sim_addresses *list, const struct address *address);
bool sim_addresses_has(const struct sim_addresses *list, const struct address *address);
struct sim_task *sim_task_new(const struct task_header *header, const struct slice *body);
void sim_tasks_free(struct sim_task *tasks); /* all of a chain */
bool sim_task_descends(const struct sim_task *task, const struct address *address);
struct sim_task *sim_worker_task(const struct sim_worker *worker, const struct address *address);
struct sim_box *sim_worker_box(const struct sim_worker *worker, uint64_t id);
struct sim_box *sim_box_new(struct sim_worker *worker, const struct op *spawn);
void sim_box_drop(struct sim_worker *worker, uint64_t id);
void sim_task_unlist(struct sim_worker *worker, struct sim_task *task);

/* worker_parts.c: a task's whole body, with the part that it names before it; one reference, the caller's. */
struct slice sim_whole_body(struct sim_worker *worker, const struct task_header *header,
                            const struct slice *piece);

/* SHARE and UNSHARE. */
void sim_read_share(struct sim_worker *worker, const struct message *message, const struct slice *body);
void sim_read_unshare(struct sim_worker *worker, uint64_t number);
void sim_parts_free(struct sim_worker *worker);

/* worker_say.c: what it says */
struct address sim_task_root(const struct sim_task *task);
void sim_say_started(struct sim_worker *worker, const char *const *runtimes);
void sim_say_waiting(struct sim_worker *worker, uint32_t idle);
void sim_say_children(struct sim_worker *worker, const struct sim_task *task, const struct op *op,
                      uint64_t box);
void sim_say_end(struct sim_worker *worker, const struct sim_task *task);
void sim_say_error(struct sim_worker *worker, const struct sim_task *task, const char *text);
void sim_say_log(struct sim_worker *worker, const struct sim_task *task);
void sim_say_communicate(struct sim_worker *worker, const struct sim_task *task, const struct sim_box *box,
                         uint64_t number);
/* Gives back what nobody has begun. */
void sim_say_return(struct sim_worker *worker, const struct sim_task *tasks);
void sim_say_cancel(struct sim_worker *worker, const struct sim_task *task, const struct address *address);
void sim_flush_cancels(struct sim_worker *worker);

/* worker_step.c: one step of a task, BQSKit's _try_step_next_ready_task. */
bool sim_step(struct sim_worker *worker, uint32_t *ms);
/* A result comes, or the task was run here (`own`). */
void sim_deposit(struct sim_worker *worker, const struct address *address, const struct slice *body,
                 bool own);

#endif
