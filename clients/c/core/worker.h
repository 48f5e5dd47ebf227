/* worker: the pure core of a worker: its line to the shim, the tasks that it holds ahead of its loop, and
 * what the loop says. Frames come in, letters go out; times are ns given by the caller. No socket, no clock,
 * no thread, no lock:
 * ../api/worker.c has those.
 *
 * Which task the loop gets, and when. The core says WAITING for the loop, and more: how many tasks it wants
 * ahead, which follows from how long the last ones took (worker_pace.c). What comes is held here, unseen by
 * the loop, which is given one task each time that it has said that it waits. So every task that arrives
 * counts as read at once, and what finds the loop awake again waits here until it waits again. What is ahead
 * goes back unbegun when the shim asks for it (RECALL), or when the running task turns out to be a long one.
 */
#ifndef MAILROOM_WORKER_CORE_H
#define MAILROOM_WORKER_CORE_H

#include "common/link/event.h"
#include "common/link/outbox.h"
#include "common/wire/page.h"
#include "mailroom/worker.h"

struct worker;

struct worker_config {
    uint8_t boot[UUID_SIZE]; /* random */
    uint64_t seed;           /* random, and told to nobody */
    const char *address;     /* of the shim, for people; copied, as all texts */
    const char *name, *software;
    const struct mailroom_runtime *runtimes;
    size_t runtime_count;
    uint64_t max_body; /* bytes */
    bool shares;       /* parts that bodies begin with come by themselves */
    bool reports_end;  /* it only tells that the worker of this name has ended */
    struct page *page; /* shared with the guardian, borrowed; NULL: the shim is told by WAITING instead */
};

struct worker *worker_new(const struct worker_config *config, uint64_t now);
void worker_free(struct worker *worker);

/* -- the line (worker_line.c). Its one line has the number 0; event->now is ms of the same clock. */

void worker_step(void *worker, const struct event *event, struct outbox *outbox);

/* ms at which an EVENT_TURN is due, also because of what the loop has said; 0: now; NEVER. */
uint64_t worker_deadline(const void *worker);

/* Whether what was said calls for a turn before the one that the last worker_deadline has called for. Said
 * once. */
bool worker_calls_for_turn(struct worker *worker, uint64_t now);

/* Whether the task that was given last must not begin before worker_is_out. */
bool worker_settles(const struct worker *worker);

/* Why it is over, 0: it is not; with a text. */
enum mailroom_end worker_end(const struct worker *worker, const char **text);

/* This worker's id; false: none yet. */
bool worker_id(const struct worker *worker, uint32_t *id);
const char *worker_boss(const struct worker *worker);

/* Why there is no connection yet, for people. */
const char *worker_trouble(const struct worker *worker);

/* Whether all that was said is on the connection. */
bool worker_is_out(const struct worker *worker);

/* -- the loop (worker_ahead.c) */

/* As in mailroom/worker.h. The next item, NULL: none now; the caller frees it by mailroom_item_free. */
struct mailroom_item *worker_next(struct worker *worker, uint64_t now);
bool worker_has_item(const struct worker *worker);
void worker_waiting(struct worker *worker, uint64_t now);
void worker_awake(struct worker *worker, const struct address *running, uint64_t now);

/* -- what the loop says (worker_say.c): 0, MAILROOM_WORKER_TOO_LARGE, MAILROOM_WORKER_EARLY or
 * MAILROOM_WORKER_ENDED, with a text in worker->why. Take over `body`, also when they fail. */
int worker_result(struct worker *worker, const struct address *task, struct slice body,
                  const struct timing *timing, uint64_t now); /* timing: what it took, or NULL */
int worker_update(struct worker *worker, const struct address *task, const struct timing *timing,
                  uint64_t now);
int worker_fail(struct worker *worker, const struct address *task, const struct address *root,
                struct span text, struct slice body, const struct timing *timing, uint64_t now);
int worker_return(struct worker *worker, const struct address *task, struct span text, uint64_t now);
int worker_submit(struct worker *worker, const struct mailroom_body *shared,
                  const struct mailroom_child *children, size_t count, uint64_t now);
int worker_cancel(struct worker *worker, const struct address *root, const struct address *children,
                  size_t count, uint64_t now);
int worker_message(struct worker *worker, const struct address *children, size_t count, struct slice body,
                   uint64_t now);
int worker_log(struct worker *worker, const struct address *task, const struct address *root, uint32_t level,
               struct span logger, struct span text, struct slice body, uint64_t now);
int worker_leave(struct worker *worker, struct span text, uint64_t now);
const char *worker_why(const struct worker *worker);

void worker_counts(struct worker *worker, uint64_t now, struct mailroom_worker_counts *counts);

#endif
