/* metrics: the broker's numbers in Prometheus' text format, and in OpenMetrics. docs/operating.md names them.
 */
#ifndef MAILROOM_BROKER_HTTP_METRICS_H
#define MAILROOM_BROKER_HTTP_METRICS_H

#include "broker/core/look.h"
#include "broker/journal/journal.h"
#include "edge/http/http.h"
#include "edge/http/text.h"

enum metrics_format { METRICS_TEXT, METRICS_OPEN, METRICS_FORMATS };

/* The format that a request's Accept prefers; `accept` may be NULL. */
enum metrics_format metrics_wanted(const char *accept);

/* The Content-Type of a format. */
const char *metrics_type(enum metrics_format format);

/* What is not the core's to say. */
struct metrics_about {
    const char *version;
    double started; /* s since 1970 */
    struct http_counts http;
    enum journal_refusal refusal;
};

/* Appends all of it. */
void metrics_write(struct text *text, enum metrics_format format, const struct broker *broker,
                   const struct metrics_about *about);

#endif
