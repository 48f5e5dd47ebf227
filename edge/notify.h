/* notify: what systemd is told of a service of Type=notify: that it is ready, that it lives, that it ends.
 * Nothing is said where this program is no such service, or was built without libsystemd. */
#ifndef MAILROOM_EDGE_NOTIFY_H
#define MAILROOM_EDGE_NOTIFY_H

#include <stdint.h>

/* It serves. */
void notify_ready(void);

/* It serves. After how many ms, again and again, it is to say that it lives: twice in the service's
 * WatchdogSec; 0: there is none. */
uint64_t notify_begin(void);

/* It lives. */
void notify_alive(void);

/* It is told to end: what runs may finish, within the service's TimeoutStopSec. */
void notify_stopping(void);

/* From here on this process, which is another one of the service's, and those that it starts are not taken
 * for it. */
void notify_forget(void);

#endif
