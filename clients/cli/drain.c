/* drain: has a manager finish what it has, and leave. */
#include <math.h>

#include "clients/cli/commands.h"
#include "clients/cli/operate.h"

enum { OWN_GRACE = COMMAND_OWN };

struct drain_own {
    const char *manager;
    bool has_grace;
    uint64_t grace; /* ms */
};

static const struct command_option options[] = {
    {{"grace", OWN_GRACE, "SECONDS", 0,
      "How long what runs there may take; then it is given to others (as the manager was set)", 0},
     COMPLETE_NOTHING,
     NULL,
     0},
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct drain_own *own = invocation->own;
    switch (key) {
    case OWN_GRACE:
        own->grace = invocation_seconds("--grace", text, state);
        own->has_grace = true;
        return 0;
    case ARGP_KEY_ARG:
        if (own->manager)
            argp_error(state, "%s: one manager at a time", text);
        own->manager = text;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which manager? `mailroom managers` lists their names and places");
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

static enum cli_exit show(const struct invocation *invocation, const struct message *answer)
{
    if (invocation->json) {
        json_t *value = json_object();
        json_object_set_new(value, "manager", out_text(answer->drain.manager));
        out_json(value);
    } else if (!invocation->quiet) {
        out_peer_text(stdout, answer->drain.manager, false);
        puts(" was told: it finishes what runs there, takes nothing new, and leaves");
    }
    return CLI_FINE;
}

static int run(struct invocation *invocation)
{
    const struct drain_own *own = invocation->own;
    struct inquiry question = {.message.kind = KIND_DRAIN, .show = show};
    question.message.drain.manager = span_text(own->manager);
    question.message.drain.grace = own->has_grace ? own->grace : NO_NUMBER;
    return operate_ask(invocation, &question);
}

const struct command drain_command = {
    .name = "drain",
    .summary = "Let a manager finish what it has, and leave",
    .arguments = "MANAGER",
    .description =
        "MANAGER is a name or a place (HOST:PORT) as `mailroom managers` shows them. What is queued there goes to "
        "other managers at once, what runs may end within the grace time, and no task loses an attempt. The "
        "command ends when the manager was told; `mailroom managers` shows it until it has left.\n\n"
        "Only an admin may: with keys whose key has the role admin, without keys who is on the broker's host.",
    .examples = "  mailroom drain node7 --grace 600\n",
    .options = options,
    .takes = TAKES_BROKER | TAKES_JSON | TAKES_ADMIN,
    .exits = command_exits,
    .own_size = sizeof(struct drain_own),
    .parse = parse,
    .run = run,
};
