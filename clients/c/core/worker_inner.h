/* worker_inner: a worker's state and what its rooms offer each other; inside clients/c/core only. */
#ifndef MAILROOM_WORKER_INNER_H
#define MAILROOM_WORKER_INNER_H

#include "clients/c/core/worker.h"
#include "common/link/post.h"

enum {
    NS_IN_MS = 1000000,
    GATHER_MS = 1, /* how long a result may wait for others */
};

/* An item for the loop, and what it points to. */
struct item {
    struct mailroom_item shown; /* the first field: a caller's pointer is one to this */
    struct item *next;
    struct slice body, shared;
    struct item *later; /* a task that waits: the messages to it, in their order */
    uint64_t memory[];  /* addresses, then texts */
};

/* A list of items with its end. */
struct items {
    struct item *first, **last;
};

/* A result that waits for others. */
struct done {
    struct address task;
    struct slice body;
    bool timed;
    struct timing timing; /* what it took, where it is timed */
};

/* What the last WAITING said, and how many tasks came since. */
struct said {
    uint32_t idle, room, queued, read;
};

struct worker {
    uint64_t now; /* ns: of the present call; it never goes back */

    /* worker_line.c */
    struct post post;
    struct peer *boss;     /* NULL: no link */
    struct outbox *outbox; /* of the present step */
    uint8_t boot[UUID_SIZE];
    char name[MAX_NAME + 1], address[128], name_of_boss[64];
    char software[1024]; /* or how the worker of this name has ended, with what it said */
    char trouble[256];   /* why there is no link yet */
    unsigned misfits;    /* how certain it is that the keys do not fit */
    enum mailroom_end end;
    char end_text[512];

    /* worker_read.c */
    struct builder runtimes; /* as in STARTED */
    bool has_id;
    uint32_t id;

    /* worker_ahead.c */
    struct items mail;   /* for the loop, in order */
    struct item **ahead; /* a ring: tasks that the loop has not seen */
    uint32_t ahead_first, ahead_count, ahead_capacity;
    uint64_t received; /* SUBMITs' tasks in all */
    uint64_t receipt;  /* number of the last SUBMIT read */
    uint64_t given, returned;
    uint64_t returned_seq; /* number of the last RETURN of such as waited here; 0: none */
    bool asks;             /* the loop waits for a task */
    bool settles; /* what the shim is to know before the task that was given last begins has not left yet */
    bool settle;  /* the task that was given last had been lost before */
    struct page *page;
    struct page_word word; /* what the page says, if there is one */

    /* worker_pace.c */
    uint64_t task_ns; /* of the last tasks */
    uint64_t samples;
    uint64_t busy_since; /* NEVER: the loop waits */
    bool heavy;          /* the last result was large */
    uint64_t busy;       /* ns, since the last task began, but for the present spell */
    bool timing;         /* a task began in that time */
    struct said said;    /* by the last WAITING */
    uint64_t begun_at;   /* ms: without a page, when the shim is to hear what has begun; NEVER: it knows */

    /* worker_say.c */
    struct done *done; /* results that gather */
    uint32_t done_count, done_capacity;
    size_t done_bytes;
    uint64_t flush_at; /* ms: when what was said is to leave; NEVER: there is nothing. 0: at once */
    uint64_t tick_at;  /* ms: things have left a moment ago, and the next ones may gather until then; NEVER */
    struct builder cancels;
    struct address cancels_root;
    uint64_t results;
    bool gives_back; /* a task, and has not waited since */
    bool leaving;
    uint64_t armed;      /* ms: when there is to be a turn, as whoever drives this knows */
    struct builder list; /* scratch */
    char why[200];
};

/* worker_items.c: making items. A text may have no bytes; the body is taken over. */
struct item *item_task(const struct task_header *task, struct slice body);
void item_share(struct item *item, uint64_t number, struct slice part); /* takes over `part` */
struct item *item_unshare(uint64_t number);
struct item *item_result(const struct result_header *result, struct slice body);
struct item *item_cancel(const struct address *address);
struct item *item_message(struct list addresses, struct slice body);
struct item *item_paths(struct list paths, uint64_t session);
struct item *item_end(enum mailroom_end end, const char *text);
void items_add(struct items *items, struct item *item);

struct mailroom_address shown_address(const struct address *address);
struct address inner_address(const struct mailroom_address *address);

/* The time of a call. */
static inline void worker_tick(struct worker *worker, uint64_t now)
{
    if (now > worker->now)
        worker->now = now;
}

/* worker_read.c: a message of the boss's; takes over `body`. */
void worker_read(struct worker *worker, const struct message *message, struct slice body);

/* worker_line.c: it is over. The first word counts. */
void worker_finish(struct worker *worker, enum mailroom_end end, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* worker_ahead.c */
void ahead_add(struct worker *worker, struct item *task);

/* Drops what was cancelled: the task of this address, and what descends from it. */
void ahead_cancel(struct worker *worker, const struct address *address);

/* A message for one of the tasks ahead; false: it is none of these. */
bool ahead_message(struct worker *worker, const struct address *task, const struct slice *body);

/* Gives back up to `most`, the newest first; those of the runtimes in `names`, NULL: any. */
void ahead_return(struct worker *worker, uint64_t most, const struct list *names);
void ahead_free(struct worker *worker);

/* The last `count` tasks came with this acknowledgement. Where the shim had not read then what was given back
 * before, they go back too: older ones may be among that, which would wait for these. */
void ahead_return_crossed(struct worker *worker, uint64_t ack, uint32_t count);

/* Whether the shim has read what was given back. */
bool ahead_is_heard(const struct worker *worker);

/* `task` is done, or failed. */
void ahead_done(struct worker *worker, const struct address *task);

/* worker_pace.c: the loop is busy from now on (with a new task), and is not any more. */
void pace_busy(struct worker *worker, bool task);
void pace_rest(struct worker *worker);

/* How many tasks should wait here; whether what runs is so long that nothing should; when it will be. */
uint32_t pace_ahead(const struct worker *worker);
void pace_weigh(struct worker *worker, size_t size); /* a result of so many bytes */
bool pace_is_long(const struct worker *worker);
uint64_t pace_long_at(const struct worker *worker);

/* Whether WAITING has something new to say; says it. */
bool pace_has_news(const struct worker *worker);
void pace_say(struct worker *worker);

/* Without a page: what runs has changed, of which the shim is to hear. */
void pace_note(struct worker *worker);

/* worker_say.c: puts a message on the link, behind what was gathered, to leave at once. Takes over `body`. */
void say(struct worker *worker, const struct message *message, struct slice body);

/* Puts what was gathered, cancels and results, on the link. */
void say_gathered(struct worker *worker);

/* What is on the link is to leave: now, or a moment after the last that left. */
void say_soon(struct worker *worker);
uint64_t say_when(const struct worker *worker); /* ms */

#endif
