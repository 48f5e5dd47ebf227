/* shim: the pure core of mailroom-shim: an employee of the boss above it, and the boss of the workers or
 * managers below. */
#ifndef MAILROOM_SHIM_H
#define MAILROOM_SHIM_H

#include "common/link/event.h"
#include "common/link/link.h"
#include "common/link/outbox.h"

struct shim;

struct shim_config {
    uint8_t boot[UUID_SIZE]; /* random, drawn by the edge at each start */
    uint64_t seed;           /* the same, but told to nobody: as in broker_config */
    uint32_t
        workers; /* how many workers to spawn (or, with only_connect, to wait for); 0 with managers below */
    bool only_connect;     /* -x: workers connect by themselves */
    bool per_session;      /* no worker process runs tasks of two sessions */
    bool managers;         /* below are managers: they may dial in by the front door */
    const char *boss_line; /* the boss to dial, for the log ("host:7472"), copied by shim_new; its line has
                              the number behind the managers'. NULL: a boss dials this shim */
    uint32_t prefetch;     /* tasks wanted beyond the idle workers */
    uint64_t ids;          /* how many worker ids to ask for at a time */
    uint64_t redial;       /* ms, as in broker_config */
    uint64_t renew_rate;   /* workers a second that are renewed for another client's task */
    uint64_t respawn_first, respawn_most; /* ms: how long the shim waits before it replaces a worker that
                                             died, doubled each time that it dies young, up to the most */
    uint64_t worker_young;                /* ms: a worker that dies before this age died young */
    uint64_t worker_silent; /* ms that a process has to connect before the log says that it has not */
    uint64_t max_attempts, max_losses; /* as in broker_config, for tasks that its own workers submit */
    uint64_t walltime;                 /* ms after its start at which it begins to drain, 0: never */
    uint64_t drain_grace;              /* ms that it has to finish what runs when it is told to leave */
    struct link_limits boss_link, manager_link, worker_link;
    uint64_t max_connections;
    uint64_t max_memory;      /* bytes that may be kept for all peers together; 0: any number */
    uint64_t max_breadcrumbs; /* how deep tasks may be nested, up to MAX_BREADCRUMBS */
    uint64_t max_ids;         /* worker ids that one manager may have */
    uint64_t max_header;      /* bytes of a message's header, up to MAX_HEADER */
    uint64_t work;            /* units of work in a turn, as in broker_config */
    uint64_t max_logs;        /* log records a second of one worker */
    char software[32];        /* "mailroom-shim 0.1.0" */
    char name[64];            /* for people: the host's, or what it was given */
};

void shim_config_default(struct shim_config *config);

/* A shim without connections. `lines` are the managers to dial, numbered from 0, as in broker_new. The
 * workers' slots are numbered 0 to workers - 1. */
struct shim *shim_new(const struct shim_config *config, const char *const *lines, size_t line_count,
                      uint64_t now);
void shim_free(struct shim *shim);

void shim_step(struct shim *shim, const struct event *event, struct outbox *outbox);
uint64_t shim_deadline(const struct shim *shim);

/* Bytes that it keeps for all peers together. */
uint64_t shim_kept(const struct shim *shim);

struct shim_counts {
    uint64_t employees, workers, idle_workers, tasks, queued;
    uint64_t submitted, finished, failed, cancelled, discarded, misbehaved, respawned;
};
void shim_counts(const struct shim *shim, struct shim_counts *counts);

#endif
