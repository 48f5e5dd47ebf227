/* version: says which mailroom this is. */
#include <stdio.h>

#include "clients/cli/commands.h"
#include "common/wire/kinds.h"
#include "mailroom_version.h"

static int run(struct invocation *invocation)
{
    if (invocation->json)
        printf("{\"version\": \"%s\", \"protocol\": %d}\n", MAILROOM_VERSION, PROTOCOL_VERSION);
    else
        puts("mailroom " MAILROOM_VERSION);
    return CLI_FINE;
}

const struct command version_command = {
    .name = "version",
    .summary = "Say which version this is",
    .arguments = "",
    .description =
        "With --json it names the version of the protocol as well: broker and clients must have the same.",
    .takes = TAKES_JSON,
    .exits = command_exits_local,
    .run = run,
};
