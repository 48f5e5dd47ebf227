/* notify: see notify.h. */
#include "edge/notify.h"

#include <stdlib.h>

#ifdef MAILROOM_SYSTEMD
#include <systemd/sd-daemon.h>

#include "edge/loop.h"

void notify_ready(void)
{
    sd_notify(0, "READY=1");
}

static int on_timer(zloop_t *loop, int timer, void *self)
{
    (void)loop, (void)timer, (void)self;
    sd_notify(0, "WATCHDOG=1");
    return 0;
}

void notify_begin(void *loop)
{
    uint64_t limit; /* us */
    notify_ready();
    if (sd_watchdog_enabled(0, &limit) > 0)
        zloop_timer(loop, limit > 2000 ? (size_t)(limit / 2000) : 1, 0, on_timer, NULL);
}

void notify_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}
#else
void notify_ready(void)
{
}

void notify_begin(void *loop)
{
    (void)loop;
}

void notify_stopping(void)
{
}
#endif

void notify_forget(void)
{
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}
