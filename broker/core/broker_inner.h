/* broker_inner: the broker's state and what its rooms offer each other; inside broker/core only. */
#ifndef MAILROOM_BROKER_INNER_H
#define MAILROOM_BROKER_INNER_H

#include "broker/core/broker.h"
#include "common/boss.h"

/* A client's tasks and what they may use. It lives as long as its link. */
struct session {
    uint32_t number;
    struct peer *peer;
    uint32_t flow;  /* its share of the employees */
    uint32_t jobs;  /* the first, chained by job.next */
    uint64_t tasks; /* that are not ended */
    uint64_t bytes; /* of their bodies, and of results that are kept */
};

/* How a task failed; borrowed. */
struct fault {
    enum error_code code;
    struct span text;
    struct address task;       /* the one that failed: the root or one below it */
    struct slice body;         /* a pickled exception, or empty */
    const struct employee *by; /* whose task it was: it knows; NULL: nobody does */
};

struct failure { /* why a slot failed, for whoever asks */
    enum error_code code;
    char *text;
    struct slice body;
    struct address task; /* which task of the root it was */
};

enum slot_state { SLOT_LIVE, SLOT_DONE, SLOT_DELIVERED, SLOT_FAILED, SLOT_CANCELLED };

/* One slot of a mailbox at the server (BQSKit's ServerMailbox). */
struct slot {
    union {
        uint32_t task;           /* LIVE */
        struct slice result;     /* DONE */
        struct failure *failure; /* FAILED */
    };
    uint32_t completed_by;
    uint8_t state; /* enum slot_state */
    bool wanted;   /* the client waits for it: BQSKit's client_waiting */
};

/* What a client submitted under one uuid: a mailbox with one slot, or one for each task of a map. */
struct job {
    uint8_t uuid[UUID_SIZE];
    uint64_t mailbox;
    uint32_t session, total;
    uint32_t next, previous; /* of the session */
    union {
        struct slot one;
        struct slot *many; /* total > 1 */
    };
};

struct broker {
    struct boss boss;
    struct broker_config config;
    struct slab sessions, jobs;
    struct index by_uuid; /* jobs */
    uint64_t session_count;
    uint64_t mailbox_counter;
    bool ending;
    char why[MAX_RUNTIME + 32]; /* scratch: what a queued task waits for */
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

/* The flow of the session that a task, or the root that it descends from, belongs to. */
static inline uint32_t job_flow(const struct broker *broker, const struct task *task)
{
    return session_at(broker, job_at(broker, task->owner)->session)->flow;
}

/* session.c */
void session_join(struct broker *broker, struct peer *peer);

/* Cancels all that the session has, forgets it and ends its link. */
void session_end(struct broker *broker, struct session *session);

/* job.c */
uint32_t job_new(struct broker *broker, struct session *session, const uint8_t *uuid, uint32_t total);

/* The session's job with this uuid, or NO_RECORD; then `*foreign` says whether another session has one of
 * that name. */
uint32_t job_find(const struct broker *broker, const struct session *session, const uint8_t *uuid,
                  bool *foreign);
struct slot *job_slot(struct job *job, uint32_t slot);

/* The job and slot of a live root task. */
struct slot *job_slot_of(struct broker *broker, const struct task *task, struct job **job);

/* The states of a job's slots, as STATUS tells them; `message->status` is filled but for corr. */
void job_status(struct broker *broker, uint32_t job, struct message *message);

/* Ends a live slot. They end its root with all of its tasks here, tell the client what it waits for, and
 * count. */
void job_done(struct broker *broker, uint32_t task, const struct result_header *result,
              const struct slice *body, const struct employee *by);
void job_failed(struct broker *broker, uint32_t task, const struct fault *fault);

/* The same for the root with this address; false: it is not live. */
bool job_root_failed(struct broker *broker, const struct address *root, const struct fault *fault);
void job_cancel(struct broker *broker, uint32_t job);

/* A LOG for the client of the live root `task`; takes over `body`. */
void job_log(struct broker *broker, uint32_t task, const struct message *log, struct slice body);

/* Sends what is ready of a slot to the client, or notes that it waits. UNKNOWN_TASK: its result was
 * delivered; CANCELLED: it was. */
enum error_code job_request(struct broker *broker, uint32_t job, uint32_t slot, uint64_t corr);

/* Forgets a job whose slots have all ended. */
void job_forget(struct broker *broker, uint32_t job);

/* employee.c */
void employee_join(struct broker *broker, struct peer *peer);

/* The employee gives a task back, or was lost with it, as `text` says: it goes to another one, or was lost
 * too often and its root fails with TOO_MANY_ATTEMPTS. Its client's log says so. */
void employee_returns(struct broker *broker, uint32_t task, enum return_reason reason, struct span text);

/* Asks it to finish what it has within `grace` ms (NO_NUMBER: its own) and to leave. */
void employee_drain(struct broker *broker, struct employee *employee, uint64_t grace);

/* The employee is gone: its tasks go to others, what descends from its workers' tasks is cancelled; nobody
 * else is touched. */
void employee_lost(struct broker *broker, struct employee *employee, const char *why, bool redial);

/* dispatch.c: acts on a message by the table of who may send what. */
enum verdict dispatch_client(struct broker *broker, struct session *session, const struct delivery *delivery);
enum verdict dispatch_employee(struct broker *broker, struct employee *employee,
                               const struct delivery *delivery);

/* recv_client.c: the handlers of what clients send; each one's name says which message. */
#define CLIENT_HANDLER(name)                                                                         \
    enum verdict name(struct broker *broker, struct session *session, const struct message *message, \
                      const struct slice *body)
CLIENT_HANDLER(recv_client_connect);
CLIENT_HANDLER(recv_client_disconnect);
CLIENT_HANDLER(recv_client_submit);
CLIENT_HANDLER(recv_client_request);
CLIENT_HANDLER(recv_client_status);
CLIENT_HANDLER(recv_client_cancel);
CLIENT_HANDLER(recv_client_shutdown);

/* recv_employee.c: the same for managers. */
#define EMPLOYEE_HANDLER(name)                                                                         \
    enum verdict name(struct broker *broker, struct employee *employee, const struct message *message, \
                      const struct slice *body)
EMPLOYEE_HANDLER(recv_employee_started);
EMPLOYEE_HANDLER(recv_employee_ids);
EMPLOYEE_HANDLER(recv_employee_waiting);
EMPLOYEE_HANDLER(recv_employee_submit);
EMPLOYEE_HANDLER(recv_employee_result);
EMPLOYEE_HANDLER(recv_employee_update);
EMPLOYEE_HANDLER(recv_employee_error);
EMPLOYEE_HANDLER(recv_employee_log);
EMPLOYEE_HANDLER(recv_employee_cancel);
EMPLOYEE_HANDLER(recv_employee_communicate);
EMPLOYEE_HANDLER(recv_employee_return);
EMPLOYEE_HANDLER(recv_employee_workers_lost);
EMPLOYEE_HANDLER(recv_employee_leave);

/* broker.c: ends this process; with `below`, everything below too. */
void broker_end(struct broker *broker, bool below, const char *why);

#endif
