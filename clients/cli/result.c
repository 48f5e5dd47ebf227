/* result: fetches what came out of tasks. */
#include <string.h>

#include "clients/cli/commands.h"
#include "clients/cli/run.h"
#include "common/wire/uuid.h"

struct result_own {
    struct task_options options;
    struct fetch fetch;
    uint64_t slot; /* NO_NUMBER: all */
    uint8_t uuid[UUID_SIZE];
    bool folder;
};

enum { OPTION_SLOT = TASK_OPTIONS_OWN, OPTION_DIRECTORY };

static const struct command_option rows[] = {
    {{"output", 'o', "FILE", 0, "Write the result to FILE", 1}, COMPLETE_FILE, NULL, 0},
    {{"directory", 'd', "DIR", 0,
      "Of a map: write each result to a file in DIR, named by its number (000000 ...)", 1},
     COMPLETE_DIRECTORY,
     NULL,
     0},
    {{"slot", OPTION_SLOT, "NUMBER", 0, "Of a map: only the result of this entry (from 0)", 1},
     COMPLETE_NOTHING,
     NULL,
     0},
    TASK_KEEP_ROW,
    TASK_WAIT_ROW("Wait until it is there (for at most SECONDS)"),
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct result_own *own = invocation->own;
    uint8_t uuid[UUID_SIZE];
    switch (key) {
    case ARGP_KEY_INIT:
        task_options_init(&own->options);
        own->slot = NO_NUMBER;
        return 0;
    case OPTION_SLOT: own->slot = task_options_number("--slot", text, MAX_BATCH - 1, state); return 0;
    case 'd':
        own->folder = true;
        own->options.output = text;
        return 0;
    case ARGP_KEY_ARG:
        if (!uuid_parse(text, uuid))
            argp_error(state, "%s is not a task's uuid", text);
        fetch_add_task(&own->fetch, uuid);
        memcpy(own->uuid, uuid, UUID_SIZE);
        return 0;
    case ARGP_KEY_END:
        if (own->fetch.target_count == 0)
            argp_error(state, "which task? Give its uuid");
        if (own->slot != NO_NUMBER && own->fetch.target_count > 1)
            argp_error(state, "--slot is of one task");
        return 0;
    default: return task_options_parse(&own->options, key, text, state);
    }
}

static int run(struct invocation *invocation)
{
    struct result_own *own = invocation->own;
    bool single = own->fetch.target_count == 1;
    struct sink sink = {.kind = own->folder ? SINK_FOLDER : SINK_RAW,
                        .invocation = invocation,
                        .path = own->options.output,
                        .one = single && own->slot != NO_NUMBER};
    own->fetch.expands = own->slot == NO_NUMBER;
    if (!own->fetch.expands)
        fetch_add_slot(&own->fetch, own->uuid, (uint32_t)own->slot);
    int code = run_fetch(invocation, &own->options, &own->fetch, &sink);
    fetch_free(&own->fetch);
    return code;
}

const struct command result_command = {
    .name = "result",
    .summary = "Fetch what came out of tasks of this session",
    .arguments = "UUID...",
    .description =
        "Writes the results to standard output: that of a task as it is, those of a map (or of several tasks) in order, "
        "each on lines of its own. A task that failed is an exit status of 1, and why is told on standard error.\n\n"
        "A result that was fetched is freed at the broker, unless --keep is given: then it can be fetched again as long as the "
        "session lives. Without --wait a task that has not ended is an exit status of 124. While it waits other commands "
        "can use the session. With --json as `mailroom map` has it.",
    .examples = "  mailroom result --wait=60 6f1c8a52-5b0e-4c5f-9d43-0f1f6d6c2a11\n",
    .options = rows,
    .takes = TAKES_BROKER | TAKES_SESSION | TAKES_JSON,
    .exits = command_exits,
    .own_size = sizeof(struct result_own),
    .parse = parse,
    .run = run,
};
