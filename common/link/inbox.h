/* inbox: mail of one peer that waits for its turn. A message whose handler cannot do all of it within its
 * budget of work stays here with how far it has got, and what the peer says meanwhile waits behind it. It
 * knows messages, not what they mean; whose turn it is is post_work.c's to say. */
#ifndef MAILROOM_INBOX_H
#define MAILROOM_INBOX_H

#include "common/wire/batch.h"

/* What a mailbox's slots came to that were looked at so far. */
struct survey {
    uint64_t mailbox;
    uint32_t slot; /* the next one */
    uint32_t running;
    uint32_t waits, runs; /* the first slot that is queued, and the last that is running; NO_RECORD: none */
    uint8_t attempts;     /* the most of any */
    bool known;           /* they are not looked at: what was seen the last time holds */
};

/* How far a message has been acted on; zeros at first, but for `survey`. Which of it a handler uses, and for
 * what, is its own. The cursors point into the message's header. */
struct headway {
    uint32_t stage;
    uint32_t number, slot; /* of a record */
    uint64_t serial;
    uint64_t count;
    struct list list;
    struct batch batch;
    struct survey survey;
};

/* At first; `batch` begins when it is opened. */
static inline void headway_clear(struct headway *headway)
{
    headway->stage = headway->number = headway->slot = 0;
    headway->serial = headway->count = 0;
    headway->list = (struct list){NULL, NULL, 0};
    headway->batch.headers.at = headway->batch.lengths.at = NULL;
}

/* One message. */
struct inbox_item {
    struct inbox_item *next;
    struct message message; /* borrows `header` */
    struct slice body;      /* one reference */
    struct headway headway;
    struct batch_reading reading; /* of a header that is still to be decoded */
    bool undecoded;
    uint64_t left_out; /* bytes of its body that were not kept */
    size_t size;       /* bytes of the header */
    uint8_t header[];
};

struct inbox {
    struct inbox_item *first, *last;
    uint64_t bytes; /* of headers and bodies */
};

/* A copy of a message that was decoded from `header`, with the reference of `body`; `undecoded`: only its
 * kind, seq and ack were. */
struct inbox_item *inbox_item_new(const struct message *message, const uint8_t *header, size_t size,
                                  struct slice body, bool undecoded);

/* Moves cursors from the header that they were made for to an item's copy of it. */
void inbox_item_resume(struct inbox_item *item, const struct headway *headway, const uint8_t *header);

void inbox_item_free(struct inbox_item *item);

/* Bytes that it takes. */
uint64_t inbox_cost(const struct inbox_item *item);

/* Behind all others, before all others, and the first one out; NULL: there is none. */
void inbox_add(struct inbox *inbox, struct inbox_item *item);
void inbox_put_back(struct inbox *inbox, struct inbox_item *item);
struct inbox_item *inbox_take(struct inbox *inbox);

void inbox_free(struct inbox *inbox);

#endif
