/* live: what the page shows, as events for all who have it open: once for all of them, and no more than some
 * 40 kB a second however large the cluster is. */
#ifndef MAILROOM_BROKER_HTTP_LIVE_H
#define MAILROOM_BROKER_HTTP_LIVE_H

#include "broker/core/look.h"
#include "edge/http/text.h"

enum {
    LIVE_SAMPLES = 300, /* numbers of the last so many seconds, for who has just opened it */
    LIVE_EVENT = 48000  /* bytes of an event, at most; docs/limits.md */
};

struct live_sample {
    uint32_t at; /* ms since the broker's start */
    uint64_t tasks, queued, workers, idle, submitted, finished, failed;
};

struct live {
    struct text text;
    struct live_sample samples[LIVE_SAMPLES];
    uint64_t sample_count;
    uint64_t ended, failed; /* of the core's: those that were told */
    uint32_t next_manager;  /* whose turn it is to be told whole */
};

/* Notes the numbers of this second. */
void live_note(struct live *live, const struct broker *broker, uint64_t now);

/* The event for who has just opened the page, and the one of this second for all. One reference. */
struct blob *live_hello(struct live *live, const struct broker *broker, const char *software, uint64_t now);
struct blob *live_tick(struct live *live, const struct broker *broker, uint64_t now);

/* Nobody has the page open: what happens is told to nobody. */
void live_skip(struct live *live, const struct broker *broker);

/* What a search finds, in JSON. */
struct blob *live_search(struct live *live, struct broker *broker, const char *wanted);

/* The tasks that have ended, as trace events that chrome://tracing and Perfetto read: trace_events.c. */
struct blob *live_trace(struct live *live, const struct broker *broker);

void live_free(struct live *live);

#endif
