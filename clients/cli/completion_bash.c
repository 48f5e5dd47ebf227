/* completion_bash: bash's completion. bash splits words at '=' and ':' too, so that --broker=host:7472
 * arrives in pieces. */
#include "clients/cli/commands.h"
#include "clients/cli/completion.h"

static const char begin[] =
    "# bash completion of mailroom, made from its own table of commands\n"
    "_mailroom() {\n"
    "    local current=\"${COMP_WORDS[COMP_CWORD]}\" previous=\"${COMP_WORDS[COMP_CWORD-1]}\" command=\"${COMP_WORDS[1]}\"\n"
    "    local words=\"\" i\n"
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$_mailroom_commands\" -- \"$current\")\n"
    "        return\n"
    "    fi\n"
    "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
    "        [[ ${COMP_WORDS[i]} == -- ]] && return # what follows is a command: files, as the shell does it\n"
    "    done\n"
    "    if [[ $current == \"=\" ]]; then\n"
    "        current=\"\"\n"
    "    elif [[ $previous == \"=\" ]]; then\n"
    "        previous=\"${COMP_WORDS[COMP_CWORD-2]}\"\n"
    "    fi\n"
    "    case \"$command $previous\" in\n";

static const char middle[] = "    esac\n"
                             "    if [[ $current == -* ]]; then\n"
                             "        case \"$command\" in\n";

static const char arguments[] = "        esac\n"
                                "        mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
                                "        return\n"
                                "    fi\n"
                                "    case \"$command\" in\n";

static const char end[] = "    esac\n"
                          "}\n"
                          "complete -o default -F _mailroom mailroom\n";

/* What completes a value, as orders; `where` stands in front of each line. */
static void put_value(FILE *file, enum complete complete, const char *choices)
{
    static const char *const kinds[] = {
        [COMPLETE_FILE] = "-f", [COMPLETE_DIRECTORY] = "-d", [COMPLETE_HOST] = "-A hostname"};
    switch (complete) {
    case COMPLETE_NOTHING: fputs("compopt +o default", file); break;
    case COMPLETE_CHOICE:
        fprintf(file, "compopt +o default; mapfile -t COMPREPLY < <(compgen -W \"%s\" -- \"$current\")",
                choices);
        break;
    case COMPLETE_COMMAND:
        fputs(
            "compopt +o default; mapfile -t COMPREPLY < <(compgen -W \"$_mailroom_commands\" -- \"$current\")",
            file);
        break;
    case COMPLETE_FILE:
    case COMPLETE_DIRECTORY:
        fprintf(file, "compopt -o filenames; mapfile -t COMPREPLY < <(compgen %s -- \"$current\")",
                kinds[complete]);
        break;
    case COMPLETE_HOST:
        fprintf(file, "compopt +o default; mapfile -t COMPREPLY < <(compgen %s -- \"$current\")",
                kinds[complete]);
        break;
    }
}

static void put_option_value(FILE *file, const struct command *command, const struct command_option *option)
{
    if (!option->argp.arg || (option->argp.flags & OPTION_ARG_OPTIONAL))
        return;
    fprintf(file, "    \"%s --%s\"", command->name, option->argp.name);
    if (completion_has_letter(option))
        fprintf(file, " | \"%s -%c\"", command->name, option->argp.key);
    fputs(")\n        ", file);
    put_value(file, option->complete, option->choices);
    fputs("\n        return\n        ;;\n", file);
}

static void put_option(FILE *file, const struct command *command, const struct command_option *option)
{
    fprintf(file, " --%s", option->argp.name);
    if (completion_has_letter(option))
        fprintf(file, " -%c", option->argp.key);
}

void completion_bash(FILE *file)
{
    fputs("_mailroom_commands=\"", file);
    for (size_t i = 0; commands[i]; i++)
        fprintf(file, "%s%s", i ? " " : "", commands[i]->name);
    fprintf(file, "\"\n\n%s", begin);
    for (size_t i = 0; commands[i]; i++)
        completion_options(commands[i], file, put_option_value);
    fputs(middle, file);
    for (size_t i = 0; commands[i]; i++) {
        fprintf(file, "        %s) words=\"", commands[i]->name);
        completion_options(commands[i], file, put_option);
        fputs(" --help\" ;;\n", file);
    }
    fputs(arguments, file);
    for (size_t i = 0; commands[i]; i++) {
        fprintf(file, "    %s) ", commands[i]->name);
        put_value(file, commands[i]->complete, commands[i]->choices);
        fputs(" ;;\n", file);
    }
    fputs(end, file);
}
