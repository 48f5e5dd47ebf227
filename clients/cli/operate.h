/* operate: what operators' commands share: one question to the broker in a session that nobody else has, and
 * how managers, clients and sizes are shown. */
#ifndef MAILROOM_CLI_OPERATE_H
#define MAILROOM_CLI_OPERATE_H

#include "clients/cli/call.h"
#include "clients/cli/out.h"
#include "clients/cli/table.h"

/* A question and what is done with its answer. */
struct inquiry {
    struct message message; /* corr is set when it is asked */
    /* Shows the answer, a message of the same kind, and returns the exit code. */
    enum cli_exit (*show)(const struct invocation *invocation, const struct message *answer);
};

/* Asks it; invocation->own may be anything. Returns the exit code, with the reason written where the broker
 * refuses. */
int operate_ask(const struct invocation *invocation, struct inquiry *question);

/* "ready", "not started", "no connection", "drains". */
const char *operate_manager_state(uint64_t state);

/* A table of managers or clients, with a row for each; the caller frees it. */
void operate_managers_table(struct table *table, struct list managers);
json_t *operate_manager_json(const struct listed_manager *manager);
json_t *operate_client_json(const struct listed_client *client);

/* Says that the broker tells of no page, for a command that wants it; page_link.c. */
enum cli_exit page_is_missing(const char *command);

/* Bytes for people: "512 B", "1.5 KB", "23 MB"; in units of 1000. */
const char *operate_size(uint64_t bytes, char text[32]);

/* The value of that name in a COUNTS; 0: it does not say. */
uint64_t operate_count(struct list counts, const char *name);

#endif
