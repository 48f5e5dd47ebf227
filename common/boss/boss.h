/* boss: what the broker and the shim do alike, as the boss of employees: take tasks in, queue them, give them
 * out by credit, pass results, messages and cancels to the employees concerned, and know which tasks a lost
 * employee had. What a finished or failed task means to whoever wanted it is the core's own. */
#ifndef MAILROOM_BOSS_H
#define MAILROOM_BOSS_H

#include "common/base/fifo.h"
#include "common/boss/lapses.h"
#include "common/boss/paths.h"
#include "common/boss/queue.h"
#include "common/boss/roster.h"
#include "common/link/post.h"
#include "common/wire/batch.h"

enum {
    RUN_MOST =
        64, /* tasks that go to one employee before the next one is looked at, when the queue is deep */
    MAX_LOST = 65536, /* ranges of lost ids that have no lost neighbour, */
    MAX_LOST_ABOVE =
        2 * MAX_LOST /* and so many where a boss says so, who has as many and says which became one */
};

/* Why a manager is dropped that fills the table of lost ids. */
#define TOO_MANY_PIECES "the ids of its workers that are lost are in more pieces than anybody else's"

enum { LEVEL_WARNING = 30 /* of a LOG, as Python's logging has it */, TELL_LOGS = 1000 /* ms */ };

/* When a task was taken in and given out last: ms of the boss's clock, without the upper half. */
struct task_times {
    uint32_t taken, given;
};

/* How long the tasks of a runtime waited until they were given out, and were then away until they ended. */
struct runtime_times {
    uint32_t born; /* of which name in its place of the table */
    struct lapses waited, ran;
};

/* Employees whose workers are lost, and those that are gone: a bit for each number; see boss_sweep.c. */
struct loss_round {
    bool begun, all; /* all: workers were lost anywhere */
    uint32_t words;
    uint64_t *lost, *gone;
};

/* Ranges of lost ids that some employees are still to be told of, with those that lost them. */
struct losses {
    struct id_range *at;
    uint32_t count, capacity;
    bool told;       /* the last of them was told to some */
    uint64_t before; /* so many were told to all */
    uint64_t noted;  /* counter */
};

/* A CANCEL that waits for the journal. */
struct held_cancel {
    uint64_t record; /* when it has so many records; 0: of this step's */
    uint32_t employee;
    struct address root;
    struct builder addresses;
};

enum { CANCELS_STAY = 1024 /* places that are kept while none waits */ };

/* Bytes in the process's account. */
static inline uint64_t held_cancel_cost(const struct held_cancel *held)
{
    return 2 * (sizeof *held + held->addresses.size);
}

struct boss {
    struct post post;
    struct ledger ledger;
    struct queue queue;
    struct roster roster;
    struct runtimes runtimes;
    struct paths paths;
    struct losses losses;
    struct {
        uint32_t first, last, live;
    } swept,                           /* roots with tasks that are to go, `live` go on; see boss_sweep.c */
        left;                          /* employees that are gone, whose tasks are to be taken back */
    struct loss_round rounds[2];       /* the one under way, and the next */
    uint32_t round_at;                 /* the number of the next root to be looked at */
    struct builder list;               /* scratch for lists of addresses, texts and ranges */
    uint32_t max_attempts, max_losses; /* how often a task may be lost by what may be its fault, and in all */
    uint64_t max_breadcrumbs;          /* how deep tasks may be nested */
    uint64_t max_ids;                  /* worker ids that one employee may have */
    uint64_t max_logs;                 /* log records a second of one quota */
    uint64_t discarded, misbehaved;    /* counters: late mail; peers that broke protocol */
    uint64_t requeued;                 /* tasks that were lost, and given out again */
    uint64_t aside_at;       /* what roster.changes was when it last began to look at what was set aside */
    bool unscheduled, fails; /* see boss_schedule; it has returned a task, and goes on with its turn */
    bool apart;      /* no worker runs tasks of two sessions: another process takes its place for that */
    bool timed;      /* all tasks' times are noted, not only those of clients that ask for them */
    uint32_t coming; /* the same: processes of workers that are about to come; set before boss_schedule */
    bool renewing;   /* the same: some of these take the place of workers that left for tasks which wait */
    bool stuck; /* the same, set by it: some tasks are for nobody here, as long as the workers have theirs */
    uint32_t searches; /* for tasks that are an employee's own, so far, */
    uint32_t searcher; /* and the employee whose last one has not come to its end, or NO_RECORD */
    uint64_t traced;   /* of how many tasks a second the managers together may tell by TRACE */
    struct slab times; /* of task_times, by the numbers of the ledger's tasks */
    struct runtime_times by_runtime[MAX_RUNTIMES];
    bool journals;         /* what happens to tasks is noted, for its owner to write down: */
    struct address *moved; /* who have been given out or taken back, some of them gone by now, */
    struct address *gone;  /* and children that were written down, and are not here any more; */
    uint32_t moved_count, moved_capacity, gone_count, gone_capacity; /* the owner sets the counts to 0 */
    struct fifo cancels;    /* of held_cancel: the owner calls boss_tell_cancels */
    uint64_t memory;        /* bytes of the process, as the edge last said */
    struct account account; /* what is kept for all peers; of that for employees: */
    struct origins origins;

    /* of the step that is being done */
    struct outbox *outbox;
    uint64_t now;
    uint64_t left_out; /* bytes of the message's body, which was not kept: there was no room; else 0 */
    enum error_code complaint; /* with MISBEHAVED: what was wrong */
    char complaint_text[160];
    char unfit_text[240]; /* why a task can be given to nobody */
    char *text;           /* scratch, owned */
};

/* What a handler says of a message; one place acts on it. */
enum verdict {
    HANDLED,
    DISCARDED,  /* late mail for something that is cancelled or gone: counted */
    UNFINISHED, /* the work that it may take is done, and there is more: it is called again for the same
                 * message, with boss->post.headway as it left it */
    MISBEHAVED, /* this peer broke protocol: it gets an ERROR and is dropped, it alone; see boss_complain */
};

/* What is done for a message costs so many units of work, of some 170 instructions or 30 ns each; a handler
 * that goes through many of them says so by boss_spend. */
enum {
    WORK = 16000,     /* units in a turn: about half a ms */
    WORK_TASK = 8,    /* a task is taken, or given out, */
    WORK_RESULT = 6,  /* its result is taken, */
    WORK_END = 5,     /* it ends in another way, */
    WORK_NOTE = 5,    /* a message is kept for a task, */
    WORK_RETURN = 32, /* it is taken back from who lost it, */
    WORK_SAY = 28,    /* a message is made, goes out by itself, and is acknowledged, */
    WORK_LOST = 12,   /* ids are noted as lost, */
    WORK_LOOK = 1,    /* a record is looked at, */
    WORK_LOOKS = 8    /* or so many that stand side by side */
};

/* So many units more were done for the message that is acted on; false: its handler is to stop where it can
 * go on, and return UNFINISHED. */
static inline bool boss_spend(struct boss *boss, uint64_t units)
{
    return post_spend(&boss->post, units);
}

/* MISBEHAVED, and why: a text that names the message and the field. */
enum verdict boss_complain(struct boss *boss, enum error_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for a kind that `who` ("a client") may not send. */
enum verdict boss_complain_kind(struct boss *boss, unsigned kind, const char *who);

void boss_init(struct boss *boss, const struct post_config *config, const char *const *lines,
               size_t line_count, uint64_t now);
void boss_free(struct boss *boss);

/* Opens a message of tasks or results; false: its lengths are not its body's, which is complained of. */
bool boss_open_batch(struct boss *boss, struct batch *batch, const struct message *message,
                     const struct slice *body);

/* The same for a handler that may be called again for it: the batch is in the headway then. */
bool boss_resume_batch(struct boss *boss, const struct message *message, const struct slice *body);

/* The next addresses of a message, as many as may be seen to before boss_spend(units for each) is asked
 * again, from where the headway is; an empty list: there are no more. */
struct list boss_next_addresses(struct boss *boss, struct list addresses, uint64_t units);

/* What a handler says of a message of addresses after each such part: HANDLED, or UNFINISHED. */
enum verdict boss_is_through(const struct boss *boss);

/* A new employee for a peer; peer->owner points to it. */
struct employee *boss_hire(struct boss *boss, struct peer *peer);

/* A manager has shaken hands, on a line or by dialling in. False: it was refused, since its process is served
 * on a line already. Else `*old` is the employee that its process was on a link before, which is to be
 * dismissed as lost, or NULL. */
bool boss_meet_manager(struct boss *boss, struct peer *peer, struct employee **old);
/* Then: welcomes it where it dialled in, and hires it. */
struct employee *boss_hire_manager(struct boss *boss, struct peer *peer);

/* Gives it ids if the pool has as many as it wants, in CONNECT; false: the pool has not, it waits. */
bool boss_give_ids(struct boss *boss, struct employee *employee);

/* STARTED and WAITING of an employee; `*crowd`: see boss_crowd.h. */
enum verdict boss_started(struct boss *boss, struct employee *employee, const struct message *message,
                          struct employee **crowd);
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
                        const struct slice *body, struct account *account, bool refused);
enum verdict boss_unshare(struct boss *boss, struct peer *peer, const struct message *message);

/* Takes a task into the ledger and the queue; takes over `body`, which `share` stands before. Its number, or
 * NO_RECORD when it names one runtime too many. Its past attempts, if any, count as its own fault, but for
 * the last one. */
uint32_t boss_accept(struct boss *boss, const struct task_header *header, uint32_t share, struct slice body,
                     uint32_t flow, uint32_t owner);

/* The same of a client's own: nobody else speaks of it before it is given out, so it is not found by its
 * address until then. */
uint32_t boss_accept_own(struct boss *boss, const struct task_header *header, uint32_t share,
                         struct slice body, uint32_t flow, uint32_t owner);

/* The same of a task that another process of this boss had: it is neither queued nor held, until one of the
 * next two is called, or boss_queue. `flow`: whose it is. */
uint32_t boss_take_in(struct boss *boss, const struct task_header *header, uint32_t share, struct slice body,
                      uint32_t flow, uint32_t owner);

/* An employee has a task that nobody else holds, queued or not: it says so itself. */
void boss_assume(struct boss *boss, struct employee *employee, uint32_t task);

/* A task that is neither queued nor held is queued by its age; or it was lost: see boss_take_back. */
void boss_queue(struct boss *boss, uint32_t task, uint32_t flow);

/* With boss->journals: the moves of a task, noted. */
void boss_note_moved(struct boss *boss, const struct address *address);
void boss_note_gone(struct boss *boss, const struct address *address);
void boss_free_notes(struct boss *boss);
/* Ids that nobody here has are lost, wherever they were. */
void boss_lose_ids(struct boss *boss, struct list ranges);

/* The same: employees hear of cancelled tasks when it is on the disk that these are: who has seen one
 * cancelled never runs it again. At the end of each step those that this has made wait for `records`. In each
 * turn those are told that need no more than there is, as far as a part of its work goes; whether there are
 * some. */
void boss_stamp_cancels(struct boss *boss, uint64_t records);
void boss_tell_cancels(struct boss *boss);
bool boss_cancels_are_due(const struct boss *boss);

/* boss_times.c, of tasks that are timed: a task was taken in; it is given out; it has ended where it was. */
void boss_note_taken(struct boss *boss, uint32_t task);
void boss_note_given(struct boss *boss, uint32_t task);
void boss_note_ended(struct boss *boss, uint32_t task);

/* Tells each manager how many of these are its share, where that has changed: after managers have come, or
 * boss->traced is another. */
void boss_ask_traces(struct boss *boss);

static inline struct task_times *boss_times(const struct boss *boss, uint32_t task)
{
    return slab_at(&boss->times, task);
}

/* How large the whole body of a task is, with the part that it begins with. */
size_t boss_body_size(const struct boss *boss, uint32_t share, size_t size);

/* Where a task is counted, or NULL, and whose it is, by the broker's number, or 0. It is queued, or its root
 * has begun here. */
struct account *boss_account_of(const struct boss *boss, const struct task *task);
uint64_t boss_session_of(const struct boss *boss, const struct task *task);

/* The record of the root of a task that was given out, made where there was none. */
uint32_t boss_need_root(struct boss *boss, uint32_t task);

/* The record of a root that has begun here, made where there was none; NO_RECORD: none has this address. */
uint32_t boss_find_root(struct boss *boss, const struct address *address);

/* Queues a queued task for another runtime, which somebody here has. */
void boss_change_runtime(struct boss *boss, uint32_t number, struct span runtime);

/* Whether a child is nested deeper than may be; `*text` says so, and is valid until the next call. */
bool boss_is_too_deep(struct boss *boss, const struct task_header *header, struct span *text);

/* Whether a manager that joins asks for more ids than one may have; it is told so, and dismissed. */
bool boss_refuse_ids(struct boss *boss, struct employee *employee);

/* Takes a task out of queue or hands and forgets it. */
void boss_forget(struct boss *boss, uint32_t task);

/* Connections break and come back without a word to the owner of the peers: credit goes and comes with them.
 * To be called before letters are put out, as boss_schedule does. */
void boss_note_connections(struct boss *boss);

/* Gives out queued tasks as far as credit goes, and the work of one turn: boss->unscheduled says that there
 * may be more to be done at once. Returns NO_RECORD, or a task, out of the queue, that
 * can't be given out, for `*why`: the core fails it, forgets it and calls again, until there is none. */
uint32_t boss_schedule(struct boss *boss, const char **why);

/* With boss->apart: a worker that is to leave, for a task of another session waits for its place and nobody
 * else may have it; it has no tasks. The core dismisses it and calls again. NULL: there is none. */
struct employee *boss_next_spent(const struct boss *boss);

/* The same: whether a worker may have the task, now or later, before it ends those that it has. */
bool boss_has_place(const struct boss *boss, const struct task *task);

/* Whether `employee` holds this task; its number in `*task`. */
bool boss_holds(const struct boss *boss, const struct employee *employee, const struct address *address,
                uint32_t *task);

/* Whether all of these are children of the employee's workers: their return addresses are its. */
bool boss_has_children(const struct boss *boss, const struct employee *employee, struct list addresses);

/* Whether the employee with the parent of a child accepts a result of `size` bytes; also true when there is
 * none. */
bool boss_accepts_result(const struct boss *boss, const struct result_header *result, size_t size);

/* Sends a task to an employee or to the boss above, and behind it the messages that were sent to it. */
void boss_send_task(struct boss *boss, struct peer *peer, const struct task *task);

/* Tells an employee that these tasks of one root are cancelled; nothing where it is gone. At once, or when
 * the journal has it; as boss->journals says. */
void boss_say_cancel(struct boss *boss, const struct employee *employee, const struct address *root,
                     struct list addresses);
void boss_hold_cancel(struct boss *boss, const struct employee *employee, const struct address *root,
                      struct list addresses);
void boss_send_cancel(struct boss *boss, const struct employee *employee, const struct address *root,
                      struct list addresses);

/* Passes a result to the employee that has the parent's worker; takes over `body`; false: there is none. */
bool boss_send_result_down(struct boss *boss, const struct result_header *result, struct slice body);

/* Notes that tasks of one root are cancelled, so that what comes late is known, and sweeps the root: they go
 * with all their descendants here, and holders are told. Tasks of the root that are neither cancelled nor
 * descend stay. */
void boss_cancel(struct boss *boss, uint32_t root, struct list addresses);

/* Ends a root that has begun here: nobody finds it any more, its tasks here are swept, and the managers that
 * had part of it are told, but for `but` (may be NULL) where it holds nothing of it. */
void boss_end_root(struct boss *boss, uint32_t root, const struct employee *but);

/* The same of a root's own task, which is forgotten first, whether it has begun or not. */
void boss_end_root_task(struct boss *boss, uint32_t task, const struct employee *but);

/* Passes a message on to the employees that hold the named tasks, and keeps it for when they are given out
 * (again); what is not here is appended to `elsewhere` (may be NULL: there is nobody else), and what came
 * from above is too: the boss keeps its messages, and they must not overtake those that went that way before
 * it came. Borrows `body`. */
void boss_communicate(struct boss *boss, struct list addresses, const struct slice *body,
                      struct builder *elsewhere);

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

/* boss_sweep.c: what is to go with others goes a part at a time. Has all tasks of a root looked through. */
void boss_sweep_root(struct boss *boss, uint32_t root);

/* The same of all roots that this employee had part of; NULL: of all. */
void boss_look_for_orphans(struct boss *boss, const struct employee *through);

/* Some more of it, a part of a turn's work; whether there is any to do, or, of live roots, none. */
void boss_sweep(struct boss *boss);
bool boss_is_sweeping(const struct boss *boss);
bool boss_is_settled(const struct boss *boss);

/* Whether there is more to do in the next turn, which is to come at once. `tells`: losses may be told. */
static inline bool boss_is_due(const struct boss *boss, bool tells)
{
    return boss->unscheduled || (tells && boss->losses.count > 0) || boss->left.first != NO_RECORD ||
           boss_is_sweeping(boss);
}

/* Who has a task; NULL: nobody, or one that is gone, from whom it is about to be taken back. */
static inline struct employee *boss_holder(const struct boss *boss, const struct task *task)
{
    uint32_t holder = ledger_holder(task);
    struct employee *employee = holder == NO_RECORD ? NULL : roster_at(&boss->roster, holder);
    return employee && !employee->gone ? employee : NULL;
}

/* Whether a task is to go, and is only there until it is swept. */
bool boss_is_doomed(const struct boss *boss, const struct task *task);

/* The record of an employee that is gone; its number is given to others when no root has it noted. */
void boss_retire(struct boss *boss, struct employee *employee);

/* Gives up what there is to be done, before all roots are ended. */
void boss_sweep_nothing(struct boss *boss);

/* boss_loss.c: what happens when workers and managers are lost, or give tasks back. DESIGN: a lost employee
 * is contained. */

/* A message says that the workers of these ranges are gone, below `through` (NULL: anywhere). They are noted,
 * in parts; false: there is more, and it is called again with the message's headway. The tasks here that
 * descend from what ran on them, orphans, are swept, and the other managers here are told of the loss. */
bool boss_workers_lost(struct boss *boss, const struct employee *through, struct list ranges);

/* Tells managers which ids were lost, those that each has not been told, but for its own: once in a turn, and
 * some of them in a later one, where there are many. */
void boss_tell_losses(struct boss *boss);

/* As many of these as one message may have, in boss->list, for somebody who was told of the first `*told`
 * ever, which is moved on; without those of employee `but`. It may be empty. boss_losses_end is where there
 * are no more. */
struct list boss_next_losses(struct boss *boss, uint64_t *told, uint32_t but);

static inline uint64_t boss_losses_end(const struct boss *boss)
{
    return boss->losses.before + boss->losses.count;
}

/* Whether a task's return address or an ancestor names a lost worker. */
bool boss_is_orphan(const struct boss *boss, const struct task_header *header);
bool boss_names_lost(const struct boss *boss, const struct address *address, struct list breadcrumbs);

/* Whether a task of a root that is here is to be taken: nobody has cancelled it, its parents are not lost,
 * and it is not here already. */
bool boss_wants(const struct boss *boss, uint32_t root, const struct task_header *header);

/* The same of a child that an employee sends: some of the root has been there, too. */
bool boss_wants_child(const struct boss *boss, const struct employee *employee, uint32_t root,
                      const struct task_header *header);

/* Whether an employee may say that these ids are lost: they are its own, and there is room to note them. Who
 * is to leave for that is in `*crowds`, NULL: nobody: the manager whose lost ids are in most pieces, which
 * become one with it. MISBEHAVED: they are not, or that is the sender itself. */
enum verdict boss_may_lose(struct boss *boss, const struct employee *employee, struct list ranges,
                           struct employee **crowds);

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

/* The employee is gone, with all that ran below it, as `text` says (kept): its ids are lost, and noted as
 * such as much as the work goes, now and in later turns. What it holds then is for the core to take back, the
 * same way, before it dismisses it and later. `spared`: nothing of it is to blame. */
void boss_lose(struct boss *boss, struct employee *employee, const char *text, bool spared);

/* The next task to take back from it, and why; NO_RECORD: there is none left, or the work that may be done is
 * done. Orphans among them are forgotten. */
uint32_t boss_next_lost(struct boss *boss, struct employee *employee, enum return_reason *reason);

/* The first of those that are gone, of which there are still tasks to take back, in later turns, when its ids
 * are noted; NULL: there is none, or the work that may be done is done. */
struct employee *boss_first_left(struct boss *boss);

/* All of these tasks are forgotten, and ids that are not noted. */
void boss_forget_left(struct boss *boss);

/* The record of an employee that has been dismissed goes, now or when it has no tasks any more. */
void boss_part_with(struct boss *boss, struct employee *employee);

/* Lets employees send no more than a window ahead for now, or again as much as they like: what they bring
 * would only wait here. O(employees): to be said where it changes. */
void boss_withhold(struct boss *boss, bool withhold);

/* Asks employees that have tasks queued for some of them where workers are idle: `idle` of them (0: those of
 * this boss that nothing here is queued for), with the runtimes of `mask`. UINT32_MAX: for all of them. */
void boss_recall(struct boss *boss, uint64_t idle, uint32_t mask);

/* The employee is gone, and its peer is ended. It holds nothing any more, or boss_lose was called for it. */
void boss_dismiss(struct boss *boss, struct employee *employee, bool redial);

#endif
