/* limits: how many files and sockets this process may have. Asked for at the start: czmq and libzmq end the
 * process when they run out later. */
#include "edge/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

enum {
    LINE_SOCKETS = 3, /* the DEALER and both ends of its monitor */
    LINE_FILES = 5,   /* their signallers, the connection, and one that is being closed */
    OTHER_SOCKETS = 64,
    OTHER_FILES = 128,
    MOST_SOCKETS = 65535, /* what libzmq takes */
};

int limits_raise(const struct edge_limits *limits, char *why, size_t why_size)
{
    uint64_t sockets =
        2 * LINE_SOCKETS * (uint64_t)limits->lines + OTHER_SOCKETS; /* closed ones go a little later */
    uint64_t files = LINE_FILES * (uint64_t)limits->lines + limits->connections + OTHER_FILES;
    struct rlimit now;
    getrlimit(RLIMIT_NOFILE, &now);
    if (sockets > MOST_SOCKETS) {
        snprintf(why, why_size, "%zu managers are more than libzmq has sockets for (at most %d)",
                 limits->lines, (MOST_SOCKETS - OTHER_SOCKETS) / (2 * LINE_SOCKETS));
        return -1;
    }
    if (now.rlim_cur < files) {
        struct rlimit more = {.rlim_cur = files, .rlim_max = now.rlim_max > files ? now.rlim_max : files};
        if (setrlimit(RLIMIT_NOFILE, &more) != 0) {
            snprintf(why, why_size,
                     "%" PRIu64 " connections and %zu managers need %" PRIu64
                     " open files, and the system allows %" PRIu64
                     ": raise it (ulimit -n) or lower limits/connections",
                     limits->connections, limits->lines, files, (uint64_t)now.rlim_max);
            return -1;
        }
    }
    return (int)sockets;
}
