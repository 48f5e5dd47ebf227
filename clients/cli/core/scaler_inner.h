/* scaler_inner: what scaler.c, which remembers, shares with scaler_choose.c, which decides. */
#ifndef MAILROOM_CLI_SCALER_INNER_H
#define MAILROOM_CLI_SCALER_INNER_H

#include "clients/cli/core/scaler.h"

enum { PEAKS = 9 /* pieces of the time in which nothing may be wanted before jobs go */ };

#define SCALER_NEVER UINT64_MAX

/* What is remembered of a job while the batch system knows it. */
struct known {
    struct scaler_job job;                   /* as it was seen last */
    bool seen;                               /* at this look */
    bool ended;                              /* and that was looked at */
    bool worked;                             /* a manager of it has been at the broker, since it last began */
    bool drains;                             /* one of its managers does */
    uint64_t asked;                          /* ms when it was last told to go; NEVER: it was not */
    uint64_t idle_since;                     /* ms; NEVER: it is not */
    uint64_t workers, idle, tasks, starting; /* of its managers at this look; the last: managers */
};

struct scaler {
    struct scaler_config config;
    struct known *known;
    size_t count, capacity;
    uint64_t began, last;              /* ms of the first look and of the last one; NEVER: none yet */
    uint64_t each;                     /* workers that a job has brought; 0: none has yet */
    unsigned deaths;                   /* one after the other */
    uint64_t rest_until;               /* ms */
    uint64_t queued, finished;         /* at the last look */
    double busy, ended;                /* ms of workers, and tasks, of about the last minute */
    uint64_t peaks[PEAKS], peak_piece; /* workers wanted in pieces of `idle` ms, and the present one */
    struct scaler_orders orders;
};

/* Counts, and decides on orders: the books of this look are done. */
void scaler_choose(struct scaler *scaler, const struct scaler_view *view);

/* Whether it was told to go and has not had the time to yet. */
bool scaler_was_asked(const struct known *known, uint64_t now);

#endif
