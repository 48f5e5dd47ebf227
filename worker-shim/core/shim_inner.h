/* shim_inner: the shim's state and what its rooms offer each other; inside worker-shim/core only. */
#ifndef MAILROOM_SHIM_INNER_H
#define MAILROOM_SHIM_INNER_H

#include "common/boss/boss.h"
#include "worker-shim/core/shim.h"

enum slot_state { SLOT_EMPTY, SLOT_SPAWNED };

/* A place for a worker process that this shim starts. */
struct worker_slot {
    enum slot_state state;
    uint32_t generation; /* how many processes it has had */
    uint64_t spawned_at;
    uint64_t retry_at;         /* EMPTY: when the next one is started */
    uint64_t wait;             /* ms: what the last one that died young had to wait */
    uint32_t young_deaths;     /* in a row */
    bool killed;               /* its end is this shim's own wish, */
    bool blameless;            /* and through no fault of its own */
    bool renewed;              /* it has left, for another client's task cannot be run in it */
    bool forks;                /* it, or the next one, takes the place of one that was renewed */
    bool silent;               /* the log has said that it does not connect */
    uint64_t told_at;          /* when it is said that SIGTERM or the like has ended it; NEVER: it did not */
    char how[800];             /* then: how it ended */
    struct employee *employee; /* NULL: it has not shaken hands */
    char name[32];             /* "w3.1": slot and generation */
};

/* What WAITING says. */
struct waiting {
    uint32_t idle, room, own_room, queued;
    uint32_t full; /* a mask */
};

struct shim {
    struct boss boss;
    struct shim_config config;
    uint64_t started;   /* ms */
    struct peer *above; /* the boss, or NULL */
    uint32_t boss_line; /* NO_LINE: none is dialled */
    uint64_t probed_at; /* ms, when the boss was last asked for a sign of life because another one came, */
    unsigned probes;    /* and how often in a row, without an answer */
    struct worker_slot *slots;
    uint32_t slot_count;
    uint32_t flow;       /* all tasks here share one */
    struct account kept; /* tasks, what waits for the boss, and what that shares: most of what may be kept, */
    uint64_t short_of;   /* and what a task took for which there was no room; 0: there was */
    uint64_t misplaced;  /* queued tasks that no worker may have before it has ended those that it has */
    bool held;           /* nothing is given out: the boss takes results more slowly than they come */
    bool has_ids;        /* CONNECT came */
    bool ids_asked;
    struct builder ids; /* the ranges that the boss has given */
    uint64_t receipt;   /* the number of the last submit read from above */
    struct {
        bool started;
        uint64_t workers;
        uint32_t runtimes;
        struct waiting waiting; /* as the last WAITING said */
        uint32_t read;          /* tasks read from above since then */
    } told;
    struct {
        uint64_t count; /* tasks that the boss would rather give to workers elsewhere, */
        uint32_t mask;  /* with one of these runtimes */
    } recalled;
    struct builder updates; /* addresses for the next UPDATE */
    struct builder returns; /* addresses for the next RETURN, of reason 0 */
    uint64_t losses_told;   /* the boss knows of so many ranges of lost ids, see boss_next_losses */
    uint64_t logs_due;      /* ms: when log records that were left out are told of; NEVER: there are none */
    uint64_t walltime_at;   /* ms: when it begins to drain by itself, NEVER */
    uint64_t renew_at;      /* ms: before it no worker is renewed */
    bool draining;
    bool drain_recalled;  /* managers below were asked for what they have queued */
    bool leaving;         /* SIGTERM came */
    uint64_t drain_until; /* ms, NEVER: no end is set */
    bool ending;
    struct {
        uint64_t wanted; /* tasks a second, by the boss; 0: none */
        struct bucket bucket;
        uint64_t left_out; /* of which it has not been told */
    } trace;
    uint64_t submitted, finished, failed, cancelled, respawned;
};

/* above.c */
void above_join(struct shim *shim, struct peer *peer);

/* The boss is gone: nothing of its work goes on here. Ends its link. */
void above_lost(struct shim *shim);

/* The boss is gone, and no part of its work: nothing is told upwards, and the next one is told all anew. Its
 * peer is the caller's to end. */
void above_detach(struct shim *shim);

/* keep.c */

/* What is to be said again to a boss's next process. */
struct kept_letters {
    struct letter **items; /* owned */
    size_t count, capacity;
};

/* Whether two bosses name the same cluster; not where they name none. */
bool keep_same_cluster(const struct peer *above, const struct peer *next);

/* Whether `next` goes on with the cluster of the present boss, whose process has ended: what runs here stays.
 */
bool keep_may(const struct shim *shim, const struct peer *next);

/* Takes out what the present boss may have lost, and ends its link. */
void keep_take(struct shim *shim, struct kept_letters *kept);

/* The first words to a boss with a journal: what there is here, which is nothing for a new one; and what was
 * kept, which is taken over. */
void keep_tell(struct shim *shim, struct kept_letters *kept);

/* Says upwards what has changed in this turn: STARTED, UPDATE, RETURN, WAITING, IDS. */
void above_report(struct shim *shim);

/* The part of it that is about tasks which are not here any more: UPDATE, RETURN. */
void above_report_gone(struct shim *shim);

/* What an ERROR is about, and why. */
struct complaint {
    enum error_code code;
    struct span text;
    const struct address *task, *root;
    const struct address *within; /* a task of the boss's that it is, or descends from; NULL: not known */
    struct slice body;            /* borrowed */
    const struct message *times;  /* the ERROR with what it took, NULL: that is not known */
};

/* A task's ERROR, upwards. */
void above_send_error(struct shim *shim, const struct complaint *complaint);

/* The task of the boss's that a task here is, or descends from: *within, false: there is none. */
bool above_within(const struct shim *shim, const struct task *task, struct address *within);

/* The same of what is not here, by its breadcrumbs. */
bool above_within_list(const struct shim *shim, struct list breadcrumbs, struct address *within);

/* A task of this ledger fails, and is forgotten; the boss ends its root. */
void above_fail(struct shim *shim, uint32_t task, enum error_code code, struct span text);

/* RETURN of tasks of the boss's, by their addresses. */
void above_return(struct shim *shim, enum return_reason reason, struct span text, struct list addresses);

/* The boss hears which workers below were lost that it has not been told of. */
void above_tell_losses(struct shim *shim);

/* A child of a worker here was sent up: its result is to come from there. */
void above_note_raised(struct shim *shim, uint32_t root, const struct address *child);

/* A result has come for a child that was sent up. Whether it is one more: another process of the boss has
 * said it before, or had the child run both here and elsewhere. */
bool above_has_come(struct shim *shim, const struct address *child);

/* Gives a queued task up, for others to run it; false: the boss does not accept its body. */
bool above_hand_up(struct shim *shim, uint32_t task);

/* A worker's or manager's LOG, upwards: no more of them than one worker may send. What is left out is
 * counted, and told in their place to the client of the last of them. Takes over `body`. */
void above_log(struct shim *shim, struct employee *employee, const struct message *log, struct slice body);

/* Tells, when it is time (shim->logs_due), what was left out. */
void above_tell_logs(struct shim *shim);

/* room.c */

/* Begins to count what is kept. */
void room_init(struct shim *shim);

/* Whether there is room for so many bytes. */
bool room_has(const struct shim *shim, uint64_t bytes);

/* There is none for a task of the boss's: it goes back, or fails where nothing here will make room. */
void room_refuse(struct shim *shim, const struct task_header *header, uint64_t cost);

/* Whether no task is wanted until there is room again. */
bool room_is_short(struct shim *shim);

/* endings.c: tells the boss of tasks that it has not in its books. */

/* Whether one more is to be told of when it ends: then it is to be timed. */
bool endings_wanted(struct shim *shim);

/* A task ends here that a worker has run, of which the boss hears nothing else. */
void endings_tell(struct shim *shim, uint32_t task, enum task_state state, uint64_t worker,
                  const struct timing *timing);

/* The same of what a manager below tells. */
void endings_pass(struct shim *shim, const struct message *message);

/* drain.c: finishes what it has, takes nothing new, and leaves at `until` (ms, NEVER) at the latest. */
void drain_begin(struct shim *shim, uint64_t until, const char *why);

/* Hands back what need not stay: what was recalled, and all that is queued while it drains. Leaves when all
 * is done. */
void drain_turn(struct shim *shim);

/* What is queued and does not descend from what runs here goes up, and what nobody here could run. Counts
 * what is misplaced of the rest. */
void drain_hand_up(struct shim *shim);
uint64_t drain_deadline(const struct shim *shim);

/* RETURNs all that the boss has given and nobody else will finish, for this process ends. */
void drain_return_all(struct shim *shim);

/* below.c */
void below_join(struct shim *shim, struct peer *peer);

/* The employee is gone: its tasks go to others, a part at a time, what descends from its workers' tasks is
 * cancelled. */
void below_lost(struct shim *shim, struct employee *employee, const char *why);
void below_take_back_more(struct shim *shim);

/* The same of a worker that ended because this shim is to end: no attempt is counted. */
void below_ended(struct shim *shim, struct employee *employee, const char *why);

/* The same of one that leaves its place to another process: what it had not begun is for others. */
void below_renew(struct shim *shim, struct employee *employee, const char *why);

/* The employee gives tasks back, or was lost with them, as `text` says; those of the boss's are appended to
 * `up`. */
void below_returns(struct shim *shim, uint32_t task, enum return_reason reason, struct span text,
                   struct builder *up);

/* Gives ids to those who wait for them. */
void below_give_ids(struct shim *shim);

/* slots.c */
void slots_init(struct shim *shim, uint64_t now);

/* The slot whose present process has this name, NULL: none. */
struct worker_slot *slots_find(struct shim *shim, const char *name);
void slots_spawned(struct shim *shim, const struct event *event);
void slots_exited(struct shim *shim, const struct event *event);

/* Starts those whose time has come. */
void slots_turn(struct shim *shim);

/* Kills the slot's process. A blameless one is replaced at once, any other like one that died by itself. */
void slots_replace(struct shim *shim, struct worker_slot *slot, bool blameless);
uint64_t slots_deadline(const struct shim *shim);

/* How many places have no worker yet, or one that is about to leave. */
uint32_t slots_coming(const struct shim *shim);

/* Whether a process is about to come in the place of one that was renewed. */
bool slots_renewing(const struct shim *shim);

/* shim.c: ends this process and its workers; with `below`, the managers below too. */
void shim_end(struct shim *shim, bool below, const char *why);

/* A peer is about to be lost: what it said, and waits, is acted on first. It may be gone afterwards. */
void shim_hear_out(struct shim *shim, struct peer *peer);

#endif
