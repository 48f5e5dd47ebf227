/* ledger: the tasks that this node answers for, and the roots they belong to. One record for each task from
 * when it comes in until it is done, failed or cancelled.
 *
 * A task is found by its address. Of a root that has begun here there is a record of its own: which tasks of
 * it live here, which employees have had part of it, and which of its sub-tasks were cancelled, so that late
 * mail for them is known as such. When a root ends, all of that goes with it. */
#ifndef MAILROOM_LEDGER_H
#define MAILROOM_LEDGER_H

#include "common/base/blob.h"
#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/boss/task_names.h"
#include "common/link/share.h"
#include "common/wire/message.h"

/* What has happened to a task so far that it must be told, or its client, when it is given out again. */
struct task_past {
    uint8_t attempt;        /* how often it was lost, */
    uint8_t blamed;         /* and how often it may have been its own fault */
    struct slice *messages; /* COMMUNICATE bodies, in their order */
    uint32_t message_count;
    size_t message_bytes;
    bool too_many; /* there were more than can be kept: it can't be given out (again) */
    char *losses;  /* a line for each time that it was lost, or NULL */
};

/* What of a task is not always there: ancestors, name, shared part, meta, past. NULL where a task has none of
 * it. */
struct task_tail {
    union {
        struct task_past *past;  /* or NULL */
        struct task_tail *spare; /* the next one that is not in use */
    };
    uint32_t name;  /* a number of the ledger's names, or NO_NAME */
    uint32_t share; /* of the post office: what its body begins with, or NO_SHARE */
    uint32_t meta_size;
    uint16_t breadcrumbs_size;
    uint8_t breadcrumbs_count;
    uint8_t bytes[]; /* breadcrumbs as encoded, meta */
};

struct task {
    struct address address;
    struct blob *body; /* or NULL */
    struct task_tail *tail;
    uint32_t root; /* number of its root's record, NO_RECORD: not begun */
    union {
        uint32_t owner;   /* the broker's: its job */
        uint32_t ordinal; /* a shim's, while a worker holds it: how many that was given before */
    };
    union {
        uint32_t flow;   /* while it is queued: whose share of the employees it uses, see queue.h */
        uint32_t holder; /* else: the employee that has it, or NO_RECORD; see ledger_holder */
    };
    uint32_t next, previous; /* in its lane while queued, in its holder's list while held */
    uint32_t root_next, root_previous;
    uint8_t priority, depth;
    uint8_t runtime : 6; /* a number of the node's table */
    bool queued : 1;
    bool from_above : 1; /* a boss above has it in its ledger: when it is lost, it is that one's to decide on
                          */
    bool aside : 1;      /* queued, and set aside: see queue.h */
};

struct root {
    struct address address;
    uint32_t tasks; /* the first of its tasks that live here, chained by root_next */
    uint32_t task_count;
    bool surplus;           /* a shim: some task of it was sent up */
    bool revoked;           /* a holder was told to cancel a task of it */
    uint32_t looked;        /* when its tasks were last looked through, see boss_own.c */
    uint64_t touched;       /* a bit for each of the first 64 employees: whether it had part of it */
    uint64_t *touched_more; /* the same for the others */
    uint32_t touched_words; /* of touched_more */
    uint32_t cancelled;     /* the first of its cancelled sub-tasks, chained by cancelled.next */
};

enum { TAIL_CLASSES = 4 };

struct cancelled {
    struct address address;
    uint32_t root, next;
};

struct ledger {
    uint64_t seed;
    struct slab tasks, roots, cancelled;
    struct index by_address, by_root, by_cancelled;
    struct task_names names; /* of tasks, and of what had them */
    struct {
        struct task_tail *spare; /* those that are not in use */
        uint8_t **chunks;        /* where all of them are, owned */
        uint32_t chunk_count;
    } tails[TAIL_CLASSES]; /* small ones, by size; larger ones are malloc's */
};

void ledger_init(struct ledger *ledger, uint64_t seed);
void ledger_free(struct ledger *ledger);

/* A new task from its header; takes over `body`. The caller sees to it that the address is not there yet. Its
 * runtime is the number in the node's table. */
uint32_t ledger_add(struct ledger *ledger, const struct task_header *header, struct slice body,
                    unsigned runtime);

/* Forgets a task: it must be in no queue and no holder's list. Its root stays. */
void ledger_remove(struct ledger *ledger, uint32_t number);

static inline struct task *ledger_task(const struct ledger *ledger, uint32_t number)
{
    return slab_at(&ledger->tasks, number);
}

/* The task with this address, or NO_RECORD. */
uint32_t ledger_find(const struct ledger *ledger, const struct address *address);

/* The address of a task's root: the first breadcrumb, or its own. */
struct address ledger_root_address(const struct task *task);

/* The same of a header. */
struct address ledger_root_of_header(const struct task_header *header);

/* Its body as a borrowed slice. */
static inline struct slice ledger_body(const struct task *task)
{
    return (struct slice){task->body, 0, task->body ? task->body->size : 0};
}

/* The employee that has it, NO_RECORD: nobody. */
static inline uint32_t ledger_holder(const struct task *task)
{
    return task->queued ? NO_RECORD : task->holder;
}

/* The header of a task, to send it; borrows from the task and the ledger. */
void ledger_header(const struct ledger *ledger, const struct task *task, const char *runtime,
                   struct task_header *header);

/* A task's ancestors, borrowed. */
struct list ledger_breadcrumbs(const struct task *task);

/* Its name's number in ledger->names, or NO_NAME; the name itself, which may be empty, borrowed. */
static inline uint32_t ledger_name_number(const struct task *task)
{
    return task->tail ? task->tail->name : NO_NAME;
}

/* What its body begins with, or NO_SHARE. The ledger only notes it: who adds and removes tasks counts its
 * uses. */
static inline uint32_t ledger_share(const struct task *task)
{
    return task->tail ? task->tail->share : NO_SHARE;
}
void ledger_set_share(struct ledger *ledger, struct task *task, uint32_t share);

static inline struct span ledger_name(const struct ledger *ledger, const struct task *task)
{
    return task_names_text(&ledger->names, ledger_name_number(task));
}

/* Keeps a message for a task, to be sent whenever it is given out; takes over `message`. When there are too
 * many, none is kept and the task's past says so. */
void ledger_keep_message(struct ledger *ledger, struct task *task, struct slice message);

/* The task was lost `attempt` times before it came here, `blamed` of them through its own fault. */
void ledger_set_attempts(struct ledger *ledger, struct task *task, uint32_t attempt, uint32_t blamed);

/* The task was lost: counts, and notes where and how. */
void ledger_note_loss(struct ledger *ledger, struct task *task, struct span text, bool blame);

/* Its past, NULL: there is none. */
static inline struct task_past *ledger_past(const struct task *task)
{
    return task->tail ? task->tail->past : NULL;
}

/* How often it was lost. */
static inline uint32_t ledger_attempts(const struct task *task)
{
    return ledger_past(task) ? ledger_past(task)->attempt : 0;
}

/* The record of a root, or NO_RECORD. */
uint32_t ledger_find_root(const struct ledger *ledger, const struct address *address);

/* The same, made where it is not there yet. */
uint32_t ledger_begin_root(struct ledger *ledger, const struct address *address);

static inline struct root *ledger_root(const struct ledger *ledger, uint32_t number)
{
    return slab_at(&ledger->roots, number);
}

/* Counts a task to its root. */
void ledger_join_root(struct ledger *ledger, uint32_t task, uint32_t root);

/* Forgets a root that has no tasks left; all of them. */
void ledger_end_root(struct ledger *ledger, uint32_t number);
void ledger_end_all_roots(struct ledger *ledger);

/* Notes that an employee has had part of it, or that it has not; gives the next one from `*employee` on that
 * had, false at the end. */
void ledger_touch(struct root *root, uint32_t employee);
void ledger_untouch(struct root *root, uint32_t employee);
bool ledger_next_touched(const struct root *root, uint32_t *employee);

/* Whether it has had part of the root. */
bool ledger_has_touched(const struct root *root, uint32_t employee);

/* Forgets an employee that is gone: its number will be another one's. O(roots). */
void ledger_untouch_all(struct ledger *ledger, uint32_t employee);

/* Notes that a sub-task of a root is cancelled; asks whether a task of that root is one, or descends from
 * one. */
void ledger_note_cancelled(struct ledger *ledger, uint32_t root, const struct address *address);
bool ledger_is_cancelled(const struct ledger *ledger, uint32_t root, const struct task_header *header);

/* The same of a task here. */
bool ledger_is_task_cancelled(const struct ledger *ledger, const struct task *task);

/* Whether any live root has this sub-task noted as cancelled: for a result from above, which does not name
 * its root. */
bool ledger_knows_cancelled(const struct ledger *ledger, const struct address *address);

#endif
