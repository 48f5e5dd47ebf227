/* command: what a command of `mailroom` is: one value that says how it is called, what it takes, what a shell
 * completes, what its exit codes mean, and what runs it. Its command line is parsed from that by glibc's
 * argp; --help, the man pages and the shell completion are made from it too. */
#ifndef MAILROOM_CLI_COMMAND_H
#define MAILROOM_CLI_COMMAND_H

#include <argp.h>
#include <stdbool.h>

#include "clients/cli/exits.h"
#include "clients/cli/invocation.h"

struct exit_code {
    int code;
    const char *meaning;
};

/* Ended by a row whose meaning is NULL: of commands that talk to a broker, and of those that do not. */
extern const struct exit_code command_exits[], command_exits_local[];

struct command {
    const char *name;
    const char *summary;                  /* a line without its full stop */
    const char *arguments;                /* as they stand in the usage; "": none. Several ways: lines */
    const char *description;              /* paragraphs, separated by an empty line */
    const char *examples;                 /* lines, each a command line; NULL: none */
    const struct command_option *options; /* its own, ended by a row of zeros; NULL: none */
    unsigned takes;                       /* enum command_takes */
    enum complete complete;               /* its arguments */
    const char *choices;                  /* of those */
    const struct exit_code *exits;
    bool own_address; /* it settles itself whom it asks */
    size_t own_size;  /* bytes of what `parse` fills in: invocation->own, zeros at first */

    /* As argp's parsers, for the command's own options and its arguments; state->input is the struct
     * invocation. NULL: it has none. */
    error_t (*parse)(int key, char *text, struct argp_state *state);

    /* Returns the exit code. */
    int (*run)(struct invocation *invocation);
};

/* The options' keys: a command's own without a letter begin at COMMAND_OWN. */
enum { COMMAND_OWN = 1024 };

/* All that a command takes, its own options first; a list ended by a row of zeros. The caller frees it
 * (mem_free). */
struct command_option *command_all_options(const struct command *command);

/* Parses the command line behind the command's name and runs it. argv[0] is the command's name. Returns the
 * exit code. Wrong arguments end the process with CLI_USAGE. */
int command_call(const struct command *command, int argc, char **argv);

#endif
