/* offices: two post offices back to back: a boss that dials a manager, as the broker and a shim do, with the
 * connection between them in the test's hand; and strangers, who send either of them what they like. */
#ifndef MAILROOM_TEST_OFFICES_H
#define MAILROOM_TEST_OFFICES_H

#include "common/link/post.h"

enum { BOSS = 0, MANAGER = 1 };

/* A post office and an owner that notes what it is told. */
struct office {
    struct post post;
    struct outbox outbox;
    uint8_t boot[UUID_SIZE];
    struct peer *peer; /* the other office, NULL: no link */
    bool refuses;      /* whoever dials in with a new link */
    unsigned joined, answered, lost;
    char why[200];        /* of the last one lost */
    enum error_code code; /* of the last one lost */
    uint64_t sent, came;  /* numbered messages: see offices_send */
};

/* What is on its way to one side. */
struct pipe {
    struct letter **letters; /* copies, stamped */
    size_t first, count, capacity;
};

struct offices {
    struct office side[2];
    struct pipe pipes[2]; /* by the side that they lead to */
    uint32_t conns[2];    /* the connection's number at each side, NO_CONN: none */
    uint32_t next_conn;
    bool reachable;    /* whether the boss's dialling succeeds */
    unsigned dialled;  /* how often it was asked to */
    unsigned closed;   /* connections that a side closed */
    uint64_t now;      /* ms */
    uint64_t due[100]; /* when it was dialled, the first times */
};

/* A boss, at whose front door clients may shake hands, and a manager, at whose front door bosses may. They
 * have not met. */
struct offices *offices_new(void);
void offices_free(struct offices *offices);

/* The process of a side ends and another one begins, with a boot of its own. */
void offices_restart(struct offices *offices, unsigned side);

/* A turn of the loop of both; what they say then is carried, and so on, until nothing moves. */
void offices_settle(struct offices *offices);

/* Only one turn of one side: what it says is put into the pipe, where it stays. */
void offices_turn(struct offices *offices, unsigned side);

/* One message comes out of the pipe to a side. False: there is none. */
bool offices_carry(struct offices *offices, unsigned side);

/* The connection breaks: what is under way is lost, both sides hear of it. */
void offices_cut(struct offices *offices);

/* `ms` go by, in steps in which both loops turn. */
void offices_wait(struct offices *offices, uint64_t ms);

/* Puts the next numbered message on the link of a side: an IDS with its number and a body of `size` bytes
 * (whole thousands). The other side checks that each comes once, in order and with its body. */
void offices_send(struct offices *offices, unsigned side, size_t size);

/* Strangers. Events for one office; what it says to that connection is read with stranger_said. */

/* Mail of a connection at a door of the office; `message` may be NULL for bytes that are none. */
enum post_verdict stranger_mail(struct offices *offices, unsigned side, enum door door, uint32_t conn,
                                const struct message *message);
enum post_verdict stranger_bytes(struct offices *offices, unsigned side, enum door door, uint32_t conn,
                                 const char *bytes, size_t size, unsigned frames);

/* A HELLO with sensible fields, from a process that is told by `who`. */
struct message stranger_hello(unsigned role, const uint8_t *boot, const uint8_t *link);

/* Counts what the office said on that connection since the last call: messages of a kind, whether it was
 * closed; `*code`: of the last ERROR. */
struct said {
    unsigned errors, welcomes, others;
    bool closed;
    uint64_t code;
    bool goes_on; /* a WELCOME to an old link */
};
struct said stranger_said(struct offices *offices, unsigned side, uint32_t conn);

#endif
