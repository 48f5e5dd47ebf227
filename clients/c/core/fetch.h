/* fetch: tasks that are at the broker, in a session that several commands share: asks how they are, and when
 * they have ended gets their results, gives them out in order, and releases them. Pure. */
#ifndef MAILROOM_C_FETCH_H
#define MAILROOM_C_FETCH_H

#include "clients/c/core/work.h"

enum fetch_phase {
    FETCH_ASKS,  /* how the tasks are */
    FETCH_WAITS, /* they have not ended: leave, and come back later */
    FETCH_GETS,  /* the results */
    FETCH_HAS,   /* all that can be had is there */
};

struct fetch_target {
    uint8_t uuid[UUID_SIZE];
    unsigned state;        /* enum task_state */
    uint64_t total, ended; /* as the broker says */
    uint64_t done, failed;
    uint64_t *entries; /* of its slots: numbers in fetch.entries, NO_NUMBER: not wanted */
    uint64_t slots;    /* entries of that */
};

enum fetch_state { FETCH_WANTED, FETCH_REQUESTED, FETCH_DONE, FETCH_FAILED };

struct fetch_entry {
    uint32_t target, slot;
    enum fetch_state state;
    struct slice body;
    uint64_t code;
    char *text;
};

struct fetch {
    struct fetch_target *targets;
    uint32_t target_count, asked; /* `asked`: answers that are there */
    struct fetch_entry *entries;
    uint64_t entry_count, entry_capacity;
    bool expands; /* the entries are all slots of the targets, once their number is known */
    enum fetch_phase phase;
    uint64_t wanted;    /* the first entry that may be FETCH_WANTED */
    uint64_t requested; /* entries that are FETCH_REQUESTED */
    uint64_t ended;     /* entries that are there, one way or the other */
    uint64_t shown;     /* given out */
    uint64_t again_at;  /* ms: no requests before that */
};

void fetch_free(struct fetch *fetch);

/* A task of which all slots are wanted: for a fetch that `expands`. */
void fetch_add_task(struct fetch *fetch, const uint8_t *uuid);

/* One slot of a task, in the order in which they are to be given out. */
void fetch_add_slot(struct fetch *fetch, const uint8_t *uuid, uint32_t slot);

/* A link is there: asks, or requests again what is not there yet. */
void fetch_begin(struct fetch *fetch, struct client *client);

/* Takes a message of the broker's, if it is about these tasks. */
void fetch_take(struct fetch *fetch, struct client *client, const struct message *message, struct slice *body,
                uint64_t now);

/* Requests more, as far as answers to earlier requests are there. */
void fetch_send(struct fetch *fetch, struct client *client, uint64_t now);

/* As work_next and work_drop. */
bool fetch_next(const struct fetch *fetch, struct work_outcome *outcome);
void fetch_drop(struct fetch *fetch);

/* Tells the broker that all that was got is not needed there any more. */
void fetch_release(struct fetch *fetch, struct client *client);

/* ms at which fetch_send has something to do; NEVER: none. */
uint64_t fetch_deadline(const struct fetch *fetch);

#endif
