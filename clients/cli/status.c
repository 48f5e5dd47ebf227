/* status: says how tasks are. */
#include <inttypes.h>
#include <stdio.h>

#include "clients/cli/ask.h"
#include "clients/cli/commands.h"
#include "clients/cli/out.h"
#include "common/wire/uuid.h"

/* Seconds and bytes; what its worker has not said is left out. */
static json_t *times_of(const struct timing *timing)
{
    json_t *value = json_object();
    const double second = 1e6;
    json_object_set_new(value, "waited", json_real((double)timing->waited / second));
    json_object_set_new(value, "held", json_real((double)timing->held / second));
    json_object_set_new(value, "age", json_real((double)timing->age / second));
    if (timing->ran > 0) {
        json_object_set_new(value, "ran", json_real((double)timing->ran / second));
        json_object_set_new(value, "cpu", json_real((double)timing->cpu / second));
    }
    if (timing->memory > 0)
        json_object_set_new(value, "memory", json_integer((json_int_t)timing->memory));
    return value;
}

/* At the end: what the task has taken so far, or took. */
static void show_times(const struct message *answer)
{
    const struct timing *timing = &answer->status.timing;
    const double second = 1e6, mebibyte = 1 << 20;
    printf(" (waited %.3f s", (double)timing->waited / second);
    if (timing->ran > 0)
        printf(", ran %.3f s, CPU %.3f s", (double)timing->ran / second, (double)timing->cpu / second);
    else if (answer->status.queued < answer->status.total)
        printf(", away for %.3f s", (double)timing->held / second);
    if (timing->memory > 0)
        printf(", at most %.1f MiB", (double)timing->memory / mebibyte);
    if (answer->status.manager.data && answer->status.state != STATE_RUNNING) {
        printf(", at ");
        out_peer_text(stdout, answer->status.manager, false);
    }
    putchar(')');
}

static void show_json(const struct message *answer)
{
    json_t *value = json_object();
    json_object_set_new(value, "uuid", out_uuid(answer->status.uuid));
    json_object_set_new(value, "state", json_string(state_name((unsigned)answer->status.state)));
    const struct {
        const char *name;
        uint64_t number;
    } numbers[] = {{"total", answer->status.total},      {"queued", answer->status.queued},
                   {"running", answer->status.running},  {"done", answer->status.done},
                   {"failed", answer->status.failed},    {"cancelled", answer->status.cancelled},
                   {"attempts", answer->status.attempts}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        json_object_set_new(value, numbers[i].name, json_integer((json_int_t)numbers[i].number));
    const struct span manager = answer->status.manager, why = answer->status.why;
    json_object_set_new(value, "manager", manager.data ? out_text(manager) : json_null());
    json_object_set_new(value, "why", why.data ? out_text(why) : json_null());
    if (answer->status.timed)
        json_object_set_new(value, "times", times_of(&answer->status.timing));
    out_json(value);
}

static void show_line(const struct message *answer)
{
    char text[UUID_TEXT];
    uint64_t ended = answer->status.done + answer->status.failed + answer->status.cancelled;
    uuid_text(answer->status.uuid, text);
    printf("%s %s", text, state_name((unsigned)answer->status.state));
    if (answer->status.total > 1)
        printf(", %" PRIu64 " of %" PRIu64 " ended", ended, answer->status.total);
    if (answer->status.total > 1 && answer->status.failed > 0)
        printf(", %" PRIu64 " failed", answer->status.failed);
    if (answer->status.attempts > 1)
        printf(", attempt %" PRIu64, answer->status.attempts);
    bool runs = answer->status.state == STATE_RUNNING;
    if (answer->status.manager.data && runs) {
        printf(", at ");
        out_peer_text(stdout, answer->status.manager, false);
    }
    if (answer->status.why.data) {
        printf(": ");
        out_peer_text(stdout, answer->status.why, false);
    }
    if (answer->status.timed)
        show_times(answer);
    putchar('\n');
}

static enum cli_exit show(const struct invocation *invocation, const struct message *answer)
{
    if (invocation->json)
        show_json(answer);
    else
        show_line(answer);
    if (answer->status.state == STATE_UNKNOWN)
        return CLI_UNKNOWN_TASK;
    return answer->status.failed + answer->status.cancelled > 0 ? CLI_FAILED : CLI_FINE;
}

static int run(struct invocation *invocation)
{
    struct ask *ask = invocation->own;
    ask->kind = KIND_STATUS;
    ask->show = show;
    return ask_run(invocation);
}

const struct command status_command = {
    .name = "status",
    .summary = "Say how tasks of this session are",
    .arguments = "UUID...",
    .description =
        "A line for each task: its uuid and its state (unknown, queued, running, done, failed, cancelled), of "
        "a map how many of its entries have ended, the manager that has it or had it, how long it waited and "
        "ran, what CPU time and memory its worker took meanwhile (of a map: sums of run and CPU time, the most of "
        "the others), and what a queued task waits for. With --json an object for each, with the numbers of entries in each state.",
    .examples = "  mailroom status 6f1c8a52-5b0e-4c5f-9d43-0f1f6d6c2a11\n",
    .takes = TAKES_BROKER | TAKES_SESSION | TAKES_JSON,
    .exits = command_exits,
    .own_size = sizeof(struct ask),
    .parse = ask_parse,
    .run = run,
};
