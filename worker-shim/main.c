/* main: mailroom-shim. Starts the guardian before there is any thread, then puts the core and the edge
 * together. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/mem.h"
#include "edge/clock.h"
#include "edge/log.h"
#include "edge/signals.h"
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

static struct shim *make_shim(const struct shim_settings *settings)
{
    const struct managers *managers = &settings->options.managers;
    const char **lines = mem_alloc(managers->count * sizeof *lines);
    char(*texts)[ADDRESS_SIZE] = mem_alloc(managers->count * sizeof *texts);
    for (size_t i = 0; i < managers->count; i++) {
        address_text(&managers->at[i], texts[i]);
        lines[i] = texts[i];
    }
    struct shim *shim = shim_new(&settings->config, lines, managers->count, clock_ms());
    mem_free(texts);
    mem_free(lines);
    return shim;
}

/* Listens for workers where there are any; false: the reason was written. */
static bool listen_for_workers(const struct shim_settings *settings, struct edge *edge, const char *endpoint)
{
    const struct options *options = &settings->options;
    if (options->managers.count > 0)
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
    if (settings->options.managers.count > 0) {
        int used = snprintf(text, size, "serving managers ");
        options_managers_text(&settings->options, text + used, size - (size_t)used);
    } else if (settings->config.only_connect) {
        snprintf(text, size, "listening for %u workers on %s", settings->config.workers,
                 edge_endpoint(edge, DOOR_WORKERS));
    } else {
        snprintf(text, size, "starting %u workers: %.200s", settings->config.workers, settings->command[0]);
    }
}

/* Listens and says so; false: the reason was written. */
static bool open_doors(const struct shim_settings *settings, struct edge *edge, const char *endpoint)
{
    const struct options *options = &settings->options;
    char below[BELOW_TEXT], ports[64];
    if (!options_listen(options, edge, DOOR_FRONT, options->port, "-p PORT") ||
        !listen_for_workers(settings, edge, endpoint))
        return false;
    describe_below(settings, edge, below, sizeof below);
    log_plain("%s: listening for its boss on %s, %s", settings->config.software,
              edge_endpoint(edge, DOOR_FRONT), below);
    if (settings->config.walltime)
        log_line(LOG_INFO, "--walltime: nothing new is taken after %.0f s",
                 (double)settings->config.walltime / 1000);
    int used = snprintf(ports, sizeof ports, "port %u\n", edge_port(edge, DOOR_FRONT));
    if (settings->config.only_connect)
        snprintf(ports + used, sizeof ports - (size_t)used, "worker-port %u\n",
                 edge_port(edge, DOOR_WORKERS));
    return options_write_ports(options, ports);
}

/* Everything from the first socket to the last. `workers` is NULL where they are not ours to start. */
static int run(struct shim_settings *settings, struct workers *workers, const char *endpoint)
{
    const struct managers *managers = &settings->options.managers;
    uint64_t connections = settings->config.max_connections;
    struct edge_limits limits = {connections, connections != settings->default_connections, managers->count};
    char why[SETTINGS_WHY];
    int code = 1;
    struct edge *edge = edge_new(&limits, why, sizeof why);
    if (!edge)
        log_plain("%s: %s", settings->options.program, why);
    if (edge) {
        settings->config.max_connections = limits.connections;
        edge_set_lines(edge, managers->at, managers->count);
    }
    if (edge && workers)
        workers_attach(workers, edge);
    if (edge && open_doors(settings, edge, endpoint)) {
        struct edge_core core = {make_shim(settings), step, deadline};
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
    if (!folder_make(folder, endpoint)) {
        log_plain("%s: no folder for the workers' socket: %s", settings->options.program, strerror(errno));
        return 1;
    }
    struct guardian_plan plan = {.command = settings->command, .endpoint = endpoint, .folder = folder};
    if (!workers_start(&workers, &plan)) {
        log_plain("%s: cannot start the guardian of the workers: %s", settings->options.program,
                  strerror(errno));
        folder_remove(folder);
        return 1;
    }
    int code = run(settings, &workers, endpoint);
    folder_remove(folder);
    return code;
}

int main(int argc, char **argv)
{
    static struct shim_settings settings;
    int code = 2; /* bad arguments */
    signals_block();
    if (shim_settings_read(&settings, argc, argv))
        code = shim_settings_spawns(&settings) ? run_with_workers(&settings) : run(&settings, NULL, NULL);
    shim_settings_free(&settings);
    return code;
}
