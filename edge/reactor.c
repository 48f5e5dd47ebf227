/* reactor: see reactor.h. */
#include "edge/reactor.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/link/link.h"
#include "edge/line/clock.h"

enum { EVENTS_AT_ONCE = 64 };

void reactor_init(struct reactor *reactor, void (*others)(void *self, uint32_t tag), void *self)
{
    *reactor = (struct reactor){.epoll = epoll_create1(EPOLL_CLOEXEC), .others = others, .self = self};
    if (reactor->epoll < 0)
        abort(); /* the limits on open files were looked at before */
}

void reactor_free(struct reactor *reactor)
{
    close(reactor->epoll);
}

void reactor_add(struct reactor *reactor, int file, void (*ready)(void *self), void *self)
{
    uint32_t place = 0;
    while (place < REACTOR_FILES && reactor->files[place].taken)
        place++;
    if (place == REACTOR_FILES)
        abort(); /* each program has a few, and all of them by its own code */
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = REACTOR_TAGS + place};
    bool always = epoll_ctl(reactor->epoll, EPOLL_CTL_ADD, file, &event) != 0;
    reactor->files[place] = (struct reactor_file){file, true, always, ready, self};
    reactor->always += always;
}

void reactor_remove(struct reactor *reactor, int file)
{
    for (unsigned place = 0; place < REACTOR_FILES; place++) {
        struct reactor_file *found = &reactor->files[place];
        if (!found->taken || found->file != file)
            continue;
        if (!found->always)
            epoll_ctl(reactor->epoll, EPOLL_CTL_DEL, file, NULL);
        reactor->always -= found->always;
        *found = (struct reactor_file){.file = -1};
    }
}

void reactor_add_timer(struct reactor *reactor, struct reactor_timer *timer)
{
    timer->due = NEVER;
    timer->next = reactor->timers;
    reactor->timers = timer;
}

/* How long to wait, in ms, as epoll_wait takes it. */
static int pause_of(const struct reactor *reactor)
{
    uint64_t due = NEVER;
    for (const struct reactor_timer *timer = reactor->timers; timer; timer = timer->next)
        due = timer->due < due ? timer->due : due;
    if (due == NEVER)
        return -1;
    uint64_t now = clock_ms();
    if (due <= now)
        return 0;
    return due - now < INT_MAX ? (int)(due - now) : INT_MAX;
}

static void call(struct reactor *reactor, unsigned place)
{
    const struct reactor_file *file = &reactor->files[place];
    if (file->taken)
        file->ready(file->self);
}

static void ring(struct reactor *reactor)
{
    uint64_t now = clock_ms();
    for (struct reactor_timer *timer = reactor->timers; timer; timer = timer->next) {
        if (timer->due > now)
            continue;
        timer->due = NEVER;
        timer->ring(timer->self);
    }
}

void reactor_wait(struct reactor *reactor, bool at_once)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int pause = at_once || reactor->always > 0 ? 0 : pause_of(reactor);
    int count = epoll_wait(reactor->epoll, events, EVENTS_AT_ONCE, pause);
    ring(reactor);
    for (int i = 0; i < count; i++) {
        uint32_t tag = events[i].data.u32;
        if (tag < REACTOR_TAGS)
            reactor->others(reactor->self, tag);
        else
            call(reactor, tag - REACTOR_TAGS);
    }
    for (unsigned place = 0; reactor->always > 0 && place < REACTOR_FILES; place++) {
        if (reactor->files[place].always)
            call(reactor, place);
    }
}
