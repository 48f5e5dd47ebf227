/* share: parts that the bodies of several tasks begin with (PROTOCOL.md section 5, SHARE). Each is kept once
 * in this process: for as long as a task here begins with it, or a peer may still send tasks that do. Who was
 * sent it on his link is noted: he need not be sent it again, and is told when the last of its tasks is gone.
 */
#ifndef MAILROOM_SHARE_H
#define MAILROOM_SHARE_H

#include <stdbool.h>

#include "common/base/account.h"
#include "common/base/blob.h"
#include "common/base/slab.h"

#define NO_SHARE NO_RECORD

enum {
    MAX_SHARES = 65536,     /* that a peer may have open on its link */
    SHARE_COST = 128,       /* bytes that one counts beside its own */
    SHARES_TOLD = 64,       /* parts that a peer is let keep, of all that were sent to it, */
    SHARE_BYTES = 64 << 20, /* and bytes of them; or one that is larger */
};

struct share {
    struct blob *blob;       /* owned; NULL: it is empty, or refused */
    size_t size;             /* bytes, also of one that was refused */
    uint32_t uses;           /* by tasks, and by peers that have it open; 0: the record is not in use */
    bool refused;            /* it was not kept, and no task can have it */
    uint64_t written;        /* its number in the journal, 0: it is not there */
    struct account *account; /* borrowed: where it is counted, or NULL */
    uint32_t *told;          /* numbers in post.peers of those who were sent it */
    uint32_t told_count, told_capacity;
    uint32_t opener; /* number in post.peers of who said it, for as long as his link; NO_RECORD: none, */
    uint32_t next, previous; /* and while there is one, the others of his, in no order */
};

/* A part that a peer was sent, under its number there. */
struct told_share {
    uint64_t number;
    uint32_t share;
};

/* What a peer has open on its link, under the number that it gave it; or what a journal has under its own. */
struct open_share {
    uint64_t number;
    uint32_t share;
};

/* Where the part of this number is among some that stand in the order of their numbers, or `count`. */
uint32_t share_place(const struct open_share *shares, uint32_t count, uint64_t number);

#endif
