/* message: a header of the wire as a C value, and back (PROTOCOL.md). It knows shapes and limits, not
 * meanings.
 *
 * Decoding borrows: every text, list and uuid of a struct message points into the header's bytes, which must
 * outlive it. The hot kinds (SUBMIT, SUBMIT_BATCH, RESULT, WAITING) are decoded by hand, tag by tag; all
 * others through libmpack. */
#ifndef MAILROOM_MESSAGE_H
#define MAILROOM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/wire/kinds.h"

enum {
    UUID_SIZE = 16,
    MAX_BREADCRUMBS = 255,      /* that can be said; a process allows fewer: limits/breadcrumbs */
    MAX_BATCH = 65536,          /* entries */
    MAX_NAME = 255,             /* bytes of a task's name */
    MAX_RUNTIME = 31,           /* bytes of a runtime's name */
    MAX_META = 65536,           /* bytes of a task's meta */
    MAX_ADDRESSES = 4096,       /* in one UPDATE, CANCEL, COMMUNICATE or RETURN, */
    MAX_ADDRESSES_READ = 65536, /* and so many are read: a boss of before may name them */
    MAX_HEADER = 8 << 20,       /* bytes */
    HEADER_SEQ_OFFSET =
        3, /* in what message_encode wrote: 0xcf and 8 bytes; 2 more where there are more than 15 fields */
    HEADER_ACK_OFFSET = 12,
};

#define WORKER_NIL UINT32_MAX   /* worker_id of the server: nil on the wire */
#define WORKER_LIMIT (1u << 30) /* worker ids are below this */
#define NO_NUMBER UINT64_MAX    /* an optional uint that is nil */

/* RuntimeAddress: a mailbox slot, and the task whose result belongs there. */
struct address {
    uint32_t worker; /* WORKER_NIL: the server */
    uint32_t slot;
    uint64_t mailbox;
};

/* Borrowed bytes; text is not zero-terminated. data NULL: nil, where nil is allowed. */
struct span {
    const uint8_t *data;
    size_t size;
};

/* A borrowed list inside a header, already validated: iterate with the ..._next functions below. */
struct list {
    const uint8_t *at; /* the next element */
    const uint8_t *end;
    uint32_t count; /* elements left */
};

/* The fields of a task, PROTOCOL.md section 4. */
struct task_header {
    struct address return_address;
    uint64_t comp_task_id;
    struct list breadcrumbs; /* of addresses */
    const uint8_t *uuid;     /* 16 bytes, or NULL */
    struct span runtime;
    uint32_t attempt;
    uint8_t priority;
    uint8_t flags; /* TASK_DELIVER, TASK_KEEP, TASK_TIMED */
    bool seen;     /* its texts were seen to be valid UTF-8: it was decoded */
    struct span name;
    struct span meta;
    uint64_t shared;  /* the number of the part that its body begins with, from SHARE; 0: none */
    uint64_t session; /* whose it is, by the broker's number; 0: not said */
};

/* Whether 16 bytes that stand for something, a token or a cluster, are not the zeros that mean none. */
static inline bool uuid_is_set(const uint8_t *uuid)
{
    static const uint8_t none[UUID_SIZE];
    return memcmp(uuid, none, UUID_SIZE) != 0;
}

/* What the tasks of a message have in common: seen while they are decoded, so that nobody need read a map
 * once more to know. */
struct alike {
    bool has_uuid;  /* the first one has a uuid */
    bool uuid;      /* ... and each other the same or nil */
    bool shared;    /* all begin with one part, or none does */
    bool runtime;   /* all have one runtime */
    bool no_crumbs; /* none has breadcrumbs */
    bool slots;     /* their return addresses are [nil, 0, 0], [nil, 0, 1] ... */
    bool same;      /* from the second on (the first names the map's uuid) they differ in these only */
    size_t texts;   /* bytes of their names, metas and breadcrumbs together */
    uint32_t named; /* how many have a name */
};

/* Bytes of a task's name, meta and breadcrumbs together. */
size_t task_texts(const struct task_header *task);

/* Of the first task; then of each further one, with its place in the message. */
void alike_begin(struct alike *alike, const struct task_header *first);
void alike_see(struct alike *alike, const struct task_header *first, const struct task_header *task,
               uint32_t place);
/* The same of one that has all but its return address in common with the one that was seen before. */
void alike_see_again(struct alike *alike, const struct task_header *task, uint32_t place);

/* Tasks that are read one after another; zeros at first. */
struct task_run {
    struct task_header
        task;            /* that was read last; borrows from it, or from one before it that was the same */
    const uint8_t *rest; /* its bytes behind the return address, NULL: none was read */
    size_t size;
    uint32_t count; /* of its fields */
    bool again;     /* it has the same as the one before */
};

/* The lengths of a batch's bodies together: seen while they are decoded, as struct alike is; zeros at first.
 */
struct lengths {
    uint64_t sum; /* UINT64_MAX: it is more than can be counted */
    uint64_t largest;
    uint32_t some;  /* that are not 0, */
    uint32_t count; /* of so many */
};

void lengths_see(struct lengths *lengths, uint64_t length);

enum {
    TASK_DELIVER = 1,
    TASK_KEEP = 2,
    TASK_TIMED = 16,
    TASK_FLAG_BITS = TASK_DELIVER | TASK_KEEP | TASK_TIMED
};

/* How long a task took, and where: the fields of a RESULT behind those that it always has. A duration is of
 * the clock of who measured it. */
struct timing {
    uint64_t ran, cpu;   /* us: from its begin to its end, and of processors; by its worker */
    uint64_t memory;     /* bytes: at most while it ran, by its worker; 0: not known */
    uint64_t waited;     /* us: queued at the broker, until it was given out the last time; */
    uint64_t held;       /* from then on, until its result was there; */
    uint64_t age;        /* from then on, until the broker has said so */
    uint64_t attempts;   /* how often it was given out */
    struct span manager; /* that had it in the end */
};

/* How many of these a RESULT has: none, a worker's, the broker's to its client. An ERROR has `worker` behind
 * a worker's: one more. */
enum { TIMING_NONE, TIMING_WORKER = 3, TIMING_ALL = 8, FAILED_WORKER = 4, FAILED_ALL = 9 };

struct result_header {
    struct address return_address;
    uint32_t completed_by;
    uint8_t timed;       /* how many fields of `timing` it has; the others are 0 */
    const uint8_t *uuid; /* 16 bytes, or NULL */
    struct timing timing;
};

/* A task of the answer to LIST. */
struct listed_task {
    const uint8_t *uuid; /* 16 bytes */
    struct span name;
    uint64_t state, total, ended, attempts;
    uint64_t age;       /* ms */
    struct span client; /* whose it is, where tasks of all sessions were asked for */
};

/* An employee of the answer to MANAGERS. */
struct listed_manager {
    struct span name, line; /* line: where it is */
    uint64_t state;         /* enum manager_state */
    uint64_t workers, idle, tasks;
};

/* A session of the answer to CLIENTS. */
struct listed_client {
    struct span name, key; /* of the client, and of its key */
    uint64_t state;        /* enum session_state */
    uint64_t tasks;        /* not ended */
    uint64_t submitted, ended;
    uint64_t bytes; /* kept */
    uint64_t away;  /* ms */
};

/* HELLO and WELCOME, PROTOCOL.md section 3. */
struct hello {
    unsigned role;              /* enum role */
    const uint8_t *boot, *link; /* 16 bytes each */
    const uint8_t *peer_boot;   /* 16 bytes, or NULL */
    uint64_t received;
    const uint8_t *session;     /* 16 bytes, or NULL */
    uint64_t heartbeat, expiry; /* ms */
    uint64_t window, max_body;  /* bytes */
    struct span software, name;
    uint64_t ids;
    uint64_t features;      /* bits of FEATURE_, 0 where they were left out */
    const uint8_t *cluster; /* of a boss: 16 bytes, or NULL: it remembers nothing of other boots */
    uint64_t epoch;         /* and how often another process became that cluster's boss */
    uint64_t safe;          /* of what it has received, where it has a journal (FEATURE_JOURNAL) */
};

/* What an ERROR to a client is about. */
enum error_about {
    ABOUT_NOT_SAID, /* by a broker of before, or it is about the link */
    ABOUT_QUESTION, /* what was asked under this corr, and nothing else: of the task that it names nothing is
                     * said
                     */
    ABOUT_TASK, /* the task, or this slot of it: it was refused, has failed, or its result cannot be had */
};

enum {
    FEATURE_SHARE = 1,     /* it takes SHARE, and tasks that name a part */
    FEATURE_FLEETING = 2,  /* a client: no process but its own can come back for its session */
    FEATURE_VERSIONS = 4,  /* a broker: it knows runtimes with a version */
    FEATURE_ENDED = 8,     /* no worker: it tells that the one of its name has ended; `software` says how */
    FEATURE_SESSIONS = 16, /* it takes tasks that say whose they are */
    FEATURE_SAFE = 32,     /* it keeps what a peer with a journal has acknowledged until that is safe */
    FEATURE_JOURNAL = 64,  /* a boss: what it acknowledges is safe only when it says so */
    FEATURE_TIMES = 128,   /* it takes results that say how long they took */
    FEATURE_TRACE =
        256,            /* it takes TRACE: a boss what its employees tell, an employee how much that may be */
    FEATURE_HOLDS = 512 /* a manager: its first words to a boss with a journal are HOLDS */
};

struct message {
    unsigned kind;    /* enum kind */
    uint64_t version; /* of the protocol, where it was read: also of one that this side does not speak */
    uint64_t seq, ack;
    union {
        struct hello hello; /* HELLO, WELCOME */
        struct {
            uint64_t corr;      /* or NO_NUMBER, as in all below */
            struct list paths;  /* of texts */
            struct list ranges; /* of ranges */
        } connect;
        struct {
            uint64_t corr;
            unsigned detach;
            struct span text;
        } disconnect;
        struct {
            uint64_t total_workers;
            struct list runtimes; /* of runtimes */
        } started;
        struct {
            struct span text;
        } shutdown;
        struct {
            uint64_t code;
            struct span text;
            uint64_t corr;
            const uint8_t *uuid;
            uint64_t slot;  /* or NO_NUMBER */
            uint64_t about; /* enum error_about, ABOUT_NOT_SAID where it was left out */
            bool has_task, has_root, has_within;
            struct address task, root, within;
            uint8_t
                timed; /* how many fields it has of what the task took: of `timing`, with `worker` in it */
            uint64_t worker; /* or NO_NUMBER */
            struct timing timing;
        } error;
        struct {
            uint64_t corr;
            const uint8_t *uuid;
            uint64_t slot; /* or NO_NUMBER: all */
        } request;
        struct result_header result;
        struct task_header submit;
        struct {
            struct list tasks;   /* of tasks (SUBMIT_BATCH) or results (RESULT_BATCH) */
            struct list lengths; /* of numbers; whether they fit the body is not checked here */
            struct alike alike;  /* SUBMIT_BATCH */
            struct lengths all;
        } batch;
        struct {
            uint64_t corr;
            const uint8_t *uuid;
            uint64_t state, total, queued, running, done, failed, cancelled,
                attempts; /* 0 where a request left them out */
            struct span manager, why;
            uint64_t timed;       /* 1: the times are kept */
            struct timing timing; /* but for attempts and manager, which stand above */
        } status;
        struct {
            struct address task, root;
            const uint8_t *uuid;
            uint64_t level;
            struct span logger, text;
        } log;
        struct {
            uint64_t corr;
            const uint8_t *uuid;
            uint64_t state; /* or NO_NUMBER */
            struct list addresses;
            bool has_root;
            struct address root; /* of all of them */
        } cancel;
        struct {
            uint32_t idle, room;
            uint64_t receipt;
            uint32_t queued;   /* 0 where it was left out */
            struct list full;  /* of texts: runtimes that there is no room for */
            uint32_t own_room; /* for what descends from tasks that the sender has; 0 where it was left out */
            uint64_t begun;    /* of the tasks given to the sender; 0: none, or it was left out */
            bool has_running;
            struct address running; /* which of them runs, where it is known */
        } waiting;
        struct {
            struct list addresses;
            uint8_t timed;        /* UPDATE: how many fields it has of what its task took, */
            struct timing timing; /* a worker's */
        } addresses;              /* UPDATE, COMMUNICATE */
        struct {
            struct list paths;
            uint64_t session; /* whose tasks they are for; 0: all that do not say whose they are */
        } importpath;
        struct {
            uint64_t corr;
        } ready;
        struct {
            uint64_t length; /* bytes of the whole body */
        } chunk;
        struct {
            uint64_t safe; /* the highest number that is; 0 where it was left out, or there is no journal */
        } acked;           /* ACK */
        struct {
            struct list ranges; /* of ranges */
        } lost;                 /* EMPLOYEE_LOST */
        struct {
            uint64_t reason; /* enum return_reason */
            struct span text;
            struct list addresses;
        } returned; /* RETURN */
        struct {
            struct list ranges;       /* ids that the sender has */
            struct list tasks, roots; /* addresses: of the boss's tasks that are there; of the root of each */
            struct list parts;        /* of roots that have other tasks there */
            struct list ended;        /* of tasks whose end is said again behind it */
            uint64_t more;            /* 1: another HOLDS follows */
        } holds;
        struct {
            uint64_t count;
            struct list runtimes; /* of texts */
        } recall;
        struct {
            uint64_t corr;
            struct span manager;
            uint64_t grace; /* ms, or NO_NUMBER */
        } drain;
        struct {
            uint64_t corr;
            const uint8_t *after; /* 16 bytes, or NULL */
            uint64_t more;
            struct list tasks; /* of listed tasks; empty where a request left them out */
            uint64_t all;      /* 0: the session's own; else see PROTOCOL.md */
        } list;
        struct {
            uint64_t corr;
            struct list managers; /* of listed managers; empty where a request left them out */
        } managers;
        struct {
            uint64_t corr;
            struct list counts;  /* of counts; empty where a request left them out */
            struct span page;    /* where admins find it; data NULL: nowhere */
            struct span refuses; /* why new work is BUSY; data NULL: it is not */
        } counts;
        struct {
            uint64_t corr;
            struct list clients; /* of listed clients; empty where a request left them out */
            struct span end;     /* whose sessions are to end, or have ended; data NULL: nobody's */
        } clients;
        struct {
            uint64_t number; /* from 1 */
        } share;             /* SHARE, UNSHARE */
        struct {
            uint64_t count; /* how many are wanted in a second; or ended and were left out */
            bool has_task, has_parent, has_root; /* no task: nothing else is said */
            struct address task, parent, root;
            uint64_t worker; /* or NO_NUMBER */
            struct span name;
            uint64_t state, depth; /* enum task_state; ancestors */
            struct timing timing;  /* by the manager that tells of it; without `manager` */
        } trace;
        struct {
            uint64_t count;
        } ids;
        struct {
            struct list slots; /* of slots */
        } release;
        char lacking[120]; /* of a header that was refused: which field it lacks */
    };
};

/* Decodes one header. CODE_NONE, or CODE_MALFORMED, CODE_BAD_VERSION or CODE_TOO_LARGE with `*why` set: a
 * static text, or one in `message`; then `message` is not to be used otherwise, except kind, seq and ack as
 * far as they could be read. Never reads outside `data[0..size)`. */
enum error_code message_decode(const uint8_t *data, size_t size, struct message *message, const char **why);

/* The same of version, kind, seq and ack only, and whether there are as many fields as the kind must have. */
enum error_code message_decode_head(const uint8_t *data, size_t size, struct message *message,
                                    const char **why);

/* The uuid (16 bytes, borrowed) of the task that a SUBMIT or SUBMIT_BATCH, which need not be valid behind it,
 * is of; of a batch the first task's. NULL: it cannot be read. */
const uint8_t *message_task_uuid(const uint8_t *data, size_t size);

/* The header of a SUBMIT_BATCH or RESULT_BATCH is read a part at a time: it may have 8 MiB. */
struct batch_reading {
    const uint8_t *at, *end; /* borrowed: what is left of it */
    uint32_t stage, left, fields;
    bool begun;
};

/* Whether headers of that kind are. */
bool batch_reading_is_for(unsigned kind);

/* Begins to read a header of which message_decode_head has read the head. */
void batch_reading_begin(struct batch_reading *reading, const uint8_t *data, size_t size);

/* Reads on, no more than `*work` entries' worth, of which what was done is taken off. CODE_NONE, with `*done`
 * once all of it was read into `message`, whose kind is known; or a refusal as of message_decode. */
enum error_code batch_read_some(struct batch_reading *reading, struct message *message, uint64_t *work,
                                bool *done, const char **why);

/* The kind of a header, as far as it can be read; KIND_LIMIT: not at all. */
unsigned message_kind(const uint8_t *data, size_t size);

/* How many addresses a message names; cheap. */
uint32_t message_addresses(const struct message *message);

/* How many bytes the header of `message` takes at most; cheap. */
size_t message_bound(const struct message *message);

/* Writes the header of `message` into `buffer` of `capacity` bytes and returns its size, or the size needed
 * when that is more than `capacity` (then the content of `buffer` is undefined). With a capacity of
 * message_bound it is written without a detour. The kind must be one of ours, and uuids that may not be nil
 * must be there. Lists are copied as they are encoded; bytes of a text that are not UTF-8 go out as question
 * marks. */
size_t message_encode(const struct message *message, uint8_t *buffer, size_t capacity);

/* Writes number and acknowledgement over those in a header that message_encode wrote. */
void message_stamp(uint8_t *header, uint64_t seq, uint64_t ack);

/* The iterators: true and one element, or false at the list's end. They cannot fail on a list that
 * message_decode or a builder made. */
bool list_next_address(struct list *list, struct address *address);
bool list_next_text(struct list *list, struct span *text);
bool list_next_number(struct list *list, uint64_t *number);
bool list_next_range(struct list *list, uint32_t *lower, uint32_t *upper);
bool list_next_runtime(struct list *list, struct span *name, struct span *version);
bool list_next_task(struct list *list, struct task_header *task);
bool list_next_task_of(struct list *list, struct task_run *run); /* into run->task */
bool list_next_result(struct list *list, struct result_header *result);
bool list_next_listed_task(struct list *list, struct listed_task *task);
bool list_next_listed_manager(struct list *list, struct listed_manager *manager);
bool list_next_count(struct list *list, struct span *name, uint64_t *value);
bool list_next_listed_client(struct list *list, struct listed_client *client);
bool list_next_slot(struct list *list, const uint8_t **uuid, uint64_t *slot); /* NO_NUMBER: all of them */

/* Builders of lists, for encoding: append elements to a growing buffer, then take the list, which borrows the
 * buffer until the next append, reset or free. */
struct builder {
    uint8_t *data; /* owned, from mem_alloc */
    size_t size, capacity;
    uint32_t count; /* elements so far */
};

void builder_reset(struct builder *builder); /* empty it, keep its memory */
void builder_free(struct builder *builder);
struct list builder_list(const struct builder *builder);
void builder_address(struct builder *builder, const struct address *address);
void builder_text(struct builder *builder, const char *text, size_t size);
void builder_number(struct builder *builder, uint64_t number);
void builder_range(struct builder *builder, uint32_t lower, uint32_t upper);
void builder_runtime(struct builder *builder, struct span name, struct span version);
void builder_task(struct builder *builder, const struct task_header *task);

/* The same of a client's task that differs from the last one of the list, which begins at `from`, in its slot
 * only. */
void builder_task_alike(struct builder *builder, size_t from, uint32_t slot);
void builder_result(struct builder *builder, const struct result_header *result);
void builder_listed_task(struct builder *builder, const struct listed_task *task);
void builder_listed_manager(struct builder *builder, const struct listed_manager *manager);
void builder_count(struct builder *builder, struct span name, uint64_t value);
void builder_listed_client(struct builder *builder, const struct listed_client *client);
void builder_slot(struct builder *builder, const uint8_t *uuid, uint64_t slot);

/* A span of a zero-terminated text. */
struct span span_text(const char *text);

bool address_equal(const struct address *a, const struct address *b);

#endif
