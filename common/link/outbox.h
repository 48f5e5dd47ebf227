/* outbox: what a step wants done: letters to put on connections, and wishes of the core to its edge. Filled
 * by the core, carried out and cleared by the edge after each step. */
#ifndef MAILROOM_OUTBOX_H
#define MAILROOM_OUTBOX_H

#include "common/link/record.h"
#include "common/wire/letter.h"

enum order_kind {
    ORDER_LETTER, /* send `letter` on connection `conn` */
    ORDER_CLOSE,  /* close connection `conn`, after what was sent on it (linger: a second) */
    ORDER_DIAL,   /* make a connection for line `conn` (a line's number, not a connection's); answer
                     EVENT_OPENED or EVENT_REFUSED */
    ORDER_FORGET, /* line `conn` (a line's number), which was missed, is over: the number is free again */
    ORDER_SPAWN,  /* start the worker of slot `conn`; `text` is its name, for MAILROOM_WORKER; answer
                     EVENT_SPAWNED, later EVENT_EXITED */
    ORDER_KILL,   /* kill the worker process of slot `conn` with all of its process group; answer EVENT_EXITED
                   */
    ORDER_RECORD, /* write `record` down: see record.h */
    ORDER_LOG,    /* write `text` to the log at `level` */
    ORDER_EXIT,   /* end the process with code `level` once everything before this is sent and all workers are
                     gone */
};

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

struct order {
    enum order_kind kind;
    uint32_t conn;
    int level;
    bool renewed;       /* SPAWN: in the place of one that had done nothing wrong; it may be forked */
    const void *origin; /* LOG: lines that were made from the same text have the same */
    union {
        struct letter *letter; /* LETTER: owned: one reference */
        struct record *record; /* RECORD: owned; who carries it out takes it, and leaves NULL */
    };
    char *text; /* owned, or NULL */
};

struct outbox {
    struct order *orders;
    size_t count, capacity;
    struct record_packer packer; /* of its records */
};

void outbox_letter(struct outbox *outbox, uint32_t conn,
                   struct letter *letter); /* takes over the reference */
void outbox_order(struct outbox *outbox, enum order_kind kind, uint32_t number);

/* A record for the journal: copied, but the reference of its body is taken over. */
void outbox_record(struct outbox *outbox, const struct record *record);
void outbox_spawn(struct outbox *outbox, uint32_t slot, const char *name, bool renewed);
void outbox_exit(struct outbox *outbox, int code);
void outbox_log(struct outbox *outbox, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Drops all orders, keeps the memory. */
void outbox_clear(struct outbox *outbox);
void outbox_free(struct outbox *outbox);

#endif
