/* outstanding: what a client has submitted and waits for, by uuid, in the order of the submits; and what
 * would have to be sent again. It builds messages and sends none. */
#ifndef MAILROOM_C_OUTSTANDING_H
#define MAILROOM_C_OUTSTANDING_H

#include "common/base/blob.h"
#include "common/base/index.h"
#include "common/base/slab.h"
#include "common/wire/letter.h"

#define NO_SLOT UINT32_MAX

/* What a slot is to this client. */
enum {
    SLOT_WAITED = 1,    /* its end is to be told */
    SLOT_REQUESTED = 2, /* it was asked for, since it does not come by itself */
    SLOT_ABANDONED = 4, /* its end is of no interest: what comes is released at the broker */
};

/* What goes under one uuid: a task, or the tasks of a map. */
struct submission {
    struct submission *next, *previous;                 /* in order */
    struct submission *next_refused, *previous_refused; /* backlog.h */
    uint32_t number;                                    /* in the table */
    uint32_t total;                                     /* slots, as the caller counts them */
    uint32_t waited, abandoned;                         /* slots that are so */
    uint64_t tag;
    uint64_t seq;        /* of its message on the present link, 0: it is not sent there; */
    uint64_t asked;      /* the same of its last REQUEST; NO_NUMBER: one is to be sent behind the submit */
    struct slice shared; /* what the body of each of its tasks begins with */
    struct slice body;   /* the rest of all that would be sent again, end to end */
    uint32_t *lengths;   /* of a map: of each slot's piece of `body`, whether it would be sent again or not */
    uint8_t *slots;      /* a mask of the above for each slot */
    uint32_t
        *at; /* the broker's number of each slot, NO_SLOT: it has none any more. NULL: they are the same */
    uint8_t uuid[UUID_SIZE];
    uint8_t one;             /* what `slots` points at for a single task */
    bool ours;               /* it was submitted here, so it can be submitted again */
    bool compared;           /* the broker is asked whether it has it, and has not named it yet */
    bool refused, tried;     /* backlog.h: it waits there; it is on its way from there */
    uint8_t priority, flags; /* TASK_DELIVER, TASK_KEEP */
    uint8_t runtime_size, name_size;
    uint32_t meta_size;
    uint8_t texts[]; /* runtime, name and meta */
};

struct outstanding {
    uint64_t seed;
    struct slab pointers; /* to submissions */
    struct index index;
    struct submission *first, *last;
    uint64_t slots, submits; /* that are waited for; submissions that have some */
    uint64_t kept;           /* bytes of bodies */
};

/* A task, or a map of `total` tasks, with the texts of `header` (the rest of it is not looked at but for
 * priority, flags and uuid), all of its slots SLOT_WAITED. The body and `lengths` are the caller's to fill
 * in. `adopted`: it is of another process, and no slot is waited for yet. NULL: no memory. */
struct submission *submission_new(const struct task_header *header, uint32_t total, bool adopted);
void submission_free(struct submission *submission);

/* Makes the slots of an adopted one at least `total`. */
void submission_widen(struct submission *submission, uint32_t total);

/* The broker's number for a slot, and back; NO_SLOT: it has none. */
uint32_t submission_at(const struct submission *submission, uint32_t slot);
uint32_t submission_slot(const struct submission *submission, uint64_t at);

/* Bytes that it keeps. */
static inline size_t submission_size(const struct submission *submission)
{
    return submission->shared.size + submission->body.size;
}

/* How large its message's body is, with the shared part joined to each task where `joined`. */
uint64_t submission_body_size(const struct submission *submission, bool joined);

/* The message with all that would be sent; `*body` has a reference of its own. `part`: the number under which
 * its shared part was sent, 0: it was not, and is joined to each task. */
struct message_parts {
    struct message message;
    struct builder tasks, lengths;
};
void submission_message(const struct submission *submission, uint64_t part, struct message_parts *parts,
                        struct slice *body);
void submission_message_free(struct message_parts *parts);

void outstanding_init(struct outstanding *outstanding, uint64_t seed);
void outstanding_free(struct outstanding *outstanding);

/* Takes a submission over; there is none of its uuid. */
void outstanding_add(struct outstanding *outstanding, struct submission *submission);
struct submission *outstanding_find(const struct outstanding *outstanding, const uint8_t *uuid);

/* Sets or clears bits of a slot, and counts. */
void outstanding_mark(struct outstanding *outstanding, struct submission *submission, uint32_t slot,
                      unsigned set, unsigned clear);

/* Frees it where nothing of it is of interest any more; what is not waited for is not sent again. Returns
 * whether it was freed. */
bool outstanding_sweep(struct outstanding *outstanding, struct submission *submission);

/* Makes it what a broker is sent that knows nothing of it: the slots that are waited for, numbered from 0. */
void outstanding_renew(struct outstanding *outstanding, struct submission *submission);

#endif
