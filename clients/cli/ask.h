/* ask: one question for each uuid of a command line, in the user's session: what status and cancel share. */
#ifndef MAILROOM_CLI_ASK_H
#define MAILROOM_CLI_ASK_H

#include "clients/cli/call.h"

struct ask {
    unsigned kind; /* KIND_STATUS or KIND_CANCEL */
    uint8_t (*uuids)[UUID_SIZE];
    uint64_t count, answered;
    enum cli_exit code; /* the worst so far */
    /* Shows an answer and returns the exit code that it stands for. */
    enum cli_exit (*show)(const struct invocation *invocation, const struct message *answer);
};

/* Parses a command line of uuids; invocation->own is the struct ask. */
error_t ask_parse(int key, char *text, struct argp_state *state);

/* Asks, shows all answers, detaches. Returns the exit code. */
int ask_run(struct invocation *invocation);

#endif
