/* invocation: one call of a command: the options that several commands have, with their defaults from the
 * environment, and what the command itself was given. */
#ifndef MAILROOM_CLI_INVOCATION_H
#define MAILROOM_CLI_INVOCATION_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "clients/cli/option.h"
#include "edge/line/address.h"

struct command;

enum {
    BROKER_PORT = 7472,
    BROKER_TIMEOUT = 10000, /* ms */
};

struct invocation {
    const struct command *command;
    void *own; /* of the command: own_size bytes */

    struct host_port broker;
    bool broker_given;                   /* by the command line or the environment */
    const char *keys, *key, *broker_key; /* paths, NULL: not given; borrowed, as all texts here */
    bool open;                           /* TCP will do: there are keys, or --insecure was said */
    bool as_admin;                       /* with the admin's key of `keys`, where there is one */
    const char *session;                 /* path, NULL: the user's own for this broker */
    uint64_t timeout;                    /* ms that the broker has to answer */
    bool json, quiet;
    unsigned verbose;
};

/* The options that commands share, ended by a row of zeros. */
extern const struct command_option invocation_options[];

/* Sets the defaults, from the environment where it has any. Ends the process where the environment is
 * wrong. */
void invocation_init(struct invocation *invocation, const struct command *command);

/* As argp's parsers, for the shared options; state->input is the struct invocation. */
error_t invocation_parse(int key, char *text, struct argp_state *state);

/* Settles whom to ask, once all options are read: where it is `localhost` on its usual port it may be this
 * user's own socket of that name (edge/line/home.h). False: the reason was written. */
bool invocation_choose(struct invocation *invocation, unsigned usual_port, const char *name);

/* Reads a time in seconds, and returns ms; ends the program with a text that names the option where it is
 * none. */
uint64_t invocation_seconds(const char *option, const char *text, const struct argp_state *state);

#endif
