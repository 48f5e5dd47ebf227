/* commands: the table of all commands. Each is in a file of its name, but for `page`, which is in
 * page_link.c. */
#ifndef MAILROOM_CLI_COMMANDS_H
#define MAILROOM_CLI_COMMANDS_H

#include "clients/cli/command.h"

extern const struct command submit_command, map_command, result_command;
extern const struct command status_command, cancel_command, list_command, watch_command;
extern const struct command check_command, managers_command, clients_command, top_command, page_command,
    trace_command, drain_command, scale_command, shutdown_command;
extern const struct command keygen_command, journal_command;
extern const struct command help_command, completion_command, version_command;

/* In the order in which help shows them, ended by NULL. */
extern const struct command *const commands[];

/* The command of that name, or NULL. */
const struct command *commands_find(const char *name);

#endif
