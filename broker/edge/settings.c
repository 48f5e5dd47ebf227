/* settings: mailroomd's command line, which is that of bqskit-server, and its configuration file. */
#include "broker/edge/settings.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/line/clock.h"
#include "mailroom_version.h"

enum { CLIENT_PORT = 7472, MANAGER_PORT = 7473 }; /* BQSKit's */

static const char documentation[] =
    "The broker: routes tasks, results, errors and logs between clients and the managers (mailroom-shim) that own the "
    "workers."
    "\vManagers may start before or after the broker; a name is looked up again at each attempt. Several may stand in "
    "one argument with commas between them. SIGINT ends everything below as well, SIGTERM only this process.";

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct broker_settings *settings = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &settings->options;
        return 0;
    }
    if (key == ARGP_KEY_ARG)
        return options_set(&settings->options, 'm', "MANAGER", text, state);
    return ARGP_ERR_UNKNOWN;
}

static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {NULL, 0, NULL, 0}};
static const struct argp argp = {NULL, parse, "[MANAGER[:PORT]...]", documentation, children, NULL, NULL};

static void make_rows(struct broker_settings *settings)
{
    struct options *options = &settings->options;
    struct broker_config *config = &settings->config;
    const struct setting rows[] = {
        OPTIONS_ROWS(options),
        {.path = "redial", .target = &config->redial, .least = 10, .most = 3600000},
        {.path = "session/lease", .target = &config->lease, .least = 0, .most = 30ull * 86400000},
        {.path = "limits/clients", .target = &config->max_clients, .least = 1, .most = 1u << 20},
        {.path = "limits/connections", .target = &config->max_connections, .least = 1, .most = 1u << 20},
        {.path = "limits/tasks", .target = &config->max_tasks, .least = 1, .most = 1u << 30},
        {.path = "limits/session-bytes",
         .target = &config->max_session_bytes,
         .least = 1,
         .most = 1ull << 50},
        {.path = "limits/attempts", .target = &config->max_attempts, .least = 1, .most = UINT8_MAX},
        {.path = "limits/losses", .target = &config->max_losses, .least = 1, .most = UINT8_MAX},
        {.path = "limits/breadcrumbs",
         .target = &config->max_breadcrumbs,
         .least = 1,
         .most = MAX_BREADCRUMBS},
        {.path = "limits/ids", .target = &config->max_ids, .least = 1, .most = WORKER_LIMIT},
        {.path = "limits/kills", .target = &config->max_kills, .least = 1, .most = 60000},
        {.path = "limits/logs", .target = &config->max_logs, .least = 1, .most = 1u << 30},
        LINK_ROWS("client-links", &config->client_link),
        LINK_ROWS("manager-links", &config->employee_link),
    };
    _Static_assert(sizeof rows <= sizeof settings->rows, "the table is too small");
    memcpy(settings->rows, rows, sizeof rows);
    options->settings = (struct settings){.rows = settings->rows, .count = sizeof rows / sizeof *rows};
}

bool broker_settings_read(struct broker_settings *settings, int argc, char **argv)
{
    struct options *options = &settings->options;
    struct broker_config *config = &settings->config;
    memset(settings, 0, sizeof *settings);
    options->program = "mailroomd";
    options->summary = "mailroom's broker, between clients and the managers of workers";
    options->port = CLIENT_PORT;
    options->managers.default_port = MANAGER_PORT;
    options->lookup = LOOKUP;
    options->found = FOUND;
    options->frame = FRAME;
    options->header = MAX_HEADER;
    broker_config_default(config);
    settings->default_connections = config->max_connections;
    clock_random(config->boot, sizeof config->boot);
    clock_random(&config->seed, sizeof config->seed);
    config->first_mailbox = clock_wall_us();
    snprintf(config->software, sizeof config->software, "mailroomd %s", MAILROOM_VERSION);
    gethostname(config->name, sizeof config->name - 1);
    make_rows(settings);
    argp_program_version = config->software;
    argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, settings);
    if (!options_finish(options))
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
