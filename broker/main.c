/* main: mailroomd. Puts the core and the edge together and says what it listens on. */
#include <stdio.h>

#include "broker/edge/journaling.h"
#include "broker/http/site.h"
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

static uint64_t kept(const void *state)
{
    return broker_kept(state);
}

/* Opens the port for HTTP, if there is to be one; false: the reason was written. */
static bool open_site(struct broker_settings *settings, struct edge *edge, struct site **site)
{
    char why[HTTP_WHY], address[ADDRESS_SIZE];
    *site = NULL;
    if (!settings->http)
        return true;
    /* loopback is each user's of the machine: nobody but who said --insecure trusts them all */
    bool guarded = settings->options.held || !settings->options.insecure;
    *site = site_open(&settings->serve, guarded, settings->config.software, why);
    if (!*site) {
        address_text(&settings->serve, address);
        log_plain("%s: cannot serve HTTP at %s: %s (see --http)", settings->options.program, address, why);
        return false;
    }
    site_link(*site, settings->config.page, sizeof settings->config.page);
    edge_set_http(edge, site_http(*site));
    return true;
}

static struct broker *make_broker(const struct broker_settings *settings, struct edge *edge)
{
    const char **lines;
    if (settings->config.standby)
        return broker_new(&settings->config, NULL, 0, clock_ms());
    size_t count = options_dial(&settings->options, edge, &lines);
    struct broker *broker = broker_new(&settings->config, lines, count, clock_ms());
    mem_free(lines);
    return broker;
}

/* Listens and says so; false: the reason was written. */
static bool open_doors(const struct broker_settings *settings, struct edge *edge, const struct site *site)
{
    const struct options *options = &settings->options;
    char managers[MANAGERS_TEXT], ports[64];
    if (!options_listen(options, edge, DOOR_FRONT, options->port, "-p PORT"))
        return false;
    options_managers_text(options, managers, sizeof managers);
    if (settings->config.standby)
        log_plain("%s: %s", settings->config.software, settings->config.standby);
    log_plain("%s: listening for clients on %s, serving %s%s", settings->config.software,
              edge_endpoint(edge, DOOR_FRONT), managers[0] ? "managers " : "managers that dial in", managers);
    if (site)
        log_plain("%s: serving HTTP on %s", settings->config.software, http_endpoint(site_http(site)));
    int size = snprintf(ports, sizeof ports, "port %u\n", edge_port(edge, DOOR_FRONT));
    if (site)
        snprintf(ports + size, sizeof ports - (size_t)size, "http %u\n", http_port(site_http(site)));
    return options_write_ports(options, ports);
}

/* A standby takes over with the ports that it has had. */
static void keep_ports(struct broker_settings *settings, const struct edge *edge, const struct site *site)
{
    if (edge_port(edge, DOOR_FRONT))
        settings->options.port = edge_port(edge, DOOR_FRONT);
    if (site)
        settings->serve.port = http_port(site_http(site));
}

/* Rows into the core; or, of a standby, the end of its loop when there are some to come. */
static bool begin_journal(struct journaling *journaling, struct edge *edge, const struct edge_core *core,
                          const char *program)
{
    if (!journaling->waiting)
        return journaling_begin(journaling, edge, core, program);
    journaling_watch(journaling, edge);
    return true;
}

static int run(struct broker_settings *settings, struct journaling *journaling)
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
    struct site *site = NULL;
    if (options_set_keys(&settings->options, edge) && open_site(settings, edge, &site)) {
        edge_notify(edge);
        struct edge_core core = {make_broker(settings, edge), step, deadline, kept};
        if (site)
            site_show(site, core.state, &journaling->refusal);
        if (begin_journal(journaling, edge, &core, settings->options.program) &&
            open_doors(settings, edge, site)) {
            keep_ports(settings, edge, site);
            code = edge_run(edge, &core);
        }
        broker_free(core.state);
    }
    site_free(site);
    edge_free(edge);
    return code;
}

/* The same with the journal that is to be, if any. */
static int run_with_journal(struct broker_settings *settings)
{
    struct journaling journaling;
    int code;
    do {
        if (!journaling_open(&journaling, settings))
            return 1;
        code = run(settings, &journaling);
        if (journaling.waiting && journaling_take_over(&journaling, settings, &code))
            code = run(settings, &journaling);
        journaling_end(&journaling, settings->options.program);
    } while (journaling.anew);
    return code;
}

int main(int argc, char **argv)
{
    static struct broker_settings settings;
    int code = 2; /* bad arguments */
    streams_hold();
    signals_block();
    if (broker_settings_read(&settings, argc, argv))
        code = run_with_journal(&settings);
    broker_settings_free(&settings);
    return code;
}
