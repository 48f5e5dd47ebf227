/* run: submits what a source gives, and shows what becomes of it. */
#ifndef MAILROOM_CLI_RUN_H
#define MAILROOM_CLI_RUN_H

#include "clients/c/core/fetch.h"
#include "clients/cli/sink.h"
#include "clients/cli/source.h"
#include "clients/cli/task_options.h"

/* In a session of its own, connected until all is done: results are shown as they come, in order. Ctrl-C
 * cancels. Returns the exit code. */
int run_private(struct invocation *invocation, const struct task_options *options, struct source *source,
                struct sink *sink);

/* In the session of the session file: submits all and detaches. Then `fetch` has the tasks, and expects them
 * to be waited for where the caller wants that. Returns the exit code. */
int run_detached(struct invocation *invocation, const struct task_options *options, struct source *source,
                 struct fetch *fetch);

/* Waits for tasks in the session of the session file, connecting now and then, and shows their results.
 * Returns the exit code. */
int run_fetch(struct invocation *invocation, const struct task_options *options, struct fetch *fetch,
              struct sink *sink);

#endif
