/* page: see page.h. */
#include "clients/cli/page.h"

#include "clients/cli/commands.h"
#include "edge/troff.h"

static const char description[] =
    "Talks to a mailroom broker: submits tasks, fetches their results, looks after the cluster. It needs no Python; any "
    "program can be a worker (mailroom-shim --plain).\n\n"
    "Tasks belong to a session, which a file keeps between commands: each user has one for each broker.";

static void write_exits(FILE *file, const struct exit_code *exits)
{
    char code[16];
    for (; exits->meaning; exits++) {
        snprintf(code, sizeof code, "%d", exits->code);
        troff_term(file, code, exits->meaning);
    }
}

static void write_command(FILE *file, const struct command *command)
{
    char name[64];
    snprintf(name, sizeof name, "mailroom %s", command->name);
    troff_subsection(file, name);
    troff_usage(file, name, command->arguments);
    fputs(".PP\n", file);
    fprintf(file, "%s.\n.PP\n", command->summary);
    troff_text(file, command->description);
    for (const struct command_option *option = command->options;
         option && (option->argp.name || option->argp.doc); option++)
        troff_option(file, &option->argp);
    if (command->exits != command_exits && command->exits != command_exits_local) {
        fputs(".PP\nIts exit status:\n", file);
        write_exits(file, command->exits);
    }
    if (command->examples) {
        fputs(".PP\nFor example:\n.PP\n", file);
        troff_lines(file, command->examples);
    }
}

void page_write(FILE *file)
{
    troff_begin(file, "mailroom", 1, "submit tasks to a mailroom broker, and look after its cluster");
    troff_section(file, "SYNOPSIS");
    troff_usage(file, "mailroom COMMAND", "[ARGUMENT...]");
    troff_section(file, "DESCRIPTION");
    troff_text(file, description);
    troff_section(file, "COMMANDS");
    for (size_t i = 0; commands[i]; i++)
        write_command(file, commands[i]);
    troff_section(file, "COMMON OPTIONS");
    troff_text(
        file,
        "Those of all commands that talk to a broker; --session only where tasks are the session's, --json where "
        "something is shown.");
    for (const struct command_option *option = invocation_options; option->argp.name; option++)
        troff_option(file, &option->argp);
    troff_section(file, "EXIT STATUS");
    write_exits(file, command_exits);
    troff_section(file, "SEE ALSO");
    fputs(".BR mailroomd (8),\n.BR mailroom\\-shim (8)\n", file);
}
