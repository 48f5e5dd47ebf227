/* scale_run: the rounds of `mailroom scale`: look at Slurm and at the broker, decide, act, say so. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "clients/cli/exits.h"
#include "clients/cli/out.h"
#include "clients/cli/scale.h"
#include "clients/cli/scale_ask.h"
#include "clients/cli/wait.h"
#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/notify.h"

enum { LAST_WORDS = 600, TROUBLE = TOOL_WHY + 40 };

/* What one who runs has between its rounds. */
struct rounds {
    struct invocation *invocation;
    struct scale *scale;
    struct scaler *scaler;
    char trouble[TROUBLE]; /* the last that was told; "": none */
    bool been_well;        /* the broker has answered */
    struct scaler_tally told;
    enum scaler_hold told_hold;
    json_t *acts; /* of this round, for --json */
};

static const char *const holds[] = {
    [SCALER_HOLD_NOTHING] = "",
    [SCALER_HOLD_DEATHS] = "jobs die as they begin",
    [SCALER_HOLD_SILENT] = "jobs run, but none comes to the broker: do nodes reach it? (--dial, --keys)",
    [SCALER_HOLD_USELESS] = "workers stay idle: what waits is not for them (--runtime)",
    [SCALER_HOLD_MAX] = "no more than --max",
    [SCALER_HOLD_PENDING] = "no more than --max-pending wait",
};

/* A line for people, with the time. */
static void say(const struct rounds *rounds, const char *text)
{
    char stamp[32];
    time_t now = (time_t)(clock_wall_us() / 1000000);
    struct tm broken;
    strftime(stamp, sizeof stamp, "%F %T", localtime_r(&now, &broken));
    if (!rounds->invocation->quiet && !rounds->invocation->json)
        log_plain("%s mailroom scale: %s", stamp, text);
}

/* Tells of trouble once, not at each round. */
static void trouble(struct rounds *rounds, const char *text)
{
    if (strcmp(rounds->trouble, text) == 0)
        return;
    snprintf(rounds->trouble, sizeof rounds->trouble, "%s", text);
    if (!rounds->invocation->json) {
        say(rounds, text);
        return;
    }
    out_json(json_pack("{s:s}", "trouble", text));
    out_flush();
}

static void add_act(struct rounds *rounds, const char *what, uint64_t id)
{
    json_t *list = json_object_get(rounds->acts, what);
    if (!list) {
        list = json_array();
        json_object_set_new(rounds->acts, what, list);
    }
    json_array_append_new(list, json_integer((json_int_t)id));
}

static void tell_death(struct rounds *rounds, const struct scaler_orders *orders,
                       const struct scaler_job *job)
{
    char words[LAST_WORDS], text[LAST_WORDS + 200];
    slurm_last_words(&rounds->scale->slurm, orders->died, words, sizeof words);
    snprintf(text, sizeof text,
             "job %" PRIu64 " died as it began (%s%s%s), the next ones come in %" PRIu64 " s%s%s",
             orders->died, job ? job->how : "it is gone", job && job->reason[0] ? ", " : "",
             job ? job->reason : "", orders->wait / 1000, words[0] ? "; it wrote: " : "; it wrote nothing",
             words);
    add_act(rounds, "died", orders->died);
    json_object_set_new(rounds->acts, "why", out_text(span_text(text)));
    say(rounds, text);
}

static void submit(struct rounds *rounds, uint64_t count)
{
    char why[TOOL_WHY], text[TOOL_WHY + 100];
    for (uint64_t i = 0; i < count; i++) {
        uint64_t id;
        if (slurm_submit(&rounds->scale->slurm, &id, why)) {
            add_act(rounds, "submitted", id);
            snprintf(text, sizeof text, "submitted job %" PRIu64, id);
            say(rounds, text);
            continue;
        }
        uint64_t wait = scaler_refused(rounds->scaler, clock_ms());
        snprintf(text, sizeof text, "%s; the next attempt is in %" PRIu64 " s", why, wait / 1000);
        add_act(rounds, "refused", 0);
        json_object_set_new(rounds->acts, "why", out_text(span_text(text)));
        say(rounds, text);
        return; /* the rest would fail as well, or the first one is there all the same: the next look tells */
    }
}

static void act(struct rounds *rounds, const struct scaler_orders *orders, const struct scale_answer *answer)
{
    char why[TOOL_WHY], text[80];
    submit(rounds, orders->submit);
    if (orders->cancels > 0 &&
        !slurm_cancel_pending(&rounds->scale->slurm, orders->cancel, orders->cancels, why))
        trouble(rounds, why);
    if (orders->drains > 0 &&
        scale_drain(rounds->invocation, answer, orders->drain, orders->drains, why) != CLI_FINE)
        trouble(rounds, why);
    for (size_t i = 0; i < orders->cancels; i++) {
        add_act(rounds, "cancelled", orders->cancel[i]);
        snprintf(text, sizeof text, "job %" PRIu64 " is cancelled: it has not begun, and is not wanted",
                 orders->cancel[i]);
        say(rounds, text);
    }
    for (size_t i = 0; i < orders->drains; i++) {
        add_act(rounds, "drained", orders->drain[i]);
        snprintf(text, sizeof text, "job %" PRIu64 " leaves: it has nothing to do", orders->drain[i]);
        say(rounds, text);
    }
}

static void put(json_t *object, const char *name, uint64_t number)
{
    json_object_set_new(object, name, json_integer((json_int_t)number));
}

static void report_json(struct rounds *rounds, const struct scaler_orders *orders)
{
    const struct scaler_tally *tally = &orders->tally;
    json_t *value = rounds->acts;
    rounds->acts = NULL;
    put(value, "pending", tally->pending);
    put(value, "running", tally->running);
    put(value, "leaving", tally->leaving);
    put(value, "workers", tally->workers);
    put(value, "idle", tally->idle);
    put(value, "coming", tally->coming);
    put(value, "queued", tally->queued);
    put(value, "wanted", tally->wanted);
    if (orders->hold != SCALER_HOLD_NOTHING)
        json_object_set_new(value, "hold", json_string(holds[orders->hold]));
    out_json(value);
    out_flush();
}

/* A line where something has changed. */
static void report(struct rounds *rounds, const struct scaler_orders *orders)
{
    const struct scaler_tally *tally = &orders->tally, *told = &rounds->told;
    bool changed = json_object_size(rounds->acts) > 0 || orders->hold != rounds->told_hold ||
                   tally->pending != told->pending || tally->running != told->running ||
                   tally->leaving != told->leaving || tally->workers != told->workers || !rounds->been_well;
    if (changed) {
        char text[400];
        snprintf(text, sizeof text,
                 "%" PRIu64 " tasks wait; %" PRIu64 " jobs run and %" PRIu64 " wait, with %" PRIu64
                 " workers, of them %" PRIu64 " idle%s%s",
                 tally->queued, tally->running, tally->pending, tally->workers, tally->idle,
                 orders->hold ? "; " : "", holds[orders->hold]);
        say(rounds, text);
    }
    rounds->told = *tally;
    rounds->told_hold = orders->hold;
    if (rounds->invocation->json && changed)
        report_json(rounds, orders);
}

static const struct scaler_job *find_job(const struct scaler_view *view, uint64_t id)
{
    for (size_t i = 0; i < view->job_count; i++) {
        if (view->jobs[i].id == id)
            return &view->jobs[i];
    }
    return NULL;
}

/* A look at all there is, decided on and acted upon. */
static void decide(struct rounds *rounds, const struct scaler_job *jobs, size_t job_count,
                   const struct scale_answer *answer)
{
    struct scaler_manager *managers = mem_zalloc(answer->count + 1, sizeof *managers);
    for (size_t i = 0; i < answer->count; i++)
        managers[i] = answer->managers[i].seen;
    struct scaler_view view = {
        .now = clock_ms(),
        .jobs = jobs,
        .job_count = job_count,
        .managers = managers,
        .manager_count = answer->count,
        .queued = answer->queued,
        .finished = answer->finished,
    };
    const struct scaler_orders *orders = scaler_step(rounds->scaler, &view);
    rounds->acts = json_object();
    if (orders->died)
        tell_death(rounds, orders, find_job(&view, orders->died));
    act(rounds, orders, answer);
    report(rounds, orders);
    json_decref(rounds->acts);
    rounds->acts = NULL;
    rounds->been_well = true;
    mem_free(managers);
}

/* Where one of the two cannot be asked there is no picture, and nothing is done. Returns an exit code;
 * CLI_FINE: go on. */
static int look(struct rounds *rounds, bool *well)
{
    char why[TOOL_WHY];
    struct scaler_job *jobs;
    size_t count;
    struct scale_answer answer = {0};
    const char *const *runtimes = (const char *const *)rounds->scale->runtimes.at;
    *well = false;
    if (!slurm_jobs(&rounds->scale->slurm, &jobs, &count, why)) {
        trouble(rounds, why);
        return CLI_FINE;
    }
    int code = scale_ask(rounds->invocation, runtimes, &answer, why);
    *well = code == CLI_FINE;
    if (*well) {
        rounds->trouble[0] = '\0';
        decide(rounds, jobs, count, &answer);
    } else if (why[0]) {
        trouble(rounds, why);
    }
    mem_free(answer.managers);
    mem_free(jobs);
    bool for_good =
        code == CLI_USAGE || code == CLI_INTERRUPTED || (code == CLI_REFUSED && !rounds->been_well);
    return for_good ? code : CLI_FINE;
}

/* Waits for the next look. False: it is told to end. */
static bool rest(uint64_t time)
{
    const uint64_t period = notify_period();
    notify_alive();
    for (; time > period; time -= period) {
        if (!wait_ms(period))
            return false;
        notify_alive();
    }
    return wait_ms(time);
}

static void end_jobs(struct rounds *rounds)
{
    char why[TOOL_WHY];
    if (!rounds->scale->end_jobs)
        say(rounds, "ends; its jobs go on");
    else if (!slurm_cancel_all(&rounds->scale->slurm, why))
        trouble(rounds, why);
    else
        say(rounds, "ends, and its jobs with it");
}

int scale_run(struct invocation *invocation, struct scale *scale)
{
    struct rounds rounds = {.invocation = invocation, .scale = scale, .scaler = scaler_new(&scale->config)};
    bool well;
    int code;
    notify_ready(); /* before the first look: systemd has its watchdog from then on */
    for (;;) {
        code = look(&rounds, &well);
        if (code != CLI_FINE)
            break;
        if (scale->once) {
            code = well ? CLI_FINE : CLI_FAILED;
            break;
        }
        if (!rest(scale->interval)) {
            code = CLI_INTERRUPTED;
            break;
        }
    }
    if (code == CLI_INTERRUPTED)
        end_jobs(&rounds);
    scaler_free(rounds.scaler);
    return code;
}
