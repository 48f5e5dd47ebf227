/* check: tells what is wrong with a set-up, in plain words, a line for each thing that was looked at. */
#include "clients/cli/check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "clients/cli/commands.h"
#include "clients/cli/operate.h"
#include "edge/log.h"
#include "edge/signals.h"
#include "mailroom_version.h"

enum { MANAGER_PORT = 7473 };

enum { OWN_MANAGER = COMMAND_OWN, OWN_ALIVE, OWN_IDLE, OWN_RUNTIME, OWN_MANAGER_KEY };

static const struct command_option options[] = {
    {{"manager", OWN_MANAGER, NULL, 0, "Ask a mailroom-shim, not a broker", 0}, COMPLETE_NOTHING, NULL, 0},
    {{"alive", OWN_ALIVE, NULL, 0, "Look no further when it answers: for health checks", 0},
     COMPLETE_NOTHING,
     NULL,
     0},
    {{"idle", OWN_IDLE, NULL, 0, "That no worker is idle is a failure, not a warning", 0},
     COMPLETE_NOTHING,
     NULL,
     0},
    {{"runtime", OWN_RUNTIME, "NAME", 0, "Ask that some worker has this runtime", 0},
     COMPLETE_CHOICE,
     "bqskit python plain",
     0},
    {{"manager-key", OWN_MANAGER_KEY, "FILE", 0,
      "With --manager: its public certificate (environment: MAILROOM_MANAGER_KEY)", 0},
     COMPLETE_FILE,
     NULL,
     0},
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

static error_t parse(int key, char *text, struct argp_state *state)
{
    const struct invocation *invocation = state->input;
    struct check *check = invocation->own;
    switch (key) {
    case OWN_MANAGER: check->manager = true; return 0;
    case OWN_ALIVE: check->alive = true; return 0;
    case OWN_IDLE: check->idle = true; return 0;
    case OWN_RUNTIME: check->runtime = text; return 0;
    case OWN_MANAGER_KEY: check->manager_key = text; return 0;
    case ARGP_KEY_ARG:
        if (check->address)
            argp_error(state, "%s: one address at a time", text);
        check->address = text;
        return 0;
    default: return ARGP_ERR_UNKNOWN;
    }
}

void check_say(struct check *check, enum finding finding, enum cli_exit code, const char *what,
               const char *format, ...)
{
    static const char *const results[] = {"ok", "warning", "failed"};
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (finding == FOUND_WRONG && check->code == CLI_FINE)
        check->code = code;
    if (check->invocation->json) {
        json_t *value = json_object();
        json_object_set_new(value, "check", json_string(what));
        json_object_set_new(value, "result", json_string(results[finding]));
        json_object_set_new(value, "text", out_text(span_text(text)));
        out_json(value);
    } else if (finding != FOUND_FINE || !check->invocation->quiet) {
        printf("%-8s ", results[finding]);
        out_peer_text(stdout, span_text(text), false);
        putchar('\n');
    }
    out_flush();
}

static const char *program(const struct check *check)
{
    return check->manager ? "mailroom-shim" : "mailroomd";
}

/* Why connecting failed at once. */
static void tell_failed(struct check *check, const char *where, int error)
{
    bool local = where[0] == '/', nobody = error == ECONNREFUSED || (local && error == ENOENT);
    if (!nobody)
        check_say(check, FOUND_WRONG, CLI_NO_BROKER, "port", "%s cannot be reached: %s", where,
                  strerror(error));
    else if (!local)
        check_say(check, FOUND_WRONG, CLI_NO_BROKER, "port",
                  "nothing listens at %s (connection refused): is %s running there, on this port, and with "
                  "--bind where it is another machine?",
                  where, program(check));
    else if (check->manager)
        check_say(
            check, FOUND_WRONG, CLI_NO_BROKER, "port",
            "nothing listens on %s: a manager without keys and --bind listens nowhere, it dials its broker: "
            "ask that (mailroom check)",
            where);
    else
        check_say(
            check, FOUND_WRONG, CLI_NO_BROKER, "port",
            "nothing listens on %s: is mailroomd running on this machine, as this user, and without --keys "
            "and --insecure?",
            where);
}

/* Why there is no connection to an address. */
static void tell_no_connection(struct check *check, const char *where, enum probe_greeting greeting,
                               int error, const char *said)
{
    enum cli_exit code = CLI_NO_BROKER;
    switch (greeting) {
    case GREETING_TIMEOUT:
        check_say(check, FOUND_WRONG, code, "port",
                  "%s does not answer: the machine is down, or a firewall is in the way", where);
        break;
    case GREETING_FAILED: tell_failed(check, where, error); break;
    case GREETING_SILENCE:
        check_say(check, FOUND_WRONG, code, "protocol",
                  "%s takes the connection and says nothing: %s is stopped, or it is another program", where,
                  program(check));
        break;
    case GREETING_CLOSED:
        check_say(
            check, FOUND_WRONG, code, "protocol",
            "%s takes the connection and closes it again: it is no %s, or one that has no connection left",
            where, program(check));
        break;
    case GREETING_FOREIGN:
        check_say(check, FOUND_WRONG, code, "protocol", "%s is no %s: it says \"%s\"", where, program(check),
                  said);
        break;
    default:
        check_say(check, FOUND_WRONG, code, "protocol",
                  "%s speaks ZeroMQ, with a mechanism that is not mailroom's", where);
        break;
    }
}

/* Whether the keys of both sides can fit. */
static bool judge_mechanism(struct check *check, const char *where, enum probe_greeting greeting)
{
    if ((greeting == GREETING_CURVE) == check->keyed) {
        check_say(check, FOUND_FINE, CLI_FINE, "port", "%s takes connections%s", where,
                  check->keyed ? ", with keys" : "");
        return true;
    }
    if (check->keyed)
        check_say(check, FOUND_WRONG, CLI_REFUSED, "keys",
                  "%s has no keys, and keys were given: start it with --keys, or leave them away here",
                  where);
    else
        check_say(check, FOUND_WRONG, CLI_REFUSED, "keys",
                  "%s has keys, and none were given: give yours with --keys DIR (or MAILROOM_KEYS)", where);
    return false;
}

/* The first of the addresses that greets as it should; NULL: it was told why none does. */
static const struct addrinfo *find_port(struct check *check, const struct addrinfo *list)
{
    struct {
        enum probe_greeting greeting;
        int error;
        char where[NI_MAXHOST + 16], said[32];
    } last = {0};
    char host[NI_MAXHOST];
    for (; list; list = list->ai_next) {
        probe_address_text(list, host);
        if (list->ai_family == AF_UNIX)
            snprintf(last.where, sizeof last.where, "%s", host);
        else
            snprintf(last.where, sizeof last.where, "%s port %u", host, check->at.port);
        errno = 0;
        last.greeting = probe_greet(list, check->invocation->timeout, last.said);
        last.error = errno;
        if (last.greeting == GREETING_NULL || last.greeting == GREETING_CURVE)
            return judge_mechanism(check, last.where, last.greeting) ? list : NULL;
        if (list->ai_next == NULL)
            tell_no_connection(check, last.where, last.greeting, last.error, last.said);
    }
    return NULL;
}

static void tell_no_answer(struct check *check, const struct probe_answer *answer)
{
    const char *place = check->place, *text = answer->text;
    switch (answer->end) {
    case PROBE_KEY_REFUSED:
        check_say(
            check, FOUND_WRONG, CLI_REFUSED, "keys",
            "%s does not let in the key %s (role %s): is its .cert in the folder of those that are let in, was "
            "SIGHUP sent since, and is the role one for this port?",
            place, check->own.key.name, key_role_name(check->own.key.role));
        break;
    case PROBE_NO_SHAKE:
        if (check->keyed)
            check_say(check, FOUND_WRONG, CLI_REFUSED, "keys",
                      "%s has another key than %s says: it is somebody else, or it has new keys", place,
                      check->server_file[0] ? check->server_file : "our own certificate");
        else
            check_say(check, FOUND_WRONG, CLI_NO_BROKER, "protocol", "ZeroMQ's handshake with %s fails",
                      place);
        break;
    case PROBE_VERSION:
        check_say(
            check, FOUND_WRONG, CLI_REFUSED, "version",
            "%s speaks another version of the protocol than %d, that of mailroom %s%s%s%s: one of the two is "
            "to be updated",
            place, PROTOCOL_VERSION, MAILROOM_VERSION, text[0] ? " (it says: " : "", text,
            text[0] ? ")" : "");
        break;
    case PROBE_ERROR:
        check_say(check, FOUND_WRONG, CLI_REFUSED, "protocol", "%s answers with an error: %s", place, text);
        break;
    case PROBE_SILENCE:
        check_say(check, FOUND_WRONG, CLI_NO_BROKER, "protocol",
                  "%s shakes hands and does not answer: is it a %s, and does it run?", place, program(check));
        break;
    default:
        check_say(check, FOUND_WRONG, CLI_NO_BROKER, "protocol", "%s speaks ZeroMQ, and is no %s", place,
                  program(check));
        break;
    }
}

static void judge_answer(struct check *check, const struct probe_answer *answer)
{
    char age[32], memory[32];
    struct list counts = answer->message.counts.counts;
    bool broker = false;
    struct span name;
    for (uint64_t value; list_next_count(&counts, &name, &value);)
        broker |= name.size == sizeof "clients" - 1 && memcmp(name.data, "clients", name.size) == 0;
    counts = answer->message.counts.counts;
    if (broker == check->manager) {
        check_say(check, FOUND_WRONG, CLI_NO_BROKER, "protocol", "%s is a %s, not a %s%s", check->place,
                  broker ? "mailroomd" : "mailroom-shim", program(check),
                  broker ? "" : ": ask it with --manager, and the broker at its own address");
        return;
    }
    check_say(check, FOUND_FINE, CLI_FINE, "alive", "%s answers: up %s, %s in memory", program(check),
              out_age(operate_count(counts, "uptime"), age),
              operate_size(operate_count(counts, "memory"), memory));
    if (check->alive)
        return;
    signals_block(); /* the loop of a session reads them */
    if (check->manager)
        check_manager(check, counts);
    else
        check_broker(check, &answer->message);
}

static void check_network(struct check *check)
{
    struct probe_answer answer;
    const char *why = "";
    char host[NI_MAXHOST];
    struct addrinfo *list = probe_resolve(&check->at, &why);
    if (!list) {
        check_say(
            check, FOUND_WRONG, CLI_NO_BROKER, "name",
            "the name %s cannot be resolved (%s): is it spelt as it should be, and known on this machine?",
            check->at.host, why);
        return;
    }
    probe_address_text(list, host);
    if (list->ai_family != AF_UNIX && strcmp(host, check->at.host) != 0)
        check_say(check, FOUND_FINE, CLI_FINE, "name", "%s is %s%s", check->at.host, host,
                  list->ai_next ? ", and others" : "");
    const struct addrinfo *port = find_port(check, list);
    if (port) {
        probe_ask(port, check->keyed ? &check->own : NULL, &check->server, check->invocation->timeout,
                  &answer);
        if (answer.end == PROBE_COUNTS)
            judge_answer(check, &answer);
        else
            tell_no_answer(check, &answer);
        probe_answer_free(&answer);
    }
    probe_free(list);
}

static int run(struct invocation *invocation)
{
    struct check *check = invocation->own;
    unsigned port = check->manager ? MANAGER_PORT : BROKER_PORT;
    const char *address = check->address   ? check->address
                          : check->manager ? "localhost"
                                           : NULL,
               *wrong = NULL;
    check->invocation = invocation;
    if (address)
        wrong = address_parse(address, port, &invocation->broker);
    if (wrong) {
        log_plain("mailroom check: %s: %s", address, wrong);
        return CLI_USAGE;
    }
    invocation->open = invocation->open || check_has_keys(check);
    if (!invocation_choose(invocation, port, check->manager ? "manager" : "broker"))
        return CLI_USAGE;
    check->at = invocation->broker;
    address_text(&check->at, check->place);
    signals_unblock(); /* Ctrl-C ends what waits here */
    check->keyed = check->keyed && !address_is_ipc(check->at.host);
    if (check_keys(check))
        check_network(check);
    certificate_wipe(&check->own);
    return check->code;
}

static const struct exit_code exits[] = {
    {CLI_FINE, "all is well, but for warnings"},
    {CLI_FAILED, "it answers, and something is wrong with managers, workers or runtimes"},
    {CLI_USAGE, "wrong arguments, or a key file that cannot be used"},
    {CLI_NO_BROKER, "it cannot be reached, or is not what it should be"},
    {CLI_REFUSED, "it refuses: keys or versions do not fit"},
    {0, NULL},
};

const struct command check_command = {
    .name = "check",
    .summary = "Tell what is wrong with a set-up",
    .arguments = "[HOST[:PORT]]\n--manager [HOST[:PORT]]",
    .description =
        "Looks at one thing after the other and writes a line for each: whether the name resolves, whether "
        "somebody listens there, whether keys and versions fit, whether it answers; then whether all managers "
        "are connected and started, whether there are workers, and idle ones, and a runtime that is asked for. "
        "A line begins with ok, warning or failed; with --json it is an object with check, result and text. "
        "Without an address it asks the broker of --broker or MAILROOM_BROKER, or the manager on this "
        "machine.\n\n"
        "It opens no session but a short one to ask for the managers, and takes no boss's place. With --alive it "
        "is the health check of a container; there the program's own key will do.",
    .examples = "  mailroom check brokers-host\n  mailroom check --runtime bqskit --idle\n"
                "  mailroom check --manager --alive --timeout 3\n",
    .options = options,
    .takes = TAKES_BROKER | TAKES_JSON,
    .exits = exits,
    .own_address = true,
    .own_size = sizeof(struct check),
    .parse = parse,
    .run = run,
};
