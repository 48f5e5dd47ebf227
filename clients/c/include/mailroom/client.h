/* mailroom/client.h: a client: a session at a broker, tasks, what becomes of them, questions. Read mailroom.h
 * first: errors, ownership, threads and the three ways to drive it stand there.
 *
 * The life of a task: submit puts it into memory and returns. The client sends it, again where a connection
 * or a broker was lost (a task may then run twice), later where the broker is BUSY, and gives its end out
 * once as an event: MAILROOM_RESULT or MAILROOM_FAILED. With the broker's lease (an hour unless it is set
 * otherwise) the session survives this process: another one that has its token goes on. */
#ifndef MAILROOM_CLIENT_H
#define MAILROOM_CLIENT_H

#include <mailroom.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mailroom_client;

/* How a client is made. mailroom_client_options_init sets the defaults that are named here. */
struct mailroom_client_options {
    size_t size;            /* of this struct, so that a newer library knows an older program's */
    const char *broker;     /* `host`, `host:port`, `[::1]:port`, `tcp://host:port`, `ipc://path`, or several
                               of TCP with commas between them, which are tried one after the other; NULL:
                               localhost, port 7472, which without keys and MAILROOM_INSECURE is this
                               user's own broker on this machine: a socket in /tmp/mailroom-UID, or in
                               $MAILROOM_SOCKETS. With MAILROOM_FRAMES for texts only */
    const char *keys;       /* the folder that `mailroom keygen` made; NULL: none, or the environment's */
    const char *key;        /* the own secret certificate in place of that in the folder; NULL: that */
    const char *broker_key; /* the broker's public one, the same */
    const uint8_t *session; /* the token, 16 bytes; NULL: a new session */
    const char *name;       /* for people and logs; NULL: host and process */
    const char *software;   /* what this program is; NULL: "libmailroom" and the version */
    const char *const *paths;   /* for the workers' sys.path; */
    size_t path_count;          /* 0 */
    uint64_t patience;          /* ms without progress after which what the broker is BUSY for fails; 30 s */
    uint64_t heartbeat, expiry; /* ms, see PROTOCOL.md section 3; 5 s, 5 min */
    uint64_t window, max_body;  /* bytes; 8 MiB, 1 GiB */
    uint64_t most_kept; /* bytes of tasks that have not ended, above which there is no room; no bound */
    unsigned flags; /* MAILROOM_FRAMES, MAILROOM_ENVIRONMENT, MAILROOM_FLEETING, MAILROOM_INSECURE; none */
};

enum mailroom_client_flags {
    MAILROOM_FRAMES = 1,   /* no I/O: the caller has the socket, see mailroom_client_frames */
    MAILROOM_FLEETING = 4, /* no other process has the session's token, or will have it: while this one has no
                              connection, its queued tasks wait behind everybody else's */
    MAILROOM_ENVIRONMENT = 2, /* what is not given of the keys is as MAILROOM_KEYS, MAILROOM_KEY and
                                 MAILROOM_BROKER_KEY say; MAILROOM_INSECURE=1 is MAILROOM_INSECURE */
    MAILROOM_INSECURE = 8, /* TCP without keys will do: whoever answers is taken for the broker, and what it
                              says of results is believed */
};

MAILROOM_API void mailroom_client_options_init(struct mailroom_client_options *options, size_t size);

/* Makes a client. It dials once it is driven, and then for ever, with pauses of up to a second. `options`
 * NULL: the defaults. EINVAL: the text says what is wrong with which option; EKEYS: a key file is missing or
 * bad; ESYSTEM, ENOMEM. On failure `*client` is NULL. */
MAILROOM_API int mailroom_client_new(const struct mailroom_client_options *options,
                                     struct mailroom_client **client);

/* Ends a client at once, without a word to the broker: the session stays there for its lease. No other call
 * may be under way or follow, but for those on its batches and kept bodies. Sets `*client` to NULL; NULL
 * there is ignored. Waits for the library's own thread, which takes a moment, never for the broker. */
MAILROOM_API void mailroom_client_destroy(struct mailroom_client **client);

/* The session's token, 16 bytes. */
MAILROOM_API const uint8_t *mailroom_client_session(const struct mailroom_client *client);

/* ---- tasks ---- */

/* What a task is besides its body. mailroom_submit_init sets the defaults. */
struct mailroom_submit {
    size_t size;               /* of this struct */
    const char *runtime;       /* which kind of worker it needs, 1 to 31 bytes; NULL: "plain" */
    const char *name;          /* for people, cut at 255 bytes; NULL: none */
    struct mailroom_span meta; /* comes to the worker as it is, at most 65,536 bytes; none */
    uint64_t tag;              /* the caller's own, comes back with each event about it; 0 */
    unsigned priority;         /* 0 to 255, the higher goes first; 128 */
    unsigned flags;            /* MAILROOM_DELIVER */
};

enum mailroom_submit_flags {
    MAILROOM_DELIVER = 1, /* its result comes as soon as it is there, without mailroom_client_request */
    MAILROOM_KEEP = 2,    /* the broker keeps the result until it is released, also for other processes */
    MAILROOM_INSIST = 4,  /* it is taken though there is no room (EAGAIN) */
    MAILROOM_TIMED = 16,  /* each result says how long its task took, and where: event->timing */
    MAILROOM_GIVEN = 8,   /* `*uuid` is the caller's: it is read, not drawn. One that is waited for already is
                             not   submitted again, and keeps its tag */
};

enum { MAILROOM_MAP_MOST = 65536 /* tasks of one map */ };
#define MAILROOM_ALL UINT32_MAX /* all slots of a task */

MAILROOM_API void mailroom_submit_init(struct mailroom_submit *task, size_t size);

/* Submits one task (its slot is 0). `task` NULL: the defaults. `uuid`: 16 bytes; it becomes the uuid that was
 * drawn for it; NULL: nobody wants to know. ETOOLARGE: the broker takes no body of this size, as far as it
 * has said; EAGAIN: so much waits for a BUSY broker (1024 submits or 64 MiB), or is kept (most_kept), that
 * more should wait as well; ELOST and those after it: it is over. A body with a release function is released
 * in any case. */
MAILROOM_API int mailroom_client_submit(struct mailroom_client *client, const struct mailroom_submit *task,
                                        const struct mailroom_body *body, uint8_t *uuid);

/* Submits `count` tasks under one uuid: slots 0 to count - 1. Each one's body is `shared` (NULL: nothing)
 * and then its part; the parts are copied. `shared` is sent, and kept on the way, once for all of
 * them, also for maps behind one another that share the same. The
 * parts are one message: cut a map whose tasks have more than 8 MiB of names and numbers into several.
 * ETOOLARGE: more than MAILROOM_MAP_MOST, or too much in one message. Else as mailroom_client_submit. */
MAILROOM_API int mailroom_client_map(struct mailroom_client *client, const struct mailroom_submit *task,
                                     const struct mailroom_body *shared, const struct mailroom_span *parts,
                                     size_t count, uint8_t *uuid);

/* Waits for results of a task of another process of the session (or of an earlier one), and asks for them:
 * `slots` NULL: slots 0 to count - 1. Events about them have `tag`. Slots that are waited for already keep
 * the tag that they have. */
MAILROOM_API int mailroom_client_adopt(struct mailroom_client *client, const uint8_t *uuid,
                                       const uint32_t *slots, size_t count, uint64_t tag);

/* Asks for the result of a slot, or MAILROOM_ALL, of a task that was submitted without MAILROOM_DELIVER.
 * Where it is not waited for nothing is done. */
MAILROOM_API int mailroom_client_request(struct mailroom_client *client, const uint8_t *uuid, uint32_t slot);

/* Nothing more is to come of this slot (or of MAILROOM_ALL). When nothing of the task is waited for any more
 * it is cancelled at the broker; what ends before that is released there. */
MAILROOM_API int mailroom_client_abandon(struct mailroom_client *client, const uint8_t *uuid, uint32_t slot);

/* The result of a slot (or of MAILROOM_ALL), which has ended, is not needed at the broker any more. Told in
 * batches, within 100 ms. */
MAILROOM_API int mailroom_client_release(struct mailroom_client *client, const uint8_t *uuid, uint32_t slot);

/* ---- questions ---- */

enum mailroom_question_kind {
    MAILROOM_ASK_STATUS = 1, /* how a task is: uuid */
    MAILROOM_ASK_CANCEL,     /* cancels a task: uuid. Once it is answered nothing more comes of it */
    MAILROOM_ASK_LIST,       /* the session's tasks: after, all */
    MAILROOM_ASK_MANAGERS,
    MAILROOM_ASK_DRAIN, /* name, grace */
    MAILROOM_ASK_COUNTS,
    MAILROOM_ASK_CLIENTS,
    MAILROOM_ASK_SHUTDOWN, /* ends the broker: name says why. Answered with ELOST when it goes, else with
                              COUNTS */
    MAILROOM_ASK_PAGE,     /* where the broker's live page is, for admins */
};

struct mailroom_question {
    enum mailroom_question_kind kind;
    const uint8_t *uuid; /* 16 bytes; LIST: list after this task, NULL: from the newest */
    const char *name;    /* DRAIN: the manager's name or line */
    uint64_t grace;      /* DRAIN: ms, UINT64_MAX: as it was set there */
    unsigned all;        /* LIST: 0: of this session, 1: of all; to go on, what the answer before said */
};

/* Asks the broker; `*number` becomes the number that the MAILROOM_ANSWER to come has. It is asked again on
 * each new link, but for SHUTDOWN, until it is answered or dropped. */
MAILROOM_API int mailroom_client_ask(struct mailroom_client *client, const struct mailroom_question *question,
                                     uint64_t *number);

/* Nobody waits for the answer any more. */
MAILROOM_API void mailroom_client_unask(struct mailroom_client *client, uint64_t number);

struct mailroom_status {
    uint32_t state; /* enum mailroom_state */
    uint64_t total, queued, running, done, failed, cancelled, attempts;
    const char *manager, *why; /* NULL: nothing to say */
};

enum mailroom_state {
    MAILROOM_STATE_UNKNOWN = 0,
    MAILROOM_STATE_QUEUED = 1,
    MAILROOM_STATE_RUNNING = 2,
    MAILROOM_STATE_DONE = 3,
    MAILROOM_STATE_FAILED = 4,
    MAILROOM_STATE_CANCELLED = 5,
};

/* Entries of lists: PROTOCOL.md section 5 says what each field is. */
struct mailroom_listed_task {
    uint8_t uuid[16];
    const char *name, *client;
    uint64_t state, total, ended, attempts, age; /* age: ms */
};

struct mailroom_listed_manager {
    const char *name, *line;
    uint64_t state, workers, idle, tasks;
};

struct mailroom_listed_client {
    const char *name, *key;
    uint64_t state, tasks, submitted, ended, bytes, away; /* away: ms */
};

struct mailroom_count {
    const char *name;
    uint64_t value;
};

/* What the broker says; `kind` tells which of the fields are there. */
struct mailroom_answer {
    enum mailroom_question_kind kind; /* of the question; of SHUTDOWN: COUNTS where it was not obeyed */
    struct mailroom_status status;    /* STATUS; CANCEL: the state before, alone */
    size_t count;                     /* entries of the list */
    const struct mailroom_listed_task *tasks; /* LIST; */
    uint64_t more, all;                       /* 1: ask again after the last one; with this `all` */
    const struct mailroom_listed_manager *managers;
    const struct mailroom_count *counts;
    const struct mailroom_listed_client *clients;
    const char *page; /* PAGE: an address for a browser; NULL: there is none, or not for this client */
    const struct mailroom_timing
        *timing; /* STATUS of a task with MAILROOM_TIMED, NULL: nothing is known; of
                    a map: `ran` and `cpu` of its ended tasks together, of all else the most */
};

/* ---- what comes ---- */

enum mailroom_event_kind {
    MAILROOM_UP = 1, /* a new link: number 1 where the broker knew the session, else 0 */
    MAILROOM_BACK,   /* the link goes on after a broken connection: nothing was lost */
    MAILROOM_AWAY,   /* the connection is broken, a new one is tried for: text */
    MAILROOM_ANEW,   /* the broker has lost the session: number tasks were submitted again; those of other
                        processes are gone, each with a MAILROOM_FAILED of ESESSION */
    MAILROOM_FULL, /* the broker is BUSY, for the first time since it was not: what it refuses is tried again
                    */
    MAILROOM_RESULT, /* tag, uuid, slot: body, timing */
    MAILROOM_FAILED, /* tag, uuid, slot: code, text, body (what the runtime makes of an exception), timing */
    MAILROOM_LOG,    /* of a task: tag (0: not waited for), uuid, slot, level, logger, text, body */
    MAILROOM_ANSWER, /* number: answer; or code and text, answer NULL */
    MAILROOM_NOTE, /* what the broker says of nothing in particular: code, text; or EKEYS: the keys fitted and
                      do not now, which somebody may have to mend, and it is tried again */
    MAILROOM_OVER, /* nothing will come or go any more: code (ELOST and those after it), text, number 1 where
                      the broker has answered to ..._leave. All that was waited for has had its
                      MAILROOM_FAILED with the same code before, but for ECLOSED, after which nothing was.
                      What was submitted at that very moment may fail behind it */
};

/* How long a task took, and where. Durations are us of the clock of who measured them: so that a time of day
 * is to be had for each, `age` is taken from when this was read, and the others from that. */
struct mailroom_timing {
    size_t size; /* of this struct */
    uint64_t ran,
        cpu; /* from its begin to its end, and of processors, by its worker; ran 0: it has not said so */
    uint64_t memory;   /* bytes: the most that its worker's process had meanwhile; 0: not known */
    uint64_t waited;   /* at the broker, until it was given out the last time; */
    uint64_t held;     /* from then on, until its result was at the broker; */
    uint64_t age;      /* from then on, until the broker has sent this */
    uint64_t attempts; /* how often it was given out */
    uint32_t worker;   /* by its number; UINT32_MAX: not known */
    char manager[64];  /* by its name */
};

struct mailroom_event {
    uint32_t kind; /* enum mailroom_event_kind */
    int32_t code;  /* enum mailroom_code where it is positive, enum mailroom_error where it is negative */
    uint64_t tag;
    uint64_t number;
    uint32_t slot; /* the caller's, whatever was submitted again meanwhile */
    uint32_t level;
    const uint8_t *uuid;                     /* 16 bytes, or NULL */
    struct mailroom_span body, text, logger; /* of none: size 0 */
    const struct mailroom_answer *answer;
    const struct mailroom_timing *timing; /* of a RESULT or FAILED; NULL: not known, or not asked for */
};

/* What had arrived at a moment, in order. It and all that its events point at live until it is freed, also
 * beyond the client. */
struct mailroom_batch {
    size_t count;
    const struct mailroom_event *events;
};

/* Takes all events that are there, as one batch; NULL: there are none (or it is another process). What is not
 * taken is kept, however much it is. */
MAILROOM_API struct mailroom_batch *mailroom_client_take(struct mailroom_client *client);
MAILROOM_API void mailroom_batch_free(struct mailroom_batch *batch); /* NULL is ignored */

/* Keeps the body of an event of this batch beyond it, without a copy where it is large. NULL: it has none. */
MAILROOM_API struct mailroom_kept *mailroom_batch_keep(const struct mailroom_batch *batch,
                                                       const struct mailroom_event *event);

/* ---- driving it ---- */

enum mailroom_wait {
    MAILROOM_WAIT_EVENTS = 1, /* there are events to take */
    MAILROOM_WAIT_UP = 2,     /* the first handshake is done */
    MAILROOM_WAIT_SENT = 4,   /* the broker has acknowledged all that was sent */
    MAILROOM_WAIT_ROOM = 8,   /* submits would not be refused with EAGAIN */
    MAILROOM_WAIT_OVER = 16,  /* it is over */
    MAILROOM_WAIT_SPARE = 32, /* with EVENTS: only while nobody else waits for them. For a thread that sees to
                                 what others leave; it never drives, so ..._start is to be called as well */
};

/* Waits until one of the things named in `what` is so, for at most `timeout` ms (-1: for ever, 0: does what
 * can be done now and looks). OK: one is. ETIMEDOUT; EINTR: a signal handler ran in this thread, or
 * ..._interrupt was called; ELOST and those after it: the client is over, and will never be what was waited
 * for (events that are left can still be taken). ESTATE: it is driven by ..._step or without I/O, or the
 * caller is the library's own thread. */
MAILROOM_API int mailroom_client_wait(struct mailroom_client *client, unsigned what, int timeout);

/* For who wants one result, in place of ..._wait and ..._take: waits until there are events, and looks at the
 * first of them. OK: it is the RESULT of `tag` and `slot`, `*body` is its body (to be freed; NULL: it is
 * empty). It stays there until it is settled: who is interrupted in between has left it to who takes the
 * events. EAGAIN: there are events, and another one is the first, or another thread awaits; they are for who
 * takes them. EINTR: also where it was settled. Else as ..._wait. */
MAILROOM_API int mailroom_client_await(struct mailroom_client *client, uint64_t tag, uint32_t slot,
                                       int timeout, struct mailroom_kept **body);

/* The same; and where `*timing` (whose size the caller has set) is to be had, it is filled, else its attempts
 * are 0. */
MAILROOM_API int mailroom_client_await_timed(struct mailroom_client *client, uint64_t tag, uint32_t slot,
                                             int timeout, struct mailroom_kept **body,
                                             struct mailroom_timing *timing);

/* Nobody awaits that result any more: its event, where it is the first, is not to be taken; who awaits it
 * gets EINTR, also who begins to after this, unless another one is settled in between. */
MAILROOM_API void mailroom_client_settle(struct mailroom_client *client, uint64_t tag, uint32_t slot);

/* Ends all waits that are under way, and the next one where none is, with EINTR. Async-signal-safe. */
MAILROOM_API void mailroom_client_interrupt(struct mailroom_client *client);

/* Starts the library's own thread. ESTATE: it is driven by ..._step or without I/O; ESYSTEM. */
MAILROOM_API int mailroom_client_start(struct mailroom_client *client);

/* The descriptor to poll for reading (level-triggered, in any loop), then call ..._step. From the first call
 * of either on the client is driven so, and only from one thread at a time. -1: ..._start was called, or it
 * has no I/O. It is closed by ..._destroy. */
MAILROOM_API int mailroom_client_fd(struct mailroom_client *client);

/* Does all that can be done without waiting. OK; ELOST and those after it: it is over; ESTATE as above. */
MAILROOM_API int mailroom_client_step(struct mailroom_client *client);

/* How it is now. */
struct mailroom_client_state {
    size_t size;       /* of this struct; the caller sets it */
    int over;          /* MAILROOM_OK, or why it is over */
    unsigned up;       /* 1: there is a connection, and the handshake is done */
    unsigned was_up;   /* 1: a handshake was done, some time */
    unsigned resumed;  /* 1: the broker knew the session when the present link began */
    uint64_t max_body; /* bytes that the broker takes; 0 before the first handshake */
    uint64_t tasks;    /* slots that are waited for, */
    uint64_t submits;  /* and how many submits they are of */
    uint64_t kept;     /* bytes that are kept of them, to be sent again if need be */
    uint64_t refused;  /* submits that wait for a BUSY broker */
    uint64_t unsent;   /* bytes that the broker has not acknowledged */
    char text[512];    /* how far the connection is, why there is none, or why it is over */
    uint8_t
        boot[16]; /* the broker's, as of the last handshake: another one is a broker that was started anew */
    unsigned
        versions;  /* 1: that broker knows runtimes with a version ("python/3495"), PROTOCOL.md section 4 */
    unsigned room; /* 1: no more wait for a BUSY broker than may */
};
MAILROOM_API void mailroom_client_state(struct mailroom_client *client, struct mailroom_client_state *state);

/* Other folders for the workers' sys.path than the options' `paths`, for the tasks that begin from now on.
 * Folders that are not among them any more stay behind them. */
MAILROOM_API int mailroom_client_paths(struct mailroom_client *client, const char *const *paths,
                                       size_t count);

/* Leaves the session, after all that was put in before: with `detach` its tasks stay for the lease, else they
 * are cancelled. From then on nothing is taken (ECLOSED). MAILROOM_OVER comes when the broker has answered,
 * or two seconds later anyway: wait for it with MAILROOM_WAIT_OVER. */
MAILROOM_API int mailroom_client_leave(struct mailroom_client *client, unsigned detach);

/* ---- without any I/O: with MAILROOM_FRAMES ---- */

enum mailroom_wish_kind {
    MAILROOM_WISH_NONE = 0, /* there is nothing to do before `due` or until something comes */
    MAILROOM_WISH_DIAL,     /* make a new DEALER with a random routing id (first byte 1), and connect it; no
                               reconnecting (ZMQ_RECONNECT_IVL). When the connection is there say _opened; when
                               there is none, _closed */
    MAILROOM_WISH_SEND,     /* send header, and body where it is not empty, as the frames of one message */
    MAILROOM_WISH_CLOSE,    /* close that socket; what was sent on it has a second to leave */
};

struct mailroom_wish {
    uint32_t kind;
    struct mailroom_span header, body; /* until the next call of ..._frames */
    struct mailroom_kept *kept;        /* of the body: the caller's, to be freed; NULL: there is no body */
};

/* What is to be done next at `now` (ms of any clock that goes forward only; the same one always), one thing
 * at a time until MAILROOM_WISH_NONE: after each thing that came, after something was put in, and when `*due`
 * (ms; UINT64_MAX: never) has come. ESTATE: the client does its own I/O. */
MAILROOM_API int mailroom_client_frames(struct mailroom_client *client, uint64_t now,
                                        struct mailroom_wish *wish, uint64_t *due);

#define MAILROOM_MISFIT_CERTAIN 10

/* What came: the connection that was wished for is there; a message's frames (copied where they are small,
 * `body` as it says); the connection is gone, or did not come, for the reason `why`. `misfit` is 0 but for a
 * connection that did not come: how certain it is that the keys do not fit. An other side that hangs up in
 * ZeroMQ's handshake with keys says 1, and one that refuses this side's key MAILROOM_MISFIT_CERTAIN. When
 * they add up to that before there ever was a connection, the client is over with EKEYS. */
MAILROOM_API int mailroom_client_opened(struct mailroom_client *client, uint64_t now);
MAILROOM_API int mailroom_client_message(struct mailroom_client *client, uint64_t now,
                                         struct mailroom_span header, const struct mailroom_body *body,
                                         unsigned frames);
MAILROOM_API int mailroom_client_closed(struct mailroom_client *client, uint64_t now, const char *why,
                                        unsigned misfit);

#ifdef __cplusplus
}
#endif

#endif
