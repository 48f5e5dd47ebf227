/* exits: the exit codes of all commands; what they mean in words is command_exits (command.h). */
#ifndef MAILROOM_C_EXITS_H
#define MAILROOM_C_EXITS_H

enum cli_exit {
    CLI_FINE = 0,
    CLI_FAILED = 1,
    CLI_USAGE = 2,
    CLI_NO_BROKER = 3,
    CLI_REFUSED = 4,
    CLI_UNKNOWN_TASK = 5,
    CLI_TIMEOUT = 124,
    CLI_INTERRUPTED = 130,
    CLI_BROKEN_PIPE = 141,
};

#endif
