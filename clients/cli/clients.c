/* clients: lists the broker's sessions, and ends those of a name. */
#include "clients/cli/commands.h"
#include "clients/cli/operate.h"

enum { OWN_END = COMMAND_OWN };

struct clients_own {
    const char *end; /* whose sessions are to end, NULL: nobody's */
};

static const struct command_option options[] = {
    {{"end", OWN_END, "NAME", 0,
      "End all sessions of the client, or of the key, of this name, and show them; their tasks are cancelled",
      0},
     COMPLETE_NOTHING,
     NULL,
     0},
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct clients_own *own = invocation->own;
    if (key != OWN_END)
        return ARGP_ERR_UNKNOWN;
    own->end = text;
    return 0;
}

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
    const struct clients_own *own = invocation->own;
    struct list clients = answer->clients.clients;
    struct listed_client client;
    struct table table;
    if (own->end && answer->clients.end.data == NULL) {
        fputs("mailroom clients: this broker is older, and cannot end sessions\n", stderr);
        return CLI_REFUSED;
    }
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
    const struct clients_own *own = invocation->own;
    struct inquiry question = {.message.kind = KIND_CLIENTS, .show = show};
    if (own->end)
        question.message.clients.end = span_text(own->end);
    return operate_ask(invocation, &question);
}

const struct command clients_command = {
    .name = "clients",
    .summary = "List the clients of the broker, or end their sessions",
    .arguments = "",
    .description =
        "A line for each session, the newest first: the client's name and its key's, whether it is here or for how "
        "long it has been away, its unfinished tasks, how many it submitted and how many of them have ended, and "
        "the bytes that the broker keeps for it. The command's own session is among them. With --json an object "
        "for each.\n\n"
        "With --end the sessions of that client, or key, are ended, but for the command's own, and shown as they were. "
        "Clients that are here are told, and do not come back by themselves.\n\n"
        "Only an admin may ask: with keys whose key has the role admin, without keys who is on the broker's host.",
    .examples = "  mailroom clients --end lab7\n",
    .options = options,
    .takes = TAKES_BROKER | TAKES_JSON | TAKES_ADMIN,
    .exits = command_exits,
    .own_size = sizeof(struct clients_own),
    .parse = parse,
    .run = run,
};
