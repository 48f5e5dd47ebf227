/* queue: the tasks that wait for an employee, and which of them goes next.
 *
 * Fair between parties first, then between the flows of one (a party is a user at the broker, a flow one of
 * his sessions; a shim has one of each for all): start-time fair queueing by dispatches. The party with the
 * lowest virtual time goes first, and of it the flow with the lowest; each dispatch costs both one, and who
 * is back from idle starts at the present minimum. Who waits only for what nobody here can run is idle.
 * Within a flow: priority, then the deeper task (which bounds memory as BQSKit's LIFO does), then first come
 * first served. Each runtime has an order of its own, since not every employee has every runtime.
 *
 * A task that was given out and is handed back has come before all that were never given out. Among its like
 * it stands by its address, as it was submitted: mailboxes of one node are numbered as they are opened, and
 * slots of one mailbox in their order.
 *
 * queue.c keeps the tasks of a flow, queue_lane.c those of one rank in their order, queue_order.c says whose
 * turn it is. */
#ifndef MAILROOM_QUEUE_H
#define MAILROOM_QUEUE_H

#include "common/base/heap.h"
#include "common/boss/ledger.h"
#include "common/boss/runtimes.h"

struct lane {             /* tasks of equal rank, first come first served */
    uint32_t rank;        /* priority and depth: the higher goes first */
    uint32_t first, last; /* those that were never given out, chained by task.next and previous */
    uint32_t *again; /* those that were handed back, before them all: a heap, the oldest first, or NULL */
    uint32_t again_count, again_capacity;
};

struct stream {            /* what a flow has queued for one runtime */
    struct heap_node node; /* in its party's corner while count > 0, by the flow's virtual time */
    struct lane *lanes;    /* the lowest rank first: the next task is the last lane's first */
    uint32_t lane_count, lane_capacity, count;
    uint32_t flow;
};

struct flow {
    uint64_t session; /* whose tasks its are, by the broker's number; 0: of several */
    uint64_t time;    /* virtual: dispatches */
    uint64_t count;
    uint32_t party;
    bool rationed;                        /* only so many of its tasks may be taken out, */
    bool behind;                          /* and only when no other flow has any */
    uint32_t ration;                      /* that many more */
    bool held;                            /* none of its tasks may be taken out */
    struct account *account;              /* borrowed: where its tasks are counted, or NULL */
    struct stream *streams[MAX_RUNTIMES]; /* NULL until used */
};

struct corner {            /* what a party has queued for one runtime */
    struct heap_node node; /* in queue.heaps[runtime] while it has streams, by the party's virtual time */
    struct heap streams;
    uint32_t party;
};

struct party {
    uint64_t time;                        /* virtual: dispatches */
    uint64_t last;                        /* the virtual time of the last dispatch among its flows */
    uint32_t flows;                       /* that are open */
    struct corner *corners[MAX_RUNTIMES]; /* NULL until used */
};

struct queue {
    struct ledger *ledger; /* borrowed: where the tasks are */
    struct slab flows, parties;
    struct heap heaps[MAX_RUNTIMES]; /* corners */
    uint64_t counts[MAX_RUNTIMES];
    uint64_t count;
    uint64_t time;     /* the virtual time of the last dispatch */
    uint32_t mask;     /* a bit for each runtime that has tasks queued which may be taken out, */
    uint32_t served;   /* and for each that somebody here has */
    struct lane aside; /* tasks that some employees cannot take, first come first served, */
    uint64_t aside_count;
    struct aside_walk {
        uint32_t at, left; /* the next one, or NO_RECORD; and how many more are looked at */
    } first, others;       /* a round of looks at them, see queue_look_aside */
    uint64_t again_count;  /* that were handed back, and are in the order of their flow */
    uint64_t moved;        /* lanes that were moved to make room for one, or to close its gap: queue_work */
};

void queue_init(struct queue *queue, struct ledger *ledger);
void queue_free(struct queue *queue);

/* A new party's number; closing needs it to have no flows. */
uint32_t queue_open_party(struct queue *queue);
void queue_close_party(struct queue *queue, uint32_t party);

/* The number of a new flow of a party; closing needs it empty. */
uint32_t queue_open_flow(struct queue *queue, uint32_t party);
void queue_close_flow(struct queue *queue, uint32_t flow);

/* Where the tasks of a flow are counted, NULL: nowhere. */
void queue_set_account(struct queue *queue, uint32_t flow, struct account *account);
struct account *queue_account(const struct queue *queue, uint32_t flow);

/* The session that all tasks of a flow are of, by the broker's number; 0: they are of several. */
void queue_set_session(struct queue *queue, uint32_t flow, uint64_t session);
uint64_t queue_session(const struct queue *queue, uint32_t flow);

/* Somebody here has these runtimes, and nobody any other. O(flows) where there are new ones. */
void queue_serve(struct queue *queue, uint32_t mask);

/* Queues a task that nobody holds, for a flow. O(log n) in parties, flows and ranks. */
void queue_push(struct queue *queue, uint32_t task, uint32_t flow);

/* What that took, and taking tasks out, since the last call, beside what each task costs: units of work. A
 * flow may have tasks of thousands of ranks. */
uint64_t queue_work(struct queue *queue);

/* The same of one that was given out and is handed back: it comes before all of its rank and flow that were
 * not. O(log n) in those that were, too. */
void queue_put_back(struct queue *queue, uint32_t task, uint32_t flow);

/* The same of one that was taken out and not given out: among those that were handed back if it was one of
 * these, else behind all of its rank. */
void queue_restore(struct queue *queue, uint32_t task, uint32_t flow);

/* Whether of two tasks of one rank the first was submitted before the second. */
bool queue_is_older(const struct task *task, const struct task *than);

/* Lets only so many more of the flow's tasks be taken out by queue_pop, until the next call. */
void queue_ration(struct queue *queue, uint32_t flow, uint32_t ration);

/* Ends that. */
void queue_ration_no_more(struct queue *queue, uint32_t flow);

/* Lets none of the flow's tasks be taken out by queue_pop, or ends that. */
void queue_hold(struct queue *queue, uint32_t flow, bool hold);

/* Whether the flow is held, or its ration is used up. */
bool queue_holds_back(const struct queue *queue, uint32_t flow);

/* Whether the flow's tasks wait until no other flow has any. */
void queue_put_behind(struct queue *queue, uint32_t flow, bool behind);

/* Takes out the next task for an employee with the runtimes of `mask`, NO_RECORD when there is none. */
uint32_t queue_pop(struct queue *queue, uint32_t mask);

/* The task that it would take out, which stays. */
uint32_t queue_next(const struct queue *queue, uint32_t mask);

/* As queue_pop, and whose it was. */
uint32_t queue_pop_of(struct queue *queue, uint32_t mask, uint32_t *flow);

/* Keeps a task that was just taken out, as queued for its flow, where queue_pop does not come upon it. */
void queue_set_aside(struct queue *queue, uint32_t task, uint32_t flow);

/* A round of looks at those that were set aside, of some tens, if there is none under way: at those that came
 * first, since it is their turn, and where there are more, at some others, at each in the end: nobody whose
 * tasks cannot be given out now stands in the way of another one's that can. False: there is one. */
bool queue_look_aside(struct queue *queue);

/* The next one of the round, which may be taken out then; NO_RECORD: it is over. */
uint32_t queue_next_aside(struct queue *queue);

/* Whether the round goes on: with boss->unscheduled, in the next turn. */
static inline bool queue_looks_aside(const struct queue *queue)
{
    return queue->first.left > 0 || queue->others.left > 0;
}

/* Takes those that were set aside back into the order. */
void queue_take_in(struct queue *queue);

/* Some task that is queued for the runtime, NO_RECORD when there is none. */
uint32_t queue_any(const struct queue *queue, unsigned runtime);

/* Takes out a certain task, set aside or not. */
void queue_remove(struct queue *queue, uint32_t task);

#endif
