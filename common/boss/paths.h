/* paths: the import paths of sessions, PROTOCOL.md section 5, IMPORTPATH. The tasks of a session find its own
 * and nobody else's: an employee is sent them before the first task of that session that it gets, and hears
 * when the session is over. */
#ifndef MAILROOM_PATHS_H
#define MAILROOM_PATHS_H

#include "common/base/account.h"
#include "common/base/bucket.h"
#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/wire/message.h"

struct boss;
struct employee;

enum {
    MAX_PATHS = 4096,          /* import paths that are kept for a session, */
    MAX_PATH = 4096,           /* bytes of one, */
    MAX_PATHS_BYTES = 1 << 20, /* and of all: they go out in one IMPORTPATH */
    MAX_PATH_LISTS = 1 << 20,  /* sessions that a node knows */
    CHANGED_PATHS = 1 << 20, /* bytes a second that are sent for changes, of all sessions to all employees */
    PATHS_COST = 128         /* bytes in an account, beside the texts */
};

/* What is kept for a session. */
struct path_list {
    uint64_t session;        /* the broker's number; 0: of a boss that does not say whose its tasks are */
    struct builder texts;    /* in order, each once */
    struct account *account; /* borrowed: where they are counted, or NULL */
    uint64_t *told;          /* a bit for each employee that was sent them, or would have been, */
    uint64_t *stale;         /* and for each of these that was not sent them as they are now */
    uint32_t told_words;     /* of both */
};

struct paths {
    struct slab lists;
    struct index by_session;
    struct bucket changes; /* bytes of CHANGED_PATHS */
};

void paths_init(struct paths *paths);
void paths_free(struct paths *paths);

/* The import paths of a session are these, and behind them what it had before; who was sent those is sent all
 * of them anew: at once, or where there are very many changes with the next task of this session. They are
 * counted in the account (may be NULL). Returns how many are not kept, for they are beyond a bound, or can be
 * none. */
uint32_t paths_put(struct boss *boss, uint64_t session, struct list paths, struct account *account);

/* What a session's count in an account. */
uint64_t paths_cost(const struct path_list *list);

/* The employee is to get a task of this session: it is sent its paths, where it has not got them. */
void paths_tell(struct boss *boss, struct employee *employee, uint64_t session);

/* The session is over: its paths are forgotten, and so they are where they were sent. */
void paths_end(struct boss *boss, uint64_t session);

/* The employee is gone: its number will be another one's. O(sessions). */
void paths_leave(struct boss *boss, uint32_t employee);

/* All sessions are those of a boss that is gone. */
void paths_forget(struct boss *boss);

/* The list of a session, NULL: there is none. */
const struct path_list *paths_of(const struct boss *boss, uint64_t session);

#endif
