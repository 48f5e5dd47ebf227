/* main: mailroomd. Puts the core and the edge together and says what it listens on. */
#include <stdio.h>

#include "broker/edge/settings.h"
#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/signals.h"
#include "edge/streams.h"

enum { MANAGERS_TEXT = 2048 }; /* bytes */

static void step(void *state, const struct event *event, struct outbox *outbox)
{
    broker_step(state, event, outbox);
}

static uint64_t deadline(const void *state)
{
    return broker_deadline(state);
}

static struct broker *make_broker(const struct broker_settings *settings, struct edge *edge)
{
    const char **lines;
    size_t count = options_dial(&settings->options, edge, &lines);
    struct broker *broker = broker_new(&settings->config, lines, count, clock_ms());
    mem_free(lines);
    return broker;
}

/* Listens and says so; false: the reason was written. */
static bool open_doors(const struct broker_settings *settings, struct edge *edge)
{
    const struct options *options = &settings->options;
    char managers[MANAGERS_TEXT], ports[32];
    if (!options_listen(options, edge, DOOR_FRONT, options->port, "-p PORT"))
        return false;
    options_managers_text(options, managers, sizeof managers);
    log_plain("%s: listening for clients on %s, serving %s%s", settings->config.software,
              edge_endpoint(edge, DOOR_FRONT), managers[0] ? "managers " : "managers that dial in", managers);
    snprintf(ports, sizeof ports, "port %u\n", edge_port(edge, DOOR_FRONT));
    return options_write_ports(options, ports);
}

static int run(struct broker_settings *settings)
{
    uint64_t connections = settings->config.max_connections;
    struct edge_limits limits = {.connections = connections,
                                 .strict = connections != settings->default_connections};
    char why[SETTINGS_WHY];
    int code = 1;
    options_lines(&settings->options, &limits);
    struct edge *edge = edge_new(&limits, why, sizeof why);
    if (!edge) {
        log_plain("%s: %s", settings->options.program, why);
        return code;
    }
    settings->config.max_connections = limits.connections;
    if (options_set_keys(&settings->options, edge) && open_doors(settings, edge)) {
        struct edge_core core = {make_broker(settings, edge), step, deadline};
        code = edge_run(edge, &core);
        broker_free(core.state);
    }
    edge_free(edge);
    return code;
}

int main(int argc, char **argv)
{
    static struct broker_settings settings;
    int code = 2; /* bad arguments */
    streams_hold();
    signals_block();
    if (broker_settings_read(&settings, argc, argv))
        code = run(&settings);
    broker_settings_free(&settings);
    return code;
}
