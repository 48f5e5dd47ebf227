/* scale_ask: what `mailroom scale` asks the broker, and tells it. Each is a call of its own: a broker that is
 * away for a while costs a look, no more. */
#ifndef MAILROOM_CLI_SCALE_ASK_H
#define MAILROOM_CLI_SCALE_ASK_H

#include "clients/cli/core/scaler.h"
#include "clients/cli/invocation.h"

enum { SCALE_NAME = 64 /* bytes of a manager's name, with the closing zero */, SCALE_WHY = 600 };

/* A manager that is a job's: its name ends with a slash and the job's number. */
struct scale_manager {
    struct scaler_manager seen;
    char name[SCALE_NAME];
};

struct scale_answer {
    uint64_t queued, finished;
    struct scale_manager *managers; /* owned: mem_free */
    size_t count;
};

/* Asks for counts and managers. `runtimes`: those whose tasks jobs could run, without versions, ended by
 * NULL. Returns an exit code; where it is not CLI_FINE, `why` says why. */
int scale_ask(const struct invocation *invocation, const char *const *runtimes, struct scale_answer *answer,
              char why[SCALE_WHY]);

/* Has managers finish what they have, and leave. Returns an exit code, as scale_ask. */
int scale_drain(const struct invocation *invocation, const struct scale_answer *answer, const uint64_t *jobs,
                size_t count, char why[SCALE_WHY]);

#endif
