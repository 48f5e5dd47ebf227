/* queue: see queue.h. */
#include "common/boss/queue.h"

#include <assert.h>
#include <string.h>

#include "common/base/mem.h"

#define BEHIND (1ull << 63) /* what a flow's key has on top that comes after all others */

void queue_init(struct queue *queue, struct ledger *ledger)
{
    *queue = (struct queue){.ledger = ledger, .aside = {0, NO_RECORD, NO_RECORD}};
    slab_init(&queue->flows, sizeof(struct flow));
}

static struct flow *flow_at(const struct queue *queue, uint32_t number)
{
    return slab_at(&queue->flows, number);
}

static void free_streams(struct flow *flow)
{
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        if (flow->streams[i])
            mem_free(flow->streams[i]->lanes);
        mem_free(flow->streams[i]);
        flow->streams[i] = NULL;
    }
}

void queue_free(struct queue *queue)
{
    /* Those of closed flows are NULL, also in a record that is free: its link is elsewhere in it. */
    for (uint32_t i = 0; i < queue->flows.fresh; i++)
        free_streams(flow_at(queue, i));
    for (uint32_t i = 0; i < MAX_RUNTIMES; i++)
        heap_free(&queue->heaps[i]);
    slab_clear(&queue->flows);
}

uint32_t queue_open_flow(struct queue *queue)
{
    return slab_take(&queue->flows);
}

void queue_close_flow(struct queue *queue, uint32_t number)
{
    struct flow *flow = flow_at(queue, number);
    assert(flow->count == 0);
    free_streams(flow);
    slab_give(&queue->flows, number);
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

static struct lane *lane_for(struct stream *stream, uint32_t rank)
{
    uint32_t place = lane_place(stream, rank);
    if (place < stream->lane_count && stream->lanes[place].rank == rank)
        return &stream->lanes[place];
    if (stream->lane_count == stream->lane_capacity) {
        stream->lane_capacity = stream->lane_capacity ? 2 * stream->lane_capacity : 2;
        stream->lanes = mem_resize(stream->lanes, stream->lane_capacity, sizeof(*stream->lanes));
    }
    memmove(stream->lanes + place + 1, stream->lanes + place,
            (stream->lane_count - place) * sizeof(*stream->lanes));
    stream->lanes[place] = (struct lane){rank, NO_RECORD, NO_RECORD};
    stream->lane_count++;
    return &stream->lanes[place];
}

static void drop_lane(struct stream *stream, struct lane *lane)
{
    size_t place = (size_t)(lane - stream->lanes);
    memmove(lane, lane + 1, (stream->lane_count - place - 1) * sizeof(*lane));
    stream->lane_count--;
}

static void lane_append(struct ledger *ledger, struct lane *lane, uint32_t number)
{
    struct task *task = ledger_task(ledger, number);
    task->next = NO_RECORD;
    task->previous = lane->last;
    if (lane->last == NO_RECORD) {
        lane->first = number;
    } else {
        ledger_task(ledger, lane->last)->next = number;
    }
    lane->last = number;
}

static void lane_unlink(struct ledger *ledger, struct lane *lane, struct task *task)
{
    if (task->previous == NO_RECORD) {
        lane->first = task->next;
    } else {
        ledger_task(ledger, task->previous)->next = task->next;
    }
    if (task->next == NO_RECORD) {
        lane->last = task->previous;
    } else {
        ledger_task(ledger, task->next)->previous = task->previous;
    }
    task->next = task->previous = NO_RECORD;
}

static struct stream *stream_for(struct flow *flow, uint32_t flow_number, unsigned runtime)
{
    if (flow->streams[runtime] == NULL) {
        flow->streams[runtime] = mem_zalloc(1, sizeof(struct stream));
        flow->streams[runtime]->flow = flow_number;
    }
    return flow->streams[runtime];
}

/* Where a flow that was idle begins: at the lowest time of the flows that want the same runtime, so that it
 * neither catches up nor pays; those that wait for another one, which nobody may have, do not count. */
static uint64_t present_time(const struct queue *queue, unsigned runtime)
{
    const struct heap_node *first = heap_first(&queue->heaps[runtime]);
    return first && first->key < BEHIND ? first->key : queue->time;
}

/* Whether none of its tasks may be taken out. */
static bool is_held(const struct flow *flow)
{
    return flow->rationed && flow->ration == 0;
}

/* Puts a stream that has tasks where its flow is in the order. */
static void admit(struct queue *queue, const struct flow *flow, struct stream *stream, unsigned runtime)
{
    heap_set(&queue->heaps[runtime], &stream->node, flow->time + (flow->behind ? BEHIND : 0));
    queue->mask |= 1u << runtime;
}

static void withdraw(struct queue *queue, struct stream *stream, unsigned runtime)
{
    heap_remove(&queue->heaps[runtime], &stream->node);
    if (heap_first(&queue->heaps[runtime]) == NULL)
        queue->mask &= ~(1u << runtime);
}

/* The flow's time, ration or rank is another now. */
static void settle(struct queue *queue, struct flow *flow)
{
    for (unsigned runtime = 0; runtime < MAX_RUNTIMES; runtime++) {
        struct stream *stream = flow->streams[runtime];
        if (stream == NULL || stream->count == 0)
            continue;
        if (is_held(flow))
            withdraw(queue, stream, runtime);
        else
            admit(queue, flow, stream, runtime);
    }
}

/* A flow that was not in the order comes back as one that was idle does. */
static void catch_up(struct queue *queue, struct flow *flow)
{
    for (unsigned runtime = 0; runtime < MAX_RUNTIMES; runtime++) {
        const struct stream *stream = flow->streams[runtime];
        if (stream && stream->count > 0 && flow->time < present_time(queue, runtime))
            flow->time = present_time(queue, runtime);
    }
}

void queue_ration(struct queue *queue, uint32_t number, uint32_t ration)
{
    struct flow *flow = flow_at(queue, number);
    if (is_held(flow))
        catch_up(queue, flow);
    flow->rationed = true;
    flow->ration = ration;
    settle(queue, flow);
}

void queue_ration_no_more(struct queue *queue, uint32_t number)
{
    struct flow *flow = flow_at(queue, number);
    if (is_held(flow))
        catch_up(queue, flow);
    flow->rationed = false;
    settle(queue, flow);
}

bool queue_holds_back(const struct queue *queue, uint32_t number)
{
    return is_held(flow_at(queue, number));
}

void queue_put_behind(struct queue *queue, uint32_t number, bool behind)
{
    struct flow *flow = flow_at(queue, number);
    if (flow->behind == behind)
        return;
    if (!behind)
        catch_up(queue, flow);
    flow->behind = behind;
    if (!is_held(flow))
        settle(queue, flow);
}

void queue_push(struct queue *queue, uint32_t number, uint32_t flow_number)
{
    struct task *task = ledger_task(queue->ledger, number);
    struct flow *flow = flow_at(queue, flow_number);
    struct stream *stream = stream_for(flow, flow_number, task->runtime);
    assert(ledger_holder(task) == NO_RECORD && !task->queued);
    task->flow = flow_number;
    if (flow->count == 0 && flow->time < present_time(queue, task->runtime))
        flow->time = present_time(queue, task->runtime);
    lane_append(queue->ledger, lane_for(stream, rank_of(task)), number);
    task->queued = true;
    if (stream->count++ == 0 && !is_held(flow))
        admit(queue, flow, stream, task->runtime);
    flow->count++;
    queue->count++;
    queue->counts[task->runtime]++;
}

static void take_out(struct queue *queue, struct flow *flow, struct stream *stream, struct lane *lane,
                     uint32_t number)
{
    struct task *task = ledger_task(queue->ledger, number);
    lane_unlink(queue->ledger, lane, task);
    if (lane->first == NO_RECORD)
        drop_lane(stream, lane);
    task->queued = false;
    task->holder = NO_RECORD;
    if (--stream->count == 0 && heap_has(&stream->node))
        withdraw(queue, stream, task->runtime);
    flow->count--;
    queue->count--;
    queue->counts[task->runtime]--;
}

/* The stream whose flow goes next among the runtimes of `mask`. */
static struct stream *first_stream(const struct queue *queue, uint32_t mask)
{
    struct heap_node *best = NULL;
    for (uint32_t left = mask & queue->mask; left; left &= left - 1) {
        struct heap_node *node = heap_first(&queue->heaps[__builtin_ctz(left)]);
        if (best == NULL || node->key < best->key)
            best = node;
    }
    return best ? heap_owner(best, struct stream, node) : NULL;
}

uint32_t queue_pop(struct queue *queue, uint32_t mask)
{
    uint32_t flow;
    return queue_pop_of(queue, mask, &flow);
}

uint32_t queue_pop_of(struct queue *queue, uint32_t mask, uint32_t *flow_number)
{
    struct stream *stream = first_stream(queue, mask);
    if (stream == NULL)
        return NO_RECORD;
    *flow_number = stream->flow;
    struct flow *flow = flow_at(queue, stream->flow);
    struct lane *lane = &stream->lanes[stream->lane_count - 1];
    uint32_t number = lane->first;
    take_out(queue, flow, stream, lane, number);
    if (!flow->behind)
        queue->time = flow->time;
    flow->time++;
    if (flow->rationed && --flow->ration == 0) {
        settle(queue, flow);
        return number;
    }
    for (uint32_t left = queue->mask; left; left &= left - 1) {
        unsigned runtime = (unsigned)__builtin_ctz(left);
        struct stream *other = flow->streams[runtime];
        if (other && other->count > 0)
            admit(queue, flow, other, runtime);
    }
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

static void take_from_aside(struct queue *queue, struct task *task)
{
    lane_unlink(queue->ledger, &queue->aside, task);
    task->queued = task->aside = false;
    task->holder = NO_RECORD;
    queue->aside_count--;
    queue->count--;
    queue->counts[task->runtime]--;
}

void queue_take_in(struct queue *queue)
{
    while (queue->aside_count > 0) {
        uint32_t number = queue->aside.first, flow = ledger_task(queue->ledger, number)->flow;
        take_from_aside(queue, ledger_task(queue->ledger, number));
        queue_push(queue, number, flow);
    }
}

/* Of what waits in the order of a flow, held back or not. */
static uint32_t any_in_order(const struct queue *queue, unsigned runtime)
{
    struct heap_node *node = heap_first(&queue->heaps[runtime]);
    if (node)
        return heap_owner(node, struct stream, node)->lanes[0].first;
    for (uint32_t i = 0; i < queue->flows.fresh; i++) { /* streams of closed flows are NULL, see queue_free */
        const struct stream *stream = flow_at(queue, i)->streams[runtime];
        if (stream && stream->count > 0)
            return stream->lanes[0].first;
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
        take_from_aside(queue, task);
        return;
    }
    struct flow *flow = flow_at(queue, task->flow);
    struct stream *stream = flow->streams[task->runtime];
    take_out(queue, flow, stream, &stream->lanes[lane_place(stream, rank_of(task))], number);
}
