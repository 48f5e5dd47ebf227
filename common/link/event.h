/* event: what can happen to a core. The edge makes them; a core never asks the world anything. */
#ifndef MAILROOM_EVENT_H
#define MAILROOM_EVENT_H

#include "common/base/blob.h"
#include "common/link/key.h"
#include "common/link/record.h"
#include "common/wire/page.h"

enum event_kind {
    EVENT_OPENED,  /* the connection `conn` that ORDER_DIAL of line `number` asked for is up */
    EVENT_REFUSED, /* line `number` could not be connected; `text` says why, `nobody` that surely nothing
                      listens there */
    EVENT_CLOSED,  /* the connection `conn` is gone; `text` says why */
    EVENT_MAIL,    /* a message came on `conn`. A connection of the listening socket is new at its first mail:
                      the edge gives it a number then */
    EVENT_FOUND,   /* there is a manager to dial: line `number`, named `text`. The number is one that no line
                      has,   or that of a line that was missed and not forgotten yet: it goes on as before */
    EVENT_MISSED,  /* the address of line `number` is no manager's any more: its connection stays, and is not
                      made  anew; ORDER_FORGET says when it is over */
    EVENT_LATE, /* this process did not run for a while: what has arrived meanwhile is still to be read, and
                   nobody is declared dead for a moment */
    EVENT_TURN, /* all that had arrived is in: dispatch, acknowledge, see to deadlines. At the end of each
                   turn of the loop, and when core's deadline has come */
    EVENT_SPAWNED, /* the worker of slot `number` runs as process `pid` */
    EVENT_EXITED,  /* its process is gone, `text` says how ("was killed by signal 9 (Killed)", "exited with
                      status 3"), `asked` whether by a signal that asks a program to end */
    EVENT_LOAD,    /* a row of the journal, `record`; and there is no more: see record.h */
    EVENT_LOADED,
    EVENT_COMMITTED, /* all records up to the one of number `sequence` are safe */
    EVENT_JOURNAL,   /* the journal takes no new work, `text` says why; NULL: it does again */
    EVENT_REVOKED,   /* `key` is not let in any more: links made with it are over, at once */
    EVENT_SHUTDOWN,  /* SIGINT: end this process and everything below */
    EVENT_LEAVE,     /* SIGTERM: end this process only */
};

/* Which socket a connection belongs to. */
enum door {
    DOOR_FRONT =
        0, /* the listening socket for clients (broker) or bosses (shim), and for managers that dial in */
    DOOR_WORKERS, /* the shim's listening socket for its workers */
    DOOR_LINE,    /* a connection that ORDER_DIAL made */
};

enum { MISFIT_CERTAIN = 10 };

struct event {
    enum event_kind kind;
    enum door door;  /* MAIL, OPENED, CLOSED: of the connection */
    uint64_t now;    /* ms, monotonic */
    uint32_t conn;   /* numbers of connections are the edge's: small, unique among the open ones, used again
                        after EVENT_CLOSED or ORDER_CLOSE */
    uint32_t number; /* of a line or a worker slot */
    long pid;
    bool asked;                   /* EXITED: SIGTERM, SIGINT or SIGHUP ended it */
    const char *text;             /* borrowed */
    const struct page_word *word; /* EXITED: what it did, as its page says; borrowed, NULL: it had none */
    const uint8_t *header;        /* MAIL: borrowed, the header frame */
    size_t header_size;
    struct blob *body; /* MAIL: the body frame, borrowed: the core takes references of its own; NULL when
                          there is none */
    unsigned frames;   /* MAIL: how many frames there were, without the routing id; above 2 only the first two
                          are given */
    uint32_t peer;     /* MAIL, OPENED: 1 when the connection came over ipc or loopback */
    uint64_t host; /* MAIL: a number of the host, or of the user of this one, that the connection came from;
                      0: it is not known */
    const struct key *key; /* MAIL, OPENED, REVOKED: whose key the connection was made with; borrowed, NULL:
                              it has none */
    bool nobody;           /* REFUSED: the host at the address answers, and has nothing that listens */
    unsigned misfit;       /* REFUSED: how certain it is that the keys do not fit, up to MISFIT_CERTAIN */
    const struct record *record;           /* LOAD: borrowed */
    uint64_t sequence;                     /* COMMITTED */
    const struct journal_numbers *journal; /* COMMITTED, JOURNAL: borrowed */
    uint64_t memory;                       /* TURN: bytes that the process has in memory, 0: not looked at */
};

#endif
