/* option: an option of a command: argp's row for it, and what a shell completes behind it. */
#ifndef MAILROOM_CLI_OPTION_H
#define MAILROOM_CLI_OPTION_H

#include <argp.h>

/* Which of the options that several commands have (invocation.h) a command takes. */
enum command_takes {
    TAKES_BROKER = 1,  /* --broker, --keys, --key, --broker-key, --timeout */
    TAKES_SESSION = 2, /* --session */
    TAKES_JSON = 4,    /* --json */
    TAKES_ADMIN = 8,   /* no option: with --keys it is an admin who asks */
};

/* What a shell puts where an option's value, or a command's argument, stands. */
enum complete {
    COMPLETE_NOTHING,
    COMPLETE_FILE,
    COMPLETE_DIRECTORY,
    COMPLETE_HOST,
    COMPLETE_CHOICE,  /* one of the words in `choices`, which blanks separate */
    COMPLETE_COMMAND, /* a command of mailroom's */
};

struct command_option {
    struct argp_option argp;
    enum complete complete;
    const char *choices;
    unsigned takes; /* of a shared option: the commands that take one of these have it; enum command_takes */
};

#endif
