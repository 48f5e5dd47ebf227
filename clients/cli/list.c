/* list: lists the tasks of the session, or of all. */
#include <stdio.h>

#include "clients/cli/commands.h"
#include "clients/cli/listing.h"

struct list_own {
    struct listing listing;
};

static const struct command_option rows[] = {
    {{"all", 'a', NULL, 0, "The tasks of all clients; for an admin", 1}, COMPLETE_NOTHING, NULL, 0},
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct invocation *invocation = state->input;
    struct list_own *own = invocation->own;
    if (key != 'a')
        return ARGP_ERR_UNKNOWN;
    own->listing.all = invocation->as_admin = true;
    return 0;
}

static int run(struct invocation *invocation)
{
    struct listing *listing = &((struct list_own *)invocation->own)->listing;
    int code = listing_get(invocation, listing);
    if (code == CLI_FINE && listing->count > 0 && !invocation->json && !invocation->quiet)
        listing_print_heads(listing, stdout);
    for (size_t i = 0; code == CLI_FINE && i < listing->count; i++) {
        if (invocation->json)
            listing_print_json(listing, &listing->tasks[i]);
        else
            listing_print(listing, &listing->tasks[i], stdout);
    }
    listing_free(listing);
    return code;
}

const struct command list_command = {
    .name = "list",
    .summary = "List the tasks of this session",
    .arguments = "",
    .description =
        "A line for each task that was not released, the newest first: its uuid, its state, how many of its entries "
        "have ended, how often it was given out, how long ago it was submitted, its name. --quiet leaves the "
        "heads of the columns away. With --json an object for each: `uuid`, `name`, `state`, `total`, `ended`, "
        "`attempts`, `age` (seconds), and with --all `client`.",
    .options = rows,
    .takes = TAKES_BROKER | TAKES_SESSION | TAKES_JSON,
    .exits = command_exits,
    .own_size = sizeof(struct list_own),
    .parse = parse,
    .run = run,
};
