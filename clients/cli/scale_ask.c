/* scale_ask: see scale_ask.h. */
#include "clients/cli/scale_ask.h"

#include <stdlib.h>
#include <string.h>

#include "clients/cli/call.h"
#include "clients/cli/operate.h"
#include "common/base/mem.h"
#include "edge/notify.h"

enum { CORR_COUNTS = 1, CORR_MANAGERS = 2, CORR_DRAIN = 3 };

#define GRACE (24ull * 3600 * 1000) /* ms: the job's own limit comes before */

struct ask {
    const char *const *runtimes;
    struct scale_answer *answer;
    const uint64_t *jobs; /* to be drained */
    size_t job_count, waits;
    char *why;
};

/* Whether a task of this runtime, "python/3495", is one that jobs could run. */
static bool is_ours(const char *const *runtimes, struct span name)
{
    const uint8_t *slash = name.size ? memchr(name.data, '/', name.size) : NULL;
    size_t size = slash ? (size_t)(slash - name.data) : name.size;
    for (; *runtimes; runtimes++) {
        if (strlen(*runtimes) == size && memcmp(*runtimes, name.data, size) == 0)
            return true;
    }
    return false;
}

/* A broker of before says how many tasks wait, but not of which runtimes. */
static void read_counts(struct ask *ask, struct list counts)
{
    static const char prefix[] = "queued ";
    struct scale_answer *answer = ask->answer;
    struct list list = counts;
    struct span name;
    bool says = false;
    for (uint64_t value; list_next_count(&list, &name, &value);) {
        size_t size = sizeof prefix - 1;
        if (name.size <= size || memcmp(name.data, prefix, size) != 0)
            continue;
        says = true;
        if (is_ours(ask->runtimes, (struct span){name.data + size, name.size - size}))
            answer->queued += value;
    }
    if (!says)
        answer->queued = operate_count(counts, "queued");
    answer->finished = operate_count(counts, "finished") + operate_count(counts, "failed");
}

static void read_managers(struct scale_answer *answer, struct list managers)
{
    for (struct listed_manager manager; list_next_listed_manager(&managers, &manager);) {
        struct scale_manager seen = {.seen = {.state = manager.state,
                                              .workers = manager.workers,
                                              .idle = manager.idle,
                                              .tasks = manager.tasks}};
        if (manager.name.size >= sizeof seen.name)
            continue;
        memcpy(seen.name, manager.name.data, manager.name.size);
        const char *slash = strrchr(seen.name, '/');
        char *end;
        seen.seen.job = slash ? strtoull(slash + 1, &end, 10) : 0;
        if (seen.seen.job == 0 || *end != '\0')
            continue;
        answer->managers = mem_resize(answer->managers, answer->count + 1, sizeof *answer->managers);
        answer->managers[answer->count++] = seen;
    }
}

static void ready(struct call *call, bool known)
{
    struct ask *ask = call->self;
    (void)known;
    notify_alive(); /* each link has its own time to answer */
    if (ask->job_count == 0) {
        struct message counts = {.kind = KIND_COUNTS}, managers = {.kind = KIND_MANAGERS};
        counts.counts.corr = CORR_COUNTS;
        managers.managers.corr = CORR_MANAGERS;
        ask->waits = 2;
        ask->answer->queued = ask->answer->count = 0; /* asked again, on a new link */
        call_ask(call, &counts);
        call_ask(call, &managers);
        return;
    }
    ask->waits = 0;
    for (size_t i = 0; i < ask->answer->count; i++) {
        const struct scale_manager *manager = &ask->answer->managers[i];
        for (size_t j = 0; j < ask->job_count; j++) {
            if (ask->jobs[j] != manager->seen.job)
                continue;
            struct message drain = {.kind = KIND_DRAIN};
            drain.drain.corr = CORR_DRAIN;
            drain.drain.manager = span_text(manager->name);
            drain.drain.grace = GRACE;
            ask->waits++;
            call_ask(call, &drain);
        }
    }
    if (ask->waits == 0)
        call_end(call, CLI_FINE, NULL);
}

static void mail(struct call *call, const struct message *message, struct slice *body)
{
    struct ask *ask = call->self;
    (void)body;
    if (message->kind == KIND_ERROR) {
        call_end_refused(call, message);
        return;
    }
    if (message->kind == KIND_COUNTS)
        read_counts(ask, message->counts.counts);
    else if (message->kind == KIND_MANAGERS)
        read_managers(ask->answer, message->managers.managers);
    else if (message->kind != KIND_DRAIN)
        return;
    if (--ask->waits == 0)
        call_end(call, CLI_FINE, NULL);
}

static void over(struct call *call, const char *why)
{
    const struct ask *ask = call->self;
    snprintf(ask->why, SCALE_WHY, "%s", why);
}

static const struct call_handler handler = {.ready = ready, .mail = mail, .over = over};

int scale_ask(const struct invocation *invocation, const char *const *runtimes, struct scale_answer *answer,
              char why[SCALE_WHY])
{
    struct ask ask = {.runtimes = runtimes, .answer = answer, .why = why};
    why[0] = '\0';
    notify_alive();
    return call_run(invocation, NULL, false, invocation->timeout, &handler, &ask);
}

int scale_drain(const struct invocation *invocation, const struct scale_answer *answer, const uint64_t *jobs,
                size_t count, char why[SCALE_WHY])
{
    struct scale_answer copy = *answer;
    struct ask ask = {.answer = &copy, .jobs = jobs, .job_count = count, .why = why};
    why[0] = '\0';
    notify_alive();
    return call_run(invocation, NULL, false, invocation->timeout, &handler, &ask);
}
