/* job.h: the records of what clients have submitted: jobs, maps and their slots. What happens to them is
 * job.c's. */
#ifndef MAILROOM_BROKER_JOB_H
#define MAILROOM_BROKER_JOB_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/blob.h"
#include "common/boss/task_names.h"
#include "common/wire/batch.h"
#include "common/wire/message.h"

struct failure { /* why a slot failed, for whoever asks */
    enum error_code code;
    char *text;
    struct slice body;
    struct address task; /* which task of the root it was */
    uint32_t worker;     /* of the root, where its times are known; else WORKER_NIL */
};

enum slot_state {
    SLOT_COMING, /* of a map whose submit is not all taken yet */
    SLOT_LIVE,
    SLOT_DONE,
    SLOT_FAILED,
    SLOT_CANCELLED,
    SLOT_MANY /* in place of a map's slots: they are in its struct map */
};

/* One slot of a mailbox at the server (BQSKit's ServerMailbox). */
struct slot {
    union {
        uint32_t task;           /* LIVE */
        struct blob *result;     /* DONE, NULL: it is empty */
        struct failure *failure; /* FAILED */
        struct map *map;         /* MANY */
    };
    uint32_t completed_by;
    uint8_t attempts;     /* how often it was given out, once it has ended */
    uint8_t state : 3;    /* enum slot_state */
    bool wanted : 1;      /* the client waits for it: BQSKit's client_waiting */
    bool keep : 1;        /* its result stays until it is released */
    bool under_way : 1;   /* it is among the session's parcels */
    bool gone : 1;        /* it has ended, and its result or failure is not here any more */
    bool released : 1;    /* the client is done with it */
    uint16_t session_low; /* of a job's own slot: see job_session_number */
};

enum { COUNT_BITS = 17 /* of slots of a map */ };
_Static_assert(MAX_BATCH < 1 << COUNT_BITS, "a map's slots are counted in so many bits");

/* The slots of a map. */
struct map {
    uint32_t total;                   /* slots, at most MAX_BATCH */
    uint32_t live, released;          /* so many of them, */
    uint32_t done, failed, cancelled; /* and of those that have ended */
    uint64_t running : COUNT_BITS;    /* of the live ones when they were last looked at, */
    uint64_t attempts : 8;            /* and the most of any slot */
    uint64_t gone : COUNT_BITS;       /* slots of which nothing is left for the client */
    uint64_t begun : COUNT_BITS;      /* slots that have had a task: all, once the submit is taken */
    uint64_t overruled : 1;           /* an admin cancelled it while it was taken: so are those that come */
    struct slot slots[];
};

/* Mailboxes are numbered from the boot time in us on, without its bit 51 and those above: they come round
 * after 71 years. */
enum { MAILBOX_BITS = 52, SESSION_HIGH_BITS = 64 - MAILBOX_BITS, SESSION_LOW_BITS = 16, NAME_BITS = 29 };
#define NO_MAILBOX ((UINT64_C(1) << MAILBOX_BITS) - 1) /* of a job that was forgotten */
#define MOST_JOB_NAMES ((1u << NAME_BITS) - 1)         /* a job beyond them is shown without its name */

/* What a client submitted under one uuid: a mailbox with one slot, or one for each task of a map. There are
 * millions of them. */
struct job {
    uint8_t uuid[UUID_SIZE];
    uint64_t mailbox : MAILBOX_BITS;
    uint64_t session_high : SESSION_HIGH_BITS; /* see job_session_number */
    uint32_t name_plus_1 : NAME_BITS;          /* see job_name */
    uint32_t timed : 1;                        /* its tasks' times are kept, in broker->timings */
    uint32_t doomed : 1;   /* it was given up: nobody finds it, and it goes a part at a time; see job_doom */
    uint32_t written : 1;  /* it is in the journal, with its slots and tasks */
    uint32_t older, newer; /* of the session */
    uint32_t submitted;    /* when: in units of JOB_TIME since JOB_PAST before the broker's start */
    struct slot one;       /* its only one, or MANY */
};

enum { JOB_COST = 128 /* bytes in an account: a job's record, and its place in the index */ };

_Static_assert(sizeof(struct slot) == 16 && sizeof(struct job) == 56, "memory per task: think twice");

enum { JOB_TIME = 100 /* ms */ };
#define JOB_PAST (5ull * 366 * 24 * 3600 * 1000) /* ms: as long before the broker's start */

/* Whose a job is: the session's number stands where its record has bits to spare. */
static inline uint32_t job_session_number(const struct job *job)
{
    return (uint32_t)job->session_high << SESSION_LOW_BITS | job->one.session_low;
}

static inline bool job_is_map(const struct job *job)
{
    return job->one.state == SLOT_MANY;
}

/* How many slots it has. */
static inline uint32_t job_total(const struct job *job)
{
    if (!job_is_map(job))
        return 1;
    assert(job->one.map);
    return job->one.map->total;
}

/* The name of its first slot's task: a number of the ledger's names, or NO_NAME. */
static inline uint32_t job_name(const struct job *job)
{
    return job->name_plus_1 - 1u;
}

#endif
