/* settings: mailroomd's command line, which is that of bqskit-server, and its configuration file. */
#include "broker/edge/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/machine.h"
#include "mailroom_version.h"

enum { CLIENT_PORT = 7472, MANAGER_PORT = 7473 /* BQSKit's */, HTTP_PORT = 7475 };
enum { HISTORY = 4096, OPTION_HTTP = OPTION_OWN, OPTION_JOURNAL };

static const char documentation[] =
    "The broker: routes tasks, results, errors and logs between clients and the managers (mailroom-shim) that own the "
    "workers."
    "\vManagers may start before or after the broker; a name is looked up again at each attempt. Several may stand in "
    "one argument with commas between them. Without keys and --insecure all meet on sockets in this user's own folder: "
    "clients and managers on this machine find this broker there by themselves. SIGINT ends everything below as well, SIGTERM only this process.";

/* Whether a manager is one of this user's on this machine, which dial in. */
static bool dials_in(const struct options *options, const struct host_port *manager)
{
    return !options->open && strcmp(manager->host, "localhost") == 0 && manager->port == MANAGER_PORT;
}

/* A port that was said, and managers that are to be dialled, are of TCP, which takes keys or --insecure. */
static bool check_where(struct options *options)
{
    struct managers *managers = &options->managers;
    size_t dialled = 0;
    if (settings_source(&options->settings, &options->port) != SETTING_DEFAULT &&
        !options_check_port(options, options->port, "the port (-p)"))
        return false;
    for (size_t i = 0; i < managers->count; i++) {
        struct host_port *manager = &managers->at[i];
        bool comes = dials_in(options, manager);
        if (comes && options->bind) {
            log_plain(
                "%s: localhost: this user's managers on this machine dial in: leave it away, and start them "
                "with --broker %s",
                options->program, options->bind);
            return false;
        }
        if (!comes && !options_choose(options, manager, 0, options->socket, "manager"))
            return false;
        if (!comes)
            managers->at[dialled++] = *manager;
    }
    managers->count = dialled;
    return true;
}

static const struct argp_option own_options[] = {
    {"http", OPTION_HTTP, "ADDRESS", 0,
     "Serve metrics for Prometheus and a live page for browsers at ADDRESS[:PORT], or at PORT of loopback; the "
     "port is 7475 where none is said, and 0 takes a free one",
     0},
    {"journal", OPTION_JOURNAL, "DIR", 0,
     "Write down in DIR, or in a database (postgresql://...), what must outlive this process, and go on from there "
     "(MAILROOM_JOURNAL)",
     0},
    {NULL, 0, NULL, 0, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct broker_settings *settings = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &settings->options;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        return options_set(&settings->options, 'm', "MANAGER", text, state);
    bool own = key == OPTION_HTTP || key == OPTION_JOURNAL;
    return own ? options_set(&settings->options, key, NULL, text, state) : ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {NULL, 0, NULL, 0}};
static const struct argp argp = {own_options, parse, "[MANAGER[:PORT]...]", documentation, children,
                                 NULL,        NULL};

/* The rows of the table that stand for a journal. */
#define JOURNAL_ROWS(settings)                                                                           \
    {.path = "journal/directory",                                                                        \
     .environment = "MAILROOM_JOURNAL",                                                                  \
     .key = OPTION_JOURNAL,                                                                              \
     .type = SETTING_TEXT,                                                                               \
     .target = &(settings)->journal.store.place},                                                        \
        {.path = "journal/cluster", .type = SETTING_TEXT, .target = &(settings)->journal.store.cluster}, \
        {.path = "journal/sync", .type = SETTING_TEXT, .target = &(settings)->sync},                     \
        {.path = "journal/group", .target = &(settings)->journal.group_ms, .most = 1000},                \
        {.path = "journal/queue",                                                                        \
         .target = &(settings)->journal.queue,                                                           \
         .least = 1 << 20,                                                                               \
         .most = 1ull << 40},                                                                            \
    {                                                                                                    \
        .path = "journal/size", .target = &(settings)->journal.store.most, .least = 16 << 20,            \
        .most = 1ull << 50                                                                               \
    }

static void make_rows(struct broker_settings *settings)
{
    struct options *options = &settings->options;
    struct broker_config *config = &settings->config;
    const struct setting rows[] = {
        OPTIONS_ROWS(options),
        {.path = "http/address", .key = OPTION_HTTP, .type = SETTING_TEXT, .target = &settings->http},
        {.path = "http/history", .target = &config->history, .least = 0, .most = 1u << 20},
        {.path = "redial", .target = &config->redial, .least = 10, .most = 3600000},
        {.path = "session/lease", .target = &config->lease, .least = 0, .most = 30ull * 86400000},
        {.path = "restart/settle", .target = &config->settle, .least = 0, .most = 3600000},
        {.path = "restart/grace", .target = &config->grace, .least = 0, .most = 3600000},
        {.path = "limits/clients", .target = &config->max_clients, .least = 1, .most = 1u << 20},
        {.path = "limits/connections", .target = &config->max_connections, .least = 1, .most = 1u << 20},
        {.path = "limits/tasks", .target = &config->max_tasks, .least = 1, .most = 1u << 30},
        {.path = "limits/session-bytes",
         .target = &config->max_session_bytes,
         .least = 1,
         .most = 1ull << 50},
        {.path = "limits/memory", .target = &config->max_memory, .least = 1 << 20, .most = 1ull << 50},
        {.path = "limits/attempts", .target = &config->max_attempts, .least = 1, .most = UINT8_MAX},
        {.path = "limits/losses", .target = &config->max_losses, .least = 1, .most = UINT8_MAX},
        {.path = "limits/breadcrumbs",
         .target = &config->max_breadcrumbs,
         .least = 1,
         .most = MAX_BREADCRUMBS},
        {.path = "limits/ids", .target = &config->max_ids, .least = 1, .most = WORKER_LIMIT},
        {.path = "limits/kills", .target = &config->max_kills, .least = 1, .most = 60000},
        {.path = "limits/logs", .target = &config->max_logs, .least = 1, .most = 1u << 30},
        JOURNAL_ROWS(settings),
        LINK_ROWS("client-links", &config->client_link),
        LINK_ROWS("manager-links", &config->employee_link),
        {.path = "manager-links/refused", .target = &config->employee_link.refused, .most = 604800000},
    };
    _Static_assert(sizeof rows <= sizeof settings->rows, "the table is too small");
    memcpy(settings->rows, rows, sizeof rows);
    options->settings = (struct settings){.rows = settings->rows, .count = sizeof rows / sizeof *rows};
}

/* Reads "ADDRESS", "ADDRESS:PORT" or "PORT"; NULL, or what is wrong with it. */
static const char *read_http(const char *text, struct host_port *address)
{
    char host[ADDRESS_SIZE];
    size_t size = strlen(text);
    unsigned port = HTTP_PORT;
    if (size > 0 && strspn(text, "0123456789") == size) {
        *address = (struct host_port){.host = "127.0.0.1", .port = (unsigned)strtoul(text, NULL, 10)};
        return size < 6 && address->port < 65536 ? NULL : "a port is between 0 and 65535";
    }
    if (size >= sizeof host)
        return "it is too long";
    memcpy(host, text, size + 1);
    if (size > 2 && strcmp(host + size - 2, ":0") == 0 && host[size - 3] != ':') {
        host[size - 2] = '\0';
        port = 0;
    }
    const char *wrong = address_parse(host, port, address);
    if (!wrong && (!address_is_bindable(address->host) || address_is_ipc(address->host)))
        wrong = "the address is not numeric, 'localhost' or '*'";
    return wrong;
}

/* Whether what is said of HTTP can be; what is there for it alone is left out where there is none. */
static bool check_http(struct broker_settings *settings)
{
    const struct options *options = &settings->options;
    if (!settings->http) {
        settings->config.history = 0;
        return true;
    }
    const char *wrong = read_http(settings->http, &settings->serve);
    if (wrong) {
        log_plain("%s: --http %s: %s", options->program, settings->http, wrong);
        return false;
    }
    if (!address_is_loopback(settings->serve.host) && !options->insecure && !options_have_keys(options)) {
        log_plain(
            "%s: --http %s: everybody who can reach this address could read the names and errors of tasks. "
            "Either make keys (`mailroom keygen DIR`) and add --keys DIR; or add --insecure, where all who can "
            "reach it are trusted; or leave the address away, to serve this machine only",
            options->program, settings->http);
        return false;
    }
    return true;
}

/* What of a journal does not follow from the table alone. False: the reason was written. */
static bool check_journal(struct broker_settings *settings)
{
    bool normal = settings->sync && strcmp(settings->sync, "normal") == 0;
    settings->journal.store.careful = !normal;
    if (settings->sync && !normal && strcmp(settings->sync, "full") != 0) {
        log_plain(
            "%s: journal/sync = %s: neither full (what is safe survives a power cut) nor normal (it survives the "
            "end of this process)",
            settings->options.program, settings->sync);
        return false;
    }
    if (settings->journal.store.place == NULL)
        return true;
    struct broker_config *config = &settings->config;
    uint64_t *bodies[] = {&config->client_link.max_body, &config->employee_link.max_body};
    for (int i = 0; i < 2; i++) /* what SQLite can have in a row */
        *bodies[i] = *bodies[i] < STORE_MOST_BODY ? *bodies[i] : STORE_MOST_BODY;
    return true;
}

bool broker_settings_read(struct broker_settings *settings, int argc, char **argv)
{
    struct options *options = &settings->options;
    struct broker_config *config = &settings->config;
    memset(settings, 0, sizeof *settings);
    options->program = "mailroomd";
    options->socket = "broker";
    options->summary = "mailroom's broker, between clients and the managers of workers";
    options->port = CLIENT_PORT;
    options->managers.default_port = MANAGER_PORT;
    options->lookup = LOOKUP;
    options->found = FOUND;
    options->frame = FRAME;
    options->rate = RATE;
    options->header = MAX_HEADER;
    broker_config_default(config);
    journal_plan_default(&settings->journal);
    config->max_memory = machine_memory() / 2;
    config->history = HISTORY;
    settings->default_connections = config->max_connections;
    clock_random(config->boot, sizeof config->boot);
    clock_random(&config->seed, sizeof config->seed);
    config->first_mailbox = clock_wall_us();
    config->wall = clock_wall_us() / 1000 - clock_ms();
    snprintf(config->software, sizeof config->software, "mailroomd %s", MAILROOM_VERSION);
    gethostname(config->name, sizeof config->name - 1);
    make_rows(settings);
    argp_program_version = config->software;
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, settings);
    if (!options_finish(options) || !check_where(options) || !check_http(settings) ||
        !check_journal(settings))
        return false;
    config->max_header = options->header;
    const struct options_need keys = {
        .role = KEY_BROKER,
        .managers = options->managers.count > 0,
        .listens = true,
        .doors = {[DOOR_FRONT] = 1u << KEY_CLIENT | 1u << KEY_ADMIN | 1u << KEY_MANAGER},
    };
    return options_load_keys(options, &keys);
}

void broker_settings_free(struct broker_settings *settings)
{
    options_free(&settings->options);
}
