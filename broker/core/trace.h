/* trace: what became of the last tasks that ended, and how the last ones failed: rings of a fixed size, for
 * those who watch. Nothing is kept where broker_config.history is 0. */
#ifndef MAILROOM_TRACE_H
#define MAILROOM_TRACE_H

#include "common/boss/ledger.h"

enum {
    TRACE_FAILURES = 64,
    TRACE_TEXT = 480,   /* bytes of an error's text, with the closing zero */
    TRACE_NAME = 96,    /* of a task's name */
    TRACE_LASTS = 8192, /* places for the workers' last ends */
    TRACE_TOLD = 1000,  /* tasks a second that managers may tell of, of those that they keep for themselves */
};

/* A task that has ended. Times are ms since the broker's start. */
struct trace_end {
    uint8_t uuid[UUID_SIZE]; /* of what its client submitted */
    struct address address;  /* its own, */
    struct address parent;   /* and of the task that submitted it, where `depth` is not 0 */
    uint32_t taken, given;   /* came to the broker, was given out the last time, */
    uint32_t begun;          /* and when its worker began it, or can have: it had ended what it did before */
    uint32_t ended;
    uint32_t worker;   /* WORKER_NIL: not known */
    uint32_t employee; /* that had it, NO_RECORD: nobody */
    uint32_t name;     /* of trace.names: one use */
    uint32_t memory;   /* KiB, at most while it ran; 0: not known */
    uint64_t ran, cpu; /* us, by its worker; ran 0: it has not said so */
    uint8_t state;     /* enum task_state */
    uint8_t attempts, depth, runtime;
    uint32_t slot; /* of its root, in what its client submitted */
};

/* How a client's task failed; texts are cut. */
struct trace_failure {
    uint8_t uuid[UUID_SIZE];
    uint32_t slot;
    uint32_t when; /* ms since the broker's start */
    unsigned code; /* enum error_code */
    char name[TRACE_NAME], client[64], manager[64], text[TRACE_TEXT];
};

struct trace {
    struct trace_end *ends; /* NULL: nothing is kept */
    struct task_names names;
    uint32_t size;     /* of the ring: a power of two */
    uint64_t count;    /* of all that ended: the last is at (count - 1) % size */
    uint64_t left_out; /* so many more have ended that nobody has told of */
    struct trace_failure *failures;
    uint64_t failure_count;
    struct {
        uint32_t worker, ended;
    } * lasts; /* when workers ended their last task, where their numbers have led them */
};

struct broker;
struct employee;
struct fault;

/* Where something is kept: a task is about to leave the ledger in this state, ended by a worker
 * (WORKER_NIL: not known), which says what it took (NULL: it does not); a root is about to fail. */
void trace_init(struct broker *broker, uint64_t history);
void trace_free(struct trace *trace);
void trace_end(struct broker *broker, uint32_t task, enum task_state state, uint32_t worker,
               const struct timing *timing);
void trace_fault(struct broker *broker, uint32_t task, const struct fault *fault);

/* A manager tells by TRACE of a task that it has given to its own workers, below this root. */
void trace_tell(struct broker *broker, const struct employee *by, uint32_t root,
                const struct message *message);

#endif
