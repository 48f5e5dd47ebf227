/* help: lists the commands, or shows one command's help. */
#include <stdio.h>

#include "clients/cli/commands.h"
#include "clients/cli/page.h"
#include "edge/log.h"

enum { OWN_MAN = COMMAND_OWN };

struct help_own {
    const char *name;
    bool man;
};

static const struct command_option options[] = {
    {{"man", OWN_MAN, NULL, OPTION_HIDDEN, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct help_own *own = invocation->own;
    own->man |= key == OWN_MAN;
    if (key == OWN_MAN)
        return 0;
    if (key != ARGP_KEY_ARG || own->name)
        return ARGP_ERR_UNKNOWN;
    own->name = text;
    return 0;
}

static void list(void)
{
    puts("Usage: mailroom COMMAND [OPTION...] [ARGUMENT...]\n"
         "Talks to a mailroom broker: submits tasks, fetches their results, looks after the cluster.\n");
    for (size_t i = 0; commands[i]; i++)
        printf("  %-10s %s\n", commands[i]->name, commands[i]->summary);
    puts("\n`mailroom help COMMAND` or `mailroom COMMAND --help` says more about one.");
}

static int run(struct invocation *invocation)
{
    const struct help_own *own = invocation->own;
    if (own->man) {
        page_write(stdout);
        return CLI_FINE;
    }
    if (!own->name) {
        list();
        return CLI_FINE;
    }
    const struct command *command = commands_find(own->name);
    if (!command) {
        log_plain("mailroom: there is no command '%s'; `mailroom help` lists them", own->name);
        return CLI_USAGE;
    }
    char name[] = "", option[] = "--help", *line[] = {name, option, NULL};
    return command_call(command, 2, line);
}

const struct command help_command = {
    .name = "help",
    .summary = "List the commands, or show the help of one",
    .arguments = "[COMMAND]",
    .description = "Without COMMAND it lists all of them; with one it shows what COMMAND --help shows.",
    .options = options,
    .complete = COMPLETE_COMMAND,
    .exits = command_exits_local,
    .own_size = sizeof(struct help_own),
    .parse = parse,
    .run = run,
};
