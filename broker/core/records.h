/* records: what a broker with a journal keeps beside it, writes down (records.c), answers when that is on the
 * disk (answers.c), and hears again as another process (load.c); inside broker/core only. How it is kept is
 * the journal's affair: common/link/record.h. */
#ifndef MAILROOM_BROKER_RECORDS_H
#define MAILROOM_BROKER_RECORDS_H

#include "common/base/fifo.h"
#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/boss/lapses.h"
#include "common/link/record.h"

struct broker;
struct session;
struct job;
struct slot;
struct peer;
struct employee;

/* An answer that waits until what was said before it is in the journal, or what was said behind its question.
 */
struct held_answer {
    uint64_t record;  /* so many records are to be there */
    uint32_t number;  /* of the session, */
    uint64_t session; /* and its serial */
    unsigned kind;
    uint64_t corr, state; /* state: of an ERROR, enum error_about */
    uint8_t uuid[UUID_SIZE];
    uint8_t link[UUID_SIZE]; /* on which it was asked */
    struct letter *letter;   /* what an admin is told; else NULL */
};

enum {
    ANSWER_COST = 2 * sizeof(struct held_answer), /* bytes in its session's account */
    ANSWERS_STAY = 4096                           /* places that are kept while none waits */
};

/* A manager's process that is here, or may come back. */
struct known_manager {
    uint8_t boot[UUID_SIZE];
    bool draining;  /* an admin has told it to leave, */
    uint64_t grace; /* within so many ms, or NO_NUMBER: its own */
    bool awaited;   /* another process of this broker knew it, and it has not said yet what it has */
};

/* Results on their way down, of journal.downs. */
struct down_list {
    uint32_t first, last;
};

/* Until it is known who has what another process of this broker had given out; see restart.c. */
struct restart {
    uint64_t settle_until, grace_until; /* ms; NEVER: that is over */
    uint32_t ids;                       /* worker ids below these may be anybody's who comes back */
    struct waiting *tasks;
    struct home *homes;
    struct index by_boot; /* homes */
    uint32_t count, capacity, home_count, home_capacity;
    uint32_t at;  /* the task that is looked at next, */
    bool looks;   /* where they are looked at, a part in each turn; */
    bool last;    /* for the last time; */
    bool settles; /* and then at runtimes that nobody has */
};

/* What managers say that they have and is not in the books; see claims.c. */
struct claims {
    uint64_t due; /* ms: when who has what nobody knows is to give it up; NEVER: there is none */
    struct slab all;
    struct index by_address;
    struct claimant *by_employee;
    uint32_t employees;
    uint32_t at; /* the next one that is looked at for that, */
    bool looks;  /* a part in each turn; */
    bool waits;  /* some of them are to be looked at again */
};

enum { CLAIM_COST = 160 /* bytes in an account: a claim, and its place in the index */ };

/* What a broker with a journal keeps beside it. */
struct journal {
    bool kept;           /* there is one */
    bool loading;        /* its rows are being heard: none is said */
    struct fifo answers; /* of held_answer */
    uint64_t asked;      /* a denial waits until it has so many records: one more is said, if need be */
    uint64_t mailboxes, sessions; /* numbers below these are reserved, */
    uint64_t safe_mailboxes;      /* and below this they may be used: that is on the disk, */
    uint64_t reserved_at;         /* as soon as so many records are; 0: it is */
    uint64_t shares;              /* the last number of one */
    struct known_manager *managers;
    uint32_t manager_count, manager_capacity;
    uint32_t awaited;       /* of them */
    uint32_t ids, safe_ids; /* worker ids below these are reserved, and may be given: that is on the disk, */
    uint64_t ids_at;        /* as soon as so many records are; 0: it is */
    bool ids_wanted;        /* some manager waits for ids */
    bool unsettled;         /* some manager's peer is */
    uint64_t losses_noted, losses_at; /* of so many losses of ids managers hear when it has so many records */
    struct slab downs;                /* results on their way down, */
    struct index by_down;             /* by their addresses */
    struct down_list *sent_down;      /* by the employee's number: what it was sent and has not got yet */
    uint32_t sent_down_count;
    struct down_list waits; /* for managers that have not come back */
    struct restart restart;
    struct claims claims;
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

/* A slot is another one than before; all of its job's have ended, and nothing is left of them. */
void records_slot(struct broker *broker, const struct job *job, const struct slot *slot);
void records_end_job(struct broker *broker, struct job *job);

/* A child was taken in. That it is not there any more is said at the end of the step. */
void records_child(struct broker *broker, uint32_t task);

/* A manager is here, or was told to leave; one with this boot is gone. */
void records_manager(struct broker *broker, const struct peer *peer, const struct known_manager *manager);
void records_end_manager(struct broker *broker, const uint8_t *boot);

/* Worker ids below this one may be given out. */
void records_ids(struct broker *broker, uint32_t below);

/* A child's result is on its way down; its manager has it. */
void records_answer(struct broker *broker, const struct result_header *result, const struct slice *body);
void records_end_answer(struct broker *broker, const struct address *address);

/* Numbers that must never be given twice are reserved, as far as it is time. */
void records_reserve(struct broker *broker);

/* At the end of each step. */
void records_step(struct broker *broker);

/* answers.c: answers that promise something: they wait until what was said before them is in the journal. */

/* Answers a CANCEL, a DISCONNECT, a DRAIN or a CLIENTS; or says in STATUS what has become of a task that was
 * submitted again. */
void answers_give(struct broker *broker, struct session *session, const struct message *answer);

/* Says that a task is not there: in STATUS, or in an UNKNOWN_TASK, of which `corr`, `uuid` and `about` are
 * set. Where another broker may have the journal by now it waits as well: the task may be that one's. */
void answers_deny(struct broker *broker, struct session *session, const struct message *answer);

/* Whether some have waited for what the journal has by now; gives them, as far as a turn's work for it goes.
 */
bool answers_are_due(const struct broker *broker);
void answers_turn(struct broker *broker);
void answers_free(struct broker *broker);

/* managers.c: a manager that was hired; one of the journal; whether there is
 * one of this boot, or one is waited for, and that it has said all
 * that it has; an admin has told it to leave, and whether one has; it is gone; those that did not come back.
 */
void managers_join(struct broker *broker, struct employee *employee);
void managers_load(struct broker *broker, const struct record *record);
bool managers_awaits(const struct broker *broker, const struct peer *peer);
void managers_arrived(struct broker *broker, const struct peer *peer);
void managers_drain(struct broker *broker, const struct peer *peer, uint64_t grace);
bool managers_drains(const struct broker *broker, const struct peer *peer, uint64_t *grace);
void managers_end(struct broker *broker, const struct peer *peer);
void managers_give_up(struct broker *broker);

/* With a journal: gives ids to those who want some, as soon as they may have them. */
void managers_give_ids(struct broker *broker);

/* The journal has so many records. */
void managers_committed(struct broker *broker, uint64_t records);

/* down.c: sends a child's result down; false: there is nobody that it is for.
 * Whether one of this address is on its way. One of the journal. What a manager
 * has read; it is gone; a manager has come back, or nobody does any more. */
void down_init(struct broker *broker);
bool down_send(struct broker *broker, const struct result_header *result, const struct slice *body);
bool down_has(const struct broker *broker, const struct address *address);
void down_load(struct broker *broker, const struct record *record);
void down_acknowledged(struct broker *broker, const struct employee *employee);
void down_lost(struct broker *broker, const struct employee *employee);
void down_arrived(struct broker *broker);
void down_give_up(struct broker *broker);
void down_free(struct broker *broker);

/* restart.c: a task of the journal waits, until it is known who has it; that one was given it. */
void restart_init(struct broker *broker);
void restart_wait(struct broker *broker, uint32_t task);
void restart_given(struct broker *broker, uint32_t task, const uint8_t *boot);

/* All was heard; time goes on; the ms at which there is something to do. */
void restart_begin(struct broker *broker);
void restart_turn(struct broker *broker);
uint64_t restart_deadline(const struct broker *broker);
void restart_free(struct broker *broker);

/* Whether a worker may be a manager's that has not come back yet; whether it is one's. */
bool restart_may_have(const struct broker *broker, uint32_t worker);
bool restart_is_away(const struct broker *broker, uint32_t worker);

/* A manager has these ids, false: it cannot; and has said all that it has. */
bool restart_take_ids(struct broker *broker, struct employee *employee, struct list ranges);
void restart_arrived(struct broker *broker, const struct employee *employee);

/* claims.c: a manager has a task, of this root (NULL: it has ended there, and it will say so); tasks of a
 * root. */
void claims_init(struct broker *broker);
void claims_free(struct broker *broker);
void claims_say(struct broker *broker, struct employee *employee, const struct address *address,
                const struct address *root);
void claims_part(struct broker *broker, struct employee *employee, const struct address *root);

/* It is gone, with all that it has said. */
void claims_leave(struct broker *broker, const struct employee *employee);

/* An employee is about to tell the end of a task that another one holds: where it has it as well, it holds it
 * from now on. */
void claims_end_copy(struct broker *broker, struct employee *employee, const struct address *address);

/* It has it no more; false: it had not. */
bool claims_drop_copy(struct broker *broker, const struct employee *employee, const struct address *address);

/* An employee tells the end of a task that is not known here: its parent's manager may still say its SUBMIT
 * again, and then nobody has it. `root`: only where it had said so of this one. False: it had not. */
bool claims_end_stranger(struct broker *broker, const struct employee *employee,
                         const struct address *address, const struct address *root);

/* A task has come only now: who had said that he has it, has it. */
void claims_seek(struct broker *broker, uint32_t task);

/* Who has come back may say more: strangers are let be for a while. Time goes on; when there is something to
 * do. */
void claims_wait(struct broker *broker);
void claims_turn(struct broker *broker);
uint64_t claims_deadline(const struct broker *broker);

/* employee.c. */

/* It has its ids, and may be told what an admin wants of it. */
void employee_has_ids(struct broker *broker, struct employee *employee);

/* It has said what it has, or has nothing: it may be given ids and tasks. */
void employee_begin(struct broker *broker, struct employee *employee);

/* load.c: EVENT_LOAD and EVENT_LOADED. */
void load_record(struct broker *broker, const struct record *record);
void load_done(struct broker *broker);
void load_free(struct broker *broker);

#endif
