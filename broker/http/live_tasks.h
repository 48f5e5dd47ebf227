/* live_tasks: tasks in the page's events, and what a search finds; within broker/http. */
#ifndef MAILROOM_BROKER_HTTP_LIVE_TASKS_H
#define MAILROOM_BROKER_HTTP_LIVE_TASKS_H

#include "broker/core/look.h"
#include "edge/http/text.h"

/* A uuid as people write it, as a string. */
void live_put_uuid(struct text *text, const uint8_t *uuid);

/* The last `count` failures before the one numbered `end`, or as many of these as there is room for until the
 * text has `room` bytes. */
void live_put_failures(struct text *text, const struct broker *broker, uint64_t end, uint32_t count,
                       size_t room);

/* Tasks that have ended since `from`, or as many of them as there is room for, spread evenly; and how many
 * there were. */
void live_put_ends(struct text *text, const struct broker *broker, uint64_t from, size_t room);

#endif
