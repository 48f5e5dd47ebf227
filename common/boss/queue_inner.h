/* queue_inner: what queue.c, which keeps the tasks, queue_lane.c, which has those of a rank in their order,
 * and queue_order.c, which says whose turn it is, know of each other. */
#ifndef MAILROOM_QUEUE_INNER_H
#define MAILROOM_QUEUE_INNER_H

#include "common/boss/queue.h"

static inline struct flow *flow_at(const struct queue *queue, uint32_t number)
{
    return slab_at(&queue->flows, number);
}

static inline struct party *party_at(const struct queue *queue, uint32_t number)
{
    return slab_at(&queue->parties, number);
}

/* Whether none of its tasks may be taken out. */
static inline bool flow_is_held(const struct flow *flow)
{
    return flow->held || (flow->rationed && flow->ration == 0);
}

/* -- queue_lane.c */

/* A task comes behind all others of its lane. */
void lane_append(struct ledger *ledger, struct lane *lane, uint32_t number);

/* One that came so is taken out. */
void lane_unlink(struct ledger *ledger, struct lane *lane, struct task *task);

/* A task that was handed back comes before those that were not, by its age. O(log n). */
void lane_put_back(struct ledger *ledger, struct lane *lane, uint32_t number);

/* One that came so is taken out. O(log n). */
void lane_take(struct ledger *ledger, struct lane *lane, struct task *task);

/* Frees what an empty lane has in memory. */
void lane_free(struct lane *lane);

/* The next task of a lane, NO_RECORD: it is empty. */
static inline uint32_t lane_next(const struct lane *lane)
{
    return lane->again_count > 0 ? lane->again[0] : lane->first;
}

/* -- queue_order.c */

/* A flow that had nothing queued for a runtime is about to have something: where it was idle it begins at the
 * present time. */
void queue_back_from_idle(struct queue *queue, struct flow *flow, unsigned runtime);

/* Puts a stream that has tasks where its flow is in the order. */
void queue_admit(struct queue *queue, const struct flow *flow, struct stream *stream, unsigned runtime);

/* Takes a stream out of the order; nothing happens when it is not in. */
void queue_withdraw(struct queue *queue, struct stream *stream, unsigned runtime);

/* The stream that goes next among the runtimes of `mask`, or NULL. */
struct stream *queue_first_stream(const struct queue *queue, uint32_t mask);

/* A task of the flow was taken out: the flow and its party have paid for it. */
void queue_had_its_turn(struct queue *queue, struct flow *flow);

/* Frees what the order has in memory. */
void queue_order_free(struct queue *queue);

#endif
