/* pair: two links, a and b, and a pipe each way, moved by hand or by a scenario
 * (tests/vectors/link/README.md). */
#ifndef MAILROOM_TEST_PAIR_H
#define MAILROOM_TEST_PAIR_H

#include "common/link/link.h"

enum { PAIR_UNDER_WAY = 4096 };

/* Letters on their way to one link: a queue that never holds more than PAIR_UNDER_WAY. */
struct pair_pipe {
    struct letter *letters[PAIR_UNDER_WAY];
    unsigned first, last;
};

struct pair {
    struct link links[2];
    struct pair_pipe pipes[2]; /* by the link that they lead to */
    uint64_t now;
    char said[200]; /* what the last command answered */
};

/* Two new links without a connection. */
struct pair *pair_new(void);
void pair_free(struct pair *pair);

/* Runs a line of a scenario (without its expected answer); returns the answer, valid until the next one.
 * Fails the running test when there is no such command; `where` is for that. */
char *pair_command(struct pair *pair, const char *line, const char *where);

/* Runs a scenario; fails the running test at the first answer that differs. */
void pair_run_scenario(const char *path);

/* What link `from` puts on the connection next goes into the pipe; false: nothing. */
bool pair_next(struct pair *pair, unsigned from);

/* Link `to` receives the first letter of its pipe (and answers a PING). False: there is none. The body is the
 * caller's; `message` borrows from nothing that is freed for kinds without texts. */
bool pair_take(struct pair *pair, unsigned to, enum link_verdict *verdict, struct message *message,
               struct slice *body, const char **why);

/* Drops what is first in the pipe to `to`. False: nothing. */
bool pair_lose(struct pair *pair, unsigned to);

/* A body of `size` bytes of a pattern, from its byte `from` on: each byte shows its place. */
struct slice pair_body(size_t size, uint64_t from);

/* Whether `body` is the pattern from its beginning. */
bool pair_is_body(const struct slice *body);

#endif
