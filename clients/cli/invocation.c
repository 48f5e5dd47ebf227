/* invocation: the options that several commands have. */
#include "clients/cli/invocation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "clients/cli/command.h"
#include "edge/line/home.h"
#include "edge/log.h"

enum {
    OPTION_BROKER = 256,
    OPTION_KEYS,
    OPTION_KEY,
    OPTION_BROKER_KEY,
    OPTION_INSECURE,
    OPTION_TIMEOUT,
    OPTION_SESSION,
    OPTION_JSON,
};

#define MOST_SECONDS 1e9

const struct command_option invocation_options[] = {
    {{"broker", OPTION_BROKER, "HOST[:PORT][,...]", 0,
      "The broker's address, or several, of which the next one is tried where one is a standby or not there (environment: "
      "MAILROOM_BROKER); without one it is this user's own broker on this machine, "
      "or with keys or --insecure localhost:7472",
      10},
     COMPLETE_HOST,
     NULL,
     TAKES_BROKER},
    {{"keys", OPTION_KEYS, "DIR", 0,
      "Talk to a broker that has keys, with those in DIR, which `mailroom keygen` made (environment: "
      "MAILROOM_KEYS)",
      10},
     COMPLETE_DIRECTORY,
     NULL,
     TAKES_BROKER},
    {{"key", OPTION_KEY, "FILE", 0, "This client's own secret certificate (environment: MAILROOM_KEY)", 10},
     COMPLETE_FILE,
     NULL,
     TAKES_BROKER},
    {{"broker-key", OPTION_BROKER_KEY, "FILE", 0,
      "The broker's public certificate (environment: MAILROOM_BROKER_KEY)", 10},
     COMPLETE_FILE,
     NULL,
     TAKES_BROKER},
    {{"insecure", OPTION_INSECURE, NULL, 0,
      "Talk to a broker over TCP without keys, where all who could answer in its place are trusted (environment: "
      "MAILROOM_INSECURE=1)",
      10},
     COMPLETE_NOTHING,
     NULL,
     TAKES_BROKER},
    {{"timeout", OPTION_TIMEOUT, "SECONDS", 0, "How long the broker may take to answer (10)", 10},
     COMPLETE_NOTHING,
     NULL,
     TAKES_BROKER},
    {{"session", OPTION_SESSION, "FILE", 0,
      "Keep the session in FILE instead of $XDG_STATE_HOME/mailroom/HOST_PORT.session", 10},
     COMPLETE_FILE,
     NULL,
     TAKES_SESSION},
    {{"json", OPTION_JSON, NULL, 0, "Write JSON, for scripts", 10}, COMPLETE_NOTHING, NULL, TAKES_JSON},
    {{"quiet", 'q', NULL, 0, "Write no progress and no notes to standard error", 11},
     COMPLETE_NOTHING,
     NULL,
     TAKES_BROKER},
    {{"verbose", 'v', NULL, 0, "Say more: -v information, -vv all", 11},
     COMPLETE_NOTHING,
     NULL,
     TAKES_BROKER},
    {{NULL, 0, NULL, 0, NULL, 0}, COMPLETE_NOTHING, NULL, 0},
};

uint64_t invocation_seconds(const char *option, const char *text, const struct argp_state *state)
{
    char *end;
    double seconds = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(seconds) || seconds < 0 || seconds > MOST_SECONDS)
        argp_error(state, "%s %s: not a number of seconds", option, text);
    return (uint64_t)(seconds * 1000);
}

/* A variable that is not set, in a script, would name the root's files, or none. */
static void refuse_empty(int key, const char *text, const struct argp_state *state)
{
    const char *option = key == OPTION_KEYS         ? "--keys"
                         : key == OPTION_KEY        ? "--key"
                         : key == OPTION_BROKER_KEY ? "--broker-key"
                         : key == OPTION_SESSION    ? "--session"
                                                    : NULL;
    if (option && !*text)
        argp_error(state, "%s: it is empty: say a value, or leave it away", option);
}

error_t invocation_parse(int key, char *text, struct argp_state *state)
{
    struct invocation *invocation = state->input;
    const char *wrong = NULL;
    refuse_empty(key, text, state);
    switch (key) {
    case OPTION_BROKER:
        wrong = address_parse_several(text, BROKER_PORT, &invocation->broker);
        invocation->broker_given = true;
        break;
    case OPTION_TIMEOUT: invocation->timeout = invocation_seconds("--timeout", text, state); break;
    case OPTION_KEYS: invocation->keys = text; break;
    case OPTION_KEY: invocation->key = text; break;
    case OPTION_BROKER_KEY: invocation->broker_key = text; break;
    case OPTION_INSECURE: invocation->open = true; break;
    case OPTION_SESSION: invocation->session = text; break;
    case OPTION_JSON: invocation->json = true; break;
    case 'q': invocation->quiet = true; break;
    case 'v': invocation->verbose++; break;
    default: return ARGP_ERR_UNKNOWN;
    }
    if (wrong)
        argp_error(state, "--broker %s: %s", text, wrong);
    return 0;
}

/* The environment's, or NULL where it is not set or empty. */
static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

bool invocation_choose(struct invocation *invocation, unsigned usual_port, const char *name)
{
    char why[HOME_WHY];
    const char *insecure = environment("MAILROOM_INSECURE");
    if (insecure && strcmp(insecure, "0") != 0 && strcmp(insecure, "1") != 0) {
        log_plain("mailroom: MAILROOM_INSECURE=%s: neither 0 nor 1", insecure);
        return false;
    }
    invocation->open = invocation->open || (insecure && *insecure == '1') || invocation->keys ||
                       invocation->key || invocation->broker_key;
    if (home_choose(
            &invocation->broker, usual_port, name, invocation->open,
            "give keys with --keys DIR (or MAILROOM_KEYS), or say --insecure (or MAILROOM_INSECURE=1) where "
            "all who can be there are trusted",
            why))
        return true;
    log_plain("mailroom %s: %s", invocation->command->name, why);
    return false;
}

void invocation_init(struct invocation *invocation, const struct command *command)
{
    const char *broker = environment("MAILROOM_BROKER");
    const char *wrong =
        address_parse_several(broker ? broker : "localhost", BROKER_PORT, &invocation->broker);
    if (wrong) {
        log_plain("mailroom: MAILROOM_BROKER=%s: %s", broker, wrong);
        exit(CLI_USAGE);
    }
    invocation->command = command;
    invocation->as_admin = (command->takes & TAKES_ADMIN) != 0;
    invocation->broker_given = broker != NULL;
    invocation->keys = environment("MAILROOM_KEYS");
    invocation->key = environment("MAILROOM_KEY");
    invocation->broker_key = environment("MAILROOM_BROKER_KEY");
    invocation->timeout = BROKER_TIMEOUT;
}
