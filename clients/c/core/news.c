/* news: see news.h. */
#include "clients/c/core/news.h"

#include <stdalign.h>
#include <string.h>

#include "common/base/mem.h"

enum { PAGE = 8192 /* bytes; what is larger has a page of its own */, FIRST_EVENTS = 16 };

struct news_page {
    struct news_page *next;
    size_t used, size; /* bytes of `room` */
    alignas(max_align_t) uint8_t room[];
};

struct news *news_new(void)
{
    return mem_zalloc(1, sizeof(struct news));
}

void news_free(struct news *news)
{
    if (!news)
        return;
    for (size_t i = 0; i < news->batch.count; i++)
        slice_drop(&news->bodies[i]);
    for (struct news_page *page = news->pages, *next; page; page = next) {
        next = page->next;
        mem_free(page);
    }
    mem_free(news->events);
    mem_free(news->bodies);
    mem_free(news);
}

static void grow(struct news *news, size_t count)
{
    if (count <= news->capacity)
        return;
    while (news->capacity < count)
        news->capacity = news->capacity ? 2 * news->capacity : FIRST_EVENTS;
    news->events = mem_resize(news->events, news->capacity, sizeof *news->events);
    news->bodies = mem_resize(news->bodies, news->capacity, sizeof *news->bodies);
    news->batch.events = news->events;
}

struct mailroom_event *news_add(struct news *news, enum mailroom_event_kind kind, struct slice body)
{
    size_t at = news->batch.count++;
    grow(news, news->batch.count);
    news->bodies[at] = body;
    news->events[at] = (struct mailroom_event){.kind = kind, .body = {slice_data(&body), body.size}};
    return &news->events[at];
}

void *news_room(struct news *news, size_t size)
{
    size_t needed = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    struct news_page *page = news->pages;
    if (!page || page->size - page->used < needed) {
        size_t room = needed > PAGE ? needed : PAGE;
        page = mem_alloc(sizeof *page + room);
        *page = (struct news_page){.next = news->pages, .size = room};
        news->pages = page;
    }
    page->used += needed;
    return page->room + page->used - needed;
}

const char *news_text(struct news *news, struct span text)
{
    char *copy = news_room(news, text.size + 1);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return copy;
}

struct mailroom_span news_span(struct news *news, struct span text)
{
    return (struct mailroom_span){news_text(news, text), text.size};
}

const uint8_t *news_uuid(struct news *news, const uint8_t *uuid)
{
    return uuid ? memcpy(news_room(news, UUID_SIZE), uuid, UUID_SIZE) : NULL;
}

const struct mailroom_timing *news_timing(struct news *news, const struct timing *timing, uint32_t worker)
{
    struct mailroom_timing *copy = news_room(news, sizeof *copy);
    size_t size =
        timing->manager.size < sizeof copy->manager ? timing->manager.size : sizeof copy->manager - 1;
    *copy = (struct mailroom_timing){.size = sizeof *copy,
                                     .ran = timing->ran,
                                     .cpu = timing->cpu,
                                     .memory = timing->memory,
                                     .waited = timing->waited,
                                     .held = timing->held,
                                     .age = timing->age,
                                     .attempts = timing->attempts,
                                     .worker = worker};
    if (size > 0)
        memcpy(copy->manager, timing->manager.data, size);
    return copy;
}

void news_append(struct news *news, struct news *later)
{
    size_t before = news->batch.count, more = later->batch.count;
    grow(news, before + more);
    if (more > 0) {
        memcpy(news->events + before, later->events, more * sizeof *later->events);
        memcpy(news->bodies + before, later->bodies, more * sizeof *later->bodies);
    }
    news->batch.count += more;
    struct news_page **last = &later->pages;
    while (*last)
        last = &(*last)->next;
    *last = news->pages;
    news->pages = later->pages;
    later->pages = NULL;
    later->batch.count = 0;
    news_free(later);
}

struct slice news_take_first(struct news *news)
{
    struct slice body = news->bodies[0];
    size_t left = --news->batch.count;
    memmove(news->events, news->events + 1, left * sizeof *news->events);
    memmove(news->bodies, news->bodies + 1, left * sizeof *news->bodies);
    return body;
}

const struct slice *news_body(const struct news *news, const struct mailroom_event *event)
{
    return &news->bodies[event - news->batch.events];
}
