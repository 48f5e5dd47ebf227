/* queue_order: whose turn it is: parties by their virtual time, and the flows of each by theirs. See queue.h.
 */
#include <assert.h>

#include "common/base/mem.h"
#include "common/boss/queue_inner.h"

#define BEHIND (1ull << 63) /* what the key of who comes after all others has on top */

static void free_corners(struct party *party)
{
    for (unsigned i = 0; i < MAX_RUNTIMES; i++) {
        if (party->corners[i])
            heap_free(&party->corners[i]->streams);
        mem_free(party->corners[i]);
        party->corners[i] = NULL;
    }
}

void queue_order_free(struct queue *queue)
{
    for (uint32_t i = 0; i < queue->parties.fresh; i++) /* those of a free record are NULL, see queue_free */
        free_corners(party_at(queue, i));
    for (unsigned i = 0; i < MAX_RUNTIMES; i++)
        heap_free(&queue->heaps[i]);
    slab_clear(&queue->parties);
}

uint32_t queue_open_party(struct queue *queue)
{
    return slab_take(&queue->parties);
}

void queue_close_party(struct queue *queue, uint32_t number)
{
    assert(party_at(queue, number)->flows == 0);
    free_corners(party_at(queue, number));
    slab_give(&queue->parties, number);
}

/* Where who was idle begins: at the lowest time of those who want the same runtime, so that he neither
 * catches up nor pays; those that wait for another one, which nobody may have, do not count. `last`: where
 * nobody wants it. */
static uint64_t present_time(const struct heap *heap, uint64_t last)
{
    const struct heap_node *first = heap_first(heap);
    return first && first->key < BEHIND ? first->key : last;
}

/* That of a flow, among those of its party. */
static uint64_t present_of_flow(const struct queue *queue, const struct flow *flow, unsigned runtime)
{
    const struct party *party = party_at(queue, flow->party);
    const struct corner *corner = party->corners[runtime];
    return corner ? present_time(&corner->streams, party->last) : party->last;
}

/* Whether a flow waits for one of these runtimes. */
static bool flow_waits(const struct flow *flow, uint32_t runtimes)
{
    for (; flow->count > 0 && runtimes; runtimes &= runtimes - 1) {
        const struct stream *stream = flow->streams[__builtin_ctz(runtimes)];
        if (stream && stream->count > 0)
            return true;
    }
    return false;
}

/* Whether a flow of the party does that is not behind all others. */
static bool party_waits(const struct party *party, uint32_t runtimes)
{
    for (; runtimes; runtimes &= runtimes - 1) {
        const struct corner *corner = party->corners[__builtin_ctz(runtimes)];
        const struct heap_node *first = corner ? heap_first(&corner->streams) : NULL;
        if (first && first->key < BEHIND)
            return true;
    }
    return false;
}

static struct corner *corner_for(struct party *party, uint32_t number, unsigned runtime)
{
    if (party->corners[runtime] == NULL) {
        party->corners[runtime] = mem_zalloc(1, sizeof(struct corner));
        party->corners[runtime]->party = number;
    }
    return party->corners[runtime];
}

/* Puts a party where it is in the order for a runtime, or takes it out if it has nothing for it. */
static void place(struct queue *queue, const struct party *party, struct corner *corner, unsigned runtime)
{
    const struct heap_node *first = heap_first(&corner->streams);
    if (first) {
        heap_move(&queue->heaps[runtime], &corner->node, party->time + (first->key & BEHIND));
        queue->mask |= 1u << runtime;
        return;
    }
    heap_remove(&queue->heaps[runtime], &corner->node);
    if (heap_first(&queue->heaps[runtime]) == NULL)
        queue->mask &= ~(1u << runtime);
}

/* Where a flow is in the order among those of its party. */
static uint64_t key_of(const struct flow *flow)
{
    return flow->time + (flow->behind ? BEHIND : 0);
}

/* A party goes on from a later time. */
static void advance_party(struct queue *queue, struct party *party, uint64_t time)
{
    if (party->time >= time)
        return;
    party->time = time;
    for (unsigned runtime = 0; runtime < MAX_RUNTIMES; runtime++)
        if (party->corners[runtime])
            place(queue, party, party->corners[runtime], runtime);
}

void queue_admit(struct queue *queue, const struct flow *flow, struct stream *stream, unsigned runtime)
{
    struct party *party = party_at(queue, flow->party);
    struct corner *corner = corner_for(party, flow->party, runtime);
    if (!flow->behind && !party_waits(party, queue->served))
        advance_party(queue, party, present_time(&queue->heaps[runtime], queue->time));
    heap_set(&corner->streams, &stream->node, key_of(flow));
    place(queue, party, corner, runtime);
}

void queue_withdraw(struct queue *queue, struct stream *stream, unsigned runtime)
{
    if (!heap_has(&stream->node))
        return;
    struct party *party = party_at(queue, flow_at(queue, stream->flow)->party);
    heap_remove(&party->corners[runtime]->streams, &stream->node);
    place(queue, party, party->corners[runtime], runtime);
}

/* The flow's time, ration or rank is another now. */
static void settle(struct queue *queue, struct flow *flow)
{
    for (unsigned runtime = 0; runtime < MAX_RUNTIMES; runtime++) {
        struct stream *stream = flow->streams[runtime];
        if (stream == NULL || stream->count == 0)
            continue;
        if (flow_is_held(flow))
            queue_withdraw(queue, stream, runtime);
        else
            queue_admit(queue, flow, stream, runtime);
    }
}

/* A flow goes on from a later time. */
static void advance(struct queue *queue, struct flow *flow, uint64_t time)
{
    if (flow->time >= time)
        return;
    flow->time = time;
    settle(queue, flow);
}

void queue_back_from_idle(struct queue *queue, struct flow *flow, unsigned runtime)
{
    if (!flow_waits(flow, queue->served))
        advance(queue, flow, present_of_flow(queue, flow, runtime));
}

/* A flow that was not in the order comes back as one that was idle does. */
static void catch_up(const struct queue *queue, struct flow *flow)
{
    for (unsigned runtime = 0; runtime < MAX_RUNTIMES; runtime++) {
        const struct stream *stream = flow->streams[runtime];
        uint64_t present = stream && stream->count > 0 ? present_of_flow(queue, flow, runtime) : 0;
        flow->time = present > flow->time ? present : flow->time;
    }
}

/* What waited for one of the runtimes `news`, which nobody had, begins now; what was served meanwhile goes
 * on. */
static void begin_to_serve(struct queue *queue, struct flow *flow, uint32_t news)
{
    uint32_t others = queue->served & ~news;
    struct party *party = party_at(queue, flow->party);
    if (!flow_waits(flow, news) || flow_waits(flow, others))
        return;
    advance(queue, flow, party->last);
    if (!flow->behind && !party_waits(party, others))
        advance_party(queue, party, queue->time);
}

void queue_serve(struct queue *queue, uint32_t mask)
{
    uint32_t news = mask & ~queue->served;
    queue->served = mask;
    for (uint32_t i = 0; news && i < queue->flows.fresh; i++) /* closed ones have no tasks */
        begin_to_serve(queue, flow_at(queue, i), news);
}

void queue_ration(struct queue *queue, uint32_t number, uint32_t ration)
{
    struct flow *flow = flow_at(queue, number);
    if (flow_is_held(flow))
        catch_up(queue, flow);
    flow->rationed = true;
    flow->ration = ration;
    settle(queue, flow);
}

void queue_ration_no_more(struct queue *queue, uint32_t number)
{
    struct flow *flow = flow_at(queue, number);
    if (flow_is_held(flow))
        catch_up(queue, flow);
    flow->rationed = false;
    settle(queue, flow);
}

void queue_hold(struct queue *queue, uint32_t number, bool hold)
{
    struct flow *flow = flow_at(queue, number);
    if (flow->held == hold)
        return;
    if (!hold)
        catch_up(queue, flow);
    flow->held = hold;
    settle(queue, flow);
}

bool queue_holds_back(const struct queue *queue, uint32_t number)
{
    return flow_is_held(flow_at(queue, number));
}

void queue_put_behind(struct queue *queue, uint32_t number, bool behind)
{
    struct flow *flow = flow_at(queue, number);
    if (flow->behind == behind)
        return;
    if (!behind)
        catch_up(queue, flow);
    flow->behind = behind;
    if (!flow_is_held(flow))
        settle(queue, flow);
}

/* Of the corners of the runtimes of `mask` the one whose party goes next, or NULL. */
static const struct corner *first_corner(const struct queue *queue, uint32_t mask)
{
    struct heap_node *best = NULL;
    for (uint32_t left = mask; left; left &= left - 1) {
        struct heap_node *node = heap_first(&queue->heaps[__builtin_ctz(left)]);
        if (best == NULL || node->key < best->key)
            best = node;
    }
    return best ? heap_owner(best, struct corner, node) : NULL;
}

struct stream *queue_first_stream(const struct queue *queue, uint32_t mask)
{
    uint32_t wanted = mask & queue->mask;
    const struct corner *corner = first_corner(queue, wanted);
    if (corner == NULL)
        return NULL;
    if ((wanted & (wanted - 1)) == 0) /* one runtime, as mostly */
        return heap_owner(heap_first(&corner->streams), struct stream, node);
    const struct party *party = party_at(queue, corner->party);
    struct heap_node *best = NULL;
    for (uint32_t left = wanted; left; left &= left - 1) {
        const struct corner *other = party->corners[__builtin_ctz(left)];
        struct heap_node *node = other ? heap_first(&other->streams) : NULL;
        if (node && (best == NULL || node->key < best->key))
            best = node;
    }
    return heap_owner(best, struct stream, node);
}

void queue_had_its_turn(struct queue *queue, struct flow *flow)
{
    struct party *party = party_at(queue, flow->party);
    if (!flow->behind) { /* else it cost nobody his turn, and the others of its party pay nothing for it */
        queue->time = party->time++;
        party->last = flow->time;
    }
    flow->time++;
    if (flow->rationed && --flow->ration == 0)
        settle(queue, flow);
    for (uint32_t left = queue->mask; left; left &= left - 1) {
        unsigned runtime = (unsigned)__builtin_ctz(left);
        struct stream *stream = flow->streams[runtime];
        if (stream && heap_has(&stream->node))
            heap_move(&party->corners[runtime]->streams, &stream->node, key_of(flow));
        struct corner *corner = party->corners[runtime];
        const struct heap_node *first = corner ? heap_first(&corner->streams) : NULL;
        if (first) /* else it is not in the order, and stays out of it */
            heap_move(&queue->heaps[runtime], &corner->node, party->time + (first->key & BEHIND));
    }
}
