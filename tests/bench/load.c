/* load: the load generator's command line: one process, one role. */
#include "tests/bench/load.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "tests/bench/measure.h"

enum {
    ARG_PLAIN = 256,
    ARG_FILL,
    ARG_HOLD,
    ARG_WATCH,
    ARG_RELEASE,
    ARG_BACK,
    ARG_RATE,
    ARG_WARM,
    ARG_SERVING,
    ARG_CONNECTIONS,
    ARG_KEYS,
    ARG_KEEP,
    ARG_FORGET,
    ARG_SHARED
};

static const struct argp_option arguments[] = {
    {"connect", 'c', "ENDPOINT", 0, "where to connect", 0},
    {"listen", 'l', "ENDPOINT", 0, "where to listen", 0},
    {"back", ARG_BACK, "ENDPOINT", 0, "proxy: where workers connect", 0},
    {"keys", ARG_KEYS, "DIR", 0, "client, manager, proxy, echo: encrypt with the keys that are there", 0},
    {"name", 'n', "NAME", 0, "worker: what it is called", 0},
    {"plain", ARG_PLAIN, NULL, 0, "client: plain frames, for zmq_proxy", 0},
    {"outstanding", 'o', "N", 0, "client: tasks under way", 0},
    {"body", 'b', "BYTES", 0, "client: of each task", 0},
    {"map", 'm', "N", 0, "client: tasks in one SUBMIT_BATCH; 0: SUBMIT", 0},
    {"shared", ARG_SHARED, "BYTES", 0, "client: of a part that all bodies begin with", 0},
    {"keep", ARG_KEEP, NULL, 0, "client: results stay at the broker", 0},
    {"forget", ARG_FORGET, NULL, 0, "client: release what is read, as libmailroom does", 0},
    {"rate", ARG_RATE, "N", 0, "client: requests a second; 0: as fast as they go", 0},
    {"seconds", 's', "S", 0, "client: how long to measure", 0},
    {"warm", ARG_WARM, "S", 0, "client: how long to run before", 0},
    {"watch", ARG_WATCH, "PID", 0, "client: report this process's CPU time and memory", 0},
    {"fill", ARG_FILL, NULL, 0, "client: queue all first, then measure", 0},
    {"release", ARG_RELEASE, "PID", 0, "client: send SIGUSR1 when the queue is full", 0},
    {"hold", ARG_HOLD, NULL, 0, "manager: give no room before SIGUSR1", 0},
    {"room", 'r', "N", 0, "manager, worker: how many tasks it wants at a time", 0},
    {"serving", ARG_SERVING, "N", 0, "manager: how many of the bosses that connect get room; 0: all", 0},
    {"connections", ARG_CONNECTIONS, "N", 0,
     "idle: how many clients; manager: how many bosses to say \"ready\" after; echo: how many proxies are on the way",
     0},
    {0},
};

struct command {
    struct load_options load;
    const char *role, *back;
};

static size_t number(const char *text, struct argp_state *state)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || *text == '-')
        argp_error(state, "%s is no number", text);
    return value;
}

static error_t parse_rest(int key, char *text, struct argp_state *state, struct command *command)
{
    struct load_options *load = &command->load;
    switch (key) {
    case 's': load->seconds = strtod(text, NULL); break;
    case ARG_WARM: load->warm = strtod(text, NULL); break;
    case ARG_WATCH:
        if (load->watched_count == MAX_WATCHED)
            argp_error(state, "too many processes to watch");
        load->watched[load->watched_count++] = (pid_t)number(text, state);
        break;
    case ARG_RELEASE: load->release = (pid_t)number(text, state); break;
    case ARGP_KEY_ARG:
        if (command->role != NULL)
            argp_error(state, "one role");
        command->role = text;
        break;
    case ARGP_KEY_NO_ARGS: argp_error(state, "which role?"); break;
    default: return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
    struct command *command = state->input;
    struct load_options *load = &command->load;
    switch (key) {
    case 'c': load->connect = text; break;
    case 'l': load->listen = text; break;
    case ARG_BACK: command->back = text; break;
    case 'n': load->name = text; break;
    case ARG_KEYS: load->keys = text; break;
    case ARG_PLAIN: load->plain = true; break;
    case ARG_KEEP: load->keep = true; break;
    case ARG_FORGET: load->forget = true; break;
    case ARG_FILL: load->fill = true; break;
    case ARG_HOLD: load->hold = true; break;
    case 'o': load->outstanding = number(text, state); break;
    case 'b': load->body = number(text, state); break;
    case 'm': load->map = number(text, state); break;
    case ARG_SHARED: load->shared = number(text, state); break;
    case 'r': load->room = number(text, state); break;
    case ARG_RATE: load->rate = number(text, state); break;
    case ARG_SERVING: load->serving = number(text, state); break;
    case ARG_CONNECTIONS: load->connections = number(text, state); break;
    default: return parse_rest(key, text, state, command);
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp parser = {
        .options = arguments,
        .parser = parse,
        .args_doc = "client|manager|worker|idle|rude|bulk|proxy|echo",
        .doc = "One role of the benchmarks in tests/bench, which start it; see tests/bench/README.md."};
    struct command command = {
        .load = {
            .name = "load", .outstanding = 1, .room = 2048, .connections = 1, .seconds = 1, .warm = 0.2}};
    argp_parse(&parser, argc, argv, 0, NULL, &command);
    void *context = zmq_ctx_new();
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, (int)command.load.connections + 16);
    if (strcmp(command.role, "client") == 0)
        client_run(context, &command.load);
    else if (strcmp(command.role, "manager") == 0 || strcmp(command.role, "worker") == 0)
        employee_run(context, &command.load);
    else if (strcmp(command.role, "idle") == 0)
        idle_run(context, &command.load);
    else if (strcmp(command.role, "rude") == 0)
        rude_run(context, &command.load);
    else if (strcmp(command.role, "bulk") == 0)
        bulk_run(context, &command.load);
    else if (strcmp(command.role, "proxy") == 0)
        plain_proxy(context, &command.load, command.back);
    else if (strcmp(command.role, "echo") == 0)
        plain_echo(context, &command.load);
    else
        measure_fail("there is no role %s", command.role);
    return 0;
}
