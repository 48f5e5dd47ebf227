/* reactor: waits for files and for times, in one epoll and with one system call for each turn of the loop. It
 * calls whom a file or a time belongs to; what a turn makes of it is the edge's affair. */
#ifndef MAILROOM_EDGE_REACTOR_H
#define MAILROOM_EDGE_REACTOR_H

#include <stdbool.h>
#include <stdint.h>

enum { REACTOR_FILES = 16 };

/* What others put into the epoll has numbers below this one in epoll_event.data.u32. */
#define REACTOR_TAGS (UINT32_MAX - REACTOR_FILES)

struct reactor_file {
    int file;
    bool taken, always; /* the system cannot wait for it: it is ready at any time, as a file on a disk is */
    void (*ready)(void *self);
    void *self;
};

/* Embedded in what it belongs to, which fills in `ring` and `self`. It is set by writing `due`. */
struct reactor_timer {
    uint64_t due; /* ms; NEVER: it does not ring. It is NEVER when it rings */
    void (*ring)(void *self);
    void *self;
    struct reactor_timer *next;
};

struct reactor {
    int epoll;
    struct reactor_file files[REACTOR_FILES];
    unsigned always; /* so many of them are */
    struct reactor_timer *timers;
    void (*others)(void *self, uint32_t tag); /* something that others put there is ready */
    void *self;
};

/* `others` is called for what others put into `epoll`. */
void reactor_init(struct reactor *reactor, void (*others)(void *self, uint32_t tag), void *self);
void reactor_free(struct reactor *reactor);

/* Calls `ready(self)` in each turn in which `file` can be read, or has an error or an end. */
void reactor_add(struct reactor *reactor, int file, void (*ready)(void *self), void *self);

/* No more of that; before the file is closed. */
void reactor_remove(struct reactor *reactor, int file);

/* `timer` is one of its times from now on. */
void reactor_add_timer(struct reactor *reactor, struct reactor_timer *timer);

/* Waits until something is ready or due, not at all with `at_once`, and calls whom it belongs to: times
 * first, so that who was away for long knows it before anything else. */
void reactor_wait(struct reactor *reactor, bool at_once);

#endif
