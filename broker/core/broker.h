/* broker: the pure core of mailroomd. State in, an event in, orders out; no socket, no clock, no global
 * state. */
#ifndef MAILROOM_BROKER_H
#define MAILROOM_BROKER_H

#include "common/link/event.h"
#include "common/link/link.h"
#include "common/link/outbox.h"

struct broker;

struct broker_config {
    uint8_t boot[UUID_SIZE]; /* random, drawn by the edge at each start */
    uint8_t
        cluster[UUID_SIZE]; /* what is the same for each process that goes on with it, zeros: nothing is */
    uint64_t epoch;         /* it grows with each of them */
    bool shared;            /* its journal is one that another broker may take over, before this one knows */
    const char *standby; /* borrowed: it serves nobody, since another broker has the journal, and tells each
                            who comes so; NULL: it serves */
    uint64_t
        seed; /* the same, but told to nobody: of hashes, so that no peer can choose uuids that collide */
    uint64_t first_mailbox; /* where mailbox numbers begin: the boot time in us, so that they never repeat
                               across boots */
    uint64_t wall;   /* ms since 1970 where an event's `now` is 0: for what another process is to know */
    uint64_t redial; /* ms between two attempts to connect to a manager: grows from a tenth of it to this */
    struct link_limits client_link;   /* limits towards clients */
    struct link_limits employee_link; /* limits towards managers */
    uint64_t lease;                   /* ms that a session lives on without a client */
    uint64_t settle;            /* ms after a start: what was queued waits for managers that may have it; */
    uint64_t grace;             /* so long what a manager had waits for it */
    uint64_t max_clients;       /* sessions, with those of clients that are absent */
    uint64_t max_connections;   /* peers, with those that have not shaken hands */
    uint64_t max_tasks;         /* of one session */
    uint64_t max_session_bytes; /* of the bodies and results of one session; above it submits are BUSY */
    uint64_t max_memory;        /* bytes that are kept for all peers, 0: any number */
    uint64_t max_attempts;      /* how often a task may be lost with the worker that ran it, */
    uint64_t max_losses;        /* and how often in all, until it fails; 1 to 255 */
    uint64_t max_breadcrumbs;   /* how deep tasks may be nested, up to MAX_BREADCRUMBS */
    uint64_t max_ids;           /* worker ids that one manager may have */
    uint64_t max_header;        /* bytes of a message's header, up to MAX_HEADER */
    uint64_t work;              /* units of work in a turn, of some 30 ns; 0: any number */
    uint64_t max_logs;          /* log records a second to one client */
    uint64_t history;           /* tasks that have ended whose times are kept for who looks; 0: none */
    uint64_t max_kills;         /* workers a minute that one client's tasks may end, at least 1 */
    char software[32];          /* "mailroomd 0.1.0" */
    char name[64];              /* for people: the host's name */
    char page[320];             /* where admins find the page that shows all this; empty: nowhere */
};

/* Sensible limits; boot, seed and first_mailbox are left zero. */
void broker_config_default(struct broker_config *config);

/* A broker without connections. `lines` are the managers to dial, as texts for the log ("host:7473"),
 * numbered from 0; copied. */
struct broker *broker_new(const struct broker_config *config, const char *const *lines, size_t line_count,
                          uint64_t now);
void broker_free(struct broker *broker);

/* One event. Appends to `outbox`; the letters in it stay valid until the next step. */
void broker_step(struct broker *broker, const struct event *event, struct outbox *outbox);

/* The ms at which broker_step wants an EVENT_TURN if nothing else happens; NEVER: none. */
uint64_t broker_deadline(const struct broker *broker);

/* Bytes that it keeps for all peers together. */
uint64_t broker_kept(const struct broker *broker);

/* Numbers for the log and the benchmarks. */
struct broker_counts {
    uint64_t clients; /* sessions, */
    uint64_t absent;  /* and those of them without a client */
    uint64_t jobs;    /* uuids that are remembered */
    uint64_t names;   /* texts that tasks which have ended have for names */
    uint64_t kept;    /* bytes of all sessions' accounts, but for what their links keep */
    uint64_t employees, workers, idle_workers, tasks, queued;
    uint64_t submitted, finished, failed, cancelled, discarded, misbehaved;
};
void broker_counts(const struct broker *broker, struct broker_counts *counts);

#endif
