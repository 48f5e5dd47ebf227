/* crowd: the processes around one core, broker or shim, in a fuzzer's hands: their connections and links, the
 * network in between, time. A member keeps a real link, so what it says comes in good numbering unless the
 * input wants it otherwise; what it says is say.c's affair. It carries out the core's orders, and fails where
 * one of them makes no sense. */
#ifndef MAILROOM_FUZZ_CROWD_H
#define MAILROOM_FUZZ_CROWD_H

#include "common/link/event.h"
#include "common/link/key.h"
#include "common/link/link.h"
#include "common/link/outbox.h"
#include "tests/fuzz/record.h"

enum {
    MEMBERS = 8,
    CONNS = 24,
    LINES = 4,  /* that the core may dial; some of them from its start */
    SLOTS = 4,  /* of workers that it may spawn */
    HELD = 12,  /* tasks that a member remembers */
    GIVEN = 32, /* ranges of ids that are remembered */
    CRUMBS = 6  /* of one of them; deeper ones are not remembered */
};

#define NOBODY MEMBERS /* a connection of which its member knows nothing any more */

/* A task that a member has been given, or has made. */
struct held {
    struct address address, crumbs[CRUMBS];
    unsigned crumb_count;
    unsigned runtime; /* of speech_runtimes */
};

struct member {
    unsigned role, said; /* what it is, and what it said that it is: the core takes it for that */
    enum door door;
    uint32_t line;      /* it is dialled; NO_LINE: it dials */
    uint32_t slot;      /* it is a worker that the core spawns; SLOTS: it is not */
    bool far;           /* not on this host */
    struct key key;     /* KEY_NONE: it has none */
    bool open;          /* it has the connection `conn` */
    bool deaf, unheard; /* what is sent to it, or by it, on this connection is lost */
    bool silent;        /* it neither acknowledges nor answers a PING */
    bool greeted;       /* the core's HELLO waits for its WELCOME */
    bool begun;         /* its link has had a handshake */
    bool lied;          /* it said what no link says: its numbering proves nothing any more */
    uint32_t conn;
    struct link link;
    uint8_t boot[UUID_SIZE], link_id[UUID_SIZE];
    uint8_t core_boot[UUID_SIZE], core_peer_boot[UUID_SIZE], core_link[UUID_SIZE]; /* as its HELLO said */
    uint64_t core_window, core_max_body, core_received, core_safe;
    uint64_t last_submit; /* the number of the last SUBMIT or SUBMIT_BATCH read */
    bool waited;          /* it has said WAITING on this link */
    bool bound; /* it is known how many tasks the core may give to it: `room` since its last WAITING, */
    uint64_t room, taken; /* of which it has so many */
    uint64_t parts_gave,
        parts_open;        /* shared parts: the last number that it gave, a bit for each that is open, */
    uint64_t parts_got;    /* and for each that it was sent, of those below 64 */
    uint32_t lower, upper; /* the worker ids it was given last */
    struct held held[HELD];
    unsigned held_count; /* ever; the newest is at [(held_count - 1) % HELD] */
};

struct crowd {
    void *core;
    const struct post *post; /* of the core */
    void (*step)(void *core, const struct event *event, struct outbox *outbox);
    uint64_t (*deadline)(const void *core);
    uint64_t now;
    struct shelf *shelf;              /* the core's journal; NULL: it has none */
    void (*die)(struct crowd *crowd); /* then: another process takes its place, */
    uint32_t line_count;              /* with so many lines */
    bool finds;                       /* managers are dialled by a name, whose addresses come and go */
    struct outbox outbox;
    struct member members[MEMBERS];
    struct {
        bool open;
        enum door door;
        unsigned member;
        struct key key;
    } conns[CONNS];
    struct {
        bool there, dialled, missed;
    } lines[LINES];
    struct {
        bool asked, runs, killed;
        char name[32];
    } slots[SLOTS];
    unsigned draws;  /* of 16 bytes that are nobody else's */
    bool ids_differ; /* no worker id is given out twice, of whoever had a task */
    struct {
        uint32_t lower, upper;
        const struct member *to;
        uint8_t link[UUID_SIZE]; /* that it had then */
        bool worked;             /* who has them was given a task */
    } given[GIVEN];              /* those that were, as far as there is room */
    unsigned given_count;
    bool ended;
};

/* `shape`: who the members are, and how they come to the core. */
struct shape_of_member {
    unsigned role;
    enum door door;
    uint32_t line, slot;
    bool far;
};
void crowd_init(struct crowd *crowd, const struct shape_of_member shape[MEMBERS], uint32_t line_count,
                bool finds);
void crowd_free(struct crowd *crowd);

/* journal.c: a record of the core's; what was said is written, all of it or `count` records; the core's
 * process dies, and the next one hears what its journal has. */
void crowd_record(struct crowd *crowd, const struct record *record);
void crowd_commit(struct crowd *crowd, size_t count);
void crowd_die(struct crowd *crowd);

/* One event, and all that the core orders. */
void crowd_event(struct crowd *crowd, struct event event);

/* EVENT_TURN, and all that members answer by themselves, until there is no more. */
void crowd_turn(struct crowd *crowd);

/* Time goes by, with what becomes due on the way. */
void crowd_wait(struct crowd *crowd, uint64_t ms);

/* A member's message goes on its link, and to the core as far as that lets it. Takes over `body`. */
void crowd_send(struct crowd *crowd, struct member *member, const struct message *message, struct slice body);

/* The same past the link: the member's next connection, where it has none. */
void crowd_mail(struct crowd *crowd, struct member *member, const uint8_t *header, size_t size,
                struct blob *body, unsigned frames);

/* The member's connection is gone; the core is told. */
void crowd_close(struct crowd *crowd, struct member *member);

/* A new connection of a member; what was its connection before is nobody's. False: there is no number left.
 */
bool crowd_open(struct crowd *crowd, struct member *member);

/* Everybody has a key; the last client's is an admin's. */
void crowd_give_keys(struct crowd *crowd);

/* A key of its own for a member, of the same role as the one before. */
void crowd_renew_key(struct crowd *crowd, struct member *member);

/* The key of a connection, NULL: it has none. */
const struct key *crowd_key(const struct crowd *crowd, uint32_t conn);

/* The limits of a member's link: it accepts anything and gives nothing up. */
extern const struct link_limits crowd_patience;

/* 16 bytes that nobody else has. */
void crowd_draw(struct crowd *crowd, uint8_t bytes[UUID_SIZE]);

/* join.c: the member shakes hands: it says HELLO on a new connection, or answers the core's with WELCOME. */
void join_member(struct crowd *crowd, struct member *member, struct fuzz_record *record);

/* The member has its link: it goes on, or a new one begins. */
void join_linked(struct crowd *crowd, struct member *member, bool goes_on);

/* hear.c: the member learns from a message, in its turn. */
void hear(struct crowd *crowd, struct member *member, const struct message *message,
          const struct slice *body);

/* Whether the member knows of shared parts. */
bool crowd_takes_parts(const struct crowd *crowd, const struct member *member);

/* Whether it knows of tasks that say whose they are. */
bool crowd_takes_sessions(const struct crowd *crowd, const struct member *member);

/* say.c: the member says something of that kind; the rest is drawn. */
void say(struct crowd *crowd, struct member *member, unsigned kind, struct fuzz_record *record);

/* The same with a header that no link would send, and perhaps broken. */
void say_wrong(struct crowd *crowd, struct member *member, struct fuzz_record *record);

/* act.c: plays one record: what happens, or what a member says. */
void act(struct crowd *crowd, struct fuzz_record *record);

#endif
