/* arrivals: see arrivals.h. */
#include "edge/arrivals.h"

#include <uthash.h>

#include "common/base/account.h"
#include "common/base/bucket.h"
#include "common/base/mem.h"

enum { MOST_GONE = 65536 /* hosts that are remembered without a connection, for how fast they were */ };

struct arrival {
    uint64_t host;
    uint32_t open;
    struct bucket made;
    UT_hash_handle hh;
};

static struct arrival *find(const struct arrivals *arrivals, uint64_t host)
{
    struct arrival *arrival;
    HASH_FIND(hh, arrivals->hosts, &host, sizeof host, arrival);
    return arrival;
}

static void forget(struct arrivals *arrivals, uint64_t gone_since)
{
    struct arrival *arrival, *next;
    HASH_ITER (hh, arrivals->hosts, arrival, next) {
        if (arrival->open > 0 || arrival->made.at > gone_since)
            continue;
        HASH_DELETE(hh, arrivals->hosts, arrival);
        mem_free(arrival);
    }
}

enum arrivals_verdict arrivals_begin(struct arrivals *arrivals, uint64_t host, uint64_t open, uint64_t most,
                                     uint64_t now)
{
    if (host == 0)
        return ARRIVALS_FINE;
    struct arrival *arrival = find(arrivals, host);
    if (arrival == NULL) {
        if (HASH_COUNT(arrivals->hosts) >= MOST_GONE + open)
            forget(arrivals, now);
        arrival = mem_zalloc(1, sizeof *arrival);
        arrival->host = host;
        HASH_ADD(hh, arrivals->hosts, host, sizeof host, arrival);
    }
    arrival->open++;
    if (!bucket_take(&arrival->made, arrivals->rate, 1, now))
        return ARRIVALS_FAST;
    return open < most && arrival->open > ACCOUNT_SHARE * (most - open + 1) ? ARRIVALS_MANY : ARRIVALS_FINE;
}

void arrivals_end(struct arrivals *arrivals, uint64_t host)
{
    struct arrival *arrival = host ? find(arrivals, host) : NULL;
    if (arrival && arrival->open > 0)
        arrival->open--;
}

uint32_t arrivals_count(const struct arrivals *arrivals, uint64_t host)
{
    const struct arrival *arrival = find(arrivals, host);
    return arrival ? arrival->open : 0;
}

void arrivals_sweep(struct arrivals *arrivals, uint64_t now)
{
    const uint64_t whole = BUCKET_BURST * 1000; /* ms until a bucket is full again */
    if (now > whole)
        forget(arrivals, now - whole);
}

void arrivals_free(struct arrivals *arrivals)
{
    struct arrival *arrival, *next;
    HASH_ITER (hh, arrivals->hosts, arrival, next) {
        HASH_DELETE(hh, arrivals->hosts, arrival);
        mem_free(arrival);
    }
}
