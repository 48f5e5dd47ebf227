/* look: what those who watch may see of a broker: its numbers, managers, sessions and tasks. It changes
 * nothing. Texts are borrowed until the next step; where peers have a say in them they may be any bytes. */
#ifndef MAILROOM_LOOK_H
#define MAILROOM_LOOK_H

#include "broker/core/broker.h"
#include "broker/core/trace.h"
#include "common/boss/lapses.h"

/* ms since the broker's start at `now`, the edge's clock. */
uint64_t look_age(const struct broker *broker, uint64_t now);

/* False: it is about to end. */
bool look_is_ready(const struct broker *broker);

struct look_numbers {
    uint64_t here, absent; /* sessions */
    uint64_t submitted, finished, failed, cancelled, requeued, discarded, misbehaved;
    uint64_t tasks, queued; /* here; and of these not given out */
    uint64_t workers, idle;
    uint64_t kept, most_kept; /* bytes for all peers; 0: without a bound */
    uint64_t connections;
    uint64_t managers[4];                  /* by enum manager_state */
    const struct journal_numbers *journal; /* NULL: there is none */
    const struct lapses *journal_trips;    /* how long records took until they were safe */
    bool journal_refuses;                  /* new work */
};
void look_numbers(const struct broker *broker, struct look_numbers *numbers);

struct look_manager {
    const char *name, *line; /* line: where it is dialled, or that it dials */
    uint32_t number;         /* it is another one's when this one has gone */
    enum manager_state state;
    uint32_t workers, idle, tasks;
};

/* The manager with the lowest number from `*number` on, which is set behind it; false: there is none. */
bool look_manager(const struct broker *broker, uint32_t *number, struct look_manager *manager);

struct look_runtime {
    const char *name;
    uint64_t managers, queued;
    const struct lapses *waited, *ran;
};

/* The same for runtimes that are in use. */
bool look_runtime(const struct broker *broker, uint32_t *number, struct look_runtime *runtime);

struct look_session {
    const char *name, *key; /* key: empty without keys */
    bool here;
    uint64_t tasks, submitted, bytes, unread;
};

/* The sessions that keep most, at most `most` of them, the first first; returns how many. */
uint32_t look_sessions(const struct broker *broker, struct look_session *sessions, uint32_t most);

/* How many tasks have ended since there is a trace; the first number of which there is still one; the one of
 * a number, NULL: it was too long ago, or is not yet. */
uint64_t look_ended(const struct broker *broker);
uint64_t look_first(const struct broker *broker);
const struct trace_end *look_end(const struct broker *broker, uint64_t number);
uint64_t look_left_out(const struct broker *broker); /* that ended below managers, and nobody told of */
struct span look_end_name(const struct broker *broker, const struct trace_end *end);

/* The same of failures. */
uint64_t look_failed(const struct broker *broker);
const struct trace_failure *look_failure(const struct broker *broker, uint64_t number);

/* A line for what a client has submitted under one uuid. */
struct look_job {
    const uint8_t *uuid;
    struct span name;
    const char *client;
    enum task_state state;
    uint64_t total, ended, attempts, age; /* age in ms */
};

/* Those that `wanted` names: a uuid in hexadecimal digits, with or without dashes, or its beginning of eight
 * or more, or a part of a name. Newest sessions first, and no more than so many records are looked at. */
uint32_t look_find(struct broker *broker, struct span wanted, struct look_job *jobs, uint32_t most);

#endif
