/* submit: submits one task: a file's body, or a command for workers that are shells. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/c/core/quote.h"
#include "clients/cli/commands.h"
#include "clients/cli/out.h"
#include "clients/cli/run.h"
#include "common/wire/uuid.h"
#include "edge/log.h"

struct submit_own {
    struct task_options options;
    const char *file;     /* "-": standard input; NULL: a command */
    char *const *command; /* NULL: a file */
    char name[MAX_NAME + 1];
};

static const struct command_option rows[] = {
    {{"output", 'o', "FILE", 0, "With --wait: write the result to FILE", 1}, COMPLETE_FILE, NULL, 0},
    TASK_SUBMIT_ROWS,
    TASK_KEEP_ROW,
    TASK_WAIT_ROW("Wait for the result (for at most SECONDS) and write it to standard output"),
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct submit_own *own = invocation->own;
    switch (key) {
    case ARGP_KEY_INIT: task_options_init(&own->options); return 0;
    case ARGP_KEY_ARG:
        if (state->quoted > 0 && state->next > state->quoted) {
            if (own->file)
                argp_error(state, "a FILE and a COMMAND: only one of them can be the task");
            own->command = state->argv + state->next - 1;
            state->next = state->argc;
        } else if (own->file) {
            argp_error(state,
                       "%s: one FILE is one task; `mailroom map --files` takes several, and a command stands "
                       "behind --",
                       text);
        } else {
            own->file = text;
        }
        return 0;
    case ARGP_KEY_END:
        if (own->options.output && !own->options.wait)
            argp_error(state, "--output needs --wait");
        return 0;
    default: return task_options_parse(&own->options, key, text, state);
    }
}

/* What `list` shows where no name was given. */
static void choose_name(struct submit_own *own)
{
    const char *from = own->command ? own->command[0] : own->file ? own->file : "";
    const char *slash = strrchr(from, '/');
    if (own->options.name || strcmp(from, "-") == 0)
        return;
    snprintf(own->name, sizeof own->name, "%s", slash ? slash + 1 : from);
    own->options.name = own->name;
}

static bool read_body(const struct submit_own *own, struct slice *body)
{
    if (own->command) {
        *body = quote_command(own->command);
        return true;
    }
    const char *file = own->file ? own->file : "-";
    if (source_slurp(file, body))
        return true;
    log_plain("mailroom submit: cannot read %s: %s", strcmp(file, "-") == 0 ? "standard input" : file,
              strerror(errno));
    return false;
}

static void print_uuid(const struct invocation *invocation, const struct fetch *fetch)
{
    char text[UUID_TEXT];
    if (invocation->json) {
        out_json(json_pack("{s:o}", "uuid", out_uuid(fetch->targets[0].uuid)));
        return;
    }
    uuid_text(fetch->targets[0].uuid, text);
    puts(text);
}

static int submit_into_session(struct invocation *invocation, const struct submit_own *own,
                               struct source *source, struct sink *sink)
{
    struct fetch fetch = {0};
    int code = run_detached(invocation, &own->options, source, &fetch);
    if (code == CLI_FINE && !own->options.wait)
        print_uuid(invocation, &fetch);
    if (code == CLI_FINE && own->options.wait)
        code = run_fetch(invocation, &own->options, &fetch, sink);
    fetch_free(&fetch);
    return code;
}

static int run(struct invocation *invocation)
{
    struct submit_own *own = invocation->own;
    struct sink sink = {.kind = SINK_RAW, .invocation = invocation, .path = own->options.output, .one = true};
    struct source source;
    struct slice body;
    choose_name(own);
    if (!read_body(own, &body))
        return CLI_USAGE;
    source_open_one(&source, body);
    bool own_session = own->options.wait && !own->options.detach && !invocation->session;
    int code = own_session ? run_private(invocation, &own->options, &source, &sink)
                           : submit_into_session(invocation, own, &source, &sink);
    source_close(&source);
    return code;
}

const struct command submit_command = {
    .name = "submit",
    .summary = "Submit a task: a file's body, or a command for a shell",
    .arguments = "[FILE|-]\n-- COMMAND [ARGUMENT...]",
    .description =
        "The task's body is FILE's content, or standard input's; its uuid is printed, and `mailroom result` fetches "
        "what comes out. Which program gets the body is the workers' affair: `mailroom-shim --plain -- PROGRAM` says so. "
        "Where that is a shell that reads its commands from standard input (`mailroom-shim --plain -- sh -s`), what "
        "stands behind -- is run as it stands here: its words are quoted.\n\n"
        "Without --wait the task is in the session of the session file, whose tasks live on until the session has "
        "not been used for the broker's lease (an hour unless set otherwise). With --wait it is in a session of its "
        "own: Ctrl-C cancels it, and a second Ctrl-C leaves at once. With --wait and --detach or --session it is in "
        "that of the file, and Ctrl-C leaves it running.\n\n"
        "A task that fails, because the program ended with another status than 0, say, is an exit status of 1; the end "
        "of what it wrote to standard error is shown. With --json: an object with `uuid`; or with --wait as `mailroom map` has "
        "it.",
    .examples = "  mailroom submit job.sh\n  mailroom submit --wait -- grep -c ' ' /etc/services\n",
    .options = rows,
    .takes = TAKES_BROKER | TAKES_SESSION | TAKES_JSON,
    .complete = COMPLETE_FILE,
    .exits = command_exits,
    .own_size = sizeof(struct submit_own),
    .parse = parse,
    .run = run,
};
