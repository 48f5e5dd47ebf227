/* clients: lists the broker's sessions. */
#include "clients/cli/commands.h"
#include "clients/cli/operate.h"

static void show_client(struct table *table, const struct listed_client *client)
{
    char text[32];
    table_text(table, client->name);
    table_text(table, client->key);
    if (client->state == SESSION_HERE)
        table_format(table, "here");
    else
        table_format(table, "away %s", out_age(client->away, text));
    table_number(table, client->tasks);
    table_number(table, client->submitted);
    table_number(table, client->ended);
    table_format(table, "%s", operate_size(client->bytes, text));
}

static enum cli_exit show(const struct invocation *invocation, const struct message *answer)
{
    static const char *const headings[] = {"CLIENT",     "KEY",    "STATE", ">TASKS",
                                           ">SUBMITTED", ">ENDED", ">KEPT", NULL};
    struct list clients = answer->clients.clients;
    struct listed_client client;
    struct table table;
    table_begin(&table, headings);
    while (list_next_listed_client(&clients, &client)) {
        if (invocation->json)
            out_json(operate_client_json(&client));
        else
            show_client(&table, &client);
    }
    if (!invocation->json)
        table_write(&table, stdout, 0, 0, "\n");
    table_free(&table);
    return CLI_FINE;
}

static int run(struct invocation *invocation)
{
    struct inquiry question = {.message.kind = KIND_CLIENTS, .show = show};
    return operate_ask(invocation, &question);
}

const struct command clients_command = {
    .name = "clients",
    .summary = "List the clients of the broker",
    .arguments = "",
    .description =
        "A line for each session, the newest first: the client's name and its key's, whether it is here or for how "
        "long it has been away, its unfinished tasks, how many it submitted and how many of them have ended, and "
        "the bytes that the broker keeps for it. The command's own session is among them. With --json an object "
        "for each.\n\n"
        "Only an admin may ask: with keys whose key has the role admin, without keys who is on the broker's host.",
    .takes = TAKES_BROKER | TAKES_JSON | TAKES_ADMIN,
    .exits = command_exits,
    .run = run,
};
