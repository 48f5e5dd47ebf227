/* page_link: the command `page`: where the broker's live page is. */
#include "clients/cli/commands.h"
#include "clients/cli/operate.h"

enum cli_exit page_is_missing(const char *command)
{
    fprintf(
        stderr,
        "mailroom %s: there is none for this client: the broker serves no page (mailroomd --http), is older than "
        "that, or this client is no admin: that is one with an admin's key, or without keys one on the broker's own "
        "host\n",
        command);
    return CLI_REFUSED;
}

static enum cli_exit show(const struct invocation *invocation, const struct message *answer)
{
    struct span page = answer->counts.page;
    if (page.size == 0)
        return page_is_missing("page");
    if (invocation->json) {
        json_t *value = json_object();
        json_object_set_new(value, "page", out_text(page));
        out_json(value);
        return CLI_FINE;
    }
    out_peer_text(stdout, page, false);
    putchar('\n');
    return CLI_FINE;
}

static int run(struct invocation *invocation)
{
    struct inquiry question = {.message.kind = KIND_COUNTS, .show = show};
    return operate_ask(invocation, &question);
}

const struct command page_command = {
    .name = "page",
    .summary = "Show where the broker's live page is",
    .arguments = "",
    .description =
        "Prints a link that opens the broker's live page in a browser: what runs where, queues, sessions, failed tasks. For "
        "admins. The link holds a token that is good until the broker is started anew, and shows the page to whoever has it "
        "(with --insecure and without keys there is none). A page on the broker's loopback is reached from elsewhere by a tunnel, as by ssh -L. With "
        "--json an object.",
    .takes = TAKES_BROKER | TAKES_JSON | TAKES_ADMIN,
    .exits = command_exits,
    .run = run,
};
