/* ledger: the tasks that this node answers for, and the roots they belong to. One record for each task from
 * when it comes in until it is done, failed or cancelled.
 *
 * A task is found by its address; a client's, which nobody but its job knows before it is given out, from
 * then on only: a queue of a million takes no places in the index. Of a root that has begun here there is a
 * record of its own: which tasks of it live here, which employees have had part of it, and which of its
 * sub-tasks were cancelled, so that late mail for them is known as such. When a root ends, all of that goes
 * with it. */
#ifndef MAILROOM_LEDGER_H
#define MAILROOM_LEDGER_H

#include "common/base/account.h"
#include "common/base/blob.h"
#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/boss/task_names.h"
#include "common/link/share.h"
#include "common/wire/batch.h"
#include "common/wire/message.h"

/* What has happened to a task so far that it must be told, or its client, when it is given out again. */
struct task_past {
    uint8_t attempt;        /* how often it was lost, */
    uint8_t blamed;         /* and how often it may have been its own fault */
    struct slice *messages; /* COMMUNICATE bodies, in their order */
    uint32_t message_count;
    size_t message_bytes;
    size_t message_cost; /* what they cost in an account */
    size_t losses_size;
    bool too_many; /* there were more than can be kept: it can't be given out (again) */
    char *losses;  /* a line for each time that it was lost, or NULL */
};

/* What of a task is not always there: ancestors, name, shared part, meta, past. NULL where a task has none of
 * it. Tasks that have the same share it, but for a past, which makes it a task's own. */
enum { META_BITS = 18, CRUMBS_BITS = 14 };
#define MOST_IN(bits) ((1u << (bits)) - 1)

struct task_tail {
    struct task_past *past; /* or NULL */
    uint32_t number;        /* its own, among those of its size */
    uint32_t name;          /* a number of the ledger's names, or NO_NAME */
    uint32_t share;         /* of the post office: what its body begins with, or NO_SHARE */
    uint32_t meta_size : META_BITS;
    uint32_t breadcrumbs_size : CRUMBS_BITS;
    uint32_t uses : 24; /* by tasks */
    uint32_t breadcrumbs_count : 8;
    uint32_t cost;   /* in an account, of all this but its past and its own record */
    uint8_t bytes[]; /* breadcrumbs as encoded, meta */
};

struct task {
    struct address address;
    struct blob *body; /* or NULL */
    struct task_tail *tail;
    union {
        uint32_t owner;   /* the broker's: its job */
        uint32_t ordinal; /* a shim's, while a worker holds it: how many that was given before */
    };
    union {
        uint32_t flow;   /* while it is queued: whose share of the employees it uses, see queue.h */
        uint32_t holder; /* else: the employee that has it, or NO_RECORD; see ledger_holder */
    };
    uint32_t next, previous; /* in its lane while queued, in its holder's list while held; queued `again`:
                                previous is its place among those of its lane */
    union {
        uint32_t kin;        /* where it has `joined` its root's record: number of its struct kin */
        uint32_t begun_flow; /* else, of a root that was given out: whose it is, see boss_root.c */
    };
    uint8_t priority, depth;
    uint8_t runtime : 6; /* a number of the node's table */
    bool queued : 1;
    bool from_above : 1; /* a boss above has it in its ledger: when it is lost, it is that one's to decide on
                          */
    bool aside : 1;      /* queued, and set aside: see queue.h */
    bool timed : 1;      /* who runs it says what it took, and its times are noted: boss_times.c */
    bool live : 1;       /* false: the record is free */
    bool listed : 1;     /* it is found by its address */
    bool traced : 1;     /* the broker's: its manager has told what became of it, see trace.h */
    bool written : 1;    /* a child that is in the journal */
    bool again : 1;      /* it was given out, and handed back: see queue_put_back */
    bool joined : 1;     /* its root has a record, which counts it: most are their own root, without one */
};

_Static_assert(sizeof(struct task) == 56, "memory per task: think twice");

/* A task as one of its root's. */
struct kin {
    uint32_t root;           /* number of its record */
    uint32_t next, previous; /* tasks of the same root */
};

/* A bit for each employee from 64 * from on. */
struct touched {
    uint32_t from, words;
    uint64_t bits[];
};

struct root {
    struct address address;
    struct account *account; /* borrowed: where its tasks are counted, or NULL */
    uint64_t session;        /* whose it is, by the broker's number; 0: not known */
    uint32_t tasks;          /* the first of its tasks that live here, chained by ledger_next_of_root */
    uint32_t task_count;
    uint32_t sweep;      /* the next of its tasks to be looked at by boss_sweep.c, NO_RECORD: none, */
    uint32_t look;       /* and by boss_own.c, */
    uint32_t searched;   /* in the search of this number */
    uint32_t next_swept; /* where it is `swept` */
    bool swept : 1;      /* it stands in the list of those that boss_sweep.c looks at */
    bool live : 1;       /* false: the record is free */
    bool over : 1;       /* it has ended: nobody finds it, nor its tasks */
    bool surplus : 1;    /* a shim: some task of it was sent up */
    bool revoked : 1;    /* a holder was told to cancel a task of it */
    uint32_t cancelled;  /* the first of its cancelled sub-tasks, chained by cancelled.next, */
    uint32_t raised;     /* and of those of its tasks' children that were sent up */
    uint64_t touched;    /* a bit for each of the first 64 employees: whether it had part of it */
    struct touched *touched_more; /* the same for others, NULL: for none */
};

/* For an index by addresses. `seed`: of that index. */
static inline uint32_t address_hash(uint64_t seed, const struct address *address)
{
    return index_hash(seed, address->mailbox, (uint64_t)address->worker << 32 | address->slot);
}

enum { ADDRESS_BLOCK = 16 /* slots of one mailbox that are found together */ };
enum { TAIL_CLASSES = 4, CANCELLED_COST = 64 /* bytes */, RAISED_COST = 64 };

/* A child of a worker here that runs elsewhere: its result is to come from above, once. */
struct raised {
    struct address address;
    uint32_t root, next, previous; /* in its root's chain */
};

struct cancelled {
    struct address address;
    uint32_t root, next;
};

struct ledger {
    uint64_t seed;
    struct slab tasks, kins, roots, cancelled, raised;
    struct index by_address; /* see ledger_find.c */
    struct slab blocks;
    struct block *last_block; /* or NULL, */
    uint32_t last_alone;      /* and the last one listed that stands in none, or NO_RECORD */
    uint32_t listed;          /* tasks that are found by their addresses */
    struct index by_root, by_cancelled, by_raised;
    struct account *raised_account;  /* borrowed: where those are counted, or NULL */
    struct task_names names;         /* of tasks, and of what had them */
    struct slab tails[TAIL_CLASSES]; /* small ones, by size; larger ones are malloc's */
    struct task_tail *last_tail;     /* that a task was given, or NULL: the next one often has the same */
};

void ledger_init(struct ledger *ledger, uint64_t seed);
void ledger_free(struct ledger *ledger);

/* A new task from its header; takes over `body`, which `share` stands before, or NO_SHARE: the ledger only
 * notes it, who adds and removes tasks counts its uses. The caller sees to it that the address is not there
 * yet. Its runtime is the number in the node's table. It is not found by its address before it is listed. */
uint32_t ledger_add(struct ledger *ledger, const struct task_header *header, uint32_t share,
                    struct slice body, unsigned runtime);

/* The same of one that differs from a root in its slot and its body only: that one was added, and nothing has
 * become of it yet. NO_RECORD: there are too many such, it is to be added by itself. */
uint32_t ledger_add_alike(struct ledger *ledger, uint32_t other, uint32_t slot, struct slice body);

/* From now on it is found by its address. */
void ledger_list(struct ledger *ledger, uint32_t number);

/* All tasks, one with each call, NO_RECORD at the end; `*place` is 0 at first. */
uint32_t ledger_walk(const struct ledger *ledger, uint32_t *place);

/* Forgets a task: it must be in no queue and no holder's list. Its root stays. */
void ledger_remove(struct ledger *ledger, uint32_t number);

static inline struct task *ledger_task(const struct ledger *ledger, uint32_t number)
{
    return slab_at(&ledger->tasks, number);
}

static inline struct kin *ledger_kin(const struct ledger *ledger, const struct task *task)
{
    return slab_at(&ledger->kins, task->kin);
}

/* The number of its root's record, NO_RECORD: there is none (yet), see boss_root.c. */
static inline uint32_t ledger_root_number(const struct ledger *ledger, const struct task *task)
{
    return task->joined ? ledger_kin(ledger, task)->root : NO_RECORD;
}

/* The next task of the same root after one that has joined it, or NO_RECORD. */
static inline uint32_t ledger_next_of_root(const struct ledger *ledger, uint32_t number)
{
    return ledger_kin(ledger, ledger_task(ledger, number))->next;
}

/* What a task costs in an account: its records, its root's if it has one, body, name, meta, messages. */
size_t ledger_cost(const struct task *task);

/* The same before it is there, with `body` bytes that its body will cost. */
enum { TASK_COST = 272 /* bytes: its record, its tail's, its root's, and their places in the indexes */ };
size_t ledger_cost_of(const struct task_header *header, size_t body);

/* The same of all tasks of a message that was just opened. */
size_t ledger_cost_of_batch(const struct batch *batch);

/* The task with this address that is listed, or NO_RECORD. */
uint32_t ledger_find(const struct ledger *ledger, const struct address *address);

/* The address of a task's root: the first breadcrumb, or its own. */
struct address ledger_root_address(const struct task *task);

/* The same of a header. */
struct address ledger_root_of_header(const struct task_header *header);

/* Its body as a borrowed slice. */
static inline struct slice ledger_body(const struct task *task)
{
    return (struct slice){task->body, 0, task->body ? blob_size(task->body) : 0};
}

/* The employee that has it, NO_RECORD: nobody. */
static inline uint32_t ledger_holder(const struct task *task)
{
    return task->queued ? NO_RECORD : task->holder;
}

/* The header of a task, to send it; borrows from the task and the ledger. */
void ledger_header(const struct ledger *ledger, const struct task *task, struct span runtime,
                   struct task_header *header);

/* A task's ancestors, borrowed, and the nearest of them; false: it has none. */
struct list ledger_breadcrumbs(const struct task *task);
bool ledger_parent(const struct task *task, struct address *parent);

/* Its name's number in ledger->names, or NO_NAME; the name itself, which may be empty, borrowed. */
static inline uint32_t ledger_name_number(const struct task *task)
{
    return task->tail ? task->tail->name : NO_NAME;
}

/* What its body begins with, or NO_SHARE. */
static inline uint32_t ledger_share(const struct task *task)
{
    return task->tail ? task->tail->share : NO_SHARE;
}

static inline struct span ledger_name(const struct ledger *ledger, const struct task *task)
{
    return task_names_text(&ledger->names, ledger_name_number(task));
}

/* Keeps a message for a task, to be sent whenever it is given out; takes over `message`. When there are too
 * many, none is kept and the task's past says so. */
void ledger_keep_message(struct ledger *ledger, struct task *task, struct slice message);

/* Drops them, and keeps none from now on: the task's past says so. */
void ledger_keep_no_messages(struct ledger *ledger, struct task *task);

/* The task was lost `attempt` times before it came here, `blamed` of them through its own fault. */
void ledger_set_attempts(struct ledger *ledger, struct task *task, uint32_t attempt, uint32_t blamed);

/* The lines of those losses. */
void ledger_set_losses(struct ledger *ledger, struct task *task, struct span text);

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

/* The record of a task's root, NULL: there is none. */
static inline struct root *ledger_root_of(const struct ledger *ledger, const struct task *task)
{
    return task->joined ? ledger_root(ledger, ledger_kin(ledger, task)->root) : NULL;
}

/* Whether there is a root of this number, which may be over. */
static inline bool ledger_has_root(const struct ledger *ledger, uint32_t number)
{
    return slab_has(&ledger->roots, number) && ledger_root(ledger, number)->live;
}

/* Counts a task to its root; and does so no more, where it had joined it. */
void ledger_join_root(struct ledger *ledger, uint32_t task, uint32_t root);
void ledger_leave_root(struct ledger *ledger, uint32_t task);

/* Nobody finds a root any more, nor whoever is to be told of its cancelled sub-tasks. */
void ledger_hide_root(struct ledger *ledger, uint32_t number);

/* Forgets one of the cancelled sub-tasks that are noted for a root; false: there was none. */
bool ledger_drop_cancelled(struct ledger *ledger, struct root *root);

/* Forgets a root that has no tasks left; all of them. */
void ledger_end_root(struct ledger *ledger, uint32_t number);
void ledger_end_all_roots(struct ledger *ledger);

/* Notes that an employee has had part of it, or that it has not; gives the next one from `*employee` on that
 * had, false at the end. */
void ledger_touch(struct root *root, uint32_t employee);
void ledger_untouch(struct root *root, uint32_t employee);
bool ledger_next_touched(const struct root *root, uint32_t *employee);

/* Bytes that its account has for that. */
static inline size_t ledger_touched_cost(const struct root *root)
{
    const struct touched *more = root->touched_more;
    return more ? sizeof *more + more->words * sizeof *more->bits : 0;
}

/* Whether it has had part of the root. */
bool ledger_has_touched(const struct root *root, uint32_t employee);

/* Whether any of these employees, a bit for each number, had part of it; the same is forgotten of those in
 * `gone`, whose numbers will be others'. */
bool ledger_look_at_touched(struct root *root, const uint64_t *had, const uint64_t *gone, uint32_t words);

/* Notes that a sub-task of a root is cancelled; asks whether a task of that root is one, or descends from
 * one. */
void ledger_note_cancelled(struct ledger *ledger, uint32_t root, const struct address *address);
bool ledger_is_cancelled(const struct ledger *ledger, uint32_t root, const struct task_header *header);

/* The same of a task here. */
bool ledger_is_task_cancelled(const struct ledger *ledger, const struct task *task);

/* Whether any live root has this sub-task noted as cancelled: for a result from above, which does not name
 * its root. */
bool ledger_knows_cancelled(const struct ledger *ledger, const struct address *address);

/* ledger_raised.c: notes that a child of a root was sent up; takes that back, false: it was not noted, or its
 * root has ended; forgets one of a root's, false: there is none. */
void ledger_raise(struct ledger *ledger, uint32_t root, const struct address *address);
bool ledger_is_raised(const struct ledger *ledger, const struct address *address);
bool ledger_lower(struct ledger *ledger, const struct address *address);
bool ledger_drop_raised(struct ledger *ledger, struct root *root);

#endif
