/* client: a simulated client: submits random programs, asks for their results, cancels some, and judges what
 * it is told: each root ends once, with what its program answers, and nobody else's mail comes here. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include "tests/sim/line.h"
#include "tests/sim/program.h"
#include "tests/sim/world.h"

enum {
    LARGEST_MAP = 12,    /* tasks */
    LARGEST_TASK = 2000, /* bytes that a client's task costs a broker */
    MOST_PATHS = 6000    /* import paths in one CONNECT: more than a client may have */
};

enum slot_is { SLOT_WAITS, SLOT_DONE, SLOT_FAILED };

/* A root. */
struct sim_slot {
    struct spec spec;
    struct answer answer;
    enum slot_is is;
    uint32_t ended_on; /* which of its links it ended on, */
    uint32_t ended_in; /* and in which session: another broker may come to another end */
};

enum job_is { JOB_PLANNED, JOB_SUBMITTED, JOB_CANCELLING, JOB_CANCELLED };

/* A submit, or a map. */
struct sim_job {
    uint8_t uuid[UUID_SIZE];
    struct sim_slot *slots;
    uint32_t count, ended;
    enum job_is is;
    bool deliver, keep;
    bool shares;    /* its tasks begin with a part that is sent once, where the broker takes that */
    uint64_t seq;   /* of its submit on the present link; 0: none was sent there */
    bool refused;   /* it was BUSY once: what was asked behind that is unknown */
    uint32_t tries; /* how often it was BUSY since something of its client's has ended */
    bool safe;      /* a broker with a journal has said that it will not lose it */
    bool again;     /* it was asked for once more, and may be told again */
    uint8_t priority;
    const char *runtime;
    uint64_t submit_at, request_at, cancel_at, status_at, release_at,
        again_at; /* own time, NEVER: not again */
};

struct client {
    struct process *process;
    bool runs; /* its process does */
    struct line line;
    uint8_t session[UUID_SIZE];
    struct rng rng;
    struct sim_job *jobs;
    uint32_t job_count;
    uint32_t links, sessions; /* how many it has had; a session in another broker process is another one */
    uint64_t corr, connect;   /* the last one, and that of its CONNECT */
    bool large, deadly, mute;
    uint32_t logs;                /* that it was sent in this session, */
    uint64_t logs_since;          /* and when that began, by the world's clock */
    bool hoards_paths;            /* it says more import paths than are kept for it, always others: */
    unsigned paths, paths_so_far; /* so many in its last CONNECT, and in all of them */
    bool leaving, left;           /* DISCONNECT was sent; was answered */
};

struct client *client_new(struct process *process, unsigned roots);
void client_free(struct client *client); /* NULL is ignored */
void client_start(struct client *client);
void client_stop(struct client *client); /* its process is gone */
void client_step(struct client *client, const struct event *event, struct outbox *outbox);
uint64_t client_deadline(const struct client *client);

/* All of its jobs have ended. */
bool client_is_done(const struct client *client);
bool client_job_ended(const struct sim_job *job);

/* client_say.c */
uint64_t client_part_of(const struct sim_job *job); /* names the part of a job's tasks */
void client_say_submit(struct client *client, struct sim_job *job);
void client_say_request(struct client *client, const struct sim_job *job, uint64_t slot);
void client_say_status(struct client *client, const struct sim_job *job);
void client_say_cancel(struct client *client, const struct sim_job *job);
void client_say_release(struct client *client, const struct sim_job *job);
void client_say_connect(struct client *client);
void client_say_disconnect(struct client *client);

/* client_read.c: judges a message of the broker. */
void client_read(struct client *client, const struct message *message, const struct slice *body);

#endif
