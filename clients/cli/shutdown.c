/* shutdown: ends the broker and everything below it. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/commands.h"
#include "clients/cli/operate.h"
#include "edge/log.h"
#include "edge/signals.h"

enum { OWN_YES = 'y' };

struct shutdown_own {
    bool yes;  /* do not ask */
    bool said; /* SHUTDOWN is on its way */
    uint64_t managers, workers, clients, tasks;
};

static const struct command_option options[] = {
    {{"yes", OWN_YES, NULL, 0, "Do not ask", 0}, COMPLETE_NOTHING, NULL, 0},
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct shutdown_own *own = invocation->own;
    if (key != OWN_YES)
        return ARGP_ERR_UNKNOWN;
    own->yes = true;
    return 0;
}

static void ready(struct call *call, bool known)
{
    struct shutdown_own *own = call->self;
    struct message message = {.kind = KIND_SHUTDOWN};
    message.shutdown.text = span_text("mailroom shutdown");
    if (own->said) { /* the broker is another one */
        client_end(call->client, CLI_FINE, NULL);
        return;
    }
    own->said = true;
    call_ask(call, &message);
}

static void mail(struct call *call, const struct message *message, struct slice *body)
{
}

/* It says no more than that it goes. A refusal ends the call before. */
static void turn(struct call *call)
{
    const struct shutdown_own *own = call->self;
    if (own->said && call->client->state == CLIENT_LOOKS)
        client_end(call->client, CLI_FINE, NULL);
}

/* Notes what there is to lose. */
static enum cli_exit note_counts(const struct invocation *invocation, const struct message *answer)
{
    struct shutdown_own *own = invocation->own;
    struct list counts = answer->counts.counts;
    own->managers = operate_count(counts, "managers");
    own->workers = operate_count(counts, "workers");
    own->clients = operate_count(counts, "clients") - 1; /* without this one */
    own->tasks = operate_count(counts, "tasks");
    return CLI_FINE;
}

/* Asks, and reads the answer. Ctrl-C is one too: so nothing is asked while a call reads the signals. */
static bool is_meant(const struct invocation *invocation)
{
    const struct shutdown_own *own = invocation->own;
    char address[ADDRESS_SIZE], line[16];
    address_text(&invocation->broker, address);
    signal(SIGINT, SIG_DFL); /* the call before left czmq's handler */
    signals_unblock();
    fprintf(stderr,
            "This ends the broker at %s, with %" PRIu64 " managers and %" PRIu64 " workers. %" PRIu64
            " clients have %" PRIu64 " unfinished tasks.\nReally? [y/N] ",
            address, own->managers, own->workers, own->clients, own->tasks);
    bool yes = fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
    signals_block();
    return yes;
}

/* Whether the user means it; else `*code` is the exit code. */
static bool confirm(const struct invocation *invocation, int *code)
{
    struct inquiry question = {.message.kind = KIND_COUNTS, .show = note_counts};
    if (!isatty(STDIN_FILENO)) {
        log_plain("mailroom shutdown: nobody is there to be asked: say --yes if it is meant");
        *code = CLI_USAGE;
        return false;
    }
    *code = operate_ask(invocation, &question);
    if (*code != CLI_FINE)
        return false;
    bool yes = is_meant(invocation);
    *code = yes ? CLI_FINE : CLI_FAILED;
    return yes;
}

static int run(struct invocation *invocation)
{
    static const struct call_handler handler = {
        .ready = ready, .mail = mail, .turn = turn, .turns_alone = true};
    struct shutdown_own *own = invocation->own;
    int code;
    if (!own->yes && !confirm(invocation, &code))
        return code;
    code = call_run(invocation, NULL, false, invocation->timeout, &handler, own);
    if (code == CLI_FINE && !invocation->quiet)
        puts("the broker is going down, with everything below it");
    return code;
}

const struct command shutdown_command = {
    .name = "shutdown",
    .summary = "End the broker and everything below it",
    .arguments = "",
    .description =
        "Unfinished tasks are lost: clients that stay submit them again to the next broker. On a terminal it asks "
        "first.\n\n"
        "Only an admin may: with keys whose key has the role admin, without keys who is on the broker's host.",
    .options = options,
    .takes = TAKES_BROKER | TAKES_ADMIN,
    .exits = command_exits,
    .own_size = sizeof(struct shutdown_own),
    .parse = parse,
    .run = run,
};
