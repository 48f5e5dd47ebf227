/* map: submits a task for each line, or for each file, and shows the results in order. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/commands.h"
#include "clients/cli/out.h"
#include "clients/cli/run.h"
#include "clients/cli/wait.h"
#include "common/base/mem.h"
#include "common/wire/uuid.h"
#include "edge/log.h"

struct map_own {
    struct task_options options;
    const char *file; /* of lines */
    bool files, null, ending;
    char **paths; /* with --files */
    size_t path_count;
    bool no_wait;
};

enum { OPTION_FILES = TASK_OPTIONS_OWN, OPTION_NO_WAIT };

static const struct command_option rows[] = {
    {{"files", OPTION_FILES, NULL, 0, "The arguments are files, and each of them is a body", 1},
     COMPLETE_NOTHING,
     NULL,
     0},
    {{"null", '0', NULL, 0, "Lines end with a zero byte instead of a newline", 1}, COMPLETE_NOTHING, NULL, 0},
    {{"newline", 'n', NULL, 0, "A body keeps the newline that ends its line", 1}, COMPLETE_NOTHING, NULL, 0},
    {{"output", 'o', "DIR", 0,
      "Write each result to a file in DIR, named by its number (000000 ...) or its file", 1},
     COMPLETE_DIRECTORY,
     NULL,
     0},
    {{"ahead", OPTION_AHEAD, "NUMBER", 0, "How many tasks may be unfinished at a time (10000)", 1},
     COMPLETE_NOTHING,
     NULL,
     0},
    TASK_SUBMIT_ROWS,
    TASK_KEEP_ROW,
    {{"no-wait", OPTION_NO_WAIT, NULL, 0, "Submit into the session file, print the uuids and leave", 1},
     COMPLETE_NOTHING,
     NULL,
     0},
    TASK_WAIT_ROW("How long all may take: after SECONDS the rest is cancelled (or left, with --detach)"),
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct map_own *own = invocation->own;
    switch (key) {
    case ARGP_KEY_INIT: task_options_init(&own->options); return 0;
    case OPTION_FILES: own->files = true; return 0;
    case OPTION_NO_WAIT: own->no_wait = true; return 0;
    case '0': own->null = true; return 0;
    case 'n': own->ending = true; return 0;
    case ARGP_KEY_ARG:
        own->paths = mem_resize(own->paths, own->path_count + 1, sizeof *own->paths);
        own->paths[own->path_count++] = text;
        return 0;
    case ARGP_KEY_END:
        if (!own->files && own->path_count > 1)
            argp_error(state, "one FILE of lines, or --files for several files that are a body each");
        if (own->files && own->path_count == 0)
            argp_error(state, "--files: which files?");
        if (own->no_wait && own->options.output)
            argp_error(state, "--no-wait and --output: there are no results yet to write");
        return 0;
    default: return task_options_parse(&own->options, key, text, state);
    }
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Results would overwrite each other. */
static bool names_differ(const struct map_own *own)
{
    const char **names = mem_alloc(own->path_count * sizeof *names);
    bool differ = true;
    for (size_t i = 0; i < own->path_count; i++) {
        const char *slash = strrchr(own->paths[i], '/');
        names[i] = slash ? slash + 1 : own->paths[i];
    }
    qsort(names, own->path_count, sizeof *names, compare_names);
    for (size_t i = 1; i < own->path_count && differ; i++) {
        differ = strcmp(names[i - 1], names[i]) != 0;
        if (!differ)
            log_plain("mailroom map: two files are named %s: their results would have one name in %s",
                      names[i], own->options.output);
    }
    mem_free(names);
    return differ;
}

static bool open_source(const struct map_own *own, struct source *source)
{
    if (own->files) {
        source_open_files(source, own->paths, own->path_count);
        return !own->options.output || names_differ(own);
    }
    const char *name = own->path_count ? own->paths[0] : "-";
    if (source_open_lines(source, name, own->null ? '\0' : '\n', own->ending))
        return true;
    log_plain("mailroom map: cannot read %s: %s", name, strerror(errno));
    return false;
}

/* All lines are read before the session file is locked: other commands wait for it. */
static void read_ahead(struct source *source)
{
    while (source->kind == SOURCE_LINES && source->file >= 0) {
        wait_readable(source->file);
        source_read(source);
    }
}

static void print_uuids(const struct invocation *invocation, const struct fetch *fetch)
{
    char text[UUID_TEXT];
    for (uint32_t i = 0; i < fetch->target_count; i++) {
        uuid_text(fetch->targets[i].uuid, text);
        if (invocation->json)
            out_json(json_pack("{s:s}", "uuid", text));
        else
            puts(text);
    }
}

static int map_in_session(struct invocation *invocation, const struct map_own *own, struct source *source,
                          struct sink *sink)
{
    struct fetch fetch = {0};
    struct task_options options = own->options;
    options.wait = true;
    read_ahead(source);
    int code = run_detached(invocation, &options, source, &fetch);
    if (code == CLI_FINE && own->no_wait)
        print_uuids(invocation, &fetch);
    else if (code == CLI_FINE && fetch.target_count > 0)
        code = run_fetch(invocation, &options, &fetch, sink);
    fetch_free(&fetch);
    return code;
}

static int run(struct invocation *invocation)
{
    struct map_own *own = invocation->own;
    struct sink sink = {.kind = own->options.output ? SINK_FOLDER : SINK_LINES,
                        .invocation = invocation,
                        .path = own->options.output,
                        .names = own->files ? own->paths : NULL};
    struct source source = {.file = -1};
    bool own_session = !own->options.detach && !invocation->session && !own->no_wait;
    int code = CLI_USAGE;
    if (open_source(own, &source))
        code = own_session ? run_private(invocation, &own->options, &source, &sink)
                           : map_in_session(invocation, own, &source, &sink);
    source_close(&source);
    mem_free(own->paths);
    return code;
}

const struct command map_command = {
    .name = "map",
    .summary = "Submit a task for each line or file, and show the results in order",
    .arguments = "[FILE|-]\n--files FILE...",
    .description =
        "Each line of FILE, or of standard input, is the body of a task; with --files each file is. Lines are read as "
        "they come, so that a pipe may go on for ever. The results go to standard output in the order of the lines, "
        "each on lines of its own, or with --output into files. What failed is told on standard error, has no line in the "
        "output, and makes the exit status 1.\n\n"
        "The tasks are in a session of their own: Ctrl-C cancels what has not ended, a second Ctrl-C leaves at once. "
        "With --detach or --session they are in that of the session file: all lines are read first, the results are "
        "shown when all have ended, Ctrl-C leaves the tasks running and prints their uuids for `mailroom result`.\n\n"
        "A progress bar is shown where standard error is a terminal, else a line now and then; --quiet: neither.\n\n"
        "With --json an object for each task, in order: `number` (from 0), `uuid` and `slot`, `file` with --files, `state` (done, "
        "failed, cancelled), and `result` (`result_base64` where it is not UTF-8) or `error` with `code` and `text`.",
    .examples = "  seq 100 | mailroom map > results\n  mailroom map --files circuits/*.qasm -o compiled\n",
    .options = rows,
    .takes = TAKES_BROKER | TAKES_SESSION | TAKES_JSON,
    .complete = COMPLETE_FILE,
    .exits = command_exits,
    .own_size = sizeof(struct map_own),
    .parse = parse,
    .run = run,
};
