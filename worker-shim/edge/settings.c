/* settings: mailroom-shim's command line, which is that of bqskit-manager, and its configuration file. */
#include "worker-shim/edge/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/machine.h"
#include "mailroom_version.h"
#include "worker-shim/edge/processors.h"

enum {
    BOSS_PORT = 7473, /* BQSKit's, */
    BROKER_PORT = 7472,
    WORKER_PORT = 7474,
    GRACE = 2000, /* ms */
    MOST_WORKERS = 65536,
    OPTION_PLAIN = OPTION_OWN,
    OPTION_WALLTIME,
    OPTION_DRAIN_GRACE,
    OPTION_BROKER,
    OPTION_ACCEPT_MANAGERS,
    OPTION_BROKER_KEY,
    OPTION_PER_SESSION,
    OPTION_NAME,
};

#define ANY_PORT UINT64_MAX                       /* what stands for a port that was not given */
#define MOST_WALLTIME (366ull * 24 * 3600 * 1000) /* ms */

static const char documentation[] =
    "A manager: owns the workers of one machine, or other managers, and serves the broker or manager that connects to "
    "it."
    "\vA worker is a process that speaks mailroom's protocol: by default the one of the Python package "
    "($MAILROOM_PYTHON -m mailroom.worker, python3 where that is not set), which runs Python functions and BQSKit's "
    "tasks. What stands after -- is run instead; with --plain that may be any program: a task's body is its standard "
    "input, its standard output the result. Without keys and --insecure all meet on sockets in this user's own folder: "
    "the broker on this machine is dialled there. SIGINT ends everything below as well, SIGTERM only this process and its "
    "workers.";

static const struct argp_option shim_options[] = {
    {"num-workers", 'n', "WORKERS", 0,
     "Start so many workers, or wait for so many with -x; -1: one for each processor that this process may use",
     1},
    {"managers", 'm', "MANAGER[:PORT]...", 0, "Serve these managers instead of workers", 1},
    {"accept-managers", OPTION_ACCEPT_MANAGERS, NULL, 0,
     "Serve managers that dial in (with their --broker) instead of workers; with -m they may dial in as well",
     1},
    {"broker", OPTION_BROKER, "HOST[:PORT][,...]", 0,
     "Dial this broker or manager (the next one where it is a standby, or not there), instead of waiting to be dialled: for a node that none can connect to. No port is "
     "opened then unless -p asks for it. Without keys and --insecure it is this user's own broker on this machine, "
     "unless --bind says where to wait",
     1},
    {"broker-key", OPTION_BROKER_KEY, "FILE", 0,
     "The public certificate of the broker, or manager, of --broker (MAILROOM_BROKER_KEY)", 1},
    {"only-connect", 'x', NULL, 0, "Start no workers: wait for those that connect to the worker port", 1},
    {"worker-port", 'w', "PORT", 0, "With -x: listen for workers on this port; 0 takes a free one", 1},
    {"worker-per-session", OPTION_PER_SESSION, NULL, 0,
     "No worker process runs tasks of two sessions: another one takes its place for that", 1},
    {"plain", OPTION_PLAIN, NULL, 0, "The command after -- is any program: see below", 1},
    {"walltime", OPTION_WALLTIME, "TIME", 0,
     "Take nothing new after so long, and leave when all that runs has ended; written like Slurm's --time (MINUTES, "
     "MM:SS, HH:MM:SS, D-HH:MM:SS)",
     1},
    {"name", OPTION_NAME, "NAME", 0, "What the boss calls this manager, if not by the host's name", 1},
    {"drain-grace", OPTION_DRAIN_GRACE, "MS", 0,
     "How long tasks have to finish, in ms, when this manager leaves; what is left then goes elsewhere (8000)",
     1},
    {NULL, 0, NULL, 0, NULL, 0},
};

/* What stands after "--". */
static void take_command(struct shim_settings *settings, struct argp_state *state)
{
    settings->command = state->argv + state->next - 1;
    state->next = state->argc;
}

static error_t take_word(struct shim_settings *settings, char *word, struct argp_state *state)
{
    if (state->quoted > 0 && state->next > state->quoted) {
        take_command(settings, state);
        return 0;
    }
    if (!settings->managers_open)
        argp_error(state, "%s: managers follow -m, a worker's command follows --", word);
    return options_set(&settings->options, 'm', "-m", word, state);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct shim_settings *settings = state->input;
    switch (key) {
    case ARGP_KEY_INIT: state->child_inputs[0] = &settings->options; return 0;
    case ARGP_KEY_ARG: return take_word(settings, text, state);
    case 'm': settings->managers_open = true; return options_set(&settings->options, 'm', "-m", text, state);
    case 'n': /* a negative number stands for one each, as in BQSKit */
        return options_set(&settings->options, 'n', NULL, text[0] == '-' && atoi(text) < 0 ? "0" : text,
                           state);
    default: return options_set(&settings->options, key, NULL, text, state);
    }
}

static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {NULL, 0, NULL, 0}};
static const struct argp argp = {shim_options, parse, "[-- WORKER COMMAND...]", documentation, children,
                                 NULL,         NULL};

static void make_rows(struct shim_settings *settings)
{
    struct options *options = &settings->options;
    struct shim_config *config = &settings->config;
    const struct setting rows[] = {
        OPTIONS_ROWS(options),
        {.path = "workers", .key = 'n', .target = &settings->workers, .most = MOST_WORKERS},
        {.path = "worker-port", .key = 'w', .target = &settings->worker_port, .most = 65535},
        {.path = "only-connect", .key = 'x', .type = SETTING_FLAG, .target = &config->only_connect},
        {.path = "worker-per-session",
         .key = OPTION_PER_SESSION,
         .type = SETTING_FLAG,
         .target = &config->per_session},
        {.path = "accept-managers",
         .key = OPTION_ACCEPT_MANAGERS,
         .type = SETTING_FLAG,
         .target = &config->managers},
        {.path = "broker",
         .key = OPTION_BROKER,
         .type = SETTING_BROKERS,
         .target = &settings->broker,
         .least = BROKER_PORT},
        {.path = "keys/broker",
         .environment = "MAILROOM_BROKER_KEY",
         .key = OPTION_BROKER_KEY,
         .type = SETTING_TEXT,
         .target = &options->keys.broker},
        {.path = "plain", .key = OPTION_PLAIN, .type = SETTING_FLAG, .target = &settings->plain},
        {.path = "command", .type = SETTING_TEXT, .target = &settings->command_text},
        {.path = "prefetch", .target = &settings->prefetch, .most = MOST_WORKERS},
        {.path = "redial", .target = &config->redial, .least = 10, .most = 3600000},
        {.path = "grace", .target = &settings->grace, .most = 3600000},
        {.path = "drain-grace", .key = OPTION_DRAIN_GRACE, .target = &config->drain_grace, .most = 604800000},
        {.path = "walltime",
         .key = OPTION_WALLTIME,
         .type = SETTING_TIME,
         .target = &config->walltime,
         .least = 1000,
         .most = MOST_WALLTIME},
        {.path = "name", .key = OPTION_NAME, .type = SETTING_TEXT, .target = &settings->name},
        {.path = "renew/fork", .type = SETTING_FLAG, .target = &settings->forks},
        {.path = "renew/rate", .target = &config->renew_rate, .least = 1, .most = 1000},
        {.path = "respawn/first", .target = &config->respawn_first, .least = 1, .most = 3600000},
        {.path = "respawn/most", .target = &config->respawn_most, .least = 1, .most = 3600000},
        {.path = "respawn/silent", .target = &config->worker_silent, .least = 1, .most = 3600000},
        {.path = "respawn/young", .target = &config->worker_young, .most = 3600000},
        {.path = "limits/connections", .target = &config->max_connections, .least = 1, .most = 1u << 20},
        {.path = "limits/memory", .target = &config->max_memory, .least = 1 << 20, .most = 1ull << 50},
        {.path = "limits/attempts", .target = &config->max_attempts, .least = 1, .most = UINT8_MAX},
        {.path = "limits/losses", .target = &config->max_losses, .least = 1, .most = UINT8_MAX},
        {.path = "limits/breadcrumbs",
         .target = &config->max_breadcrumbs,
         .least = 1,
         .most = MAX_BREADCRUMBS},
        {.path = "limits/ids", .target = &config->max_ids, .least = 1, .most = WORKER_LIMIT},
        {.path = "limits/logs", .target = &config->max_logs, .least = 1, .most = 1u << 30},
        LINK_ROWS("boss-links", &config->boss_link),
        LINK_ROWS("manager-links", &config->manager_link),
        {.path = "manager-links/refused", .target = &config->manager_link.refused, .most = 604800000},
        LINK_ROWS("worker-links", &config->worker_link),
    };
    _Static_assert(sizeof rows <= sizeof settings->rows, "the table is too small");
    memcpy(settings->rows, rows, sizeof rows);
    options->settings = (struct settings){.rows = settings->rows, .count = sizeof rows / sizeof *rows};
}

bool shim_settings_spawns(const struct shim_settings *settings)
{
    return !settings->config.only_connect && !settings->config.managers;
}

bool shim_settings_listens(const struct shim_settings *settings)
{
    return !settings->broker.host[0] || settings->port_given || settings->accepts;
}

/* What was said of addresses. Where nothing was, and there are no keys, the boss is this user's own broker.
 */
static bool choose_addresses(struct shim_settings *settings)
{
    struct options *options = &settings->options;
    struct managers *managers = &options->managers;
    if (settings->port_given && !options_check_port(options, options->port, "the port (-p)"))
        return false;
    if (settings_source(&options->settings, &settings->worker_port) != SETTING_DEFAULT &&
        !options_check_port(options, settings->worker_port, "the port for workers (-w)"))
        return false;
    if (!settings->port_given)
        options->port = BOSS_PORT;
    for (size_t i = 0; i < managers->count; i++) {
        if (!options_choose(options, &managers->at[i], 0, options->socket, "-m"))
            return false;
    }
    if (!options->open && !options->bind && !settings->broker.host[0])
        address_parse("localhost", BROKER_PORT, &settings->broker);
    return !settings->broker.host[0] ||
           options_choose(options, &settings->broker, BROKER_PORT, "broker", "--broker");
}

/* What does not go together; NULL: all does. */
static const char *find_conflict(const struct shim_settings *settings)
{
    bool dials = settings->options.managers.count > 0;
    if (settings->config.only_connect && settings->config.managers)
        return dials
                   ? "-x and -m exclude each other: a manager has workers or managers below it"
                   : "-x and --accept-managers exclude each other: a manager has workers or managers below it";
    if (settings->command && settings->config.managers)
        return dials
                   ? "-m and a worker's command exclude each other: a manager has workers or managers below it"
                   : "--accept-managers and a worker's command exclude each other: a manager has workers or "
                     "managers below it";
    if (settings->command && settings->config.only_connect)
        return "-x and a worker's command exclude each other: with -x workers are started by somebody else";
    if (settings->config.per_session && !shim_settings_spawns(settings))
        return "--worker-per-session takes workers that this manager starts itself: no -x, -m or --accept-managers";
    if (settings->plain && !settings->command)
        return "--plain needs a command after --";
    if (settings->name && (!settings->name[0] || strlen(settings->name) >= sizeof settings->config.name))
        return "--name: not a name of 1 to 63 bytes";
    return NULL;
}

/* The path of `name` beside this program, or `name` alone, to be found by PATH. To be freed. */
static char *find_beside(const char *name)
{
    char path[4096];
    ssize_t size = readlink("/proc/self/exe", path, sizeof path - 1);
    path[size > 0 ? size : 0] = '\0';
    char *slash = strrchr(path, '/');
    if (slash && slash + 1 + strlen(name) < path + sizeof path) {
        memcpy(slash + 1, name, strlen(name) + 1);
        if (access(path, X_OK) == 0)
            return mem_text(path, strlen(path));
    }
    return mem_text(name, strlen(name));
}

/* The default command, or mailroom-plain in front of the given one. */
static void make_command(struct shim_settings *settings)
{
    size_t count = 0;
    while (settings->command && settings->command[count])
        count++;
    if (settings->command && !settings->plain)
        return;
    char **command = settings->owned_command = mem_zalloc(count + 4, sizeof *command);
    if (settings->plain) {
        command[0] = find_beside("mailroom-plain");
        for (size_t i = 0; i < count; i++)
            command[i + 1] = settings->command[i];
    } else {
        const char *python = getenv("MAILROOM_PYTHON");
        command[0] = mem_text(python ? python : "python3", strlen(python ? python : "python3"));
        command[1] = (char *)(uintptr_t) "-m"; /* execvp does not write into them */
        command[2] = (char *)(uintptr_t) "mailroom.worker";
    }
    settings->command = command;
}

/* Splits the configuration file's command into words, as a shell would, without running anything. */
static bool split_command(struct shim_settings *settings)
{
    if (settings->command || !settings->command_text)
        return true;
    if (wordexp(settings->command_text, &settings->words, WRDE_NOCMD) != 0 || settings->words.we_wordc == 0) {
        log_plain("%s: %s: command = %s: not a command (are its quotes closed?)", settings->options.program,
                  settings->options.config, settings->command_text);
        return false;
    }
    settings->command = settings->words.we_wordv;
    return true;
}

static bool load_keys(struct shim_settings *settings)
{
    const struct options_need keys = {
        .role = KEY_MANAGER,
        .broker = settings->broker.host[0] != '\0',
        .managers = settings->options.managers.count > 0,
        .listens = shim_settings_listens(settings) || settings->config.only_connect,
        .doors = {[DOOR_FRONT] = 1u << KEY_BROKER | 1u << KEY_MANAGER, [DOOR_WORKERS] = 1u << KEY_WORKER},
    };
    return options_load_keys(&settings->options, &keys);
}

static bool finish(struct shim_settings *settings)
{
    if (!options_finish(&settings->options) || !split_command(settings))
        return false;
    settings->config.max_header = settings->options.header;
    settings->port_given = settings->options.port != ANY_PORT;
    settings->accepts = settings->config.managers;
    settings->config.managers = settings->accepts || settings->options.managers.count > 0;
    const char *conflict = find_conflict(settings);
    if (conflict) {
        log_plain("%s: %s", settings->options.program, conflict);
        return false;
    }
    if (!choose_addresses(settings))
        return false;
    if (settings->name)
        snprintf(settings->config.name, sizeof settings->config.name, "%s", settings->name);
    uint64_t workers = settings->workers ? settings->workers : processors_count();
    settings->config.workers = settings->config.managers ? 0 : (uint32_t)workers;
    settings->config.prefetch = settings->config.per_session ? 0 : (uint32_t)settings->prefetch;
    if (settings->broker.host[0]) {
        address_text(&settings->broker, settings->broker_text);
        size_t used = strlen(settings->broker_text);
        if (settings->broker.others)
            snprintf(settings->broker_text + used, sizeof settings->broker_text - used, ",%s",
                     settings->broker.others);
        settings->config.boss_line = settings->broker_text;
    }
    make_command(settings);
    return load_keys(settings);
}

bool shim_settings_read(struct shim_settings *settings, int argc, char **argv)
{
    struct options *options = &settings->options;
    struct shim_config *config = &settings->config;
    memset(settings, 0, sizeof *settings);
    options->program = "mailroom-shim";
    options->socket = "manager";
    options->summary = "mailroom's manager of workers, or of other managers";
    options->port = ANY_PORT;
    options->managers.default_port = BOSS_PORT;
    options->lookup = LOOKUP;
    options->found = FOUND;
    options->frame = FRAME;
    options->rate = RATE;
    options->header = MAX_HEADER;
    settings->worker_port = WORKER_PORT;
    settings->grace = GRACE;
    settings->forks = true;
    shim_config_default(config);
    config->max_memory = machine_memory() / 2;
    settings->prefetch = config->prefetch;
    settings->default_connections = config->max_connections;
    clock_random(config->boot, sizeof config->boot);
    clock_random(&config->seed, sizeof config->seed);
    snprintf(config->software, sizeof config->software, "mailroom-shim %s", MAILROOM_VERSION);
    gethostname(config->name, sizeof config->name - 1);
    make_rows(settings);
    argp_program_version = config->software;
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, settings);
    return finish(settings);
}

void shim_settings_free(struct shim_settings *settings)
{
    if (settings->owned_command)
        mem_free(settings->owned_command[0]);
    mem_free(settings->owned_command);
    if (settings->words.we_wordv)
        wordfree(&settings->words);
    options_free(&settings->options);
}
