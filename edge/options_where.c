/* options_where: where a program listens, and whom it dials: TCP with keys, or where somebody has said that
 * all who can reach it are trusted; else this user's own sockets (edge/line/home.h). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "edge/line/home.h"
#include "edge/log.h"
#include "edge/options.h"

#define ADVICE                                                                                                 \
    "Either make keys (`mailroom keygen DIR`) and add --keys DIR; or add --insecure, where all who can reach " \
    "it are trusted"

/* The port of an address that is good but for that, which is in `*host`; NULL: it is not. */
static const char *port_of(const char *bind, char *host, size_t size)
{
    const char *colon = strrchr(bind, ':');
    if (!colon || !colon[1] || colon[1 + strspn(colon + 1, "0123456789")])
        return NULL;
    bind += *bind == '[';
    snprintf(host, size, "%.*s", (int)(colon - bind) - (colon > bind && colon[-1] == ']'), bind);
    return address_is_bindable(host) ? colon + 1 : NULL;
}

static void tell_unbindable(const struct options *options)
{
    char host[64];
    const char *port = port_of(options->bind, host, sizeof host);
    if (port)
        log_plain("%s: --bind %s: the port is said by itself: --bind %s -p %s", options->program,
                  options->bind, host, port);
    else
        log_plain("%s: --bind %s: not a numeric address, 'localhost', '*' or ipc:///PATH (107 bytes at most)",
                  options->program, options->bind);
}

bool options_check_bind(const struct options *options)
{
    if (!options->bind)
        return true;
    if (!address_is_bindable(options->bind)) {
        tell_unbindable(options);
        return false;
    }
    if (!address_is_ipc(options->bind) && !options->open) {
        log_plain("%s: --bind %s: everybody who can reach this address, %s, could run code here. " ADVICE
                  "; or leave --bind away, to listen for this user's own processes on this machine only",
                  options->program, options->bind,
                  address_is_loopback(options->bind) ? "each user of this machine"
                                                     : "from other machines too");
        return false;
    }
    return true;
}

bool options_check_port(const struct options *options, uint64_t port, const char *option)
{
    if (options->open || options->bind)
        return true;
    log_plain("%s: %s, as %" PRIu64
              ", is one of TCP, where each user of this machine could run code here. " ADVICE
              "; or leave it away: this user's own clients and managers on this machine need no port",
              options->program, option, port);
    return false;
}

bool options_choose(const struct options *options, struct host_port *address, unsigned usual_port,
                    const char *name, const char *option)
{
    char why[HOME_WHY];
    if (home_choose(
            address, usual_port, name, options->open,
            "make keys (`mailroom keygen DIR`) and add --keys DIR; or add --insecure, where all who can be "
            "there are trusted",
            why))
        return true;
    log_plain("%s: %s%s%s", options->program, option, *option ? " " : "", why);
    return false;
}

/* Writes the endpoint for `port` at that door ("tcp://127.0.0.1:7472", or "ipc:///run/broker", which has no
 * port) into `endpoint`. */
static bool write_endpoint(const struct options *options, enum door door, uint64_t port, char *endpoint,
                           char *why)
{
    const char *host = options->bind && strcmp(options->bind, "localhost") != 0 ? options->bind : "127.0.0.1";
    bool v6 = strchr(host, ':') != NULL, workers = door == DOOR_WORKERS;
    if (!options->bind && !options->open)
        return home_endpoint(workers ? "workers" : options->socket, endpoint, why);
    if (address_is_ipc(host)) {
        snprintf(endpoint, ADDRESS_SIZE, "%s%s", host, workers ? "-workers" : "");
        return true;
    }
    char number[8] = "*"; /* what ZeroMQ calls a free port */
    if (port)
        snprintf(number, sizeof number, "%u", (unsigned)port);
    snprintf(endpoint, ADDRESS_SIZE, "tcp://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", number);
    return true;
}

/* Listens where nobody does. ZeroMQ would take over another process's socket in silence. */
static int listen_alone(struct edge *edge, enum door door, const char *endpoint)
{
    int held = home_hold(endpoint);
    int error = home_is_taken(endpoint) ? EADDRINUSE : edge_listen(edge, door, endpoint);
    if (!error)
        edge_look_after(edge, door);
    if (held >= 0)
        close(held);
    return error;
}

bool options_listen(const struct options *options, struct edge *edge, enum door door, uint64_t port,
                    const char *option)
{
    char endpoint[ADDRESS_SIZE], why[HOME_WHY];
    if (!write_endpoint(options, door, port, endpoint, why)) {
        log_plain("%s: %s", options->program, why);
        return false;
    }
    bool ipc = address_is_ipc(endpoint);
    edge_set_owners(edge, &options->owners);
    int error = listen_alone(edge, door, endpoint);
    if (error) {
        const char *advice = !ipc && (error == EADDRINUSE || error == EACCES) ? option : "--bind";
        log_plain("%s: cannot listen on %s: %s (see %s)", options->program, endpoint, strerror(error),
                  advice);
        return false;
    }
    if (!ipc && !options->held)
        log_line(
            LOG_WARNING,
            "--insecure: everybody who can reach %s can run code here (`mailroom keygen DIR` makes keys, for "
            "--keys DIR)",
            edge_endpoint(edge, door));
    return true;
}
