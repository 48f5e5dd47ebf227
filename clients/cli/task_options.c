/* task_options: see task_options.h. */
#include "clients/cli/task_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/link/link.h"
#include "common/wire/message.h"

enum { AHEAD = 10000, PRIORITY = 128, MOST_PRIORITY = 255 };

void task_options_init(struct task_options *options)
{
    options->runtime = "plain";
    options->priority = PRIORITY;
    options->ahead = AHEAD;
    options->within = NEVER;
}

uint64_t task_options_number(const char *option, const char *text, uint64_t most, struct argp_state *state)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (end == text || *end || errno || number > most || strchr(text, '-'))
        argp_error(state, "%s %s: not a number from 0 to %llu", option, text, (unsigned long long)most);
    return number;
}

error_t task_options_parse(struct task_options *options, int key, char *text, struct argp_state *state)
{
    switch (key) {
    case OPTION_RUNTIME:
        if (!*text || strlen(text) > MAX_RUNTIME)
            argp_error(state, "--runtime %s: a runtime's name has 1 to %d bytes", text, MAX_RUNTIME);
        options->runtime = text;
        return 0;
    case OPTION_NAME:
        if (strlen(text) > MAX_NAME)
            argp_error(state, "--name: a task's name has at most %d bytes", MAX_NAME);
        options->name = text;
        return 0;
    case OPTION_PRIORITY:
        options->priority = task_options_number("--priority", text, MOST_PRIORITY, state);
        return 0;
    case OPTION_AHEAD: options->ahead = task_options_number("--ahead", text, UINT32_MAX, state); return 0;
    case OPTION_DETACH: options->detach = true; return 0;
    case OPTION_KEEP: options->keep = true; return 0;
    case 'o': options->output = text; return 0;
    case 'w':
        options->wait = true;
        options->within = text ? invocation_seconds("--wait", text, state) : NEVER;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}
