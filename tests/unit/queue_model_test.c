/* Holds common/boss/queue to a list of all that is queued, which is searched from end to end. */
#include <criterion/criterion.h>

#include "desk.h"
#include "tasks.h"

enum { FLOWS = 6, PARTIES = 3, RUNTIMES = 4, MOST = 400, HANDS = 40 };

/* All that is queued in the order it came, and the virtual times of flows and parties. */
struct model {
    struct desk desk;
    uint32_t flows[FLOWS], parties[PARTIES]; /* flow i is of party i % PARTIES */
    /* as in common/boss/queue.h */
    uint64_t times[FLOWS], party_times[PARTIES], lasts[PARTIES], time;
    struct queued {
        uint32_t number;
        unsigned flow, runtime;
        uint32_t rank;
        bool again;               /* it was taken out before, and put back */
    } queued[MOST], hands[HANDS]; /* those that were taken out, and may be put back */
    unsigned count, in_hands;
    uint64_t seed;
};

static bool is_of(const struct queued *queued, unsigned flow)
{
    return queued->flow == flow;
}

static bool is_of_party(const struct queued *queued, unsigned party)
{
    return queued->flow % PARTIES == party;
}

static unsigned count_of(const struct model *model, unsigned whose,
                         bool (*is)(const struct queued *queued, unsigned whose))
{
    unsigned count = 0;
    for (unsigned i = 0; i < model->count; i++)
        count += is(&model->queued[i], whose);
    return count;
}

/* The lowest virtual time of a party with something queued for the runtimes of `mask`; UINT64_MAX: none. */
static uint64_t lowest_party(const struct model *model, uint32_t mask)
{
    uint64_t lowest = UINT64_MAX;
    for (unsigned i = 0; i < model->count; i++) {
        uint64_t time = model->party_times[model->queued[i].flow % PARTIES];
        if (mask >> model->queued[i].runtime & 1 && time < lowest)
            lowest = time;
    }
    return lowest;
}

/* The same of the flows of one party. */
static uint64_t lowest_flow(const struct model *model, unsigned party, uint32_t mask)
{
    uint64_t lowest = UINT64_MAX;
    for (unsigned i = 0; i < model->count; i++) {
        const struct queued *queued = &model->queued[i];
        if (is_of_party(queued, party) && mask >> queued->runtime & 1 && model->times[queued->flow] < lowest)
            lowest = model->times[queued->flow];
    }
    return lowest;
}

/* Who was idle begins at the lowest time of those who want the same, or of the last who had a turn. */
static void back_from_idle(uint64_t *time, uint64_t lowest, uint64_t last)
{
    uint64_t present = lowest == UINT64_MAX ? last : lowest;
    if (*time < present)
        *time = present;
}

/* A task is about to come to its flow. */
static void come(struct model *model, const struct queued *queued)
{
    unsigned party = queued->flow % PARTIES;
    if (count_of(model, queued->flow, is_of) == 0)
        back_from_idle(&model->times[queued->flow], lowest_flow(model, party, 1u << queued->runtime),
                       model->lasts[party]);
    if (count_of(model, party, is_of_party) == 0)
        back_from_idle(&model->party_times[party], lowest_party(model, 1u << queued->runtime), model->time);
}

static void model_push(struct model *model)
{
    if (model->count == MOST)
        return;
    struct queued queued = {.flow = (unsigned)tasks_roll(&model->seed, FLOWS),
                            .runtime = (unsigned)tasks_roll(&model->seed, RUNTIMES)};
    uint8_t priority = (uint8_t)(127 + tasks_roll(&model->seed, 3)),
            depth = (uint8_t)tasks_roll(&model->seed, 4);
    come(model, &queued);
    queued.rank = (uint32_t)priority << 8 | depth;
    queued.number = desk_push(&model->desk, model->flows[queued.flow], queued.runtime, priority, depth);
    model->queued[model->count++] = queued;
}

/* Puts one back that was taken out: before those that never were, or where it stood, as one of its kind. */
static void model_put_back(struct model *model)
{
    if (model->count == MOST || model->in_hands == 0)
        return;
    unsigned at = (unsigned)tasks_roll(&model->seed, model->in_hands);
    struct queued queued = model->hands[at];
    model->hands[at] = model->hands[--model->in_hands];
    come(model, &queued);
    if (tasks_roll(&model->seed, 2) == 0) {
        queue_restore(&model->desk.queue, queued.number, model->flows[queued.flow]);
    } else {
        queue_put_back(&model->desk.queue, queued.number, model->flows[queued.flow]);
        queued.again = true;
    }
    model->queued[model->count++] = queued;
}

/* Whether of two of one rank the first goes first: those that were put back, as they were made, and then the
 * others, as they came. */
static bool goes_first(const struct model *model, unsigned a, unsigned b)
{
    const struct queued *first = &model->queued[a], *second = &model->queued[b];
    if (first->again != second->again)
        return first->again;
    if (!first->again)
        return a < b;
    return ledger_task(&model->desk.ledger, first->number)->address.mailbox <
           ledger_task(&model->desk.ledger, second->number)->address.mailbox;
}

/* It is not queued any more: it stays in somebody's hands, as far as there is room, or is done. */
static void forget(struct model *model, unsigned at)
{
    if (model->in_hands < HANDS && tasks_roll(&model->seed, 2) == 0)
        model->hands[model->in_hands++] = model->queued[at];
    else
        ledger_remove(&model->desk.ledger, model->queued[at].number);
    for (model->count--; at < model->count; at++)
        model->queued[at] = model->queued[at + 1];
}

static void model_pop(struct model *model)
{
    uint32_t mask = (uint32_t)tasks_roll(&model->seed, 1u << RUNTIMES);
    uint32_t next = queue_next(&model->desk.queue, mask), number = queue_pop(&model->desk.queue, mask);
    cr_assert_eq(next, number);
    uint64_t lowest = lowest_party(model, mask);
    if (number == NO_RECORD) {
        cr_assert_eq(lowest, UINT64_MAX);
        return;
    }
    unsigned at = 0;
    while (at < model->count && model->queued[at].number != number)
        at++;
    cr_assert_lt(at, model->count);
    const struct queued *popped = &model->queued[at];
    cr_assert(mask >> popped->runtime & 1);
    unsigned party = popped->flow % PARTIES;
    cr_assert_eq(model->party_times[party], lowest);
    cr_assert_eq(model->times[popped->flow], lowest_flow(model, party, mask));
    for (unsigned i = 0; i < model->count; i++) {
        const struct queued *other = &model->queued[i];
        if (other->flow == popped->flow && other->runtime == popped->runtime)
            cr_assert(other->rank < popped->rank ||
                      (other->rank == popped->rank && (i == at || goes_first(model, at, i))));
    }
    model->time = model->party_times[party]++;
    model->lasts[party] = model->times[popped->flow]++;
    forget(model, at);
}

static void model_remove(struct model *model)
{
    if (model->count == 0)
        return;
    unsigned at = (unsigned)tasks_roll(&model->seed, model->count);
    queue_remove(&model->desk.queue, model->queued[at].number);
    forget(model, at);
}

Test(queue_model, does_what_a_list_does)
{
    static struct model model;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        model = (struct model){.seed = seed};
        desk_open(&model.desk);
        for (unsigned i = 0; i < PARTIES; i++)
            model.parties[i] = queue_open_party(&model.desk.queue);
        for (unsigned i = 0; i < FLOWS; i++)
            model.flows[i] = queue_open_flow(&model.desk.queue, model.parties[i % PARTIES]);
        for (unsigned step = 0; step < 20000; step++) {
            uint64_t what = tasks_roll(&model.seed, 10), busy = step / 1000 % 2;
            if (what < (busy ? 5u : 3u))
                model_push(&model);
            else if (what < (busy ? 6u : 4u))
                model_put_back(&model);
            else if (what < 9)
                model_pop(&model);
            else
                model_remove(&model);
            cr_assert_eq(model.desk.queue.count, model.count);
            cr_assert_eq(model.desk.ledger.tasks.used, model.count + model.in_hands);
        }
        desk_close(&model.desk); /* with what is still queued */
    }
}
