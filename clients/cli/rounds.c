/* rounds: waits for tasks in the session of the session file, without keeping other commands from it:
 * connects, asks how they are, detaches, sleeps, and when they have ended gets their results. The rest of
 * run.h. */
#include <stdio.h>
#include <string.h>

#include "clients/cli/call.h"
#include "clients/cli/progress.h"
#include "clients/cli/run.h"
#include "clients/cli/session.h"
#include "clients/cli/wait.h"
#include "common/wire/uuid.h"
#include "edge/line/clock.h"
#include "edge/log.h"

enum { FIRST_PAUSE = 100, MOST_PAUSE = 1000 /* ms between two rounds */ };

struct rounds {
    const struct task_options *options;
    struct fetch *fetch;
    struct sink *sink;
    struct progress progress;
};

static void ready(struct call *call, bool known)
{
    struct rounds *rounds = call->self;
    fetch_begin(rounds->fetch, call->client);
    client_expect(call->client, call->now + call->invocation->timeout);
}

static void mail(struct call *call, const struct message *message, struct slice *body)
{
    struct rounds *rounds = call->self;
    fetch_take(rounds->fetch, call->client, message, body, call->now);
    client_expect(call->client, call->now + call->invocation->timeout);
}

/* Shows what is there, in order. False: the call is over. */
static bool show(struct call *call, struct rounds *rounds)
{
    struct work_outcome outcome;
    bool any = false, good = fetch_next(rounds->fetch, &outcome)
                                 ? sink_expect(rounds->sink, rounds->fetch->entry_count)
                                 : true;
    while (good && fetch_next(rounds->fetch, &outcome)) {
        if (!any)
            progress_clear(&rounds->progress);
        any = true;
        good = sink_show(rounds->sink, &outcome);
        fetch_drop(rounds->fetch);
    }
    good = good && (!any || sink_flush(rounds->sink));
    if (!good)
        call_end(call, rounds->sink->broken, rounds->sink->why);
    return good;
}

static void report(struct rounds *rounds, uint64_t now)
{
    const struct fetch *fetch = rounds->fetch;
    struct progress *progress = &rounds->progress;
    progress->total = progress->done = progress->failed = 0;
    for (uint32_t i = 0; i < fetch->target_count; i++) {
        progress->total += fetch->targets[i].total;
        progress->done += fetch->targets[i].done;
        progress->failed += fetch->targets[i].failed;
    }
    progress->complete = true;
    progress_show(progress, now);
}

static void turn(struct call *call)
{
    struct rounds *rounds = call->self;
    struct fetch *fetch = rounds->fetch;
    fetch_send(fetch, call->client, call->now);
    if (!show(call, rounds))
        return;
    report(rounds, call->now);
    if (fetch->phase == FETCH_WAITS)
        call_end(call, CLI_FINE, NULL);
    if (fetch->phase != FETCH_HAS)
        return;
    if (!rounds->options->keep)
        fetch_release(fetch, call->client);
    call_end(call, rounds->sink->code, NULL);
}

static uint64_t deadline(const struct call *call)
{
    const struct rounds *rounds = call->self;
    return fetch_deadline(rounds->fetch);
}

/* Connects once. */
static int go_round(struct invocation *invocation, struct rounds *rounds)
{
    static const struct call_handler handler = {
        .ready = ready, .mail = mail, .turn = turn, .deadline = deadline};
    struct session session;
    int code = session_open(&session, invocation);
    if (code != CLI_FINE)
        return code;
    code = call_run(invocation, session.token, true, invocation->timeout, &handler, rounds);
    session_close(&session);
    return code;
}

static void tell_unfinished(const struct invocation *invocation, const struct fetch *fetch)
{
    char text[UUID_TEXT];
    for (uint32_t i = 0; i < fetch->target_count; i++) {
        const struct fetch_target *target = &fetch->targets[i];
        if (target->state == STATE_UNKNOWN || target->ended == target->total)
            continue;
        uuid_text(target->uuid, text);
        log_plain("mailroom %s: %s is %s: --wait waits for it", invocation->command->name, text,
                  state_name(target->state));
    }
}

/* Ctrl-C while nothing is connected: what becomes of the tasks was said before. */
static void tell_interrupted(const struct invocation *invocation, const struct fetch *fetch)
{
    char text[UUID_TEXT];
    if (invocation->quiet)
        return;
    log_plain("mailroom %s: interrupted; the tasks go on, `mailroom result` fetches them:",
              invocation->command->name);
    for (uint32_t i = 0; i < fetch->target_count; i++) {
        uuid_text(fetch->targets[i].uuid, text);
        log_plain("%s", text);
    }
}

int run_fetch(struct invocation *invocation, const struct task_options *options, struct fetch *fetch,
              struct sink *sink)
{
    struct rounds rounds = {.options = options, .fetch = fetch, .sink = sink};
    uint64_t now = clock_ms(), pause = FIRST_PAUSE;
    uint64_t by = options->within < NEVER - now ? now + options->within : NEVER;
    progress_init(&rounds.progress, invocation->command->name, invocation->quiet || invocation->json, now);
    int code = go_round(invocation, &rounds);
    while (code == CLI_FINE && fetch->phase == FETCH_WAITS) {
        now = clock_ms();
        report(&rounds, now);
        if (!options->wait || now >= by) {
            progress_end(&rounds.progress, now);
            tell_unfinished(invocation, fetch);
            return CLI_TIMEOUT;
        }
        uint64_t left = by - now;
        code = wait_ms(pause < left ? pause : left) ? go_round(invocation, &rounds) : CLI_INTERRUPTED;
        pause = pause * 3 / 2 < MOST_PAUSE ? pause * 3 / 2 : MOST_PAUSE;
    }
    progress_end(&rounds.progress, clock_ms());
    if (code == CLI_INTERRUPTED)
        tell_interrupted(invocation, fetch);
    return code;
}
