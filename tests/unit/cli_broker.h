/* cli_broker: a client of the command line, or libmailroom's, with a broker that the test plays: what the
 * client sends is taken apart, what the broker says is put together. */
#ifndef MAILROOM_TEST_CLI_BROKER_H
#define MAILROOM_TEST_CLI_BROKER_H

#include "clients/c/core/client.h"
#include "clients/c/core/correspondence.h"
#include "clients/c/core/fetch.h"
#include "clients/c/core/work.h"

enum { CLI_START = 1000 /* ms */, CLI_PATIENCE = 5000, CLI_CONN = 4, CLI_MOST = 64 };

/* A message that the client has sent, with what the tests look at. */
struct cli_sent {
    unsigned kind;
    uint64_t corr, slot, detach, count; /* count: tasks of a submit, slots of a RELEASE */
    uint64_t shared; /* of a submit: the part that it names; of a SHARE or UNSHARE: its number */
    uint8_t uuid[UUID_SIZE];
    char body[64];
};

struct cli_broker {
    struct correspondence *mail; /* libmailroom's client; NULL: it is `client` */
    uint64_t features;           /* that the broker has */
    bool forgetful;              /* it looks away by itself when there is too much to see */
    struct client client;
    struct outbox outbox;
    uint64_t now;      /* ms */
    uint64_t seq;      /* of what the broker has said */
    uint64_t max_body; /* that it accepts */
    uint8_t link[UUID_SIZE], session[UUID_SIZE];
    struct cli_sent sent[CLI_MOST]; /* since the last look */
    unsigned count, dials;
    /* of the last message that came in */
    enum client_news news;
    struct client_report report;
    struct work *work;   /* or NULL: it gets what comes, and sends at each turn */
    struct fetch *fetch; /* the same */
};

/* A client that looks for its broker. */
struct cli_broker *cli_broker_new(void);
void cli_broker_free(struct cli_broker *broker);

/* The same of libmailroom, which is that patient (ms) with a broker that has no room. */
struct cli_broker *cli_broker_new_mail(uint64_t patience);

/* The answer to a LIST: these tasks, `count` uuids end to end. */
void cli_broker_lists(struct cli_broker *broker, const struct cli_sent *asked, const uint8_t *uuids,
                      unsigned count, bool more);

/* Time passes, and there is a turn. */
void cli_broker_turn(struct cli_broker *broker, uint64_t time);

/* The broker takes the connection and answers the handshake; `known`: it knows the session. */
void cli_broker_joins(struct cli_broker *broker, bool known);

/* The connection is gone, and the broker has forgotten the link. */
void cli_broker_restarts(struct cli_broker *broker, bool known);

/* The broker says this; then there is a turn. */
void cli_broker_says(struct cli_broker *broker, struct message *message, const char *body);

/* What became of an entry. */
void cli_broker_result(struct cli_broker *broker, const uint8_t *uuid, uint32_t slot, const char *body);
void cli_broker_error(struct cli_broker *broker, enum error_code code, const uint8_t *uuid, uint64_t slot);
void cli_broker_status(struct cli_broker *broker, const struct cli_sent *asked, enum task_state state,
                       uint64_t total, uint64_t done);

/* Forgets what was sent so far. */
void cli_broker_look_away(struct cli_broker *broker);

/* The only message of that kind among what was sent. */
const struct cli_sent *cli_broker_sent(const struct cli_broker *broker, unsigned kind);

/* How many there are. */
unsigned cli_broker_count(const struct cli_broker *broker, unsigned kind);

/* A body of that text. */
struct slice cli_body(const char *text);

#endif
