/* kinds: the list of message kinds, roles, states and error codes, with their numbers on the wire
 * (PROTOCOL.md sections 3, 5 and 6). The only place in C. */
#ifndef MAILROOM_KINDS_H
#define MAILROOM_KINDS_H

#include <stdint.h>

enum { PROTOCOL_VERSION = 1 };

/* Who says a kind, PROTOCOL.md section 5: from client to broker, from broker to client, down from a boss to
 * an employee, up from an employee to its boss, either way on any link. */
enum kind_way { WAY_FROM_CLIENT = 1, WAY_TO_CLIENT = 2, WAY_DOWN = 4, WAY_UP = 8, WAY_LINK = 16 };

/* How many bytes the header of a kind may have that a client or an employee says, PROTOCOL.md section 7: what
 * it costs to read one grows with them. */
enum kind_header {
    HEADER_SHORT = 64 << 10,
    HEADER_LIST = 128 << 10, /* 4,096 addresses or slots; or one task, whose meta alone may have 64 KiB */
    HEADER_TEXT = 3 << 20,   /* a text for people, which a peer of before cuts at 1 MiB */
    HEADER_BATCH = 8 << 20   /* 65,536 tasks or results: of as many as MAX_HEADER */
};

/* X(name, number, ways, header). 0 to 16 are BQSKit's names and numbers (bqskit.runtime.message). A new kind
 * goes to the end: the fuzzers' corpus counts on the order. CONTRIBUTING.md, "Adding a message", says what
 * else it needs. */
#define KINDS(X)                                                                        \
    X(CONNECT, 0, WAY_FROM_CLIENT | WAY_DOWN, HEADER_SHORT)                             \
    X(DISCONNECT, 1, WAY_FROM_CLIENT | WAY_TO_CLIENT | WAY_DOWN | WAY_UP, HEADER_SHORT) \
    X(STARTED, 2, WAY_UP, HEADER_SHORT)                                                 \
    X(SHUTDOWN, 3, WAY_FROM_CLIENT | WAY_DOWN, HEADER_SHORT)                            \
    X(ERROR, 4, WAY_TO_CLIENT | WAY_DOWN | WAY_UP | WAY_LINK, HEADER_TEXT)              \
    X(REQUEST, 5, WAY_FROM_CLIENT, HEADER_SHORT)                                        \
    X(RESULT, 6, WAY_TO_CLIENT | WAY_DOWN | WAY_UP, HEADER_SHORT)                       \
    X(SUBMIT, 7, WAY_FROM_CLIENT | WAY_DOWN | WAY_UP, HEADER_LIST)                      \
    X(SUBMIT_BATCH, 8, WAY_FROM_CLIENT | WAY_DOWN | WAY_UP, HEADER_BATCH)               \
    X(STATUS, 9, WAY_FROM_CLIENT | WAY_TO_CLIENT, HEADER_SHORT)                         \
    X(LOG, 10, WAY_TO_CLIENT | WAY_UP, HEADER_TEXT)                                     \
    X(CANCEL, 11, WAY_FROM_CLIENT | WAY_TO_CLIENT | WAY_DOWN | WAY_UP, HEADER_LIST)     \
    X(WAITING, 12, WAY_UP, HEADER_SHORT)                                                \
    X(UPDATE, 13, WAY_UP, HEADER_LIST)                                                  \
    X(IMPORTPATH, 14, WAY_DOWN, HEADER_SHORT)                                           \
    X(READY, 15, WAY_TO_CLIENT, HEADER_SHORT)                                           \
    X(COMMUNICATE, 16, WAY_DOWN | WAY_UP, HEADER_LIST)                                  \
    X(HELLO, 32, WAY_LINK, HEADER_SHORT)                                                \
    X(WELCOME, 33, WAY_LINK, HEADER_SHORT)                                              \
    X(PING, 34, WAY_LINK, HEADER_SHORT)                                                 \
    X(PONG, 35, WAY_LINK, HEADER_SHORT)                                                 \
    X(ACK, 36, WAY_LINK, HEADER_SHORT)                                                  \
    X(CHUNK, 37, WAY_LINK, HEADER_SHORT)                                                \
    X(EMPLOYEE_LOST, 38, WAY_DOWN | WAY_UP, HEADER_SHORT)                               \
    X(RESULT_BATCH, 39, WAY_TO_CLIENT | WAY_DOWN | WAY_UP, HEADER_BATCH)                \
    X(RETURN, 40, WAY_UP, HEADER_LIST)                                                  \
    X(RECALL, 41, WAY_DOWN, HEADER_SHORT)                                               \
    X(DRAIN, 42, WAY_FROM_CLIENT | WAY_TO_CLIENT | WAY_DOWN, HEADER_SHORT)              \
    X(LIST, 43, WAY_FROM_CLIENT | WAY_TO_CLIENT, HEADER_SHORT)                          \
    X(MANAGERS, 44, WAY_FROM_CLIENT | WAY_TO_CLIENT, HEADER_SHORT)                      \
    X(IDS, 45, WAY_UP, HEADER_SHORT)                                                    \
    X(RELEASE, 46, WAY_FROM_CLIENT, HEADER_LIST)                                        \
    X(COUNTS, 47, WAY_FROM_CLIENT | WAY_TO_CLIENT | WAY_LINK, HEADER_SHORT)             \
    X(CLIENTS, 48, WAY_FROM_CLIENT | WAY_TO_CLIENT, HEADER_SHORT)                       \
    X(SHARE, 49, WAY_FROM_CLIENT | WAY_DOWN | WAY_UP, HEADER_SHORT)                     \
    X(UNSHARE, 50, WAY_FROM_CLIENT | WAY_DOWN | WAY_UP, HEADER_SHORT)                   \
    X(TRACE, 51, WAY_DOWN | WAY_UP, HEADER_SHORT)                                       \
    X(HOLDS, 52, WAY_UP, HEADER_LIST)

enum kind {
#define KIND_ENUM(name, number, ways, header) KIND_##name = (number),
    KINDS(KIND_ENUM)
#undef KIND_ENUM
        KIND_LIMIT = 64 /* all kinds are below this */
};

/* Sets of kinds are bits: that of one kind, and those of all kinds that are said that way, as constants. */
#define KIND_BIT(kind) (UINT64_C(1) << (kind))
#define KIND_IF(number, said) | ((said) ? KIND_BIT(number) : 0)
#define KIND_FROM_CLIENT(name, number, ways, header) KIND_IF(number, (ways)&WAY_FROM_CLIENT)
#define KIND_TO_CLIENT(name, number, ways, header) KIND_IF(number, (ways)&WAY_TO_CLIENT)
#define KIND_DOWN(name, number, ways, header) KIND_IF(number, (ways)&WAY_DOWN)
#define KIND_UP(name, number, ways, header) KIND_IF(number, (ways)&WAY_UP)
#define KINDS_FROM_CLIENT (UINT64_C(0) KINDS(KIND_FROM_CLIENT))
#define KINDS_TO_CLIENT (UINT64_C(0) KINDS(KIND_TO_CLIENT))
#define KINDS_DOWN (UINT64_C(0) KINDS(KIND_DOWN))
#define KINDS_UP (UINT64_C(0) KINDS(KIND_UP))

/* "SUBMIT" for KIND_SUBMIT, "?" for a number that is no kind. */
const char *kind_name(unsigned kind);

/* How many bytes a client's or an employee's header of that kind may have. */
uint32_t kind_header(unsigned kind);

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
    X(TAKEN, 16)            \
    X(OTHER_VERSION, 17)

enum error_code {
    CODE_NONE = 0,
#define CODE_ENUM(name, number) CODE_##name = (number),
    ERROR_CODES(CODE_ENUM)
#undef CODE_ENUM
        CODE_LIMIT
};

const char *code_name(unsigned code);

#endif
