/* call: one connection of a command to the broker, from the dialling to the good-bye: libmailroom's core with
 * the edge around it, and between the two the command, which is told what comes and says what it wants. A
 * command that submits has a whole correspondence, the others a session and its mail as it comes. */
#ifndef MAILROOM_CLI_CALL_H
#define MAILROOM_CLI_CALL_H

#include "clients/c/core/correspondence.h"
#include "clients/cli/command.h"
#include "clients/cli/exits.h"
#include "edge/edge.h"

struct call;

/* What a command does in a call. */
struct call_handler {
    /* A link is there: say what is to be said, again if it was said before. */
    void (*ready)(struct call *call, bool known);
    /* A message of the broker: an answer, a result, an error. What `message` borrows is gone afterwards;
     * `*body` may be taken (set it to SLICE_NONE). */
    void (*mail)(struct call *call, const struct message *message, struct slice *body);
    /* Ctrl-C or the like, for the first time; the second one ends all. NULL: leaves, CLI_INTERRUPTED. */
    void (*stop)(struct call *call);
    /* At the end of each turn of the loop; NULL: nothing to do. */
    void (*turn)(struct call *call);
    /* ms at which the next turn is due; NULL: only when something happens. */
    uint64_t (*deadline)(const struct call *call);
    /* Of a command that submits, in place of `ready` and `mail`: what has come of it. */
    void (*news)(struct call *call, const struct news *news);
    /* Is told why the call did not end well, in place of people. NULL: they are told. */
    void (*over)(struct call *call, const char *why);
    bool turns_alone; /* `turn` is called while a broker that was there is looked for, too */
};

struct call {
    const struct invocation *invocation;
    const struct call_handler *handler;
    void *self; /* the command's own */
    bool keeps; /* the session stays when this call leaves it */
    bool stopped, exits;
    uint64_t now;          /* ms */
    struct client *client; /* that of `mail`, or `alone` */
    struct client alone;
    struct correspondence mail; /* of a command that submits */
    struct edge *edge;
};

/* Connects to the broker of `invocation` in the session of that token and runs until the command ends the
 * call. `token` NULL: a session of its own, which ends with the call, as a token's does with `keeps` false.
 * `patience`: ms that a broker that was there may be away. Writes the reason where it did not end well.
 * Returns the exit code. */
int call_run(const struct invocation *invocation, const uint8_t *token, bool keeps, uint64_t patience,
             const struct call_handler *handler, void *self);

/* Sends a message, which is to be answered within --timeout. */
void call_ask(struct call *call, const struct message *message);

/* It was answered, and nothing else is waited for. */
void call_answered(struct call *call);

/* Leaves with an exit code, and a text for people, NULL: none. */
void call_end(struct call *call, enum cli_exit code, const char *why);

/* Ends the call as the broker's ERROR `message` says. */
void call_end_refused(struct call *call, const struct message *message);

/* The exit code for an ERROR of the broker's. */
enum cli_exit call_exit_of(uint64_t error_code);

#endif
