/* nap: see nap.h. A semaphore, since no other lock of POSIX lets a signal end the wait. It counts in the
 * clock that people set, so it sleeps in slices: a clock that jumps costs a slice at most. */
#include "clients/c/edge/nap.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "edge/line/clock.h"

enum { SLICE = 1000 /* ms */ };

void nap_init(struct nap *nap)
{
    if (sem_init(&nap->over, 0, 0) != 0)
        abort(); /* the count 0 is never too large */
}

void nap_free(struct nap *nap)
{
    sem_destroy(&nap->over);
}

static int sleep_for(struct nap *nap, uint64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return sem_timedwait(&nap->over, &until) == 0 ? 0 : errno;
}

bool nap_take(struct nap *nap, int timeout)
{
    uint64_t end = timeout < 0 ? UINT64_MAX : clock_ms() + (uint64_t)timeout;
    for (;;) {
        uint64_t now = clock_ms(), left = end > now ? end - now : 0;
        int error = sleep_for(nap, left < SLICE ? left : SLICE);
        if (error != ETIMEDOUT)
            return error == 0;
        if (left <= SLICE)
            return true;
    }
}

void nap_end(struct nap *nap)
{
    sem_post(&nap->over);
}
