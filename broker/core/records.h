/* records: what a broker with a journal keeps beside it, writes down (records.c), answers when that is on the
 * disk (answers.c), and hears again as another process (load.c); inside broker/core only. How it is kept is
 * the journal's affair: common/link/record.h. */
#ifndef MAILROOM_BROKER_RECORDS_H
#define MAILROOM_BROKER_RECORDS_H

#include "common/boss/lapses.h"
#include "common/link/record.h"

struct broker;
struct session;
struct job;
struct slot;
struct peer;

/* An answer that waits until what was said before it is in the journal. */
struct held_answer {
    uint64_t record;  /* so many records are to be there */
    uint32_t number;  /* of the session, */
    uint64_t session; /* and its serial */
    unsigned kind;
    uint64_t corr, state;
    uint8_t uuid[UUID_SIZE];
    uint8_t link[UUID_SIZE]; /* on which it was asked */
};

/* A manager's process that an admin has told to leave. */
struct drain {
    uint8_t boot[UUID_SIZE];
    uint64_t grace; /* ms, or NO_NUMBER: its own */
    bool old;       /* it was long ago: nobody waits for it */
};

/* What a broker with a journal keeps beside it. */
struct journal {
    bool kept;                /* there is one */
    bool loading;             /* its rows are being heard: none is said */
    struct held_answer *held; /* in order, from `held_first` on */
    uint32_t held_first, held_count, held_capacity;
    uint64_t mailboxes, sessions; /* numbers below these are reserved, */
    uint64_t safe_mailboxes;      /* and below this they may be used: that is on the disk, */
    uint64_t reserved_at;         /* as soon as so many records are; 0: it is */
    uint64_t shares;              /* the last number of one */
    struct drain *drains;         /* those that are, or may come back */
    uint32_t drain_count, drain_capacity;
    struct loading *load; /* while it is loading */
    char stuck[160];      /* why it takes no new work; empty: it does */
    struct journal_numbers numbers;
    struct lapses trips; /* how long records took until they were safe: of one at a time, */
    uint64_t probe;      /* which is this one's number, 0: none is under way, */
    uint64_t probed_at;  /* and was said then, in ms */
};

/* records.c: what a broker with a journal writes down. Without one nothing is. */

/* There is a session, or something of it has changed; it is over. */
void records_session(struct broker *broker, struct session *session);
void records_end_session(struct broker *broker, struct session *session);

/* Its import paths have changed. */
void records_paths(struct broker *broker, const struct session *session);

/* A slot of a job has its task: the job's first one brings the job. The task is over: what has become of its
 * slot is said before, for a group may end between the two. */
void records_task(struct broker *broker, struct job *job, uint32_t slot, uint32_t task, uint8_t flags);
void records_end_task(struct broker *broker, const struct job *job, const struct slot *slot);

/* There is a task, or a job, in the journal that belongs to nothing. */
void records_end_stray(struct broker *broker, const struct address *address);
void records_end_stray_job(struct broker *broker, uint64_t mailbox);

/* What has become of a task is to follow it. */
void records_fate(struct broker *broker, uint32_t task);

/* A slot is another one than before; all of its job's have ended, and nothing is left of them. */
void records_slot(struct broker *broker, const struct job *job, const struct slot *slot);
void records_end_job(struct broker *broker, struct job *job);

/* A manager is told to leave within `grace` ms; one with this boot is gone. */
void records_drain(struct broker *broker, const struct peer *peer, uint64_t grace);
void records_end_drain(struct broker *broker, const uint8_t *boot);

/* Numbers that must never be given twice are reserved, as far as it is time. */
void records_reserve(struct broker *broker);

/* At the end of each step. */
void records_step(struct broker *broker);

/* answers.c: answers that promise something: they wait until what was said before them is in the journal. */

/* Answers a CANCEL or a DISCONNECT; or says in STATUS what has become of a task that was submitted again. */
void answers_give(struct broker *broker, struct session *session, const struct message *answer);

/* The journal has so many records: gives what has waited for that. */
void answers_committed(struct broker *broker, uint64_t records);

/* drains.c: managers that an admin has told to leave. A peer is; whether one is, for which another process of
 * this broker has told it so; it is gone. */
void drains_add(struct broker *broker, const struct peer *peer, uint64_t grace);
bool drains_has(const struct broker *broker, const struct peer *peer, uint64_t *grace);
void drains_end(struct broker *broker, const struct peer *peer);

/* One of the journal; and these are all. */
void drains_load(struct broker *broker, const struct record *record);
void drains_loaded(struct broker *broker);

/* load.c: EVENT_LOAD and EVENT_LOADED. */
void load_record(struct broker *broker, const struct record *record);
void load_done(struct broker *broker);
void load_free(struct broker *broker);

#endif
