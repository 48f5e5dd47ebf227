/* options: what the command lines of both programs have in common. */
#include "edge/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/log.h"
#include "edge/manual.h"

enum { BAD_ARGUMENT = 2 }; /* exit code */

static const struct argp_option common_options[] = {
    {"port", 'p', "PORT", 0, "With --keys or --insecure: listen on this port; 0 takes a free one", 0},
    {"verbose", 'v', NULL, 0, "Say more: -v information, -vv all", 0},
    {"bind", OPTION_BIND, "ADDRESS", 0,
     "Listen on this address of the machine, which takes --keys or --insecure; with one of these alone it is "
     "127.0.0.1. Or on a socket in the file system, ipc:///PATH, for this user alone; without all of them it is one "
     "in this user's own folder",
     0},
    {"allow-uid", OPTION_ALLOW_UID, "UID,...", 0,
     "Let processes of these users in, too, on a socket in the file system; any: whom its folder lets in", 0},
    {"keys", OPTION_KEYS, "DIR", 0,
     "Talk to peers over TCP with keys only: with those in DIR, as `mailroom keygen DIR` made them (or "
     "MAILROOM_KEYS in the environment)",
     0},
    {"key", OPTION_KEY, "FILE", 0,
     "This program's own secret certificate, instead of the one in DIR (MAILROOM_KEY)", 0},
    {"manager-key", OPTION_MANAGER_KEY, "FILE", 0,
     "The public certificate of the managers that are dialled (MAILROOM_MANAGER_KEY)", 0},
    {"allowed", OPTION_ALLOWED, "DIR", 0,
     "The folder of the public certificates that are let in, read again at SIGHUP (MAILROOM_ALLOWED)", 0},
    {"insecure", OPTION_INSECURE, NULL, 0,
     "Speak TCP without keys: let everybody in who can reach the address, every user of this machine among them, "
     "and take for a manager or broker whoever answers (MAILROOM_INSECURE=1)",
     0},
    {"config", 'c', "FILE", 0, "Read settings from FILE; the command line goes before it", 0},
    {"port-file", OPTION_PORT_FILE, "FILE", 0, "Write the ports to FILE once they are open", 0},
    {"manual", OPTION_MANUAL, "WHAT", OPTION_HIDDEN, NULL, 0},
    {"help-too", 'h', NULL, OPTION_HIDDEN, NULL, 0},
    {"import-tests", 'i', NULL, OPTION_HIDDEN, NULL, 0},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* Names an option as it stands on the command line: "-p", or "--bind", which is its setting's name too, or
 * its section's: "--http" is http/address. */
static void option_name(const struct setting *setting, char *name, size_t size)
{
    if (setting->key >= OPTION_BIND)
        snprintf(name, size, "--%.*s", (int)strcspn(setting->path, "/"), setting->path);
    else
        snprintf(name, size, "-%c", setting->key);
}

error_t options_set(struct options *options, int key, const char *name, const char *text,
                    struct argp_state *state)
{
    char why[SETTINGS_WHY], own_name[32];
    struct setting *setting = settings_find(&options->settings, key);
    if (!setting)
        return ARGP_ERR_UNKNOWN;
    setting->source = SETTING_COMMAND_LINE;
    if (!settings_set(setting, text ? text : "1", why)) {
        option_name(setting, own_name, sizeof own_name);
        argp_error(state, "%s %s: %s", name ? name : own_name, text, why);
    }
    return 0;
}

static void set_verbose(struct options *options)
{
    options->verbose++;
    for (size_t i = 0; i < options->settings.count; i++) {
        if (options->settings.rows[i].target == &options->verbose)
            options->settings.rows[i].source = SETTING_COMMAND_LINE;
    }
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT: argp_err_exit_status = BAD_ARGUMENT; return 0;
    case 'v': set_verbose(options); return 0;
    case 'h': argp_state_help(state, stdout, ARGP_HELP_STD_HELP); return 0;
    case OPTION_MANUAL:
        if (!manual_write(stdout, options, state->root_argp, text))
            argp_error(state, "--manual %s: neither man nor settings", text);
        exit(0);
    case 'c':
        if (options->config)
            argp_error(state, "-c %s: there is one configuration file, and it is %s already", text,
                       options->config);
        options->config = mem_text(text, strlen(text));
        return 0;
    case 'i':
        argp_error(
            state,
            "-i (--import-tests) is BQSKit's own: its server unpickles tasks, this program does not, so "
            "there is nothing to import here");
        return 0;
    default: return options_set(options, key, NULL, text, state);
    }
}

const struct argp options_argp = {common_options, parse, NULL, NULL, NULL, NULL, NULL};

/* A header that is too large is to be answered, and not to close its connection without a word. */
static bool check_frame(const struct options *options)
{
    if (options->frame > options->header)
        return true;
    log_plain("%s: limits/frame = %" PRIu64 " is not larger than limits/header = %" PRIu64
              ": raise the one or lower the other",
              options->program, options->frame, options->header);
    return false;
}

static bool check_owners(struct options *options)
{
    const char *wrong = owners_read(&options->owners, options->allow_uid);
    if (wrong)
        log_plain("%s: --allow-uid %s: %s", options->program, options->allow_uid, wrong);
    return !wrong;
}

bool options_finish(struct options *options)
{
    char why[SETTINGS_WHY];
    if (options->config && !settings_load(&options->settings, options->config, why)) {
        log_plain("%s: %s", options->program, why);
        return false;
    }
    char *rest = options->settings.again;
    for (char *line; rest && (line = strtok_r(NULL, "\n", &rest));)
        log_plain("%s: %s: %s", options->program, options->config, line);
    if (!settings_environment(&options->settings, why)) {
        log_plain("%s: %s", options->program, why);
        return false;
    }
    log_open(options->program, options->verbose);
    log_never_wait();
    options->open = options->insecure || options_have_keys(options);
    return check_frame(options) && options_check_bind(options) && check_owners(options);
}

bool options_write_ports(const struct options *options, const char *text)
{
    if (!options->port_file)
        return true;
    size_t size = strlen(options->port_file) + 16;
    char *partial = mem_alloc(size);
    snprintf(partial, size, "%s.%d", options->port_file, (int)getpid());
    FILE *file = fopen(partial, "we");
    bool good = file && fputs(text, file) >= 0;
    good = file && fclose(file) == 0 && good;
    good = good && rename(partial, options->port_file) == 0;
    if (!good) {
        log_plain("%s: --port-file %s: %s", options->program, options->port_file, strerror(errno));
        unlink(partial);
    }
    mem_free(partial);
    return good;
}

void options_lines(const struct options *options, struct edge_limits *limits)
{
    limits->lines = limits->found = 0;
    limits->frame = options->frame;
    limits->rate = options->rate;
    for (size_t i = 0; i < options->managers.count; i++) {
        if (address_is_numeric(options->managers.at[i].host))
            limits->lines++;
        else
            limits->found = (size_t)options->found;
    }
}

size_t options_dial(const struct options *options, struct edge *edge, const char ***texts)
{
    const struct managers *managers = &options->managers;
    size_t count = 0;
    *texts = mem_alloc(managers->count * (sizeof **texts + ADDRESS_SIZE));
    char *text = (char *)(*texts + managers->count);
    for (size_t i = 0; i < managers->count; i++) {
        if (!address_is_numeric(managers->at[i].host))
            continue;
        edge_add_line(edge, &managers->at[i], KEY_MANAGER);
        address_text(&managers->at[i], text);
        (*texts)[count++] = text;
        text += ADDRESS_SIZE;
    }
    for (size_t i = 0; i < managers->count; i++) {
        if (!address_is_numeric(managers->at[i].host))
            edge_watch_name(edge, &managers->at[i], options->lookup);
    }
    return count;
}

void options_managers_text(const struct options *options, char *text, size_t size)
{
    size_t used = 0;
    char address[ADDRESS_SIZE];
    text[0] = '\0';
    for (size_t i = 0; i < options->managers.count; i++) {
        address_text(&options->managers.at[i], address);
        if (used + strlen(address) + 8 > size) {
            snprintf(text + used, size - used, ", ...");
            return;
        }
        used += (size_t)snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "", address);
    }
}

void options_free(struct options *options)
{
    settings_free(&options->settings);
    mem_free(options->config);
    options->config = NULL;
    keys_free(options->held);
    options->held = NULL;
}
