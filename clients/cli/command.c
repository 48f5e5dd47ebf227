/* command: parses a command's line and shows its help. */
#include "clients/cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "edge/log.h"

const struct exit_code command_exits[] = {
    {CLI_FINE, "all is well"},
    {CLI_FAILED, "a task failed or was cancelled"},
    {CLI_USAGE, "wrong arguments, or a file that cannot be read or written"},
    {CLI_NO_BROKER, "no connection to a broker within --timeout, or it was lost"},
    {CLI_REFUSED, "the broker refused: its text says why (keys, rights, a limit)"},
    {CLI_UNKNOWN_TASK, "no such task in this session, or its result was fetched already"},
    {CLI_TIMEOUT, "what was waited for did not come in time"},
    {CLI_INTERRUPTED, "interrupted by Ctrl-C or a signal"},
    {CLI_BROKEN_PIPE, "nobody reads standard output any more"},
    {0, NULL},
};

const struct exit_code command_exits_local[] = {
    {CLI_FINE, "all is well"},
    {CLI_FAILED, "it did not succeed: the text says why"},
    {CLI_USAGE, "wrong arguments, or a file that cannot be read or written"},
    {0, NULL},
};

struct command_option *command_all_options(const struct command *command)
{
    size_t own = 0, shared = 0, count = 0;
    while (command->options && (command->options[own].argp.name || command->options[own].argp.doc))
        own++;
    while (invocation_options[shared].argp.name)
        shared++;
    struct command_option *rows = mem_zalloc(own + shared + 1, sizeof *rows);
    for (size_t i = 0; i < own; i++)
        rows[count++] = command->options[i];
    for (size_t i = 0; i < shared; i++) {
        if (command->takes & invocation_options[i].takes)
            rows[count++] = invocation_options[i];
    }
    return rows;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    if (key == ARGP_KEY_INIT)
        argp_err_exit_status = CLI_USAGE;
    error_t error = invocation_parse(key, text, state);
    if (error == ARGP_ERR_UNKNOWN && invocation->command->parse)
        error = invocation->command->parse(key, text, state);
    return error;
}

/* The text of --help: the summary, and after the options what else there is to know. The caller frees it. */
static char *documentation(const struct command *command)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    fprintf(file, "%s.\v%s\n\nExit status:\n", command->summary, command->description);
    for (const struct exit_code *exit = command->exits; exit->meaning; exit++)
        fprintf(file, "  %3d  %s\n", exit->code, exit->meaning);
    if (command->examples)
        fprintf(file, "\nExamples:\n%s", command->examples);
    fclose(file);
    return text;
}

/* A command's parser, made for a moment from its rows. */
struct parser {
    struct argp argp;
    struct argp_option *options;
    char *documentation, *name;
};

static void parser_make(struct parser *parser, const struct command *command)
{
    struct command_option *rows = command_all_options(command);
    size_t count = 0, size = strlen(command->name) + sizeof "mailroom ";
    while (rows[count].argp.name || rows[count].argp.doc)
        count++;
    parser->options = mem_zalloc(count + 1, sizeof *parser->options);
    for (size_t i = 0; i < count; i++)
        parser->options[i] = rows[i].argp;
    mem_free(rows);
    parser->documentation = documentation(command);
    parser->name = mem_alloc(size);
    snprintf(parser->name, size, "mailroom %s", command->name);
    parser->argp = (struct argp){.options = parser->options,
                                 .parser = parse,
                                 .args_doc = command->arguments,
                                 .doc = parser->documentation};
}

static void parser_free(struct parser *parser)
{
    mem_free(parser->options);
    mem_free(parser->name);
    free(parser->documentation);
}

int command_call(const struct command *command, int argc, char **argv)
{
    struct parser parser;
    struct invocation invocation = {0};
    invocation_init(&invocation, command);
    invocation.own = mem_zalloc(1, command->own_size ? command->own_size : 1);
    parser_make(&parser, command);
    argv[0] = parser.name;
    argp_parse(&parser.argp, argc, argv, ARGP_IN_ORDER, NULL, &invocation);
    log_open(parser.name, invocation.verbose);
    if (invocation.verbose == 0)
        log_only_errors();
    bool settled = command->own_address || !(command->takes & TAKES_BROKER) ||
                   invocation_choose(&invocation, BROKER_PORT, "broker");
    int code = settled ? command->run(&invocation) : CLI_USAGE;
    parser_free(&parser);
    mem_free(invocation.own);
    return code;
}
