/* limits: how many files and sockets this process may have. Asked for at the start: czmq and libzmq end the
 * process when they run out later. */
#include "edge/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "edge/log.h"

enum {
    LINE_SOCKETS = 3, /* the DEALER and both ends of its monitor */
    LINE_FILES = 5,   /* their signallers, the connection, and one that is being closed */
    OTHER_SOCKETS = 64,
    OTHER_FILES = 240,       /* 32 for connections that are one too many, which are told so; 64 for HTTP */
    FEWEST_CONNECTIONS = 64, /* with less it is better not to start */
    MOST_SOCKETS = 65535     /* what libzmq takes */
};

/* Raises the limit on open files to `files`, or as far as the system lets us. Returns what it is now. */
static uint64_t raise_files(uint64_t files)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= files)
        return limit.rlim_cur;
    struct rlimit both = {.rlim_cur = files, .rlim_max = limit.rlim_max > files ? limit.rlim_max : files};
    if (setrlimit(RLIMIT_NOFILE, &both) == 0)
        return files;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

/* How many lines there may be for names' addresses, when so many `files` are left for them and for
 * connections: these go before if they are strictly wanted, else each gets a half. */
static size_t lines_to_be_found(const struct edge_limits *limits, uint64_t files)
{
    uint64_t reserved = limits->strict || limits->connections < files / 2 ? limits->connections : files / 2;
    uint64_t room = files > reserved ? (files - reserved) / LINE_FILES : 0;
    return room < limits->found ? (size_t)room : limits->found;
}

int limits_raise(struct edge_limits *limits, char *why, size_t why_size)
{
    /* closed ones go a little later */
    enum { MOST_LINES = (MOST_SOCKETS - OTHER_SOCKETS) / (2 * LINE_SOCKETS) };
    if (limits->lines > MOST_LINES) {
        snprintf(why, why_size, "%zu managers are more than libzmq has sockets for (at most %d)",
                 limits->lines, MOST_LINES);
        return -1;
    }
    if (limits->found > MOST_LINES - limits->lines)
        limits->found = MOST_LINES - limits->lines;
    uint64_t others = LINE_FILES * (uint64_t)limits->lines + OTHER_FILES;
    uint64_t allowed = raise_files(others + LINE_FILES * (uint64_t)limits->found + limits->connections);
    limits->found = lines_to_be_found(limits, allowed > others ? allowed - others : 0);
    others += LINE_FILES * (uint64_t)limits->found;
    uint64_t files = others + limits->connections;
    if (allowed < files && (limits->strict || allowed < others + FEWEST_CONNECTIONS)) {
        snprintf(why, why_size,
                 "%" PRIu64 " connections and %zu managers need %" PRIu64
                 " open files, and the system allows %" PRIu64
                 ": raise that (ulimit -n) or lower limits/connections",
                 limits->connections, limits->lines, files, allowed);
        return -1;
    }
    if (allowed < files) {
        limits->connections = allowed - others;
        log_line(LOG_INFO,
                 "the system allows %" PRIu64 " open files: at most %" PRIu64 " connections (ulimit -n)",
                 allowed, limits->connections);
    }
    return (int)(2 * LINE_SOCKETS * (limits->lines + limits->found) + OTHER_SOCKETS);
}
