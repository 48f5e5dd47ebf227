/* worker_boss: a worker's core (clients/c/core/worker) with a shim that the test plays: what the worker sends
 * is taken apart, what the shim says is put together. Times are in microseconds. */
#ifndef MAILROOM_TEST_WORKER_BOSS_H
#define MAILROOM_TEST_WORKER_BOSS_H

#include "clients/c/core/worker.h"

enum { BOSS_CONN = 4, BOSS_MOST = 128, BOSS_ID = 7 /* the worker's */ };

/* A message that the worker has sent, with what the tests look at. */
struct boss_heard {
    unsigned kind;
    struct message message; /* of it only what does not borrow: WAITING, RETURN's reason ... */
    uint32_t count;         /* of results, tasks or addresses */
    struct address first;   /* of these */
    char body[64];
};

struct worker_boss {
    struct worker *worker;
    struct outbox outbox;
    struct page page;
    uint64_t now;          /* us */
    uint64_t seq, mailbox; /* of what the shim has said, and of the last task */
    uint64_t come,
        read;  /* numbers of the worker's messages: the last one, and the last that it is told is read */
    bool late; /* the shim reads none for now */
    uint8_t link[UUID_SIZE];
    struct boss_heard heard[BOSS_MOST]; /* since the last look */
    unsigned count, dials, closes;
};

/* A worker that has shaken hands and has its id; `paged`: it shares a page. Its loop has said nothing. */
struct worker_boss *worker_boss_new(bool paged);
void worker_boss_free(struct worker_boss *boss);

/* A worker that looks for its shim. */
struct worker_boss *worker_boss_alone(void);
void worker_boss_joins(struct worker_boss *boss);

/* Time passes; then there is a turn. */
void worker_boss_turn(struct worker_boss *boss, uint64_t time);

/* The shim says this; then there is a turn. */
void worker_boss_says(struct worker_boss *boss, struct message *message, const char *body);

/* It gives `count` tasks, of which the first has the body "a", the next "b" ... Each is a root. */
void worker_boss_gives(struct worker_boss *boss, unsigned count, uint32_t attempt);
void worker_boss_recalls(struct worker_boss *boss, uint64_t count, const char *runtime);
void worker_boss_cancels(struct worker_boss *boss, uint64_t mailbox);

/* The loop waits, is given a task of this body, and is done with it after so long. */
struct mailroom_item *worker_boss_begins(struct worker_boss *boss, const char *body);
void worker_boss_done(struct worker_boss *boss, struct mailroom_item *item, uint64_t time);

/* Forgets what was heard so far; how many of a kind there were since; the last of them, which must be there.
 */
void worker_boss_look_away(struct worker_boss *boss);
unsigned worker_boss_count(const struct worker_boss *boss, unsigned kind);
const struct boss_heard *worker_boss_last(const struct worker_boss *boss, unsigned kind);

#endif
