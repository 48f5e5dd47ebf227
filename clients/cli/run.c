/* run: tasks of this process: its source, its work, its connection and its sink together. What happens to
 * tasks once they are at the broker, in a session file's session, is rounds.c's. */
#include "clients/cli/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/call.h"
#include "clients/cli/progress.h"
#include "clients/cli/session.h"
#include "common/wire/uuid.h"
#include "edge/line/clock.h"
#include "edge/log.h"

enum {
    PATIENCE = 600000,      /* ms that a broker may be away once tasks are there */
    MOST_BYTES = 256 << 20, /* of the bodies of unfinished tasks */
};

struct run {
    const struct task_options *options;
    struct source *source;
    struct sink *sink;   /* of run_private, else NULL */
    struct fetch *fetch; /* of run_detached, else NULL */
    struct work work;
    struct progress progress;
    struct slice next; /* what the source gave and there is no room for */
    bool has_next;
    bool reads;  /* the stream is watched */
    bool busy;   /* people were told */
    uint64_t by; /* ms, when all is to be done */
};

static void on_readable(void *self)
{
    struct call *call = self;
    struct run *run = call->self;
    source_read(run->source);
    if (!source_wants_to_read(run->source)) {
        edge_remove_reader(call->edge);
        run->reads = false;
    }
}

/* Adds what the source has and there is room for. */
static void fill(struct call *call, struct run *run)
{
    struct source *source = run->source;
    for (;;) {
        if (!run->has_next)
            run->has_next = source_next(source, &run->next);
        if (!run->has_next || !work_has_room(&run->work, run->next.size))
            break;
        work_add(&run->work, run->next);
        run->has_next = false;
    }
    if (!run->has_next && source_wants_to_read(source) && !run->reads) {
        edge_add_reader(call->edge, source->file, on_readable, call);
        run->reads = true;
    }
    if (source->error) {
        char why[400];
        snprintf(why, sizeof why, "cannot read %s: %s", source->broken, strerror(source->error));
        call_end(call, CLI_USAGE, why);
    }
}

/* Takes what has ended, in order. False: the call is over. */
static bool show(struct call *call, struct run *run)
{
    struct work_outcome outcome;
    bool good = true, any = false;
    while (good && work_next(&run->work, &outcome)) {
        if (!any && run->sink)
            progress_clear(&run->progress);
        any = true;
        if (run->sink)
            good = sink_show(run->sink, &outcome);
        else if (outcome.done)
            fetch_add_slot(run->fetch, outcome.uuid, outcome.slot);
        else
            call_end(call, call_exit_of(outcome.code), outcome.text);
        work_drop(&run->work);
    }
    if (any && run->sink)
        good = good && sink_flush(run->sink);
    if (run->sink && !good)
        call_end(call, run->sink->broken, run->sink->why);
    return good;
}

static void report(struct call *call, struct run *run)
{
    struct progress *progress = &run->progress;
    progress->total = run->work.added;
    progress->complete = run->source->over;
    progress->done = run->work.done;
    progress->failed = run->work.failed;
    progress_show(progress, call->now);
}

/* The broker takes no more tasks: it is asked again and again, but a command that only submits gives up. */
static void see_to_busy(struct call *call, struct run *run)
{
    if (run->work.busy_since == NEVER)
        return;
    if (run->fetch && call->now - run->work.busy_since >= call->invocation->timeout)
        call_end(call, CLI_REFUSED, run->work.busy_text);
    if (!run->busy && !call->invocation->quiet && run->sink && call->invocation->verbose)
        log_plain("mailroom: the broker is busy: %s", run->work.busy_text);
    run->busy = true;
}

static void turn(struct call *call)
{
    struct run *run = call->self;
    fill(call, run);
    work_send(&run->work, &call->mail, call->now);
    if (!show(call, run))
        return;
    report(call, run);
    see_to_busy(call, run);
    if (call->now >= run->by)
        call_end(call, CLI_TIMEOUT, "not all was done in time; the rest is cancelled");
    if (run->source->over && !run->has_next && run->work.first == run->work.added)
        call_end(call, run->sink ? run->sink->code : CLI_FINE, NULL);
}

static uint64_t deadline(const struct call *call)
{
    const struct run *run = call->self;
    uint64_t first = NEVER;
    uint64_t others[] = {progress_deadline(&run->progress), run->by,
                         run->fetch && run->work.busy_since != NEVER
                             ? run->work.busy_since + call->invocation->timeout
                             : NEVER};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        first = others[i] < first ? others[i] : first;
    return call->client->state == CLIENT_IN ? first : NEVER;
}

static void news(struct call *call, const struct news *news)
{
    struct run *run = call->self;
    for (size_t i = 0; i < news->batch.count; i++) {
        if (news->batch.events[i].kind != MAILROOM_ANEW || call->invocation->quiet)
            continue;
        progress_clear(&run->progress);
        log_plain("mailroom %s: the broker has lost the session; what is not done is submitted again",
                  call->invocation->command->name);
    }
    work_take(&run->work, news);
}

static void stop(struct call *call)
{
    char why[100] = "";
    struct run *run = call->self;
    uint64_t left = run->work.live;
    progress_clear(&run->progress);
    if (run->sink)
        snprintf(why, sizeof why, "interrupted: %" PRIu64 " task%s cancelled", left, left == 1 ? "" : "s");
    call_end(call, CLI_INTERRUPTED, why);
}

static const struct call_handler handler = {.news = news, .stop = stop, .turn = turn, .deadline = deadline};

static void begin(struct run *run, const struct invocation *invocation)
{
    const struct task_options *options = run->options;
    struct work_config config = {.runtime = options->runtime,
                                 .name = options->name ? options->name : "",
                                 .priority = (uint8_t)options->priority,
                                 .flags = TASK_TIMED | (run->sink ? TASK_DELIVER : TASK_KEEP),
                                 .most = run->sink ? options->ahead : UINT64_MAX,
                                 .most_bytes = run->sink ? MOST_BYTES : UINT64_MAX,
                                 .submit_only = !run->sink};
    uint64_t now = clock_ms();
    clock_random(config.prefix, sizeof config.prefix);
    work_init(&run->work, &config);
    run->by = run->sink && options->within < NEVER - now ? now + options->within : NEVER;
    progress_init(&run->progress, invocation->command->name,
                  invocation->quiet || invocation->json || !run->sink, now);
}

static void end(struct run *run)
{
    slice_drop(&run->next);
    progress_end(&run->progress, clock_ms());
    work_free(&run->work);
}

int run_private(struct invocation *invocation, const struct task_options *options, struct source *source,
                struct sink *sink)
{
    struct run run = {.options = options, .source = source, .sink = sink};
    begin(&run, invocation);
    int code = call_run(invocation, NULL, false, PATIENCE, &handler, &run);
    end(&run);
    return code;
}

/* The command ends before the broker has said that it has everything: what it may have nevertheless. */
static void tell_submitted(const struct invocation *invocation, const struct work *work)
{
    const char *introduced = "the broker may have these tasks, `mailroom status` says:";
    for (uint32_t i = 0; i < work->batch_count; i++) {
        uint8_t uuid[UUID_SIZE];
        char text[UUID_TEXT];
        if (!work_may_be_there(work, i))
            continue;
        if (introduced)
            log_plain("mailroom %s: %s", invocation->command->name, introduced);
        introduced = NULL;
        work_uuid(work, i, uuid);
        uuid_text(uuid, text);
        log_plain("%s", text);
    }
}

int run_detached(struct invocation *invocation, const struct task_options *options, struct source *source,
                 struct fetch *fetch)
{
    struct run run = {.options = options, .source = source, .fetch = fetch};
    struct session session;
    int code = session_open(&session, invocation);
    if (code != CLI_FINE)
        return code;
    begin(&run, invocation);
    code = call_run(invocation, session.token, true, invocation->timeout, &handler, &run);
    session_close(&session);
    if ((code == CLI_INTERRUPTED || code == CLI_NO_BROKER) && !invocation->quiet)
        tell_submitted(invocation, &run.work);
    end(&run);
    return code;
}
