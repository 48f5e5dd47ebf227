/* completion: writes the completion of a shell. */
#include "clients/cli/completion.h"

#include <string.h>

#include "clients/cli/commands.h"
#include "common/base/mem.h"

static const struct {
    const char *name;
    void (*write)(FILE *file);
} shells[] = {{"bash", completion_bash}, {"zsh", completion_zsh}, {"fish", completion_fish}};

struct completion_own {
    void (*write)(FILE *file);
};

void completion_options(const struct command *command, FILE *file,
                        void (*visit)(FILE *file, const struct command *command,
                                      const struct command_option *option))
{
    struct command_option *options = command_all_options(command);
    for (const struct command_option *option = options; option->argp.name || option->argp.doc; option++) {
        if (option->argp.name && !(option->argp.flags & OPTION_HIDDEN))
            visit(file, command, option);
    }
    mem_free(options);
}

bool completion_has_letter(const struct command_option *option)
{
    return option->argp.key > ' ' && option->argp.key < 127;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct completion_own *own = invocation->own;
    if (key == ARGP_KEY_NO_ARGS)
        argp_error(state, "for which shell? bash, zsh or fish");
    if (key != ARGP_KEY_ARG || own->write)
        return ARGP_ERR_UNKNOWN;
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++) {
        if (strcmp(shells[i].name, text) == 0)
            own->write = shells[i].write;
    }
    if (!own->write)
        argp_error(state, "%s: not bash, zsh or fish", text);
    return 0;
}

static int run(struct invocation *invocation)
{
    const struct completion_own *own = invocation->own;
    own->write(stdout);
    return CLI_FINE;
}

const struct command completion_command = {
    .name = "completion",
    .summary = "Write what a shell needs to complete commands",
    .arguments = "bash|zsh|fish",
    .description =
        "Packages and `cmake --install` put it where the shell finds it. By hand: read it from the shell's own "
        "start-up file (zsh: after `compinit`).",
    .examples = "  source <(mailroom completion bash)\n"
                "  source <(mailroom completion zsh)\n"
                "  mailroom completion fish | source\n",
    .complete = COMPLETE_CHOICE,
    .choices = "bash zsh fish",
    .exits = command_exits_local,
    .own_size = sizeof(struct completion_own),
    .parse = parse,
    .run = run,
};
