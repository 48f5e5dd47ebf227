/* told: what the broker was told and does not answer, RELEASE and CANCEL, until it has read it: on a new link
 * of the same session it is said again. It sends nothing. */
#ifndef MAILROOM_C_TOLD_H
#define MAILROOM_C_TOLD_H

#include "common/wire/message.h"

struct told_entry {
    struct told_entry *next;
    unsigned kind;           /* RELEASE or CANCEL */
    uint64_t seq;            /* of its message on the present link; 0: it is not sent there */
    struct builder slots;    /* RELEASE */
    uint8_t uuid[UUID_SIZE]; /* CANCEL */
};

struct told {
    struct told_entry *first, **last;
};

void told_init(struct told *told);
void told_free(struct told *told);

/* A new entry; of a RELEASE the slots are taken over, and `slots` is empty afterwards. */
struct told_entry *told_release(struct told *told, struct builder *slots);
struct told_entry *told_cancel(struct told *told, const uint8_t *uuid);

/* Its message; borrows the entry. */
void told_message(const struct told_entry *entry, struct message *message);

/* The broker has read all up to number `read`. */
void told_read(struct told *told, uint64_t read);

/* The link is over: what was not read is not sent. */
void told_lost(struct told *told, uint64_t read);

#endif
