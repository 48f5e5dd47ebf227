/* broker_inner: the broker's state and what its rooms offer each other; inside broker/core only. */
#ifndef MAILROOM_BROKER_INNER_H
#define MAILROOM_BROKER_INNER_H

#include "broker/core/broker.h"
#include "broker/core/job.h"
#include "broker/core/parcels.h"
#include "broker/core/records.h"
#include "broker/core/timings.h"
#include "broker/core/trace.h"
#include "common/boss/boss.h"

/* How many workers a session's tasks have ended; see kills.c. */
struct kills {
    uint64_t until;   /* ms: when all of them are forgotten */
    uint64_t count;   /* of those that were not, when the last one came */
    uint64_t message; /* the one that named the last of them */
    uint64_t next;    /* ms: when the next task may be given out, if it is rationed */
    bool rationed;
};

/* Room in the accounts that a session was found to have and has not used; it is good for one turn of the post
 * office. */
struct grant {
    uint64_t turn, bytes;
};

enum { GRANT = 4 * ACCOUNT_LUMP /* bytes */ };

/* Its client has said DISCONNECT, and is answered when what that did is in the journal. */
enum parting { PARTING_NOT, PARTING_STAYS, PARTING_ENDS };

/* A client's tasks and what they may use. Its token names it; it lives on for its lease without a link. */
struct session {
    uint32_t number;          /* a freed record's is never its own number: see slab.c */
    struct peer *peer;        /* NULL: its client is absent */
    uint8_t token[UUID_SIZE]; /* zeros: nobody can resume it */
    char name[64];            /* of the client that was here last, for people; */
    uint8_t boot[UUID_SIZE];  /* of its process */
    struct key key;           /* that it was begun with */
    uint32_t user;            /* whose it is */
    uint32_t flow;            /* its share of the employees */
    uint32_t jobs;            /* the newest, chained by job.older */
    uint64_t tasks;           /* that are not ended */
    uint64_t submitted;       /* tasks, in all */
    struct account account;   /* all that is kept for it */
    struct grant grant;       /* and may be without asking again */
    uint32_t doomed;          /* jobs that were given up and are not gone yet */
    uint64_t kept;            /* slots that have a result or a failure for the client */
    struct parcels parcels;   /* what its client is to get */
    struct log_quota logs;    /* of what its client gets */
    struct kills kills;       /* workers that its tasks have ended */
    uint64_t left;            /* ms since 1970: when its client left, 0: it has not */
    uint64_t lease_end;       /* ms, while it is absent; then it is in one of the lists of absent sessions */
    uint32_t absent_next, absent_previous;
    uint32_t older, newer; /* the sessions that were begun before and after it */
    uint64_t serial;       /* names it for the broker's boot, above LIST_ALL */
    uint32_t next_unweighed;
    bool unweighed;  /* it is to be weighed in this turn */
    bool held, full; /* nothing is given out until it reads; it has more than it may */
    bool heard;      /* its client has said something in it, so it knows that it was opened */
    bool fleeting;   /* nobody but this client's own process can come back for it */
    bool bare;       /* which list: it has neither tasks nor anything for its client */
    bool in_line;    /* it is in broker->line, between these two */
    uint32_t line_next, line_previous;
    bool over;          /* it has ended: nobody finds it, and its jobs go a part at a time; */
    uint32_t over_next; /* then it is in broker->over, */
    uint32_t swept;     /* and so many slots of its newest job are gone */
    bool written;       /* it is in the journal, with its jobs */
    uint8_t parting;    /* enum parting */
    uint32_t answers;   /* that are held */
};

/* Who sessions belong to: all that were begun with one key, or without keys from one host. */
struct user {
    struct key key;
    uint64_t host; /* 0 where there is a key */
    uint32_t hash, sessions;
    uint32_t party;         /* their share of the employees */
    struct account account; /* what is kept for them */
};

enum { SESSION_COST = 4096 /* bytes in an account: its record, its flow's, its peer's, their tables */ };

/* LIST: the tasks of all sessions, from the first on; above it, the serial of the session to go on in. */
enum { LIST_OWN = 0, LIST_ALL = 1 };

/* The stage of a submit whose tasks are being taken into the job headway->number. */
enum { SUBMIT_TAKEN = 1 };

/* How a task failed; borrowed. */
struct fault {
    enum error_code code;
    struct span text;
    struct address task;         /* the one that failed: the root or one below it */
    struct slice body;           /* a pickled exception, or empty */
    const struct employee *by;   /* whose task it was: it knows; NULL: nobody does */
    const struct timing *timing; /* what the root itself took, by its worker; NULL: that is not known */
    uint32_t worker;             /* then: WORKER_NIL: not known */
};

/* Jobs that were given up, chained by job.older. */
struct doomed {
    uint32_t first, last;
    uint32_t slot; /* of the first: those before it are gone */
};

/* Sessions in an order: those without a client, as their leases end; those that have ended, and those whose
 * clients are to get more, in turns. */
struct absent {
    uint32_t first, last;
};

struct broker {
    struct boss boss;
    struct broker_config config;
    struct slab sessions, jobs, users;
    struct slab timings;   /* of struct timings *, by the numbers of the jobs that are timed */
    struct index by_uuid;  /* jobs */
    struct index by_token; /* sessions */
    struct index by_user;
    uint64_t started; /* ms */
    uint64_t absent_count;
    uint32_t newest;         /* session, chained by session.older */
    uint64_t serials;        /* sessions so far */
    struct absent absent[2]; /* sessions without a client; those of [1] are bare */
    struct doomed doomed;
    struct absent over; /* sessions that have ended, and are not gone yet: chained by over_next, */
    uint32_t over_count;
    uint64_t mailbox_counter;
    uint64_t
        logs_due; /* ms: when clients are told of log records that were left out; NEVER: there are none */
    uint64_t kills_due; /* ms: when a session that is rationed may have a task given out; NEVER: none is */
    struct absent line; /* sessions whose clients are to get more of what waits for them, in turns */
    uint32_t unweighed; /* the first session that is to be weighed in this turn, chained by next_unweighed */
    uint64_t held_due;  /* ms: when sessions that are held are weighed again; NEVER: none is */
    uint64_t unended, held; /* tasks of clients that have not ended; and those of sessions that are held */
    struct journal journal;
    uint64_t blames;                 /* messages that said what is to blame for a worker's end */
    bool ending, withholds, recalls; /* managers send no further ahead: all is held; they give back */
    struct trace trace;
    struct bucket looks; /* at slots of maps, to tell of them */
    char why[160];       /* scratch: what a queued task waits for, */
    char text[256];      /* and why something is refused */
    uint64_t submitted, finished, failed, cancelled;
};

static inline struct job *job_at(const struct broker *broker, uint32_t number)
{
    return slab_at(&broker->jobs, number);
}

static inline struct session *session_at(const struct broker *broker, uint32_t number)
{
    return slab_at(&broker->sessions, number);
}

/* Whose a job is. */
static inline struct session *session_of_job(const struct broker *broker, const struct job *job)
{
    return session_at(broker, job_session_number(job));
}

/* The flow of the session that a task, or the root that it descends from, belongs to. */
static inline uint32_t job_flow(const struct broker *broker, const struct task *task)
{
    return session_of_job(broker, job_at(broker, task->owner))->flow;
}

/* The session that a task, or the root that it descends from, belongs to. */
static inline uint32_t job_session(const struct broker *broker, const struct task *task)
{
    return job_session_number(job_at(broker, task->owner));
}

/* Why a client without peer->admin is refused. */
#define ONLY_ADMINS \
    "only an admin may: a client with an admin's key, or without keys one on the broker's own host"

/* session.c */

/* A client shook hands: it goes on with the session of its token, which it takes over from whoever has it, or
 * begins a new one. */
void session_join(struct broker *broker, struct peer *peer);

/* Its link is over: the session's lease begins. */
void session_leave(struct broker *broker, struct session *session);

/* Its client's connection may have broken, or be back: what nobody may come back for waits behind all that
 * somebody waits for. */
void session_note_connection(struct broker *broker, const struct session *session);

/* What is kept for it is more or less than it was: nothing of its is given out while that, or what is kept
 * for its user, is more than it may be, and more than half of it waits for its client to read. */
void session_weigh(struct broker *broker, struct session *session);

/* The same at the end of the turn, before anything is given out: there are many results in a turn. */
static inline void session_weigh_later(struct broker *broker, struct session *session)
{
    if (session->unweighed)
        return;
    session->unweighed = true;
    session->next_unweighed = broker->unweighed;
    broker->unweighed = session->number;
}

/* All of which that was said. */
void session_weigh_noted(struct broker *broker);

/* Looks at those that are held again, when it is time (broker->held_due): what others have may be less. */
void session_weigh_held(struct broker *broker);

/* Ends a session and its link: nobody finds it any more, nothing of it is given out, and nothing told. What
 * it has is cancelled by sweep_session; it may be gone at once. */
void session_end(struct broker *broker, struct session *session);

/* Forgets a session that has ended and has no jobs left. */
void session_forget(struct broker *broker, struct session *session);

/* Its client leaves, and may come back: the journal says so from now on. */
void session_note_leaving(struct broker *broker, struct session *session);

/* One of the journal; session_restored, when all that it has is there too: its lease begins. */
struct session *session_restore(struct broker *broker, const struct record *record);
void session_restored(struct broker *broker, struct session *session);

/* Ends the sessions that were begun with this key, which is not let in any more. */
void session_end_all_of(struct broker *broker, const struct key *key);

/* Ends the sessions whose lease is over; when that will be the next time, NEVER: for none. */
void session_expire(struct broker *broker);
uint64_t session_deadline(const struct broker *broker);

/* The session's job that a request names; where there is none NO_RECORD, and the client is told why. */
uint32_t session_job(struct broker *broker, struct session *session, const uint8_t *uuid, uint64_t corr,
                     enum error_about about);

/* Sends the client a message by itself, which is charged to what is being acted on. */
void session_say(struct broker *broker, const struct session *session, const struct message *message);

/* Sends the client an ERROR about what it asked for. `uuid` may be NULL, `corr` and `slot` NO_NUMBER. The
 * second one says what has become of the task: that it was refused, has failed, or that its result cannot be
 * had. */
void session_refuse(struct broker *broker, struct session *session, enum error_code code, const char *text,
                    uint64_t corr, const uint8_t *uuid, uint64_t slot);
void session_refuse_task(struct broker *broker, struct session *session, enum error_code code,
                         const char *text, uint64_t corr, const uint8_t *uuid, uint64_t slot);

/* user.c */

/* Whether a peer's user may begin one session more: each may have four times as many as are free, and some
 * are kept for admins. */
bool user_may_begin(const struct broker *broker, const struct peer *peer);

/* The user of a peer, NO_RECORD: he has no session. */
uint32_t user_find(const struct broker *broker, const struct peer *peer);

/* Counts one session more to a user, by his key or his host, who may be new; his number. */
uint32_t user_take(struct broker *broker, const struct key *key, uint64_t host);

/* One session less. */
void user_drop(struct broker *broker, uint32_t number);

static inline struct user *user_at(const struct broker *broker, uint32_t number)
{
    return slab_at(&broker->users, number);
}

/* job.c */

/* What a job of so many slots costs in an account, beside its name. */
size_t job_cost(uint32_t total);
uint32_t job_new(struct broker *broker, struct session *session, const uint8_t *uuid, uint32_t total);

/* The same of one that was submitted `age` ms ago, and has a mailbox. */
uint32_t job_restore(struct broker *broker, struct session *session, const uint8_t *uuid, uint32_t total,
                     uint64_t mailbox, uint64_t age);

/* What it is called from now on, once: takes over one use of the name, or NO_NAME. */
void job_set_name(struct broker *broker, struct job *job, uint32_t name);

/* A slot as its record has it; its task, if it is live, comes behind it. */
void job_restore_slot(struct broker *broker, uint32_t job, const struct record *record);

/* Its slot has a task in the ledger, with these flags of SUBMIT. */
void job_begin(struct broker *broker, uint32_t job, uint32_t slot, uint32_t task, uint8_t flags);

/* Where a uuid is in the index of jobs. */
static inline uint32_t job_hash(const struct broker *broker, const uint8_t *uuid)
{
    return index_hash16(broker->boss.ledger.seed, uuid);
}

/* job_find.c: the session's job with this uuid, or NO_RECORD; then `*foreign` says whether another session
 * has one of that name. */
uint32_t job_find(struct broker *broker, const struct session *session, const uint8_t *uuid, bool *foreign);

/* Some session's job with this uuid, or NO_RECORD: for admins. */
uint32_t job_find_any(struct broker *broker, const uint8_t *uuid);
struct slot *job_slot(struct job *job, uint32_t slot);

/* The job and slot of a live root task. */
struct slot *job_slot_of(struct broker *broker, const struct task *task, struct job **job);

/* Sees to it that the version which a task's runtime names, if any, is to be had. False: it is not, and
 * `*why` says what there is, until the next call. Where nobody says which versions he has, the header's
 * runtime loses its own. */
bool versions_see(struct broker *broker, struct task_header *header, struct span *why);

/* An employee came with the runtimes `gained`, which nobody had: what is queued for other versions of these
 * fails, or is given out without. What waits for a version whose managers have left is not touched by
 * others'. False: there is more of it, and the message that is acted on has had its work (boss_spend). */
bool versions_settle(struct broker *broker, uint32_t gained);

/* Ends a live slot. They end its root with all of its tasks here, tell the client what it waits for, and
 * count. */
void job_done(struct broker *broker, uint32_t task, const struct result_header *result,
              const struct slice *body, const struct employee *by);
void job_failed(struct broker *broker, uint32_t task, const struct fault *fault);

/* The same for the root with this address; false: it is not live. */
bool job_root_failed(struct broker *broker, const struct address *root, const struct fault *fault);

/* Ends the live slots from `*slot` on, and drops what the others keep, until all is done or the work that it
 * may take; false: there is more. */
bool job_cancel(struct broker *broker, uint32_t job, uint32_t *slot);

/* An admin cancels what the sessions of others have under this uuid: their live slots fail with CANCELLED, as
 * `text` says; what has ended stays theirs. In parts as above: `headway` is zero at first. */
bool job_overrule(struct broker *broker, const uint8_t *uuid, const char *text, struct headway *headway);

/* A slot of a map has just got its task: which is cancelled where an admin has cancelled the map, true. */
bool job_follow_overrule(struct broker *broker, uint32_t job, uint32_t slot);

/* A job is given up whose submit was not all taken, or cannot be: nobody finds it any more, nothing is told
 * of it, and its tasks are cancelled a part at a time, by sweep_jobs. */
void job_doom(struct broker *broker, uint32_t job);

/* Whether a slot that has ended was cancelled, by its client or by an admin. */
static inline bool slot_was_cancelled(const struct slot *slot)
{
    return slot->state == SLOT_CANCELLED ||
           (slot->state == SLOT_FAILED && slot->failure && slot->failure->code == CODE_CANCELLED);
}

/* Sends what a slot has to the client, now or when it is there. UNKNOWN_TASK: it was delivered; CANCELLED: it
 * was. */
enum error_code job_request(struct broker *broker, uint32_t job, uint32_t slot, uint64_t corr);

/* A slot's result is larger than the client's link takes: it fails. */
void job_unfit(struct broker *broker, uint32_t job, uint32_t slot);

/* The client has what was sent of a slot: unless it is to be kept, it is freed. */
void job_delivered(struct broker *broker, uint32_t job, uint32_t slot);

/* The client is done with a slot, or with all of them (NO_NUMBER), that have ended. A job of which nothing is
 * left is forgotten, and `*job` NO_RECORD. In parts, as job_cancel: `*place` is zero at first. */
bool job_release(struct broker *broker, uint32_t *job, uint64_t slot, uint32_t *place);

/* Forgets a job whose slots have all ended; one of whose slots none keeps anything. */
void job_forget(struct broker *broker, uint32_t job);
void job_forget_empty(struct broker *broker, uint32_t job);

/* How often a live task was given out. */
static inline uint32_t job_attempts(const struct task *task)
{
    return ledger_attempts(task) + (ledger_holder(task) != NO_RECORD);
}

/* What trace_end does, where anything is kept. */
static inline void trace_note(struct broker *broker, uint32_t task, enum task_state state, uint32_t worker,
                              const struct timing *timing)
{
    if (broker->trace.ends)
        trace_end(broker, task, state, worker, timing);
}

/* sweep.c */

/* Goes on with the jobs that were given up, and with what sessions had that have ended: at each turn. */
void sweep_jobs(struct broker *broker);
void sweep_sessions(struct broker *broker);

/* Begins with what a session had that has just ended, as far as the work of this message or turn goes. */
void sweep_session(struct broker *broker, struct session *session);

/* kills.c */

/* So many workers have ended with tasks of a session. */
void kills_note(struct broker *broker, uint32_t session, uint64_t count);

/* Gives out what sessions that are rationed may have by now (broker->kills_due). */
void kills_turn(struct broker *broker);

/* logs.c */

/* A LOG for the client of the live root `task`, if it is here; takes over `body`. */
void logs_send(struct broker *broker, uint32_t task, const struct message *log, struct slice body);

/* Tells clients, when it is time (broker->logs_due), what was left out. */
void logs_tell(struct broker *broker);

/* deliver.c: results and failures on their way to clients */

/* The session's client is to get what a slot has. */
void deliver_slot(struct broker *broker, struct session *session, uint32_t job, uint32_t slot, uint64_t corr);

/* Tells the client, if it is here, how a slot failed that nobody asked for. */
void deliver_notice(struct broker *broker, struct session *session, uint32_t job, uint32_t slot);

/* Its client is to be sent as much of it as the link takes, and as one ACK may free at once: in deliver_turn.
 */
void deliver_later(struct broker *broker, struct session *session);

/* Sends some more to each, in turns, as far as a turn's work for it goes. */
void deliver_turn(struct broker *broker);

/* Its link is over. */
void deliver_no_more(struct broker *broker, struct session *session);

/* Whether many results wait behind those on their way to a client that is here; if it is held back, any. */
bool deliver_is_slow(const struct broker *broker, const struct session *session);

/* Acts on what the link acknowledged: before anything that the client says, and in deliver_turn. */
void deliver_acknowledged(struct broker *broker, struct session *session);

/* employee.c */
void employee_join(struct broker *broker, struct peer *peer);

/* The employee gives a task back, or was lost with it, as `text` says: it goes to another one, or was lost
 * too often and its root fails with TOO_MANY_ATTEMPTS. Its client's log says so. */
void employee_returns(struct broker *broker, uint32_t task, enum return_reason reason, struct span text);

/* Asks it to finish what it has within `grace` ms (NO_NUMBER: its own) and to leave. */
void employee_drain(struct broker *broker, struct employee *employee, uint64_t grace);

/* The employee is gone: its tasks go to others, a part at a time, and orphans go; nobody else is touched. */
void employee_lost(struct broker *broker, struct employee *employee, const char *why, bool redial);
void employee_take_back_more(struct broker *broker);

/* recv_client_numbers.c: COUNTS, as an answer to anybody. Borrows boss.list. */
void numbers_answer(struct broker *broker, uint64_t corr, struct message *answer);

/* broker.c: ends this process; with `below`, everything below too. */
void broker_end(struct broker *broker, bool below, const char *why);

#endif
