/* record: what a boss with a journal writes down, so that another process can go on with its cluster. The
 * core says it (outbox_record), a journal keeps it (broker/journal), and the core of the next process hears
 * it again (EVENT_LOAD). Here is what stands in it, and nothing of how it is kept.
 *
 * Records are rows of tables: of what is so now, not of what has happened. Each kind is a table, and its
 * first fields, above the line, are the row's key. The core says
 *
 *   RECORD_NEW   there is this row now; there was none of this key
 *   RECORD_PUT   there is this row now, whether or not there was one; all its fields are said anew
 *   RECORD_DROP  there is no row of this key any more; only kind and key are said. Nor is there any that it
 * owns
 *
 * and they take effect in the order in which they are said. Say NEW where it is sure that the row was not
 * there: a row that is new and dropped in one group is never written at all. What a row owns goes with it,
 * and need not be dropped by itself: of what is owned below, in brackets, there can be none while its owner
 * is not there.
 *
 *   MANAGER   [IDS that it was given: those stay, see there]
 *   SESSION   [PATHS]
 *   JOB       [SLOT]
 *   TASK      [FATE, MESSAGE; of a root also CANCELLED]
 *
 * How it goes on from there:
 *
 *   the core       outbox_record(outbox, &record)       the n-th record of this process, from 1: it counts
 * them the journal    writes a group of records, and when it is on the disk: EVENT_COMMITTED with `sequence`
 * = n, all up to the n-th are safe the journal    cannot write, or is too far behind: EVENT_JOURNAL with a
 * text, which says why new work is BUSY; when it can again, EVENT_JOURNAL without. Records that are said
 * meanwhile are kept all the same, in order: what ends is still said a new process  broker_config.cluster and
 * .epoch are set. First, before any other event, an EVENT_LOAD with each row, in the order of the kinds
 * below, owners before what they own, tasks in the order in which they came (RECORD_NEW of each); then one
 * EVENT_LOADED, also where there was no row. Records that are said in answer to EVENT_LOAD count as the first
 * of the new process
 *
 * Without a journal broker_config.cluster is zeros: no record is said, and none of these events comes. */
#ifndef MAILROOM_RECORD_H
#define MAILROOM_RECORD_H

#include "common/base/blob.h"
#include "common/link/key.h"
#include "common/wire/message.h"

enum record_verb { RECORD_NEW = 1, RECORD_PUT, RECORD_DROP };

enum record_kind {
    RECORD_NUMBER = 1, /* what was reserved of numbers that must never be given twice */
    RECORD_MANAGER,    /* a manager that has shaken hands, by its process */
    RECORD_IDS,        /* a range of worker ids that is not in the pool */
    RECORD_SESSION,    /* a client's session */
    RECORD_PATHS,      /* the import paths of a session */
    RECORD_SHARE,      /* a part that bodies of tasks begin with */
    RECORD_JOB,        /* what was submitted under one uuid */
    RECORD_SLOT,       /* a slot of a job that has ended, or of which something was asked */
    RECORD_TASK,       /* a task of the ledger, as it came: a root's or a child's */
    RECORD_FATE,       /* what has happened to a task: who has it, how often it was lost */
    RECORD_MESSAGE,    /* a COMMUNICATE that follows a task wherever it is given */
    RECORD_CANCELLED,  /* a sub-task of a live root that was cancelled */
    RECORD_ANSWER,     /* a child's result on its way down to its parent's worker */
    RECORD_KINDS
};

/* Numbers that are given out in blocks: a new process begins at the highest `below` that is written down. */
enum record_number {
    NUMBER_MAILBOX = 1, /* of the server */
    NUMBER_SESSION,     /* serials */
    NUMBER_SHARE,
    NUMBER_ID, /* worker ids that were never given out begin here */
    NUMBER_LIMIT = 64
};

enum record_ids { IDS_GIVEN = 1, IDS_LOST, IDS_RESTING };

/* Of a slot: what STATUS says of it, and what the client may still have of it. */
enum {
    SLOT_IS_WANTED = 1,
    SLOT_IS_KEPT = 2,     /* until it is released */
    SLOT_IS_GONE = 4,     /* it has ended, and the client has what there was */
    SLOT_IS_RELEASED = 8, /* the client is done with it */
};

/* One row, or the key of one. Borrowed: spans and `body` are valid while the call or the event lasts that
 * they are handed over in, but for what outbox_record says of `body`. Spans that are not set are empty. */
struct record {
    uint8_t kind, verb;
    bool packed;  /* record_pack has made it */
    uint64_t age; /* EVENT_LOAD: ms since the row was first written, by the clocks of the machines that did;
                     at least 0. The core leaves it 0. In a journal's queue: ns, when it came */
    struct slice body; /* of a SHARE, SLOT, TASK, MESSAGE, ANSWER */
    union {
        struct {
            uint32_t which; /* enum record_number */
            /* ---- */
            uint64_t below;
        } number;
        struct {
            uint8_t boot[UUID_SIZE]; /* of its process, from its HELLO */
            /* ---- */
            bool draining;          /* it was told to leave, */
            uint64_t grace;         /* ms, or NO_NUMBER: its own */
            struct span name, line; /* line: the one that is dialled, empty: it dials in */
            struct key key;
        } manager;
        struct {
            uint32_t lower; /* the range's first id */
            /* ---- */
            uint32_t upper;          /* the first one behind it */
            uint32_t state;          /* enum record_ids */
            uint8_t boot[UUID_SIZE]; /* GIVEN: of the manager */
        } ids;
        struct {
            uint64_t serial;
            /* ---- */
            uint8_t token[UUID_SIZE], boot[UUID_SIZE]; /* boot: of its client's process */
            struct span name;
            struct key key;
            uint64_t host; /* of its user, where there is no key */
            bool fleeting;
            uint64_t submitted; /* tasks so far: as when the row was written */
            uint64_t left;      /* ms since 1970: when its client left, 0: it is here */
        } session;
        struct {
            uint64_t session; /* its serial */
            /* ---- */
            struct list texts;
        } paths;
        struct {
            uint64_t number; /* NUMBER_SHARE */
            /* ---- */
            uint64_t session; /* whose account it is in; 0: a manager's */
        } share;
        struct {
            uint64_t mailbox;
            /* ---- */
            uint64_t session;
            uint8_t uuid[UUID_SIZE];
            uint32_t total; /* slots */
            struct span name;
        } job;
        struct {
            uint64_t mailbox;
            uint32_t slot;
            /* ---- */
            uint8_t state; /* enum slot_state (broker/core/broker_inner.h) */
            uint8_t flags, attempts;
            uint32_t completed_by;
            uint32_t code;    /* FAILED: enum error_code, */
            struct span text; /* and why; then `body` is the exception's */
            struct address task;
        } slot;
        struct {
            struct address address;
            /* ---- */
            uint64_t job; /* the mailbox of its root's job */
            uint64_t session;
            uint64_t share; /* what its body begins with, 0: nothing */
            struct span runtime, name, meta;
            struct list breadcrumbs; /* addresses */
            uint8_t priority, flags;
            uint64_t comp_task_id;
        } task;
        struct {
            struct address address; /* of the task */
            /* ---- */
            uint8_t boot[UUID_SIZE]; /* the manager that has it, zeros: it is queued */
            uint8_t attempt, blamed;
            bool too_many;      /* messages: it cannot be given out again */
            struct span losses; /* a line for each time that it was lost */
        } fate;
        struct {
            struct address address; /* of the task */
            uint32_t ordinal;       /* of this task's, from 0 */
            /* ---- */
        } message;
        struct {
            struct address address; /* of the sub-task */
            /* ---- */
            struct address root;
        } cancelled;
        struct {
            struct address address; /* where it belongs: the child's return address */
            /* ---- */
            uint32_t completed_by;
            uint8_t boot[UUID_SIZE]; /* of the manager that it is for */
        } answer;
    };
};

/* How a journal does: with EVENT_COMMITTED and EVENT_JOURNAL. Since the start of the process, but for
 * `behind` and `size`. */
struct journal_numbers {
    uint64_t behind;    /* bytes of records that are not safe yet */
    uint64_t size;      /* bytes on the disk */
    uint64_t records;   /* that are safe, */
    uint64_t rows;      /* and how many rows they came to, written or deleted, */
    uint64_t groups;    /* in so many transactions, */
    uint64_t written;   /* of so many bytes */
    uint64_t commit_us; /* that the last one took */
    uint64_t failures;  /* transactions that failed, and were tried again */
};

/* A copy of it, in one piece of memory, with spans of its own; takes over the reference of `record->body`. */
struct record *record_copy(const struct record *record);

/* Where copies are put one behind the other, in pieces of memory that are freed with the last record of each:
 * who frees them is another thread mostly, and then each piece by itself is dear for both. Zeros at first. */
struct record_packer {
    struct record_block *block; /* owned; that is filled now, NULL: none, */
    uint32_t made, used;        /* with so many records, of so many bytes */
};

/* The same as record_copy, in a packer; a large one by itself. */
struct record *record_pack(struct record_packer *packer, const struct record *record);

/* Frees the packer; its records stay. */
void record_packer_free(struct record_packer *packer);

/* Frees what record_copy or record_pack made, also in another thread; NULL is ignored. */
void record_free(struct record *record);

/* What names the row, padded with zeros: equal keys, equal bytes. */
struct record_key {
    uint32_t kind, part; /* part: slot, ordinal */
    uint64_t high, low;
};
struct record_key record_key(const struct record *record);

/* The key of the row that owns it, as above; kind 0: none does. A CANCELLED is owned by its root, which
 * RECORD_DROP does not name: for that it is 0 too. */
struct record_key record_owner(const struct record *record);

/* Bytes that it keeps in memory, with its body. */
size_t record_cost(const struct record *record);

#endif
