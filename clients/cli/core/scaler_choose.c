/* scaler_choose: how many jobs are wanted, and which of them may go; see scaler.h. */
#include <string.h>

#include "clients/cli/core/scaler_inner.h"

enum {
    BURST = 20,     /* jobs submitted at one look: batch systems do not like more */
    SETTLE = 15000, /* ms: workers that are idle for so long, though tasks wait, do not take them */
    MEMORY = 60000, /* ms in which how long tasks take is forgotten */
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* Whole jobs for so many workers. */
static uint64_t jobs_for(uint64_t workers, uint64_t each)
{
    return workers / each + (workers % each != 0);
}

/* One that ends has its place until it has: it may be requeued. */
static bool is_active(const struct known *known)
{
    return known->job.state != JOB_ENDED;
}

/* Workers that the next job is expected to bring; 0: nobody knows, for there has been none. */
static uint64_t each_job(const struct scaler *scaler)
{
    if (scaler->config.per_job)
        return scaler->config.per_job;
    if (scaler->each)
        return scaler->each;
    return scaler->count ? scaler->known[scaler->count - 1].job.cpus : 0;
}

static uint64_t expected(const struct scaler *scaler, const struct known *known)
{
    uint64_t each = scaler->config.per_job ? scaler->config.per_job : scaler->each;
    return each ? each : most(known->job.cpus, 1);
}

/* Adds a job to the tally. */
static void count_job(const struct scaler *scaler, const struct known *known, uint64_t now,
                      struct scaler_tally *tally)
{
    bool runs = known->job.state == JOB_RUNS;
    tally->pending += known->job.state == JOB_PENDING;
    tally->running += known->job.state != JOB_PENDING;
    if (known->drains || known->job.state == JOB_ENDS || scaler_was_asked(known, now)) {
        tally->leaving++;
        return;
    }
    tally->workers += known->workers;
    tally->idle += known->idle;
    if (known->workers == 0 && (known->starting || !known->worked) && known->job.state != JOB_SUSPENDED)
        tally->coming += expected(scaler, known);
    tally->silent += runs && !known->worked && known->job.ran >= scaler->config.silent;
    tally->useless |= known->idle_since != SCALER_NEVER && now - known->idle_since >= SETTLE;
}

static void count(struct scaler *scaler, const struct scaler_view *view)
{
    struct scaler_tally *tally = &scaler->orders.tally;
    for (size_t i = 0; i < scaler->count; i++) {
        if (is_active(&scaler->known[i]))
            count_job(scaler, &scaler->known[i], view->now, tally);
    }
    tally->queued = view->queued;
    tally->useless &= view->queued > 0 && scaler->queued > 0;
}

/* How long tasks take of late, in ms of a worker; 0: not known. What is older fades as workers work: long
 * tasks show in what has not ended meanwhile. */
static double task_time(struct scaler *scaler, const struct scaler_view *view)
{
    if (scaler->last == SCALER_NEVER)
        return 0;
    uint64_t passed = view->now - scaler->last;
    uint64_t busy = scaler->orders.tally.workers - scaler->orders.tally.idle;
    if (busy == 0 && view->finished > scaler->finished)
        busy = 1; /* they came and went between two looks */
    double fades = busy == 0 ? 1 : passed < MEMORY ? 1 - (double)passed / MEMORY : 0;
    scaler->busy = scaler->busy * fades + (double)busy * (double)passed;
    scaler->ended = scaler->ended * fades + (double)minus(view->finished, scaler->finished);
    return scaler->ended > 0 ? scaler->busy / scaler->ended : 0;
}

/* Workers for what there is: one for each task that runs or waits, or fewer where tasks are so short that
 * fewer do them in time. What waited at this look only, and not at the one before, may be gone by the next.
 */
static uint64_t count_wanted(struct scaler *scaler, const struct scaler_view *view)
{
    const struct scaler_tally *tally = &scaler->orders.tally;
    uint64_t waits = scaler->last == SCALER_NEVER ? view->queued : least(view->queued, scaler->queued);
    uint64_t busy = tally->workers - tally->idle;
    double time = task_time(scaler, view);
    double enough = (double)waits * time / (double)scaler->config.within;
    bool short_ones = time > 0 && enough < (double)waits;
    uint64_t soon = short_ones ? most(busy, (uint64_t)enough + (waits > 0)) : UINT64_MAX;
    return least(busy + waits, soon);
}

/* Notes what is wanted now; the most that was wanted within `idle`. */
static uint64_t peak(struct scaler *scaler, uint64_t wanted, uint64_t now)
{
    uint64_t piece = now / most(scaler->config.idle / (PEAKS - 1), 1);
    if (piece - scaler->peak_piece >= PEAKS)
        memset(scaler->peaks, 0, sizeof scaler->peaks);
    else
        for (uint64_t next = scaler->peak_piece + 1; next <= piece; next++)
            scaler->peaks[next % PEAKS] = 0;
    scaler->peak_piece = piece;
    uint64_t *now_peak = &scaler->peaks[piece % PEAKS], highest = 0;
    *now_peak = most(*now_peak, wanted);
    for (size_t i = 0; i < PEAKS; i++)
        highest = most(highest, scaler->peaks[i]);
    return highest;
}

/* Jobs to add; why not as many as are wanted. */
static uint64_t grow(struct scaler *scaler, uint64_t now)
{
    struct scaler_orders *orders = &scaler->orders;
    const struct scaler_config *config = &scaler->config;
    const struct scaler_tally *tally = &orders->tally;
    uint64_t each = each_job(scaler), active = tally->pending + tally->running;
    uint64_t missing = minus(tally->wanted, tally->workers + tally->coming);
    uint64_t wanted = each ? jobs_for(missing, each) : missing > 0 && active == 0;
    if (wanted > 0 && tally->useless) {
        orders->hold = SCALER_HOLD_USELESS;
        wanted = 0;
    }
    wanted = most(wanted, minus(config->min, active - tally->leaving));
    if (wanted > 0 && now < scaler->rest_until) {
        orders->hold = SCALER_HOLD_DEATHS;
        orders->wait = scaler->rest_until - now;
        return 0;
    }
    if (wanted > 0 && tally->silent > 0 && tally->workers == 0) {
        orders->hold = SCALER_HOLD_SILENT;
        return 0;
    }
    if (wanted > minus(config->max, active))
        orders->hold = SCALER_HOLD_MAX;
    else if (wanted > minus(config->max_pending, tally->pending))
        orders->hold = SCALER_HOLD_PENDING;
    wanted = least(wanted, minus(config->max, active));
    wanted = least(wanted, minus(config->max_pending, tally->pending));
    return least(wanted, BURST);
}

/* The job that waits and was submitted last, of those that are not to go yet; NULL: none. */
static struct known *last_pending(struct scaler *scaler, uint64_t now)
{
    struct known *found = NULL;
    for (size_t i = 0; i < scaler->count; i++) {
        struct known *known = &scaler->known[i];
        if (known->job.state == JOB_PENDING && !scaler_was_asked(known, now) &&
            (!found || known->job.id > found->job.id))
            found = known;
    }
    return found;
}

/* The one that has been idle for long enough, and of those has run longest: its limit is nearest. */
static struct known *oldest_idle(struct scaler *scaler, uint64_t now)
{
    struct known *found = NULL;
    for (size_t i = 0; i < scaler->count; i++) {
        struct known *known = &scaler->known[i];
        bool may_go = known->job.state == JOB_RUNS && !known->drains && !scaler_was_asked(known, now) &&
                      known->starting == 0 && known->idle_since != SCALER_NEVER &&
                      now - known->idle_since >= scaler->config.idle;
        if (may_go && (!found || known->job.ran > found->job.ran))
            found = known;
    }
    return found;
}

/* Lets jobs go that nobody has wanted for `idle`: first those that have not begun, then idle ones. */
static void shrink(struct scaler *scaler, uint64_t wanted_lately, uint64_t now)
{
    struct scaler_orders *orders = &scaler->orders;
    const struct scaler_config *config = &scaler->config;
    const struct scaler_tally *tally = &orders->tally;
    uint64_t keep = jobs_for(wanted_lately, most(each_job(scaler), 1));
    keep = least(most(keep, config->min), config->max);
    uint64_t surplus = minus(tally->pending + tally->running - tally->leaving, keep);
    for (struct known *known; surplus > 0 && (known = last_pending(scaler, now)); surplus--) {
        orders->cancel[orders->cancels++] = known->job.id;
        known->asked = now;
    }
    for (struct known *known; surplus > 0 && (known = oldest_idle(scaler, now)); surplus--) {
        orders->drain[orders->drains++] = known->job.id;
        known->asked = now;
    }
}

void scaler_choose(struct scaler *scaler, const struct scaler_view *view)
{
    struct scaler_orders *orders = &scaler->orders;
    count(scaler, view);
    orders->tally.wanted = count_wanted(scaler, view);
    uint64_t lately = peak(scaler, orders->tally.wanted, view->now);
    orders->submit = grow(scaler, view->now);
    if (view->now - scaler->began >= scaler->config.idle && orders->submit == 0)
        shrink(scaler, lately, view->now);
}
