/* kinds: the list of message kinds, roles, states and error codes, with their numbers on the wire
 * (PROTOCOL.md sections 3, 5 and 6). The only place in C. */
#ifndef MAILROOM_KINDS_H
#define MAILROOM_KINDS_H

enum { PROTOCOL_VERSION = 1 };

/* X(name, number). 0 to 16 are BQSKit's names and numbers (bqskit.runtime.message). */
#define KINDS(X)         \
    X(CONNECT, 0)        \
    X(DISCONNECT, 1)     \
    X(STARTED, 2)        \
    X(SHUTDOWN, 3)       \
    X(ERROR, 4)          \
    X(REQUEST, 5)        \
    X(RESULT, 6)         \
    X(SUBMIT, 7)         \
    X(SUBMIT_BATCH, 8)   \
    X(STATUS, 9)         \
    X(LOG, 10)           \
    X(CANCEL, 11)        \
    X(WAITING, 12)       \
    X(UPDATE, 13)        \
    X(IMPORTPATH, 14)    \
    X(READY, 15)         \
    X(COMMUNICATE, 16)   \
    X(HELLO, 32)         \
    X(WELCOME, 33)       \
    X(PING, 34)          \
    X(PONG, 35)          \
    X(ACK, 36)           \
    X(CHUNK, 37)         \
    X(EMPLOYEE_LOST, 38) \
    X(RESULT_BATCH, 39)  \
    X(RETURN, 40)        \
    X(RECALL, 41)        \
    X(DRAIN, 42)         \
    X(LIST, 43)          \
    X(MANAGERS, 44)      \
    X(IDS, 45)           \
    X(RELEASE, 46)       \
    X(COUNTS, 47)        \
    X(CLIENTS, 48)

enum kind {
#define KIND_ENUM(name, number) KIND_##name = (number),
    KINDS(KIND_ENUM)
#undef KIND_ENUM
        KIND_LIMIT = 64 /* all kinds are below this */
};

/* "SUBMIT" for KIND_SUBMIT, "?" for a number that is no kind. */
const char *kind_name(unsigned kind);

enum role { ROLE_CLIENT = 0, ROLE_BOSS = 1, ROLE_MANAGER = 2, ROLE_WORKER = 3, ROLE_LIMIT };

/* "client", "boss", "manager", "worker". */
const char *role_name(unsigned role);

enum task_state {
    STATE_UNKNOWN = 0,
    STATE_QUEUED = 1,
    STATE_RUNNING = 2,
    STATE_DONE = 3,
    STATE_FAILED = 4,
    STATE_CANCELLED = 5
};

const char *state_name(unsigned state);

/* Of an employee, in MANAGERS. */
enum manager_state { MANAGER_READY = 0, MANAGER_STARTS = 1, MANAGER_AWAY = 2, MANAGER_DRAINS = 3 };

/* Of a session, in CLIENTS. */
enum session_state { SESSION_HERE = 0, SESSION_ABSENT = 1 };

/* Why an employee gives tasks back. */
enum return_reason {
    RETURN_UNBEGUN = 0, /* nobody has begun them: no attempt is counted */
    RETURN_LOST = 1,    /* what had them was lost */
    RETURN_TO_BLAME = 2 /* the same, and they are what it ran */
};

/* X(name, number) */
#define ERROR_CODES(X)      \
    X(BUSY, 1)              \
    X(UNKNOWN_TASK, 2)      \
    X(NOT_OWNER, 3)         \
    X(BAD_VERSION, 4)       \
    X(TOO_LARGE, 5)         \
    X(MALFORMED, 6)         \
    X(TASK_FAILED, 7)       \
    X(MANAGER_LOST, 8)      \
    X(TOO_MANY_ATTEMPTS, 9) \
    X(CANCELLED, 10)        \
    X(NO_HANDSHAKE, 11)     \
    X(SHUTTING_DOWN, 12)    \
    X(UNEXPECTED, 13)       \
    X(WORKER_EXITED, 14)    \
    X(REFUSED, 15)          \
    X(TAKEN, 16)

enum error_code {
    CODE_NONE = 0,
#define CODE_ENUM(name, number) CODE_##name = (number),
    ERROR_CODES(CODE_ENUM)
#undef CODE_ENUM
        CODE_LIMIT
};

const char *code_name(unsigned code);

#endif
