/* troff: see troff.h. */
#include "edge/troff.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "mailroom_version.h"

/* `size` bytes so that troff shows them; `begins`: they stand at the beginning of a line, where dots and
 * apostrophes are orders. */
static void escape(FILE *file, const char *text, size_t size, bool begins)
{
    for (size_t i = 0; i < size; i++) {
        if (i == 0 && begins && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", file);
        if (text[i] == '\\')
            fputs("\\e", file);
        else if (text[i] == '-')
            fputs("\\-", file);
        else if (text[i] == '"')
            fputs("\\(dq", file);
        else if (text[i] == '`')
            fputs("\\(ga", file);
        else if (text[i] == '\'')
            fputs("\\(aq", file);
        else
            putc(text[i], file);
    }
}

static void line(FILE *file, const char *text, size_t size)
{
    escape(file, text, size, true);
    putc('\n', file);
}

void troff_begin(FILE *file, const char *name, unsigned section, const char *summary)
{
    fputs(".\\\" Made from the program's own tables.\n.TH ", file);
    for (const char *at = name; *at; at++)
        fprintf(file, *at == '-' ? "\\-" : "%c", toupper((unsigned char)*at));
    fprintf(file, " %u %s \"mailroom %s\" mailroom\n", section, MAILROOM_DATE, MAILROOM_VERSION);
    troff_section(file, "NAME");
    escape(file, name, strlen(name), true);
    fputs(" \\- ", file);
    line(file, summary, strlen(summary));
}

void troff_section(FILE *file, const char *heading)
{
    fputs(".SH ", file);
    line(file, heading, strlen(heading));
}

void troff_subsection(FILE *file, const char *heading)
{
    fputs(".SS ", file);
    line(file, heading, strlen(heading));
}

void troff_text(FILE *file, const char *text)
{
    for (bool first = true; *text; first = false) {
        size_t size = strcspn(text, "\n");
        if (size == 0 && !first && text[1])
            fputs(".PP\n", file);
        else if (size > 0)
            line(file, text, size);
        text += size + (text[size] == '\n');
    }
}

void troff_term(FILE *file, const char *term, const char *meaning)
{
    fputs(".TP\n\\fB", file);
    escape(file, term, strlen(term), false);
    fputs("\\fR\n", file);
    troff_text(file, meaning);
}

void troff_lines(FILE *file, const char *lines)
{
    fputs(".nf\n.RS 4\n", file);
    while (*lines) {
        size_t size = strcspn(lines, "\n"), blanks = strspn(lines, " ");
        if (size > blanks)
            line(file, lines + blanks, size - blanks);
        lines += size + (lines[size] == '\n');
    }
    fputs(".RE\n.fi\n", file);
}

void troff_usage(FILE *file, const char *name, const char *arguments)
{
    for (bool first = true; first || *arguments; first = false) {
        size_t size = strcspn(arguments, "\n");
        fputs(first ? "\\fB" : ".br\n\\fB", file);
        escape(file, name, strlen(name), false);
        fputs(size ? "\\fR [\\fIOPTION\\fR...] " : "\\fR [\\fIOPTION\\fR...]", file);
        escape(file, arguments, size, false);
        putc('\n', file);
        arguments += size + (arguments[size] == '\n');
    }
}

void troff_option(FILE *file, const struct argp_option *option)
{
    bool letter = option->key > ' ' && option->key < 127, optional = option->flags & OPTION_ARG_OPTIONAL;
    if ((option->flags & OPTION_HIDDEN) || !option->doc)
        return;
    fputs(".TP\n", file);
    if (letter) {
        fprintf(file, "\\fB\\-%c\\fR", option->key);
        if (option->arg && !option->name)
            fprintf(file, " \\fI%s\\fR", option->arg);
    }
    if (letter && option->name)
        fputs(", ", file);
    if (option->name) {
        fputs("\\fB\\-\\-", file);
        escape(file, option->name, strlen(option->name), false);
        fputs("\\fR", file);
    }
    if (option->arg && option->name)
        fprintf(file, optional ? "[=\\fI%s\\fR]" : "=\\fI%s\\fR", option->arg);
    putc('\n', file);
    line(file, option->doc, strlen(option->doc));
}
