/* watch: shows the tasks of the session until they have ended: a table that is kept up to date on a terminal,
 * a line for each change elsewhere. Between two looks it is not connected, so that other commands can use the
 * session. */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clients/cli/commands.h"
#include "clients/cli/listing.h"
#include "clients/cli/out.h"
#include "clients/cli/wait.h"
#include "common/base/mem.h"
#include "common/wire/uuid.h"

enum { FIRST_PAUSE = 100, MOST_PAUSE = 1000 /* ms between two looks */, OTHER_LINES = 3 };

struct watch_own {
    struct listing now, before;
    uint8_t (*uuids)[UUID_SIZE]; /* the tasks that are watched; none: all */
    size_t uuid_count;
};

static const struct command_option rows[] = {
    {{"all", 'a', NULL, 0, "The tasks of all clients; for an admin", 1}, COMPLETE_NOTHING, NULL, 0},
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct invocation *invocation = state->input;
    struct watch_own *own = invocation->own;
    switch (key) {
    case 'a': own->now.all = invocation->as_admin = true; return 0;
    case ARGP_KEY_ARG:
        own->uuids = mem_resize(own->uuids, own->uuid_count + 1, sizeof *own->uuids);
        if (!uuid_parse(text, own->uuids[own->uuid_count++]))
            argp_error(state, "%s is not a task's uuid", text);
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static const struct listing_task *find(const struct listing *listing, const uint8_t *uuid)
{
    for (size_t i = 0; i < listing->count; i++) {
        if (memcmp(listing->tasks[i].uuid, uuid, UUID_SIZE) == 0)
            return &listing->tasks[i];
    }
    return NULL;
}

/* Drops what was not asked for. */
static void choose(struct watch_own *own)
{
    struct listing *listing = &own->now;
    size_t kept = 0;
    for (size_t i = 0; i < listing->count; i++) {
        struct listing_task task = listing->tasks[i];
        bool wanted = own->uuid_count == 0;
        for (size_t j = 0; j < own->uuid_count && !wanted; j++)
            wanted = memcmp(own->uuids[j], task.uuid, UUID_SIZE) == 0;
        if (wanted) {
            listing->tasks[kept++] = task;
        } else {
            mem_free(task.name);
            mem_free(task.client);
        }
    }
    listing->count = kept;
}

/* Fills the terminal from its top; what does not fit is left out. */
static void show_table(const struct listing *listing)
{
    struct winsize size;
    bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > OTHER_LINES;
    size_t room = (known ? size.ws_row : 24) - OTHER_LINES;
    fputs("\033[H\033[2J", stdout);
    listing_print_heads(listing, stdout);
    for (size_t i = 0; i < listing->count && i < room; i++)
        listing_print(listing, &listing->tasks[i], stdout);
    if (listing->count > room)
        printf("... and %zu older ones\n", listing->count - room);
}

/* What has changed since the last look, the oldest task first. */
static void show_changes(const struct invocation *invocation, const struct watch_own *own)
{
    for (size_t i = own->now.count; i-- > 0;) {
        const struct listing_task *task = &own->now.tasks[i], *old = find(&own->before, task->uuid);
        if (old && old->state == task->state && old->ended == task->ended)
            continue;
        if (invocation->json)
            listing_print_json(&own->now, task);
        else
            listing_print(&own->now, task, stdout);
    }
}

static bool is_over(const struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        if (listing->tasks[i].ended < listing->tasks[i].total)
            return false;
    }
    return true;
}

/* The exit code for what was watched. */
static int judge(const struct watch_own *own)
{
    for (size_t i = 0; i < own->uuid_count; i++) {
        if (!find(&own->now, own->uuids[i]))
            return CLI_UNKNOWN_TASK;
    }
    for (size_t i = 0; i < own->now.count; i++) {
        if (own->now.tasks[i].state == STATE_FAILED || own->now.tasks[i].state == STATE_CANCELLED)
            return CLI_FAILED;
    }
    return CLI_FINE;
}

static int run(struct invocation *invocation)
{
    struct watch_own *own = invocation->own;
    bool table = isatty(STDOUT_FILENO) && !invocation->json;
    uint64_t pause = FIRST_PAUSE;
    int code;
    own->before.all = own->now.all;
    for (;;) {
        code = listing_get(invocation, &own->now);
        if (code != CLI_FINE)
            break;
        choose(own);
        if (table)
            show_table(&own->now);
        else
            show_changes(invocation, own);
        code = out_flush() ? judge(own) : CLI_BROKEN_PIPE;
        if (code == CLI_BROKEN_PIPE || is_over(&own->now))
            break;
        code = CLI_INTERRUPTED;
        if (!wait_ms(pause))
            break;
        pause = pause * 3 / 2 < MOST_PAUSE ? pause * 3 / 2 : MOST_PAUSE;
        struct listing old = own->before;
        own->before = own->now;
        own->now = old;
    }
    listing_free(&own->now);
    listing_free(&own->before);
    mem_free(own->uuids);
    return code;
}

const struct command watch_command = {
    .name = "watch",
    .summary = "Show the tasks of this session until they have ended",
    .arguments = "[UUID...]",
    .description =
        "On a terminal it is the table of `mailroom list`, kept up to date; in a pipe a line, or with --json an "
        "object, as `list` has it, whenever a task's state or the number of its ended entries has changed. "
        "Without UUIDs all tasks of the session are watched. It ends when all have ended: with 1 where one "
        "failed or was cancelled. Other commands can use the session meanwhile.",
    .options = rows,
    .takes = TAKES_BROKER | TAKES_SESSION | TAKES_JSON,
    .exits = command_exits,
    .own_size = sizeof(struct watch_own),
    .parse = parse,
    .run = run,
};
