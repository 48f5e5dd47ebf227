/* manual: see manual.h. */
#include "edge/manual.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/mem.h"
#include "edge/troff.h"

enum { CELL = 160 /* bytes */ };

static const char files[] =
    "Name one with --config: none is read otherwise. It is written in ZPL, ZeroMQ's property language: NAME = VALUE, with the "
    "settings of a section indented below its name by four blanks. The command line goes before the file, the file before "
    "the environment.";

/* What the values of a setting look like. */
static void type_text(const struct setting *setting, const struct setting_doc *doc, char text[CELL])
{
    const char *unit = doc && doc->unit[0] ? doc->unit : "number";
    switch (setting->type) {
    case SETTING_NUMBER:
        snprintf(text, CELL, "%s, %" PRIu64 " to %" PRIu64, unit, setting->least, setting->most);
        break;
    case SETTING_FLAG: snprintf(text, CELL, "0 or 1"); break;
    case SETTING_TEXT: snprintf(text, CELL, "text"); break;
    case SETTING_TIME: snprintf(text, CELL, "MINUTES, MM:SS, HH:MM:SS or D-HH:MM:SS"); break;
    case SETTING_ADDRESS: snprintf(text, CELL, "HOST[:PORT], port %" PRIu64, setting->least); break;
    case SETTING_BROKERS: snprintf(text, CELL, "HOST[:PORT][,...], port %" PRIu64, setting->least); break;
    case SETTING_MANAGERS: snprintf(text, CELL, "HOST[:PORT]..."); break;
    }
}

/* What holds when nothing sets it: that is what the target holds at the start. */
static void default_text(const struct setting *setting, const struct setting_doc *doc, char text[CELL])
{
    if (doc && doc->standard)
        snprintf(text, CELL, "%s", doc->standard);
    else if (setting->type == SETTING_NUMBER)
        snprintf(text, CELL, "%" PRIu64, *(const uint64_t *)setting->target);
    else if (setting->type == SETTING_FLAG)
        snprintf(text, CELL, "%d", *(const bool *)setting->target);
    else
        snprintf(text, CELL, "none");
}

/* The option that is an argp key, "-p" or "--bind"; "": none. */
static void option_text(const struct argp *argp, int key, char text[CELL])
{
    text[0] = '\0';
    for (const struct argp_option *option = argp->options; key && option && (option->name || option->doc);
         option++) {
        if (option->key != key)
            continue;
        if (key > ' ' && key < 127)
            snprintf(text, CELL, "-%c, --%s", key, option->name);
        else
            snprintf(text, CELL, "--%s", option->name);
        return;
    }
    for (const struct argp_child *child = argp->children; child && child->argp && !text[0]; child++)
        option_text(child->argp, key, text);
}

static void write_settings(FILE *file, const struct options *options, const struct argp *argp)
{
    fputs("| setting | value | default | option | meaning |\n|---|---|---|---|---|\n", file);
    for (size_t i = 0; i < options->settings.count; i++) {
        const struct setting *setting = &options->settings.rows[i];
        const struct setting_doc *doc = setting_doc_find(setting->path);
        char type[CELL], standard[CELL], option[CELL];
        type_text(setting, doc, type);
        default_text(setting, doc, standard);
        option_text(argp, setting->key, option);
        fprintf(file, "| `%s` | %s | %s | %s%s%s%s%s%s%s | %s |\n", setting->path, type, standard,
                option[0] ? "`" : "", option, option[0] ? "`" : "",
                option[0] && setting->environment ? ", " : "", setting->environment ? "`" : "",
                setting->environment ? setting->environment : "", setting->environment ? "`" : "",
                doc ? doc->meaning : "");
    }
}

static void write_options(FILE *file, const struct argp *argp)
{
    for (const struct argp_option *option = argp->options; option && (option->name || option->doc); option++)
        troff_option(file, option);
    for (const struct argp_child *child = argp->children; child && child->argp; child++)
        write_options(file, child->argp);
}

/* What stands in front of the options of --help, and behind them. */
static void write_description(FILE *file, const char *documentation)
{
    size_t size = strcspn(documentation, "\v");
    char *purpose = mem_text(documentation, size);
    troff_text(file, purpose);
    mem_free(purpose);
    if (!documentation[size])
        return;
    fputs(".PP\n", file);
    troff_text(file, documentation + size + 1);
}

static void write_page(FILE *file, const struct options *options, const struct argp *argp)
{
    char type[CELL], standard[CELL], meaning[1024];
    troff_begin(file, options->program, 8, options->summary);
    troff_section(file, "SYNOPSIS");
    troff_usage(file, options->program, argp->args_doc);
    troff_section(file, "DESCRIPTION");
    write_description(file, argp->doc ? argp->doc : "");
    troff_section(file, "OPTIONS");
    write_options(file, argp);
    troff_section(file, "CONFIGURATION FILE");
    troff_text(file, files);
    for (size_t i = 0; i < options->settings.count; i++) {
        const struct setting *setting = &options->settings.rows[i];
        const struct setting_doc *doc = setting_doc_find(setting->path);
        type_text(setting, doc, type);
        default_text(setting, doc, standard);
        snprintf(meaning, sizeof meaning, "%s\n(%s; %s%s%s%s)", doc ? doc->meaning : "", type,
                 strcmp(standard, "none") == 0 ? "no default" : "default ",
                 strcmp(standard, "none") == 0 ? "" : standard, setting->environment ? "; environment: " : "",
                 setting->environment ? setting->environment : "");
        troff_term(file, setting->path, meaning);
    }
    troff_section(file, "SEE ALSO");
    fputs(".BR mailroom (1),\n.BR mailroomd (8),\n.BR mailroom\\-shim (8)\n", file);
}

bool manual_write(FILE *file, const struct options *options, const struct argp *argp, const char *what)
{
    while (!argp->doc && argp->children) /* glibc puts one of its own around the program's */
        argp = argp->children->argp;
    if (strcmp(what, "man") == 0)
        write_page(file, options, argp);
    else if (strcmp(what, "settings") == 0)
        write_settings(file, options, argp);
    else
        return false;
    return true;
}
