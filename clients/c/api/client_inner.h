/* client_inner: what the files of the client's api share. What callers hand in waits in `ops` until the
 * leader takes it; what the core gives out waits in `news` until a caller takes it. */
#ifndef MAILROOM_C_CLIENT_INNER_H
#define MAILROOM_C_CLIENT_INNER_H

#include <pthread.h>
#include <sys/types.h>

#include "clients/c/api/why.h"
#include "clients/c/core/correspondence.h"
#include "clients/c/edge/drive.h"
#include "edge/line/address.h"

enum op_kind {
    OP_SUBMIT,
    OP_ADOPT,
    OP_REQUEST,
    OP_ABANDON,
    OP_RELEASE,
    OP_ASK,
    OP_UNASK,
    OP_PATHS,
    OP_LEAVE
};

/* Something that a caller has handed in. */
struct op {
    struct op *next;
    enum op_kind kind;
    uint32_t slot;                 /* REQUEST, ABANDON, RELEASE; LEAVE: detach */
    uint64_t number;               /* UNASK */
    struct submission *submission; /* SUBMIT, ADOPT */
    struct question *question;     /* ASK */
    struct builder paths;          /* PATHS */
    uint8_t uuid[UUID_SIZE];       /* REQUEST, ABANDON, RELEASE */
    bool some;                     /* ADOPT: `slots` says which, else 0 to count - 1 */
    size_t count;
    uint32_t slots[];
};

struct frames;

/* A result that a thread waits for by itself; see ../api/await.c. */
struct awaited {
    uint64_t tag;
    uint32_t slot;
};

/* What is waited for besides what `enum mailroom_wait` names. */
enum { CLIENT_WAIT_SETTLED = 1 << 16 };

struct mailroom_client {
    pid_t pid;             /* of the process that made it */
    struct drive *drive;   /* NULL: it is driven by frames, */
    struct frames *frames; /* else NULL */
    pthread_mutex_t lock;  /* with frames; else the drive's is used */
    char address[2 * ADDRESS_SIZE];
    uint64_t most_kept;
    uint8_t prefix[8]; /* of uuids: random */

    struct correspondence mail; /* the leader's */

    /* under the lock */
    struct op *ops, **last_op;
    struct news *news;                             /* NULL: none */
    struct slice last_share;                       /* of the last map that had one; empty: none */
    uint64_t drawn;                                /* uuids */
    uint64_t asked;                                /* numbers of questions */
    struct awaited awaited, settled;               /* of `awaiting`; the last one */
    bool awaiting, over_awaiting;                  /* a thread awaits; it is to end, for it is settled */
    uint64_t handed, handed_submits, handed_tasks; /* of `ops`: bytes of bodies ... */
    bool leaving, sent;                            /* `sent`: all that was taken was read by the broker */
    uint64_t refused_bytes;                        /* of `state.refused` */
    struct mailroom_client_state state;            /* as of the last turn */
};

/* The first thing that each function does: MAILROOM_EFORK in a child. */
int client_enter(const struct mailroom_client *client);

void client_lock(struct mailroom_client *client);
void client_unlock(struct mailroom_client *client);

/* Under the lock: how many submits wait for a BUSY broker, with those handed in since, and whether there is
 * room for another one behind them. */
uint64_t client_refused(const struct mailroom_client *client);
bool client_has_room(const struct mailroom_client *client);

/* Hands an op in and unlocks; takes it over. */
void client_hand_in(struct mailroom_client *client, struct op *op);

/* Under the lock: whether nothing more is taken; then unlocked, and the error is returned. */
int client_refuses(struct mailroom_client *client);

/* A new op, with room for `count` slots; NULL: no memory. */
struct op *op_new(enum op_kind kind, size_t count);
void op_free(struct op *op);

/* The core's step, and its deadline, with the ops taken before an EVENT_TURN and the news given out after it.
 */
void client_core_step(void *state, const struct event *event, struct outbox *outbox);
uint64_t client_core_deadline(const void *state);

/* drive_config.ready */
bool client_core_ready(const void *state, unsigned what);

/* Takes a body over, or copies it. False: no memory; it is released in any case. */
bool client_take_body(const struct mailroom_body *body, struct slice *slice);

/* Releases a body that is not taken; NULL is ignored. */
void client_give_back(const struct mailroom_body *body);

/* frames.c */
struct frames *frames_new(void);
void frames_free(struct frames *frames);

#endif
