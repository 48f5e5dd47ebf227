/* workers: the shim's side of its guardian: orders to it, its reports as events. */
#ifndef MAILROOM_SHIM_EDGE_WORKERS_H
#define MAILROOM_SHIM_EDGE_WORKERS_H

#include "edge/edge.h"
#include "worker-shim/edge/guardian.h"

/* A worker's process, as far as its guardian has told. */
struct worker_process {
    bool asked; /* it was ordered, and has not ended */
    pid_t pid;  /* 0: it is not known yet */
    char name[WORKER_NAME_SIZE];
};

struct workers {
    struct edge *edge; /* where events go */
    int line;          /* to the guardian */
    pid_t guardian;
    char *const *command;     /* of the workers */
    bool forks;               /* those in the place of one that worked, see forkserver.h; else they are
                                 started anew */
    char folder[FOLDER_SIZE]; /* where the workers' socket is; the caller removes it in the end */
    struct worker_process *processes; /* by slot: whom the guardian takes along if it should die */
    uint32_t slots;
    unsigned deaths; /* of guardians, */
    uint64_t since;  /* ms, from then on */
};

/* Starts the guardian; see guardian_start. False: errno says why. One that dies is replaced, and its workers
 * with it; but not where that happens again and again. */
bool workers_start(struct workers *workers, const struct guardian_plan *plan);

/* Gives the edge its spawner and its reader. */
void workers_attach(struct workers *workers, struct edge *edge);

/* Ends all workers, those that do not end by themselves within `grace` ms by SIGKILL, with all their
 * descendants, and waits until that is done. A signal (SIGINT, SIGTERM) makes it stop waiting for them and
 * kill. */
void workers_end(struct workers *workers, uint32_t grace);

#endif
