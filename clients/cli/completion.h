/* completion: what shells need to complete mailroom's commands, made from the table of commands. */
#ifndef MAILROOM_CLI_COMPLETION_H
#define MAILROOM_CLI_COMPLETION_H

#include <stdio.h>

#include "clients/cli/command.h"

void completion_bash(FILE *file);
void completion_zsh(FILE *file);
void completion_fish(FILE *file);

/* Calls `visit` for each option of a command that is shown, its own and shared ones. */
void completion_options(const struct command *command, FILE *file,
                        void (*visit)(FILE *file, const struct command *command,
                                      const struct command_option *option));

/* Whether an option has a letter of its own. */
bool completion_has_letter(const struct command_option *option);

#endif
