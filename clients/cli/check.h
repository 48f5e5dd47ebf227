/* check: what the steps of `mailroom check` share: what is asked for, and what was found. */
#ifndef MAILROOM_CLI_CHECK_H
#define MAILROOM_CLI_CHECK_H

#include "clients/cli/command.h"
#include "clients/cli/probe.h"

struct check {
    const struct invocation *invocation;
    const char *address, *manager_key, *runtime; /* as given; NULL: not */
    bool manager, alive, idle;

    struct host_port at;
    char place[ADDRESS_SIZE];       /* `at`, for people */
    bool keyed;                     /* with keys */
    struct certificate own, server; /* then */
    char server_file[4096];         /* where `server` was read from */
    enum cli_exit code;             /* of the first thing that is wrong */
};

enum finding { FOUND_FINE, FOUND_ODD, FOUND_WRONG };

/* Tells what was found about `what` ("name", "port" ...). `code`: of what is wrong. */
void check_say(struct check *check, enum finding finding, enum cli_exit code, const char *what,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* check_keys.c: whether keys were given. */
bool check_has_keys(struct check *check);

/* check_keys.c: loads the keys that were given. False: it was told why they are no good. */
bool check_keys(struct check *check);

/* check_cluster.c: judges what the broker or the manager says of itself. */
void check_broker(struct check *check, const struct message *answer);
void check_manager(struct check *check, struct list counts);

#endif
