/* commands: the table of all commands. */
#include "clients/cli/commands.h"

#include <string.h>

const struct command *const commands[] = {
    /* tasks */
    &submit_command,
    &map_command,
    &result_command,
    &status_command,
    &cancel_command,
    &list_command,
    &watch_command,
    /* the cluster */
    &check_command,
    &managers_command,
    &clients_command,
    &top_command,
    &page_command,
    &trace_command,
    &drain_command,
    &scale_command,
    &shutdown_command,
    &keygen_command,
    &journal_command,
    /* mailroom */
    &help_command,
    &completion_command,
    &version_command,
    NULL,
};

const struct command *commands_find(const char *name)
{
    for (size_t i = 0; commands[i]; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}
