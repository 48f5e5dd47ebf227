/* notify: what systemd is told of a service of Type=notify: that it is ready, that it lives, that it ends.
 * Nothing is said where this program is no such service, or was built without libsystemd. */
#ifndef MAILROOM_EDGE_NOTIFY_H
#define MAILROOM_EDGE_NOTIFY_H

#include <stdint.h>

/* It serves. */
void notify_ready(void);

/* It serves, and from now on its loop (a zloop_t) says that it lives, twice in the service's WatchdogSec
 * where there is one. */
void notify_begin(void *loop);

/* How often it is to say that it lives, in ms: twice in the service's WatchdogSec. UINT64_MAX: never. */
uint64_t notify_period(void);

/* It lives: for who runs no loop, and has got on by a step of no more than notify_period(). */
void notify_alive(void);

/* It is told to end: what runs may finish, within the service's TimeoutStopSec. */
void notify_stopping(void);

/* From here on this process, which is another one of the service's, and those that it starts are not taken
 * for it. */
void notify_forget(void);

#endif
