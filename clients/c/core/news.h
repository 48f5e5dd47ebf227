/* news: what has come for the caller: events, their texts and answers in pages of memory, and a reference of
 * each body; all in one, so that one call takes it and one frees it. The public batch is its first member. */
#ifndef MAILROOM_C_NEWS_H
#define MAILROOM_C_NEWS_H

#include "common/base/blob.h"
#include "common/wire/message.h"
#include "mailroom.h"

struct news_page;

struct news {
    struct mailroom_batch batch;   /* what callers see; first: the two are cast to each other */
    struct mailroom_event *events; /* that are in `batch` */
    struct slice *bodies;          /* one reference for each event; of those without a body empty */
    size_t capacity;               /* of both */
    struct news_page *pages;
};

struct news *news_new(void);
void news_free(struct news *news); /* NULL is ignored */

/* A new event, zeroed but for its kind; takes over the reference of `body`, which becomes the event's body.
 * Valid until the next one. */
struct mailroom_event *news_add(struct news *news, enum mailroom_event_kind kind, struct slice body);

/* Memory for `size` bytes that lives as long as the news. */
void *news_room(struct news *news, size_t size);

/* A copy of a text, closed by a zero. */
const char *news_text(struct news *news, struct span text);
struct mailroom_span news_span(struct news *news, struct span text);

/* A copy of a uuid; NULL stays NULL. */
const uint8_t *news_uuid(struct news *news, const uint8_t *uuid);

/* A copy of a task's times, as callers see them. */
const struct mailroom_timing *news_timing(struct news *news, const struct timing *timing, uint32_t worker);

/* Puts the events of `later` behind those of `news`, and frees it. */
void news_append(struct news *news, struct news *later);

/* Takes the first event out; its body's reference is the caller's. */
struct slice news_take_first(struct news *news);

/* The reference that an event's body has. */
const struct slice *news_body(const struct news *news, const struct mailroom_event *event);

#endif
