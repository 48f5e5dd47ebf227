/* nap: a thread's sleep, which another thread ends, or a signal handler, or time. */
#ifndef MAILROOM_C_NAP_H
#define MAILROOM_C_NAP_H

#include <semaphore.h>
#include <stdbool.h>

struct nap {
    sem_t over;
};

void nap_init(struct nap *nap);
void nap_free(struct nap *nap);

/* Sleeps until nap_end, which may have been called before, at most `timeout` ms (-1: for ever). False: a
 * signal handler ran in this thread. */
bool nap_take(struct nap *nap, int timeout);

void nap_end(struct nap *nap);

#endif
