/* world: a simulated cluster: processes around the real cores (broker_step, shim_step) and around simulated
 * clients and workers, the network between them, one virtual clock, one queue of what will happen, ordered by
 * time and then by when it was put in. Nothing depends on anything but the seed. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdio.h>

#include "common/link/event.h"
#include "common/link/outbox.h"
#include "common/link/post.h"
#include "tests/sim/rng.h"

enum {
    MOST_LINES = 8, /* of one process */
    MOST_SLOTS = 8, /* for workers, of one shim */
    OVERHEARD = 16,
    NOBODY = -1, /* no process */
    WORLD_START = 1000000
};

enum process_kind {
    PROCESS_BROKER,
    PROCESS_SHIM,
    PROCESS_WORKER,
    PROCESS_CLIENT,
    PROCESS_ROGUE,
    PROCESS_HOARDER
};

struct world;
struct process;
struct database;
struct client;
struct sim_hand;

/* A message on its way. */
struct mail {
    struct mail *next;
    uint64_t due;
    struct blob *body;
    unsigned frames;
    size_t header_size;
    uint8_t header[];
};

/* One side of a connection. */
struct end {
    struct process *process;
    uint32_t incarnation; /* of the process that has it */
    uint32_t number;      /* what the process calls it; NO_CONN: not yet */
    enum door door;
    bool open;       /* as far as the process knows */
    bool last_words; /* the other side closed it: nothing comes after what is on its way */
    bool told;       /* EVENT_CLOSED is on its way */
    struct mail *first, *last;
    uint64_t last_due;
    uint64_t silent_until; /* what comes to this side is delayed */
    bool awaited;          /* a happening will look at the first mail */
};

struct wire {
    struct end ends[2]; /* 0: who dialled */
    uint32_t number, serial;
    bool used, cut;
    uint32_t delay; /* ms, typical */
};

/* One place in the cluster, and the process that is there now. */
struct process {
    struct world *world;
    enum process_kind kind;
    int number;
    char name[24];
    bool alive, stopped;
    uint32_t incarnation;
    uint64_t skew;   /* ms: its monotonic clock is so far ahead */
    uint32_t island; /* processes on different islands do not hear each other */
    struct key key;  /* that it has, where there are keys */
    uint64_t host;   /* where it is, to whom it connects to */
    struct rng rng;
    bool turn_due, owes_turn;
    uint64_t timer_at;     /* of the happening that is in the queue, NEVER: none */
    uint32_t timer_serial; /* older ones are void */
    unsigned idle_turns;   /* in a row, at the same ms */
    uint64_t turns;        /* so far */
    struct wire **conns;   /* by its numbers */
    uint8_t *sides;
    uint32_t conn_count;
    struct outbox outbox;
    struct happening *parked; /* while it is stopped */
    size_t parked_count, parked_capacity;

    uint64_t renewed; /* a shim: when it last started a worker in place of one that it renewed, 0: never; */
    uint64_t steady;  /* and from when on no more is made up for of what was due while it was stopped */
    int lines[MOST_LINES]; /* whom it dials */
    unsigned line_count;
    int boss;          /* a worker: whose slot it is in, a shim: whose employee it is */
    uint32_t slot;     /* a worker's */
    enum door dials;   /* at which door of those whom it dials it knocks */
    uint32_t workers;  /* a shim: how many it has, */
    bool only_connect; /* and whether they come by themselves */
    bool managers;     /* a shim: there are managers below */
    bool dials_boss;   /* a shim: it is not dialled, its last line is to its boss */
    bool modern;       /* a worker: on libmailroom's core */
    bool narrow;       /* its workers, or this one, have one runtime only */
    bool exits;        /* ORDER_EXIT came */
    char given[32];    /* a worker: its name, from the shim */
    bool has_word;     /* and what its page said when it died */
    struct page_word word;

    struct shelf *shelf; /* a broker's journal, which outlives it; NULL: it has none */
    bool commits;        /* something was said that is not safe: a HAPPENS_COMMIT is in the queue */
    uint64_t epoch;      /* where two brokers name a journal: of one that has it, 0: it is a standby; of a
                            shim: the highest of a boss that it has had in this life */
    uint64_t heard;      /* of such a broker: when its database answered last, */
    uint64_t cut_until;  /* and until when it does not */
    struct broker *broker;
    struct shim *shim;
    struct sim_hand *hand;
    struct client *client;
    struct rogue *rogue;
    struct hoarder *hoarder;
    uint64_t max_body; /* bytes that a shim or worker takes of its boss, 0: any number */
};

enum happens {
    HAPPENS_MAIL,     /* to side `b` of wire `a` */
    HAPPENS_CLOSED,   /* the same */
    HAPPENS_DIALLED,  /* line `b` of process `a` */
    HAPPENS_TURN,     /* of process `a` */
    HAPPENS_TIMER,    /* the same */
    HAPPENS_SPAWNED,  /* slot `b` of shim `a` */
    HAPPENS_EXITED,   /* the same */
    HAPPENS_START,    /* process `a` is started (again) */
    HAPPENS_CONTINUE, /* process `a` goes on */
    HAPPENS_HEALED,   /* process `a` comes back from its island */
    HAPPENS_DEATH,    /* of process `a` */
    HAPPENS_COMMIT,   /* the journal of process `a` writes what was said so far */
    HAPPENS_WRITABLE, /* it takes new work again */
    HAPPENS_LOOK,     /* process `a`, of two brokers, looks who has their journal */
    HAPPENS_FAULT,    /* the next of the faults */
};

struct happening {
    uint64_t time, order;
    enum happens what;
    uint32_t a, b;
    uint32_t
        serial; /* of the wire, or the process's incarnation, or its timer: another one now makes it void */
};

/* What a run is made of; follows from the seed, and what the command line says otherwise. */
struct plan {
    uint64_t seed;
    unsigned clients, roots; /* of each client */
    unsigned faults;         /* how many there are at most */
    uint32_t kinds;          /* of faults: a bit for each enum fault_kind */
    uint64_t steps;          /* 0: as many as it takes */
    bool trace;
};

/* Settings that all processes of a run share. */
struct settings {
    uint64_t heartbeat, expiry, redial, window; /* of bosses' and managers' links */
    uint64_t max_parts; /* bytes of shared parts that an employee may keep, 0: as many as usual */
    uint64_t client_expiry;
    uint32_t prefetch;
    bool cluster;        /* the broker says which it is of */
    bool keys;           /* all but workers have one */
    bool apart;          /* no worker that a shim starts runs tasks of two sessions */
    uint64_t max_tasks;  /* that a client may have: few, so that it meets the bound; 0: as many as usual */
    uint64_t max_bytes;  /* the same of what is kept for it */
    uint64_t max_unread; /* bytes that a peer may leave unread; 0: any number */
    uint64_t max_memory; /* the same of what the broker keeps for all */
    bool tight;          /* max_bytes or max_memory is set: some things find no room */
    bool hoards_paths;   /* the first client has more import paths than are kept for one */
    uint64_t renewals;   /* workers a second that a shim may renew, where no worker is for two sessions */

    unsigned hoard;             /* enum hoard: what somebody has as much of as it gets */
    uint64_t spare_connections; /* so many more than are needed may be open at a core; 0: as many as usual */
    uint64_t max_ids;           /* worker ids that a manager may have; 0: as many as usual */
    uint64_t max_header;        /* the same of a header's bytes, */
    uint64_t max_asked;         /* of bytes of answers that a client may leave unread, */
    uint64_t max_breadcrumbs;   /* of how deep tasks may be nested, */
    uint64_t max_logs;          /* of log records a second */
    bool bulky;                 /* tasks of clients are large now and then, and not everybody takes them: */
    uint64_t max_body;          /* nobody takes larger ones than this; 0: some take any */
    uint32_t max_clients;       /* sessions that there may be: fewer than clients; 0: as many as usual */
};

struct unbegun {
    struct address address;
    uint32_t attempt;
    uint64_t troubles; /* so far: managers that were lost meanwhile may have had it */
};

struct tally { /* of what happened: what may explain an error */
    uint64_t steps, mails, blips, kills, losses, partitions, stalls, jumps, restarts, roots, tasks, errors,
        jumped, unread; /* links that ended for want of reading */
};

/* Log records of one worker that have come to clients. */
struct logged {
    uint64_t since; /* ms, when it said the first one; 0: it has said none */
    uint32_t count; /* of those that have come to a client: */
    bool *told;     /* owned; by their numbers, */
    uint32_t most;  /* below this one */
};

struct world {
    struct plan plan;
    uint64_t now; /* ms */
    uint64_t order;
    struct happening *queue; /* a binary heap */
    size_t queued, queue_capacity;
    struct process **processes;
    unsigned process_count;
    struct wire **wires;
    uint32_t wire_count, free_wires;
    struct rng net, chance, faults;
    unsigned faults_left;
    bool quiet; /* no more faults */
    bool failed;
    uint64_t on_way;         /* mails */
    uint64_t last_news;      /* when something other than ACK, PING and PONG was delivered last */
    uint64_t digest;         /* of all that was delivered */
    uint64_t trouble;        /* ms, when somebody was last not well */
    uint64_t looked;         /* ms, when check_idle looked last */
    struct unbegun *unbegun; /* tasks that a worker died with and had not begun */
    unsigned unbegun_count;
    struct logged *logged; /* by the number of the worker */
    uint32_t hands;        /* workers so far */
    uint32_t logged_count;
    bool done;                           /* all clients have left, and no fault is to come */
    struct address overheard[OVERHEARD]; /* of tasks, the last ones, for those who forge */
    unsigned overheard_count;
    struct tally tally;
    struct settings settings;
    struct database *database; /* NULL: there is one broker */
};

void world_init(struct world *world, const struct plan *plan);
void world_free(struct world *world);

/* A place for a process, without one. */
struct process *world_place(struct world *world, enum process_kind kind, const char *name);

/* Puts something into the queue. */
void world_later(struct world *world, uint64_t ms, enum happens what, uint32_t a, uint32_t b,
                 uint32_t serial);

/* The next happening; false: there is none. */
bool world_step(struct world *world);

/* look.c: a worker dies with a task that it never began; a task comes to a worker: it must not have been
 * charged for such a death. */
void world_unbegun(struct world *world, const struct address *address, uint32_t attempt);
void world_came(struct world *world, const struct address *address, uint32_t attempt);

/* Log records of a worker or a session, `count` so far, `since` a moment: whether its rate is kept. */
struct logged *world_logged(struct world *world, uint32_t worker);

/* One of its records has come to a client; false: it had come before. */
bool world_log_is_new(struct logged *logged, uint32_t number);
bool world_rate_is_kept(const struct world *world, uint32_t count, uint64_t since);

/* The run has failed: says why, once. */
void world_fail(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line of the trace, with the time before it. */
void world_trace(const struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* process.c: a process starts, is given an event, dies. */
void process_start(struct process *process);
void process_give(struct process *process, struct event *event);
void process_turn(struct process *process);
void process_arm(struct process *process);
void process_rearm(struct process *process); /* its clock has jumped */
void process_kill(struct process *process, const char *how);
void process_stop(struct process *process, uint64_t ms);
void process_continue(struct process *process);
void process_free(struct process *process);
void process_unsteady(struct process *process); /* its clock has jumped, or it was stopped */
uint64_t process_now(const struct process *process);
void process_spawned(struct process *shim, uint32_t slot);
void process_exited(struct process *shim, uint32_t slot);
void process_log(struct process *process, int level, const char *text);

/* orders.c: what a step wants done. */
void orders_carry_out(struct process *process);
void orders_dialled(struct process *process, uint32_t line);

/* journal.c: a record of a broker; its journal's moments; its process is gone; another one hears it. */
void journal_say(struct process *process, const struct record *record);
void journal_commit(struct process *process);
void journal_writable(struct process *process);
void journal_lose(struct process *process);
void journal_load(struct process *process);

/* Whose key a connection was made with, as the side at `end` sees it; NULL: it has none. */
const struct key *net_key(const struct world *world, const struct end *end, const struct process *other);

/* net.c */
struct wire *net_wire(struct world *world, struct process *from, struct process *to, enum door door);
void net_put(struct wire *wire, unsigned side, const struct letter *letter); /* to that side */
void net_raw(struct wire *wire, unsigned side, const uint8_t *header, size_t size, struct blob *body,
             unsigned frames);
void net_close(struct wire *wire, unsigned side); /* that side closes it */
void net_cut(struct wire *wire);
void net_mail(struct world *world, const struct happening *happening);
void net_closed(struct world *world, const struct happening *happening);
void net_silence(struct wire *wire, unsigned side, uint64_t ms);
void net_leave(struct process *process); /* it died: its connections end */
void net_look(struct process *process);  /* it goes on: what came for it meanwhile arrives */
bool net_parted(const struct process *a, const struct process *b);
uint32_t net_number(struct process *process, struct wire *wire, unsigned side);
void net_free(struct world *world);

/* cluster.c: the places, who dials whom, and their settings. */
void cluster_make(struct world *world);
void cluster_start(struct process *process);

/* fault.c */
enum fault_kind {
    FAULT_BLIP,    /* a connection breaks */
    FAULT_SILENCE, /* one way of a connection is silent for a while */
    FAULT_PART,    /* a process is cut off for a while */
    FAULT_STALL,   /* a process is stopped, and goes on */
    FAULT_JUMP,    /* a process's clock jumps */
    FAULT_WORKER,  /* a worker is killed */
    FAULT_SHIM,    /* a shim is killed */
    FAULT_CLIENT,
    FAULT_BROKER,
    FAULT_LEAVE, /* a shim is told to end: it drains, hands back what it has, and is started again */
    FAULT_ROGUE, /* there are peers that break protocol; at its moment the key of one, or of a client, is
                    revoked */
    FAULT_LIMIT
};
void fault_begin(struct world *world);
void fault_next(struct world *world);

/* check.c */
void check_step(struct world *world);
void check_end(struct world *world);

#endif
