/* workers: the shim's side of its guardian: orders to it, its reports as events. */
#ifndef MAILROOM_SHIM_EDGE_WORKERS_H
#define MAILROOM_SHIM_EDGE_WORKERS_H

#include "edge/edge.h"
#include "worker-shim/edge/guardian.h"

struct workers {
    struct edge *edge; /* where events go */
    int line;          /* to the guardian */
    pid_t guardian;
    char folder[FOLDER_SIZE]; /* where the workers' socket is; the caller removes it in the end */
    pid_t *pids;              /* by slot, 0: none: who must be killed if the guardian itself should die */
    uint32_t slots;
};

/* Starts the guardian; see guardian_start. False: errno says why. */
bool workers_start(struct workers *workers, const struct guardian_plan *plan);

/* Gives the edge its spawner and its reader. */
void workers_attach(struct workers *workers, struct edge *edge);

/* Ends all workers, those that do not end by themselves within `grace` ms by SIGKILL, with all their
 * descendants, and waits until that is done. A signal (SIGINT, SIGTERM) makes it stop waiting for them and
 * kill. */
void workers_end(struct workers *workers, uint32_t grace);

#endif
