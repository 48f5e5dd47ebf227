/* boss: what the broker and the shim do alike, as the boss of employees: take tasks in, queue them, give them
 * out by credit, pass results, messages and cancels to the employees concerned, and know which tasks a lost
 * employee had. What a finished or failed task means to whoever wanted it is the core's own. */
#ifndef MAILROOM_BOSS_H
#define MAILROOM_BOSS_H

#include "common/boss/queue.h"
#include "common/boss/roster.h"
#include "common/link/post.h"
#include "common/wire/batch.h"

enum {
    RUN_MOST =
        64, /* tasks that go to one employee before the next one is looked at, when the queue is deep */
    MAX_PATHS = 4096,          /* import paths that are kept, */
    MAX_PATH = 4096,           /* bytes of one, */
    MAX_PATHS_BYTES = 1 << 20, /* and of all: they go out in one CONNECT */
    MAX_LOST = 65536           /* ranges of lost ids that have no lost neighbour */
};

enum { LEVEL_WARNING = 30 /* of a LOG, as Python's logging has it */, TELL_LOGS = 1000 /* ms */ };

struct boss {
    struct post post;
    struct ledger ledger;
    struct queue queue;
    struct roster roster;
    struct runtimes runtimes;
    char **paths; /* import paths, in the order they came, each once */
    uint32_t path_count, path_capacity;
    size_t path_bytes;
    struct index by_path;
    struct builder list;            /* scratch for lists of addresses, texts and ranges */
    uint32_t max_attempts;          /* how often a task may be lost through what may be its own fault, */
    uint32_t max_losses;            /* and how often in all */
    uint64_t max_breadcrumbs;       /* how deep tasks may be nested */
    uint64_t max_ids;               /* worker ids that one employee may have */
    uint64_t max_logs;              /* log records a second of one quota */
    uint64_t discarded, misbehaved; /* counters: late mail; peers that broke protocol */
    uint64_t requeued;              /* tasks that were lost, and given out again */
    uint32_t looks;                 /* how often tasks were looked for that are an employee's own */
    uint64_t memory;                /* bytes of the process, as the edge last said */

    /* of the step that is being done */
    struct outbox *outbox;
    uint64_t now;
    enum error_code complaint; /* with MISBEHAVED: what was wrong */
    char complaint_text[160];
    char unfit_text[240]; /* why a task can be given to nobody */
    char *text;           /* scratch, owned */
};

/* What a handler says of a message; one place acts on it. */
enum verdict {
    HANDLED,
    DISCARDED,  /* late mail for something that is cancelled or gone: counted */
    MISBEHAVED, /* this peer broke protocol: it gets an ERROR and is dropped, it alone; see boss_complain */
};

/* MISBEHAVED, and why: a text that names the message and the field. */
enum verdict boss_complain(struct boss *boss, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a kind that `who` ("a client") may not send. */
enum verdict boss_complain_kind(struct boss *boss, unsigned kind, const char *who);

void boss_init(struct boss *boss, const struct post_config *config, const char *const *lines,
               size_t line_count, uint64_t now);
void boss_free(struct boss *boss);

/* Opens a message of tasks or results; false: its lengths do not add up to its body, which is complained of.
 */
bool boss_open_batch(struct boss *boss, struct batch *batch, const struct message *message,
                     const struct slice *body);

/* A new employee for a peer; peer->owner points to it. */
struct employee *boss_hire(struct boss *boss, struct peer *peer);

/* A manager has shaken hands, on a line or by dialling in. False: it was refused, since its process is served
 * on a line already. Else `*old` is the employee that its process was on a link before, which is to be
 * dismissed as lost, or NULL. */
bool boss_meet_manager(struct boss *boss, struct peer *peer, struct employee **old);

/* Then: welcomes it where it dialled in, and hires it. */
struct employee *boss_hire_manager(struct boss *boss, struct peer *peer);

/* Gives it ids if the pool has as many as it wants, in CONNECT, with the import paths the first time; false:
 * the pool has not, it waits. */
bool boss_give_ids(struct boss *boss, struct employee *employee);

/* STARTED and WAITING of an employee. */
enum verdict boss_started(struct boss *boss, struct employee *employee, const struct message *message);
enum verdict boss_waiting(struct boss *boss, struct employee *employee, const struct message *message);

/* IDS: it wants more; boss_give_ids gives them. Where these would be more than one may have it is told so,
 * and gets none. */
enum verdict boss_ids(struct boss *boss, struct employee *employee, const struct message *message);

/* What a peer's task begins with: in `*share`, NO_SHARE: with nothing else. False: it names a part that there
 * is not, which is complained of. */
bool boss_find_share(struct boss *boss, const struct peer *peer, const struct task_header *header,
                     uint32_t *share);

/* SHARE of a peer, and UNSHARE; see post_share_open. */
enum verdict boss_share(struct boss *boss, struct peer *peer, const struct message *message,
                        const struct slice *body, uint64_t *charge, bool refused);
enum verdict boss_unshare(struct boss *boss, struct peer *peer, const struct message *message);

/* Takes a task into the ledger and the queue; takes over `body`, which `share` stands before. Its number, or
 * NO_RECORD when it names one runtime too many. Its past attempts, if any, count as its own fault, but for
 * the last one. */
uint32_t boss_accept(struct boss *boss, const struct task_header *header, uint32_t share, struct slice body,
                     uint32_t flow, uint32_t owner);

/* How large the whole body of a task is, with the part that it begins with. */
size_t boss_body_size(const struct boss *boss, uint32_t share, size_t size);

/* Queues a queued task for another runtime, which somebody here has. */
void boss_change_runtime(struct boss *boss, uint32_t number, struct span runtime);

/* Whether a child is nested deeper than may be; `*text` says so, and is valid until the next call. */
bool boss_is_too_deep(struct boss *boss, const struct task_header *header, struct span *text);

/* Whether a manager that joins asks for more ids than one may have; it is told so, and dismissed. */
bool boss_refuse_ids(struct boss *boss, struct employee *employee);

/* Takes a task out of queue or hands and forgets it. */
void boss_forget(struct boss *boss, uint32_t task);

/* Gives out queued tasks as far as credit goes. Returns NO_RECORD, or a task, out of the queue, that can't be
 * given out, for `*why`: the core fails it, forgets it and calls again. */
uint32_t boss_schedule(struct boss *boss, const char **why);

/* Whether `employee` holds this task; its number in `*task`. */
bool boss_holds(const struct boss *boss, const struct employee *employee, const struct address *address,
                uint32_t *task);

/* Whether a task is an employee's own, NULL: anybody's here: it descends from a task that runs below it. */
bool boss_is_own(const struct boss *boss, const struct employee *employee, const struct task *task);

/* Counts a task to its root, and its root to all here whose own it is: with one of these it goes. */
void boss_join_root(struct boss *boss, uint32_t task, uint32_t root);

/* A task is queued again: those whose own it is may get it. */
void boss_note_own(struct boss *boss, uint32_t task);

/* A queued task that is the employee's own, and of which it has the runtime; NO_RECORD: there is none.
 * O(tasks of the roots of what it holds), but only after there may have come one. */
uint32_t boss_find_own(struct boss *boss, struct employee *employee);

/* Whether all of these are children of the employee's workers: their return addresses are its. */
bool boss_has_children(const struct boss *boss, const struct employee *employee, struct list addresses);

/* Whether the employee with the parent of a child accepts a result of `size` bytes; also true when there is
 * none. */
bool boss_accepts_result(const struct boss *boss, const struct result_header *result, size_t size);

/* Sends a task to an employee or to the boss above, and behind it the messages that were sent to it so far.
 */
void boss_send_task(struct boss *boss, struct peer *peer, const struct task *task);

/* Tells an employee that these tasks of one root are cancelled; nothing where it is gone. */
void boss_send_cancel(struct boss *boss, const struct employee *employee, const struct address *root,
                      struct list addresses);

/* Passes a result to the employee that manages the parent's worker; takes over `body`; false: there is none.
 */
bool boss_send_result_down(struct boss *boss, const struct result_header *result, struct slice body);

/* Cancels tasks of one root with all their descendants here: what is queued is dropped, holders are told.
 * They are noted, so that what comes late is known. The addresses are borrowed. Tasks of the root that are
 * neither cancelled nor descend stay. */
void boss_cancel(struct boss *boss, const struct address *root, struct list addresses);

/* Ends a root that has begun here: its tasks here are cancelled, and the managers that had part of it are
 * told, but for `but` (may be NULL) where it holds nothing of it. */
void boss_end_root(struct boss *boss, uint32_t root, const struct employee *but);

/* Passes a message on to the employees that hold the named tasks, and keeps it for when they are given out
 * (again); what is not here is appended to `elsewhere` (may be NULL: there is nobody else), and what came
 * from above is too: the boss keeps its messages, and they must not overtake those that went that way before
 * it came. Borrows `body`. */
void boss_communicate(struct boss *boss, struct list addresses, const struct slice *body,
                      struct builder *elsewhere);

/* Keeps import paths and passes the new ones to all employees (BQSKit's handle_importpath). What is beyond a
 * bound is not kept, with a word in the log. */
void boss_import_paths(struct boss *boss, struct list paths);

/* A new boss above has its own roots, ids and import paths: forgets those of the old one. There must be no
 * task left, and no employee that has ids. */
void boss_forget_old(struct boss *boss);

/* What COUNTS says of any boss, appended to `counts`: employees, workers, tasks, memory, and how many
 * employees have each runtime. */
void boss_counts(const struct boss *boss, struct builder *counts);

/* boss_logs.c: sends a log record on, where the quota and the peer's link have room for it; takes over
 * `body`. False: it is left out and counted, and boss_tell_logs is to be called TELL_LOGS later, since there
 * may be more. */
bool boss_send_log(struct boss *boss, struct log_quota *quota, struct peer *peer, const struct message *log,
                   struct slice body);

/* Tells the peer by LOGs about this task how many were left out and by which settings; false: it has no room
 * for that now either. */
bool boss_tell_logs(struct boss *boss, struct log_quota *quota, struct peer *peer, const struct address *task,
                    const struct address *root);

/* Tells every employee that this process ends, and why (text): workers end too, and managers where `below`. A
 * manager that should and is not connected cannot be told, which is logged. */
void boss_end(struct boss *boss, bool below, const char *why);

/* boss_loss.c: what happens when workers and managers are lost, or give tasks back. DESIGN: a lost employee
 * is contained. */

/* The workers of these ranges are gone, below `through` (NULL: anywhere). They are noted; the tasks here that
 * descend from what ran on them, orphans, are forgotten, and their holders told to cancel them; the other
 * managers here are told of the loss. */
void boss_workers_lost(struct boss *boss, const struct employee *through, struct list ranges);

/* Whether a task's return address or an ancestor names a lost worker. */
bool boss_is_orphan(const struct boss *boss, const struct task_header *header);

/* Whether a task of a root that is here is to be taken: nobody has cancelled it, its parents are not lost,
 * and it is not here already. */
bool boss_wants(const struct boss *boss, uint32_t root, const struct task_header *header);

/* The same of a child that an employee sends: some of the root has been there, too. */
bool boss_wants_child(const struct boss *boss, const struct employee *employee, uint32_t root,
                      const struct task_header *header);

/* Whether all ids of the ranges are the employee's, and there is room to note that they are lost. */
bool boss_owns(const struct boss *boss, const struct employee *employee, struct list ranges);

/* Whether an ERROR counts: the employee holds the task that it names as `within`, which is of the root that
 * it names. That task in `*task` (may be NULL). */
bool boss_error_counts(const struct boss *boss, const struct employee *employee,
                       const struct message *message, uint32_t *task);

enum taken {
    TAKEN_AGAIN,     /* it is queued again */
    TAKEN_BACK,      /* it is in nobody's hands, and the boss's above to decide on: RETURN and forget it */
    TAKEN_TOO_OFTEN, /* the same, and it was lost too often: its root fails, for boss_losses() */
};

/* Takes a task from the employee that holds it; `text` says where and how it was lost, `flow` where it queues
 * again. */
enum taken boss_take_back(struct boss *boss, uint32_t task, enum return_reason reason, struct span text,
                          uint32_t flow);

/* Why a task is given up, for its client: what it went through. In boss->text, valid until the next call. */
struct span boss_losses(struct boss *boss, uint32_t task);

/* The LOG for a task's client that it is given out again, for it was lost as `text` says. It is in
 * boss->text, too. */
void boss_log_loss(struct boss *boss, const struct task *task, struct span text, struct message *log);

/* The employee is gone, with all that ran below it: boss_workers_lost of its ids, which are appended to
 * `ranges`. What it holds is for the core to take back. */
void boss_lose(struct boss *boss, struct employee *employee, struct builder *ranges);

/* Asks employees that have tasks queued for some of them where workers are idle: `idle` of them (0: those of
 * this boss that nothing here is queued for), with the runtimes of `mask`. */
void boss_recall(struct boss *boss, uint64_t idle, uint32_t mask);

/* The employee is gone; it must hold nothing any more. Its peer is ended. */
void boss_dismiss(struct boss *boss, struct employee *employee, bool redial);

#endif
