/* roster: the employees of a boss, the worker ids that each of them has, and the choice of whom to give a
 * task (BQSKit's employees, conn_to_employee_dict, is_my_worker, get_employee_responsible_for,
 * handle_waiting, assign_tasks). It knows numbers, not messages.
 *
 * Differs from BQSKit: worker ids are looked up by interval, not by division through step_size, so that
 * ranges may differ in size and employees may come and go. */
#ifndef MAILROOM_ROSTER_H
#define MAILROOM_ROSTER_H

#include "common/base/heap.h"
#include "common/boss/ledger.h"
#include "common/boss/runtimes.h"
#include "common/link/post.h"
#include "common/wire/page.h"

/* How many log records somebody may send or get, and how many were left out that nobody was told of yet. */
struct log_quota {
    struct bucket bucket;
    uint64_t over_rate, over_queue;
};

/* What is known of what a worker does. */
struct worker_word {
    enum {
        WORD_NONE,
        WORD_SAID,
        WORD_SEEN
    } source; /* WAITING said it, a moment ago; its page did, and is never late */
    struct page_word word;
};

/* Of an employee that is gone: how what it has is taken from it, a part at a time. First its ids, then its
 * tasks: what may be to blame, then what was lost with it, then what it never began, in its order; or all of
 * it at once, where nothing is to blame. */
struct taking {
    uint32_t ids; /* those below this one are noted as lost */
    enum { TAKE_BLAMED, TAKE_LOST, TAKE_UNBEGUN, TAKE_ALL } round;
    uint32_t at;   /* the next of its tasks that is looked at; NO_RECORD: the round is over */
    uint32_t last; /* the last that was looked at, and stays */
    uint32_t next; /* employee that is seen to after it */
    char *text;    /* where and how it was lost; owned */

    /* as it was when it ended */
    bool worker;
    bool late;         /* what it said may be older than what it began last */
    bool newest_begun; /* the newest task that it has */
    bool any_fresh;    /* there were some since its last WAITING */
};

struct employee {
    uint32_t number;         /* a freed record's is never its own number: see slab.c */
    uint32_t place;          /* in roster.present */
    struct peer *peer;       /* NULL: it is gone, and only there until all is taken from it */
    struct account account;  /* what its link keeps, and the parts that it shares, */
    uint32_t origin;         /* below that of all of its key, or host: a number of the boss's origins */
    uint32_t slot;           /* a shim: the worker slot of a process that it spawned, NO_RECORD: none */
    uint64_t session;        /* whose task it was given last, by the broker's number; 0: nobody's */
    bool started;            /* STARTED came */
    bool gives_back;         /* a worker: what waits there can be recalled, for it has asked for more than it
                                begins at once, or says what it has begun */
    bool stale_paths;        /* the import paths of that session are others now than it was sent */
    bool worked;             /* it was given a task */
    bool apart;              /* a worker of one session's tasks: while it has any its room is for their own */
    bool spent;              /* a worker: nothing more is given to it, see boss_next_spent */
    bool gone;               /* it is being dismissed: nothing is sent to it any more */
    bool losing;             /* the same, and its ids are still to be noted as lost, which they are */
    uint32_t total_workers;  /* below it */
    uint32_t runtimes;       /* a mask of node's numbers */
    uint32_t idle, room;     /* as its last WAITING said, */
    uint32_t own_room;       /* and for what descends from tasks that it has, beside `room` */
    uint32_t full;           /* a mask of the runtimes that the room is not for */
    uint32_t queued;         /* the same: tasks below it that no worker there is idle for */
    uint32_t recalled;       /* a mask of the runtimes that it was last asked to give such tasks back for */
    bool draining;           /* it was told to finish and leave */
    bool own_queued;         /* there may be tasks queued that its own_room is for */
    bool holds_due;          /* it is to say first what it has (HOLDS): till then it gets nothing */
    bool has_ids;            /* some were given to it */
    uint32_t num_tasks;      /* that it holds of this node's ledger */
    uint32_t given;          /* a worker: how many it was given in all, */
    uint32_t read;           /* how many of these before its last WAITING, */
    struct worker_word word; /* and what it last said of what it does */
    uint32_t held;           /* the first of them, chained by task.next, */
    uint32_t look;           /* and the next one whose root's are looked through, see boss_own.c */
    uint64_t ids_wanted;     /* asked for, not given yet */
    uint64_t ids_given;      /* in all */
    uint64_t known_at;       /* when the journal has so many records it knows it, and it may get ids */
    uint64_t losses_told;    /* it knows of so many of all that there ever were, see boss_loss.c */
    uint64_t traced;         /* a manager: how many tasks a second it was last told to tell of */
    uint32_t pieces;         /* scratch of roster_most_pieces */
    struct log_quota logs;   /* a worker's: of what it sends up; */
    struct address log_task, log_root; /* of which task the last one left out was */
    struct heap_node node;             /* in its team while it has credit */
    uint32_t team;                     /* only meaningful while it is in one */
    uint32_t counted;                  /* its credit in the roster's sum, */
    uint32_t counted_idle;             /* its idle workers, */
    uint32_t counted_queued;           /* its queued tasks, */
    uint32_t counted_own;              /* and its credit for what is its own */
    bool stale;                        /* roster_settle will reorder it */
    uint32_t next_stale;
    struct taking taking; /* once it is gone */
};

/* Employees with the same runtimes, those with most idle workers first. */
struct team {
    uint32_t runtimes;
    struct heap heap;
    uint64_t credit; /* of all of them */
};

struct id_range {
    uint32_t lower, upper;
    uint32_t employee;
};

/* Ranges in order, none of which overlap. */
struct id_ranges {
    struct id_range *at;
    uint32_t count, capacity;
};

struct roster {
    struct slab employees;
    uint32_t *present; /* the numbers of the employees, in no order */
    uint32_t count, capacity;
    uint32_t retired; /* numbers of those that have left */
    struct team *teams;
    uint32_t team_count;
    struct id_ranges given; /* to employees that are here, or are losing them */
    uint32_t losing;        /* so many of these */
    struct id_ranges lost;  /* of workers that are gone; kept for the boot, with NO_RECORD as employee */
    struct id_range *pool;  /* not given out yet */
    uint32_t pool_count;
    uint64_t beyond; /* so many more will come into the pool */
    uint64_t total_workers, credit, own_credit, idle, queued, ids_wanted; /* sums */
    uint64_t changes;              /* how often somebody had more room than before, or for other runtimes */
    uint32_t runtimes;             /* a mask: of all employees together, */
    uint32_t having[MAX_RUNTIMES]; /* and how many have each */
    uint32_t stale;                /* the first that is to be reordered, chained by next_stale */
};

void roster_init(struct roster *roster);
void roster_free(struct roster *roster);

struct employee *roster_add(struct roster *roster, struct peer *peer);
void roster_remove(struct roster *roster, struct employee *employee);

/* The same but for its number, which nobody gets until it is given back, and for its tasks: it may have some.
 */
void roster_leave(struct roster *roster, struct employee *employee);
void roster_give_number(struct roster *roster, uint32_t number);

static inline struct employee *roster_at(const struct roster *roster, uint32_t number)
{
    return slab_at(&roster->employees, number);
}

enum {
    MAX_POOL = 1024, /* ranges of ids that wait for whoever asks for them */
    ID_LOT = 4096,   /* ids that are given at a time, at the most, */
    ID_LOTS = 64     /* and one part of so many that somebody has, at least */
};

/* Whether any of the ids [lower, upper) is an employee's, or lost, or waits in the pool. */
bool roster_knows_ids(const struct roster *roster, uint32_t lower, uint32_t upper);

/* Adds ids [lower, upper), which must not be known, to those that may be given out; false: there are too many
 * ranges in the pool. */
bool roster_fill_pool(struct roster *roster, uint32_t lower, uint32_t upper);

/* Gives an employee `count` ids in one range out of the pool; false when there is no such range. */
bool roster_give_ids(struct roster *roster, struct employee *employee, uint64_t count, uint32_t *lower,
                     uint32_t *upper);

/* An employee has these ids from another process of this boss; false: somebody else is known to have some of
 * them. */
bool roster_take_ids(struct roster *roster, struct employee *employee, uint32_t lower, uint32_t upper);

/* The next ids from `*upper` on, below `below`, that are neither an employee's nor lost; false: there are
 * none. None of the pool is among them: it begins there. */
bool roster_next_unknown(const struct roster *roster, uint32_t below, uint32_t *lower, uint32_t *upper);

/* Ids that wait for whoever asks for them. */
uint64_t roster_spare_ids(const struct roster *roster);

/* Ids of a manager that leaves and never had a task: nothing descends from its workers, so they wait for
 * whoever asks for them again. False: some of them are lost, or there are too many ranges in the pool. */
bool roster_give_back(struct roster *roster, struct employee *employee);

/* In how many pieces the ids of each employee are lost: the one with most of them, NULL: none has any.
 * `*going`: how many pieces go with those that are gone, whose ids become as many as they were given in. */
struct employee *roster_most_pieces(const struct roster *roster, uint32_t *going);

/* The ids of an employee that leaves are lost from here on. It keeps its number until each range of them is
 * noted by roster_lose, and all are forgotten as its own by roster_drop_ids: O(ranges). */
void roster_begin_loss(struct roster *roster, struct employee *employee);
void roster_drop_ids(struct roster *roster, struct employee *employee);

/* Where in roster->given the first range is that ends above this id. */
uint32_t roster_given_from(const struct roster *roster, uint32_t id);

/* How many lost ranges are moved to make room for one that begins with this id. */
uint32_t roster_lost_behind(const struct roster *roster, uint32_t id);

/* Forgets all ids, given out or not: a new boss has numbers of its own. There must be no employee left that
 * has any. */
void roster_forget_ids(struct roster *roster);

/* Whether all ids [lower, upper) are the employee's. */
bool roster_owns(const struct roster *roster, const struct employee *employee, uint32_t lower,
                 uint32_t upper);

/* The employee here that has the first given id in there, NULL: none has one. `*lower` is moved behind its
 * range. */
struct employee *roster_next_of(const struct roster *roster, uint32_t *lower, uint32_t upper);

/* Notes that the workers [lower, upper) are gone, false: that was known; asks whether a worker is. The ids
 * are never used again. */
bool roster_lose(struct roster *roster, uint32_t lower, uint32_t upper);
bool roster_is_lost(const struct roster *roster, uint32_t worker);

static inline bool roster_has_lost(const struct roster *roster)
{
    return roster->lost.count > 0 || roster->losing > 0;
}

/* Notes how many ids it asks for; 0: none any more. */
void roster_want_ids(struct roster *roster, struct employee *employee, uint64_t count);

/* The employee that manages a worker, or NULL (BQSKit's is_my_worker and get_employee_responsible_for). */
struct employee *roster_responsible_for(const struct roster *roster, uint32_t worker);

/* STARTED: how many workers it has, and which runtimes. */
void roster_started(struct roster *roster, struct employee *employee, uint32_t total_workers,
                    uint32_t runtimes);

/* WAITING: sets what it wants; what was sent since `receipt` is taken off (BQSKit's handle_waiting). */
void roster_waiting(struct roster *roster, struct employee *employee, uint32_t idle, uint32_t room,
                    uint32_t queued, uint64_t receipt);

/* The rest of WAITING: the runtimes that the room is not for, and the room for what is its own. To be called
 * before roster_waiting. */
void roster_full(struct roster *roster, struct employee *employee, uint32_t full);
void roster_own_room(struct employee *employee, uint32_t own_room);

/* The same of a worker: how many of the tasks that it was given it has begun (0: it does not say), and which
 * runs (NULL: none that it knows of). */
void roster_begun(struct employee *employee, uint64_t begun, const struct address *running);

/* An employee ends: notes what tells which of its tasks are to blame; `spared`: none is. */
void roster_judge(const struct ledger *ledger, struct employee *employee, bool spared);

/* Why a worker that has ended so loses this task: it never began it, or it ran it, or neither. To be asked
 * before any is taken from it that was given later. */
enum return_reason roster_blame(const struct ledger *ledger, const struct employee *employee, uint32_t task);

/* The next task that is to be taken from it, looking at one of them; NO_RECORD: that one is not to be now, or
 * it has none. */
uint32_t roster_next_lost(const struct ledger *ledger, struct employee *employee, enum return_reason *reason);

/* Its name, for people. */
static inline const char *roster_name(const struct employee *employee)
{
    return employee->peer ? employee->peer->name : "";
}

/* The runtimes that it may be given tasks of. */
static inline uint32_t roster_takes(const struct employee *employee)
{
    return employee->runtimes & ~employee->full;
}

/* The same of what descends from tasks that it has: where it has room for nothing else `full` is of that. */
static inline uint32_t roster_takes_own(const struct employee *employee)
{
    return employee->idle == 0 && employee->room == 0 ? roster_takes(employee) : employee->runtimes;
}

/* Whether it is a worker of one session's tasks that has some: its room is for their own only. */
static inline bool roster_is_bound(const struct employee *employee)
{
    return employee->apart && employee->num_tasks > 0;
}

/* Credit of all employees that may be given tasks of these runtimes. O(number of different sets of runtimes).
 */
uint64_t roster_credit_for(const struct roster *roster, uint32_t mask);

/* Its idle workers and its credit by what this boss knows: as last told, less what was sent since; none while
 * its connection is broken, or when it is to leave. */
uint32_t roster_idle(const struct employee *employee);
uint32_t roster_credit(const struct employee *employee);

/* The credit beside that, which is only for what descends from tasks that it has; also when it is to leave.
 */
uint32_t roster_own_credit(const struct employee *employee);

/* How many tasks are queued below a manager, or wait at a worker, by what this boss knows: as last told, and
 * those sent since beyond its idle workers. */
uint32_t roster_queued(const struct employee *employee);

/* How it is, for people. */
enum manager_state roster_state(const struct employee *employee);

/* Its idle workers, where it may be given tasks. */
uint32_t roster_ready(const struct employee *employee);

/* To be called when its credit or its tasks have changed: its place in the order changes. */
void roster_reorder(struct roster *roster, struct employee *employee);

/* The same, later: it has finished a task, which matters only to the next choice. roster_settle is to be
 * called before that. */
void roster_reorder_later(struct roster *roster, struct employee *employee);
void roster_settle(struct roster *roster);

/* It is not chosen any more until roster_settle is called. */
void roster_pass_over(struct roster *roster, struct employee *employee);

/* Whether no more than one employee has credit, whatever its runtimes. */
static inline bool roster_is_only(const struct roster *roster)
{
    return roster->team_count == 1 && roster->teams[0].heap.count == 1;
}

/* The employee that should have the next task: most idle workers first, then fewest tasks; NULL: nobody with
 * credit has a runtime of `mask`. O(number of different sets of runtimes). */
struct employee *roster_choose(const struct roster *roster, uint32_t mask);

/* The runtimes that somebody is idle for. O(number of different sets of runtimes). */
uint32_t roster_open(const struct roster *roster);

/* Idle workers of employees that have credit and a runtime of `mask`. */
uint64_t roster_idle_of(const struct roster *roster, uint32_t mask);

/* Idle workers of all employees, also in the middle of a turn, when not everybody that has changed was
 * reordered; at its end roster.idle is the same. */
uint64_t roster_idle_sum(const struct roster *roster);

/* Chains a task into the list of those that the employee holds, and out of it. */
void roster_hold(struct ledger *ledger, struct employee *employee, uint32_t task);
void roster_release(struct ledger *ledger, struct employee *employee, uint32_t task);

#endif
