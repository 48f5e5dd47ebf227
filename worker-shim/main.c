/* main: mailroom-shim. Starts the guardian, which is this program too, then puts the core and the edge
 * together. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/signals.h"
#include "edge/streams.h"
#include "worker-shim/edge/folder.h"
#include "worker-shim/edge/settings.h"
#include "worker-shim/edge/workers.h"

enum { BELOW_TEXT = 2048 }; /* bytes */

static void step(void *state, const struct event *event, struct outbox *outbox)
{
    shim_step(state, event, outbox);
}

static uint64_t deadline(const void *state)
{
    return shim_deadline(state);
}

static uint64_t kept(const void *state)
{
    return shim_kept(state);
}

static struct shim *make_shim(const struct shim_settings *settings, struct edge *edge)
{
    const char **lines;
    size_t count = options_dial(&settings->options, edge, &lines);
    if (settings->config.boss_line)
        edge_add_line(edge, &settings->broker, KEY_BROKER);
    struct shim *shim = shim_new(&settings->config, lines, count, clock_ms());
    mem_free(lines);
    return shim;
}

/* Listens for workers where there are any; false: the reason was written. */
static bool listen_for_workers(const struct shim_settings *settings, struct edge *edge, const char *endpoint)
{
    const struct options *options = &settings->options;
    if (settings->config.managers)
        return true;
    if (settings->config.only_connect)
        return options_listen(options, edge, DOOR_WORKERS, settings->worker_port, "-w PORT");
    int error = edge_listen(edge, DOOR_WORKERS, endpoint);
    if (error)
        log_plain("%s: cannot listen on %s: %s", options->program, endpoint, strerror(error));
    return error == 0;
}

/* Says in words what this shim serves. */
static void describe_below(const struct shim_settings *settings, const struct edge *edge, char *text,
                           size_t size)
{
    if (settings->config.managers) {
        bool dials = settings->options.managers.count > 0;
        int used = snprintf(text, size, dials ? "serving managers " : "serving managers that dial in");
        options_managers_text(&settings->options, text + used, size - (size_t)used);
    } else if (settings->config.only_connect) {
        snprintf(text, size, "listening for %u workers on %s", settings->config.workers,
                 edge_endpoint(edge, DOOR_WORKERS));
    } else {
        snprintf(text, size, "starting %u workers: %.200s", settings->config.workers, settings->command[0]);
    }
}

/* Says in words how this shim meets its boss. */
static void describe_above(const struct shim_settings *settings, const struct edge *edge, char *text,
                           size_t size)
{
    int used = 0;
    if (shim_settings_listens(settings))
        used = snprintf(text, size, "listening for its boss on %s", edge_endpoint(edge, DOOR_FRONT));
    if (settings->config.boss_line)
        snprintf(text + used, size - (size_t)used, "%sdialling its boss %s", used ? ", " : "",
                 settings->config.boss_line);
}

/* Listens where it is to, and says so; false: the reason was written. */
static bool open_doors(const struct shim_settings *settings, struct edge *edge, const char *endpoint)
{
    const struct options *options = &settings->options;
    bool listens = shim_settings_listens(settings);
    char above[2 * ADDRESS_SIZE], below[BELOW_TEXT], ports[64] = "";
    if ((listens && !options_listen(options, edge, DOOR_FRONT, options->port, "-p PORT")) ||
        !listen_for_workers(settings, edge, endpoint))
        return false;
    describe_above(settings, edge, above, sizeof above);
    describe_below(settings, edge, below, sizeof below);
    log_plain("%s: %s, %s", settings->config.software, above, below);
    if (settings->config.walltime)
        log_line(LOG_INFO, "--walltime: nothing new is taken after %.0f s",
                 (double)settings->config.walltime / 1000);
    int used = listens ? snprintf(ports, sizeof ports, "port %u\n", edge_port(edge, DOOR_FRONT)) : 0;
    if (settings->config.only_connect)
        snprintf(ports + used, sizeof ports - (size_t)used, "worker-port %u\n",
                 edge_port(edge, DOOR_WORKERS));
    else if (shim_settings_spawns(settings))
        snprintf(ports + used, sizeof ports - (size_t)used, "workers %u\n", settings->config.workers);
    return options_write_ports(options, ports);
}

/* Everything from the first socket to the last. `workers` is NULL where they are not ours to start. */
static int run(struct shim_settings *settings, struct workers *workers, const char *endpoint)
{
    uint64_t connections = settings->config.max_connections;
    struct edge_limits limits = {.connections = connections,
                                 .strict = connections != settings->default_connections};
    char why[SETTINGS_WHY];
    int code = 1;
    options_lines(&settings->options, &limits);
    limits.lines += settings->config.boss_line != NULL;
    struct edge *edge = edge_new(&limits, why, sizeof why);
    if (!edge)
        log_plain("%s: %s", settings->options.program, why);
    if (edge)
        settings->config.max_connections = limits.connections;
    if (edge && workers)
        workers_attach(workers, edge);
    if (edge && options_set_keys(&settings->options, edge) && open_doors(settings, edge, endpoint)) {
        edge_notify(edge);
        struct edge_core core = {make_shim(settings, edge), step, deadline, kept};
        code = edge_run(edge, &core);
        shim_free(core.state);
    }
    if (workers)
        workers_end(workers, (uint32_t)settings->grace);
    if (edge)
        edge_free(edge);
    return code;
}

static int run_with_workers(struct shim_settings *settings)
{
    char folder[FOLDER_SIZE], endpoint[FOLDER_ENDPOINT_SIZE];
    struct workers workers;
    if (!folder_make(folder)) {
        log_plain("%s: no folder for the workers' socket: %s", settings->options.program, strerror(errno));
        return 1;
    }
    folder_endpoint(folder, endpoint);
    struct guardian_plan plan = {.command = settings->command, .folder = folder};
    if (!workers_start(&workers, &plan)) {
        log_plain("%s: cannot start the guardian of the workers: %s", settings->options.program,
                  strerror(errno));
        folder_remove(folder);
        return 1;
    }
    workers.forks = settings->forks;
    int code = run(settings, &workers, endpoint);
    folder_remove(workers.folder);
    return code;
}

int main(int argc, char **argv)
{
    static struct shim_settings settings;
    int code = 2; /* bad arguments */
    streams_hold();
    if (guardian_is_meant(argc, argv)) {
        guardian_run(argv);
        return 0;
    }
    signals_block();
    if (shim_settings_read(&settings, argc, argv))
        code = shim_settings_spawns(&settings) ? run_with_workers(&settings) : run(&settings, NULL, NULL);
    shim_settings_free(&settings);
    return code;
}
