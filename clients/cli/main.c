/* main: mailroom, the command line. Finds the command; what it does is in the file of its name. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clients/cli/commands.h"
#include "clients/cli/out.h"
#include "edge/log.h"
#include "edge/signals.h"
#include "mailroom_version.h"

/* What people type for it before they know the commands. */
static const char *command_name(const char *word)
{
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "-?") == 0)
        return help_command.name;
    if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0)
        return version_command.name;
    return word;
}

/* A standard stream that was closed by the caller stays one that cannot be used: another file would get its
 * number. */
static void hold_streams(void)
{
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        if (fcntl(file, F_GETFD) < 0 && open("/", O_PATH) != file)
            abort();
    }
}

int main(int argc, char **argv)
{
    hold_streams();
    signals_block();
    argp_program_version = "mailroom " MAILROOM_VERSION;
    if (argc < 2) {
        log_plain("mailroom: no command; `mailroom help` lists them");
        return CLI_USAGE;
    }
    const struct command *command = commands_find(command_name(argv[1]));
    if (!command && argv[1][0] == '-')
        log_plain("mailroom: %s: options stand behind the command: `mailroom COMMAND %s`", argv[1], argv[1]);
    else if (!command)
        log_plain("mailroom: there is no command '%s'; `mailroom help` lists them", argv[1]);
    if (!command)
        return CLI_USAGE;
    int code = command_call(command, argc - 1, argv + 1);
    if (out_flush() || code != CLI_FINE)
        return code;
    if (errno == EPIPE)
        return CLI_BROKEN_PIPE;
    log_plain("mailroom %s: cannot write standard output: %s", command->name, strerror(errno));
    return CLI_USAGE;
}
