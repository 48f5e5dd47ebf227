/* cancel: cancels tasks. */
#include <stdio.h>

#include "clients/cli/ask.h"
#include "clients/cli/commands.h"
#include "clients/cli/out.h"
#include "common/wire/uuid.h"

static enum cli_exit show(const struct invocation *invocation, const struct message *answer)
{
    char text[UUID_TEXT];
    unsigned state = (unsigned)answer->cancel.state;
    bool unknown = answer->cancel.state == STATE_UNKNOWN;
    if (invocation->json) {
        json_t *value = json_object();
        json_object_set_new(value, "uuid", out_uuid(answer->cancel.uuid));
        json_object_set_new(value, "was", json_string(state_name(state)));
        out_json(value);
    } else if (unknown || !invocation->quiet) {
        uuid_text(answer->cancel.uuid, text);
        printf("%s %s%s\n", text, unknown ? "is " : "cancelled, was ", state_name(state));
    }
    return unknown ? CLI_UNKNOWN_TASK : CLI_FINE;
}

static int run(struct invocation *invocation)
{
    struct ask *ask = invocation->own;
    ask->kind = KIND_CANCEL;
    ask->show = show;
    return ask_run(invocation);
}

const struct command cancel_command = {
    .name = "cancel",
    .summary = "Cancel tasks of this session",
    .arguments = "UUID...",
    .description =
        "All entries of a map are cancelled. Results that were not fetched are dropped. A line for each task "
        "says what state it was in before; with --json an object with `uuid` and `was`.",
    .takes = TAKES_BROKER | TAKES_SESSION | TAKES_JSON,
    .exits = command_exits,
    .own_size = sizeof(struct ask),
    .parse = ask_parse,
    .run = run,
};
