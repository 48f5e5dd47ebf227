/* queue: see queue.h. */
#include "common/boss/queue_inner.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

enum {
    LANES_KEPT = 16, /* of an empty stream */
    LANES_UNIT = 16, /* that are moved in one unit of work */
    ASIDE_HALF = 32  /* tasks that were set aside which are looked at in half a round */
};

void queue_init(struct queue *queue, struct ledger *ledger)
{
    *queue = (struct queue){.ledger = ledger,
                            .aside = {.first = NO_RECORD, .last = NO_RECORD},
                            .first.at = NO_RECORD,
                            .others.at = NO_RECORD};
    slab_init(&queue->flows, sizeof(struct flow));
    slab_init(&queue->parties, sizeof(struct party));
}

static void free_streams(struct flow *flow)
{
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        struct stream *stream = flow->streams[i];
        for (uint32_t j = 0; stream && j < stream->lane_count; j++)
            lane_free(&stream->lanes[j]);
        if (stream)
            mem_free(stream->lanes);
        mem_free(stream);
        flow->streams[i] = NULL;
    }
}

void queue_free(struct queue *queue)
{
    /* Those of closed flows are NULL, also in a record that is free: its link is elsewhere in it. */
    for (uint32_t i = 0; i < queue->flows.fresh; i++)
        free_streams(flow_at(queue, i));
    queue_order_free(queue);
    slab_clear(&queue->flows);
}

uint32_t queue_open_flow(struct queue *queue, uint32_t party)
{
    uint32_t number = slab_take(&queue->flows);
    flow_at(queue, number)->party = party;
    party_at(queue, party)->flows++;
    return number;
}

void queue_close_flow(struct queue *queue, uint32_t number)
{
    struct flow *flow = flow_at(queue, number);
    assert(flow->count == 0);
    party_at(queue, flow->party)->flows--;
    free_streams(flow);
    slab_give(&queue->flows, number);
}

void queue_set_account(struct queue *queue, uint32_t number, struct account *account)
{
    flow_at(queue, number)->account = account;
}

void queue_set_session(struct queue *queue, uint32_t flow, uint64_t session)
{
    flow_at(queue, flow)->session = session;
}

uint64_t queue_session(const struct queue *queue, uint32_t flow)
{
    return flow_at(queue, flow)->session;
}

struct account *queue_account(const struct queue *queue, uint32_t number)
{
    return flow_at(queue, number)->account;
}

static uint32_t rank_of(const struct task *task)
{
    return (uint32_t)task->priority << 8 | task->depth;
}

/* The lane of this rank, or where it belongs. Most streams have one or two, so it is looked for from the end.
 */
static uint32_t lane_place(const struct stream *stream, uint32_t rank)
{
    uint32_t low = 0, high = stream->lane_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (stream->lanes[middle].rank < rank) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct lane *lane_for(struct queue *queue, struct stream *stream, uint32_t rank)
{
    uint32_t place = lane_place(stream, rank);
    if (place < stream->lane_count && stream->lanes[place].rank == rank)
        return &stream->lanes[place];
    if (stream->lane_count == stream->lane_capacity) {
        stream->lane_capacity = stream->lane_capacity ? 2 * stream->lane_capacity : 2;
        stream->lanes = mem_resize(stream->lanes, stream->lane_capacity, sizeof(*stream->lanes));
    }
    queue->moved += stream->lane_count - place;
    memmove(stream->lanes + place + 1, stream->lanes + place,
            (stream->lane_count - place) * sizeof(*stream->lanes));
    stream->lanes[place] = (struct lane){.rank = rank, .first = NO_RECORD, .last = NO_RECORD};
    stream->lane_count++;
    return &stream->lanes[place];
}

/* The memory of very many lanes goes with the last one. */
static void drop_lane(struct queue *queue, struct stream *stream, struct lane *lane)
{
    size_t place = (size_t)(lane - stream->lanes);
    lane_free(lane);
    queue->moved += --stream->lane_count - place;
    memmove(lane, lane + 1, (stream->lane_count - place) * sizeof(*lane));
    if (stream->lane_count > 0 || stream->lane_capacity <= LANES_KEPT)
        return;
    mem_free(stream->lanes);
    stream->lanes = NULL;
    stream->lane_capacity = 0;
}

uint64_t queue_work(struct queue *queue)
{
    uint64_t units = queue->moved / LANES_UNIT;
    queue->moved %= LANES_UNIT;
    return units;
}

static struct stream *stream_for(struct flow *flow, uint32_t flow_number, unsigned runtime)
{
    if (flow->streams[runtime] == NULL) {
        flow->streams[runtime] = mem_zalloc(1, sizeof(struct stream));
        flow->streams[runtime]->flow = flow_number;
    }
    return flow->streams[runtime];
}

/* A task comes to its flow: the lane that it belongs to, where it is still to be put. */
static struct lane *enter(struct queue *queue, uint32_t number, uint32_t flow_number)
{
    struct task *task = ledger_task(queue->ledger, number);
    struct flow *flow = flow_at(queue, flow_number);
    struct stream *stream = stream_for(flow, flow_number, task->runtime);
    assert(ledger_holder(task) == NO_RECORD && !task->queued);
    task->flow = flow_number;
    if (stream->count == 0)
        queue_back_from_idle(queue, flow, task->runtime);
    task->queued = true;
    if (stream->count++ == 0 && !flow_is_held(flow))
        queue_admit(queue, flow, stream, task->runtime);
    flow->count++;
    queue->count++;
    queue->counts[task->runtime]++;
    return lane_for(queue, stream, rank_of(task));
}

void queue_push(struct queue *queue, uint32_t number, uint32_t flow)
{
    ledger_task(queue->ledger, number)->again = false;
    lane_append(queue->ledger, enter(queue, number, flow), number);
}

void queue_put_back(struct queue *queue, uint32_t number, uint32_t flow)
{
    ledger_task(queue->ledger, number)->again = true;
    lane_put_back(queue->ledger, enter(queue, number, flow), number);
    queue->again_count++;
}

void queue_restore(struct queue *queue, uint32_t number, uint32_t flow)
{
    if (ledger_task(queue->ledger, number)->again)
        queue_put_back(queue, number, flow);
    else
        queue_push(queue, number, flow);
}

static void take_out(struct queue *queue, struct flow *flow, struct stream *stream, struct lane *lane,
                     uint32_t number)
{
    struct task *task = ledger_task(queue->ledger, number);
    if (task->again) {
        lane_take(queue->ledger, lane, task);
        queue->again_count--;
    } else {
        lane_unlink(queue->ledger, lane, task);
    }
    if (lane_next(lane) == NO_RECORD)
        drop_lane(queue, stream, lane);
    task->queued = false;
    task->holder = NO_RECORD;
    if (--stream->count == 0)
        queue_withdraw(queue, stream, task->runtime);
    flow->count--;
    queue->count--;
    queue->counts[task->runtime]--;
}

uint32_t queue_pop(struct queue *queue, uint32_t mask)
{
    uint32_t flow;
    return queue_pop_of(queue, mask, &flow);
}

uint32_t queue_next(const struct queue *queue, uint32_t mask)
{
    const struct stream *stream = queue_first_stream(queue, mask);
    return stream ? lane_next(&stream->lanes[stream->lane_count - 1]) : NO_RECORD;
}

uint32_t queue_pop_of(struct queue *queue, uint32_t mask, uint32_t *flow_number)
{
    struct stream *stream = queue_first_stream(queue, mask);
    if (stream == NULL)
        return NO_RECORD;
    *flow_number = stream->flow;
    struct flow *flow = flow_at(queue, stream->flow);
    struct lane *lane = &stream->lanes[stream->lane_count - 1];
    uint32_t number = lane_next(lane);
    take_out(queue, flow, stream, lane, number);
    queue_had_its_turn(queue, flow);
    return number;
}

void queue_set_aside(struct queue *queue, uint32_t number, uint32_t flow)
{
    struct task *task = ledger_task(queue->ledger, number);
    assert(ledger_holder(task) == NO_RECORD && !task->queued);
    task->flow = flow;
    task->queued = task->aside = true;
    lane_append(queue->ledger, &queue->aside, number);
    queue->aside_count++;
    queue->count++;
    queue->counts[task->runtime]++;
}

bool queue_look_aside(struct queue *queue)
{
    if (queue_looks_aside(queue))
        return false;
    bool all = queue->aside_count <= 2 * ASIDE_HALF;
    queue->first = (struct aside_walk){queue->aside.first, all ? 2 * ASIDE_HALF : ASIDE_HALF};
    queue->others.left = all ? 0 : ASIDE_HALF;
    return true;
}

/* The next one of a walk, NO_RECORD: it is over. */
static uint32_t walk_on(const struct queue *queue, struct aside_walk *walk)
{
    uint32_t number = walk->left > 0 ? walk->at : NO_RECORD;
    if (number == NO_RECORD) {
        walk->left = 0;
        return NO_RECORD;
    }
    walk->at = ledger_task(queue->ledger, number)->next;
    walk->left = walk->at == NO_RECORD ? 0 : walk->left - 1;
    return number;
}

uint32_t queue_next_aside(struct queue *queue)
{
    uint32_t number = walk_on(queue, &queue->first);
    if (number != NO_RECORD)
        return number;
    if (queue->others.at == NO_RECORD)
        queue->others.at = queue->aside.first; /* it goes round */
    return walk_on(queue, &queue->others);
}

/* A walk does not stand at a task that is taken out. */
static void step_past(struct aside_walk *walk, const struct task *task, uint32_t number)
{
    if (walk->at == number)
        walk->at = task->next;
}

static void take_from_aside(struct queue *queue, uint32_t number)
{
    struct task *task = ledger_task(queue->ledger, number);
    step_past(&queue->first, task, number);
    step_past(&queue->others, task, number);
    lane_unlink(queue->ledger, &queue->aside, task);
    task->queued = task->aside = false;
    task->holder = NO_RECORD;
    if (--queue->aside_count == 0)
        queue->first.left = queue->others.left = 0;
    queue->count--;
    queue->counts[task->runtime]--;
}

void queue_take_in(struct queue *queue)
{
    while (queue->aside_count > 0) {
        uint32_t number = queue->aside.first, flow = ledger_task(queue->ledger, number)->flow;
        take_from_aside(queue, number);
        queue_put_back(queue, number, flow);
    }
}

/* Of what waits in the order of a flow, held back or not. */
static uint32_t any_in_order(const struct queue *queue, unsigned runtime)
{
    const struct stream *first = queue_first_stream(queue, 1u << runtime);
    if (first)
        return lane_next(&first->lanes[0]);
    for (uint32_t i = 0; i < queue->flows.fresh; i++) { /* streams of closed flows are NULL, see queue_free */
        const struct stream *stream = flow_at(queue, i)->streams[runtime];
        if (stream && stream->count > 0)
            return lane_next(&stream->lanes[0]);
    }
    return NO_RECORD;
}

uint32_t queue_any(const struct queue *queue, unsigned runtime)
{
    if (queue->counts[runtime] == 0)
        return NO_RECORD;
    uint32_t number = any_in_order(queue, runtime);
    for (number = number == NO_RECORD ? queue->aside.first : number;
         number != NO_RECORD && ledger_task(queue->ledger, number)->runtime != runtime;)
        number = ledger_task(queue->ledger, number)->next;
    return number;
}

void queue_remove(struct queue *queue, uint32_t number)
{
    struct task *task = ledger_task(queue->ledger, number);
    assert(task->queued);
    if (task->aside) {
        take_from_aside(queue, number);
        return;
    }
    struct flow *flow = flow_at(queue, task->flow);
    struct stream *stream = flow->streams[task->runtime];
    take_out(queue, flow, stream, &stream->lanes[lane_place(stream, rank_of(task))], number);
}
