/* managers: lists the managers of the broker. */
#include "clients/cli/commands.h"
#include "clients/cli/operate.h"

static enum cli_exit show(const struct invocation *invocation, const struct message *answer)
{
    struct list managers = answer->managers.managers;
    if (invocation->json) {
        for (struct listed_manager manager; list_next_listed_manager(&managers, &manager);)
            out_json(operate_manager_json(&manager));
        return CLI_FINE;
    }
    if (managers.count == 0) {
        puts("no manager is connected");
        return CLI_FINE;
    }
    struct table table;
    operate_managers_table(&table, managers);
    table_write(&table, stdout, 0, 0, "\n");
    table_free(&table);
    return CLI_FINE;
}

static int run(struct invocation *invocation)
{
    struct inquiry question = {.message.kind = KIND_MANAGERS, .show = show};
    return operate_ask(invocation, &question);
}

const struct command managers_command = {
    .name = "managers",
    .summary = "List the managers of the broker",
    .arguments = "",
    .description =
        "A line for each manager that the broker has, or had and waits for: its name, where it is, whether it is "
        "ready, how many workers it has and how many of them are idle (one that runs on what was cancelled is not), and "
        "how many tasks it holds. With --json an object for each.",
    .takes = TAKES_BROKER | TAKES_JSON,
    .exits = command_exits,
    .run = run,
};
