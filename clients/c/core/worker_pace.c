/* worker_pace: how many tasks a worker wants ahead, and when it says so.
 *
 * As many as fill a few milliseconds, by how long the last ones took: hundreds of 10 us, a handful of 1 ms,
 * one where asking for the next would still be felt, none where it would not. So what waits here waits for
 * milliseconds; and when what runs turns out to take longer, or to give large results, what waits goes back.
 */
#include "clients/c/core/worker_inner.h"

enum {
    FILLED_NS = 4 * NS_IN_MS, /* the time that the tasks ahead are to fill */
    SLOW_NS = 50 * NS_IN_MS,  /* tasks of this length have none ahead */
    LONG_NS = 20 * NS_IN_MS,  /* when a task has run so long, what waits behind it goes back, */
    LONG_TIMES = 2,           /* unless tasks are as long as that here: then after this many times as long */
    MOST_AHEAD = 512,
    HEAVY = 1 << 20, /* bytes of a result: who has tasks of such must not run ahead of who reads them */
    WEIGHT = 8, /* the last task counts for one in so many, and before there were so many nothing is known */
};

void pace_busy(struct worker *worker, bool task)
{
    if (worker->busy_since == NEVER)
        worker->busy_since = worker->now;
    worker->timing |= task;
}

/* A task that was suspended runs at the cost of those that wait here, so all that the loop did since the last
 * one began is the time of one. */
void pace_rest(struct worker *worker)
{
    if (worker->busy_since != NEVER)
        worker->busy += worker->now - worker->busy_since;
    worker->busy_since = NEVER;
    if (!worker->timing)
        return;
    uint64_t took = worker->busy;
    worker->task_ns =
        worker->samples++ == 0 ? took : worker->task_ns - worker->task_ns / WEIGHT + took / WEIGHT;
    worker->busy = 0;
    worker->timing = false;
}

uint64_t pace_long_at(const struct worker *worker)
{
    uint64_t most = worker->task_ns * LONG_TIMES > LONG_NS ? worker->task_ns * LONG_TIMES : LONG_NS;
    return worker->busy_since == NEVER ? NEVER : worker->busy_since + most;
}

void pace_weigh(struct worker *worker, size_t size)
{
    worker->heavy = size >= HEAVY;
}

bool pace_is_long(const struct worker *worker)
{
    return worker->busy_since != NEVER && (worker->heavy || worker->now >= pace_long_at(worker));
}

/* Trust grows with what was seen. A few tasks say little of the next one: if that is long, what was put
 * behind it is late by LONG_NS, and so behind newer ones that other workers began meanwhile, which may be
 * long too. Nor is there room for more while what was given back is on its way: what crosses it goes back,
 * too. */
uint32_t pace_ahead(const struct worker *worker)
{
    if (worker->samples < WEIGHT || worker->task_ns >= SLOW_NS || worker->heavy || pace_is_long(worker) ||
        worker->leaving || !ahead_is_heard(worker))
        return 0;
    uint64_t ahead = FILLED_NS / (worker->task_ns ? worker->task_ns : 1);
    uint64_t most = worker->samples < MOST_AHEAD / 2 ? 2 * worker->samples : MOST_AHEAD;
    if (ahead == 0)
        ahead = 1;
    return (uint32_t)(ahead < most ? ahead : most);
}

void pace_note(struct worker *worker)
{
    if (worker->begun_at == NEVER)
        worker->begun_at = say_when(worker);
}

static uint32_t less(uint32_t from, uint32_t what)
{
    return from > what ? from - what : 0;
}

/* Whether the shim can derive nearly the same from the last WAITING and what it has sent since: of the room,
 * all but half of what is wanted ahead. */
static bool is_known(const struct worker *worker, uint32_t idle, uint32_t room, uint32_t ahead)
{
    const struct said *said = &worker->said;
    uint32_t known = less(said->room, said->read);
    bool queued = said->queued + less(said->read, said->idle) > 0;
    return idle == less(said->idle, said->read) && room <= known + ahead / 2 && known <= room + ahead / 2 &&
           (worker->ahead_count > 0 || !queued);
}

/* What WAITING would say now. */
static struct said measure(const struct worker *worker, uint32_t *ahead)
{
    uint32_t idle = worker->asks && worker->ahead_count == 0 && worker->mail.first == NULL;
    *ahead = pace_ahead(worker);
    return (struct said){
        .idle = idle, .room = idle + less(*ahead, worker->ahead_count), .queued = worker->ahead_count};
}

bool pace_has_news(const struct worker *worker)
{
    uint32_t ahead;
    struct said now = measure(worker, &ahead);
    return !is_known(worker, now.idle, now.room, ahead) || worker->now / NS_IN_MS >= worker->begun_at;
}

void pace_say(struct worker *worker)
{
    uint32_t ahead;
    if (!pace_has_news(worker))
        return;
    worker->said = measure(worker, &ahead);
    worker->begun_at = NEVER;
    struct message message = {.kind = KIND_WAITING};
    message.waiting.idle = worker->said.idle;
    message.waiting.room = worker->said.room;
    message.waiting.queued = worker->said.queued;
    message.waiting.receipt = worker->receipt;
    message.waiting.begun = worker->word.begun;
    message.waiting.has_running = worker->word.state == PAGE_RUNS;
    message.waiting.running = worker->word.task;
    say(worker, &message, SLICE_NONE);
}
