/* completion_other: the completion of zsh and fish, which have descriptions beside what they complete. */
#include "clients/cli/commands.h"
#include "clients/cli/completion.h"

/* A text inside single quotes of a shell; what `special` names gets a backslash. */
static void put_quoted(FILE *file, const char *text, const char *special)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", file);
        else if (special && (*text == '[' || *text == ']' || *text == ':'))
            fprintf(file, "\\%c", *text);
        else
            putc(*text, file);
    }
}

static const char *zsh_action(enum complete complete)
{
    switch (complete) {
    case COMPLETE_FILE: return "_files";
    case COMPLETE_DIRECTORY: return "_files -/";
    case COMPLETE_HOST: return "_hosts";
    default: return " ";
    }
}

static void put_zsh_value(FILE *file, enum complete complete, const char *choices)
{
    if (complete == COMPLETE_CHOICE) {
        fprintf(file, "(%s)", choices);
    } else if (complete == COMPLETE_COMMAND) {
        for (size_t i = 0; commands[i]; i++)
            fprintf(file, "%s%s", i ? " " : "(", commands[i]->name);
        putc(')', file);
    } else {
        fputs(zsh_action(complete), file);
    }
}

/* One spelling of an option: '--name=[what it does]:VALUE:action' or '-n+[what it does]:VALUE:action'. The
 * shell shows those with one text in one line. */
static void put_zsh_spelling(FILE *file, const struct command_option *option, const char *spelling)
{
    fprintf(file, " \\\n            '%s[", spelling);
    put_quoted(file, option->argp.doc, "zsh");
    putc(']', file);
    if (option->argp.arg) {
        fputs(option->argp.flags & OPTION_ARG_OPTIONAL ? "::" : ":", file);
        put_quoted(file, option->argp.arg, "zsh");
        putc(':', file);
        put_zsh_value(file, option->complete, option->choices);
    }
    putc('\'', file);
}

static void put_zsh_option(FILE *file, const struct command *command, const struct command_option *option)
{
    (void)command;
    const char *after_name = "", *after_letter = "";
    char spelling[64];
    if (option->argp.arg) {
        bool optional = option->argp.flags & OPTION_ARG_OPTIONAL; /* then the value is in the same word */
        after_name = optional ? "=-" : "=";
        after_letter = optional ? "-" : "+";
    }
    snprintf(spelling, sizeof spelling, "--%s%s", option->argp.name, after_name);
    put_zsh_spelling(file, option, spelling);
    if (completion_has_letter(option)) {
        snprintf(spelling, sizeof spelling, "-%c%s", option->argp.key, after_letter);
        put_zsh_spelling(file, option, spelling);
    }
}

void completion_zsh(FILE *file)
{
    fputs("#compdef mailroom\n"
          "# zsh completion of mailroom, made from its own table of commands\n"
          "_mailroom() {\n"
          "    local -a commands=(\n",
          file);
    for (size_t i = 0; commands[i]; i++) {
        fprintf(file, "        '%s:", commands[i]->name);
        put_quoted(file, commands[i]->summary, NULL);
        fputs("'\n", file);
    }
    fputs("    )\n"
          "    if ((CURRENT == 2)); then\n"
          "        _describe command commands\n"
          "        return\n"
          "    fi\n"
          "    shift words\n"
          "    ((CURRENT--))\n"
          "    case $words[1] in\n",
          file);
    for (size_t i = 0; commands[i]; i++) {
        fprintf(file, "    %s)\n        _arguments", commands[i]->name);
        completion_options(commands[i], file, put_zsh_option);
        fputs(" \\\n            '*:argument:", file);
        put_zsh_value(file, commands[i]->complete, commands[i]->choices);
        fputs("'\n        ;;\n", file);
    }
    fputs("    esac\n"
          "}\n"
          "if [[ $funcstack[1] == _mailroom ]]; then # zsh found this file by its name, and calls it\n"
          "    _mailroom \"$@\"\n"
          "else\n"
          "    compdef _mailroom mailroom\n"
          "fi\n",
          file);
}

static void put_fish_value(FILE *file, enum complete complete, const char *choices)
{
    switch (complete) {
    case COMPLETE_FILE: fputs(" -F", file); break;
    case COMPLETE_DIRECTORY: fputs(" -a '(__fish_complete_directories)'", file); break;
    case COMPLETE_HOST: fputs(" -a '(__fish_print_hostnames)'", file); break;
    case COMPLETE_CHOICE: fprintf(file, " -a '%s'", choices); break;
    case COMPLETE_COMMAND:
        fputs(" -a '", file);
        for (size_t i = 0; commands[i]; i++)
            fprintf(file, "%s%s", i ? " " : "", commands[i]->name);
        putc('\'', file);
        break;
    case COMPLETE_NOTHING: break;
    }
}

static void put_fish_option(FILE *file, const struct command *command, const struct command_option *option)
{
    fprintf(file, "complete -c mailroom -n '__fish_seen_subcommand_from %s' -l %s", command->name,
            option->argp.name);
    if (completion_has_letter(option))
        fprintf(file, " -s %c", option->argp.key);
    if (option->argp.arg && !(option->argp.flags & OPTION_ARG_OPTIONAL)) {
        fputs(" -r", file);
        put_fish_value(file, option->complete, option->choices);
    }
    fputs(" -d '", file);
    for (const char *at = option->argp.doc; *at; at++)
        fprintf(file, *at == '\'' || *at == '\\' ? "\\%c" : "%c", *at);
    fputs("'\n", file);
}

void completion_fish(FILE *file)
{
    fputs("# fish completion of mailroom, made from its own table of commands\n"
          "complete -c mailroom -f\n",
          file);
    for (size_t i = 0; commands[i]; i++) {
        fprintf(file, "complete -c mailroom -n __fish_use_subcommand -a %s -d '", commands[i]->name);
        for (const char *at = commands[i]->summary; *at; at++)
            fprintf(file, *at == '\'' ? "\\%c" : "%c", *at);
        fputs("'\n", file);
    }
    for (size_t i = 0; commands[i]; i++) {
        completion_options(commands[i], file, put_fish_option);
        if (commands[i]->complete == COMPLETE_NOTHING)
            continue;
        fprintf(file, "complete -c mailroom -n '__fish_seen_subcommand_from %s'", commands[i]->name);
        put_fish_value(file, commands[i]->complete, commands[i]->choices);
        putc('\n', file);
    }
}
