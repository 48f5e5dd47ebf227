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

uint64_t notify_period(void)
{
    uint64_t limit; /* us */
    if (sd_watchdog_enabled(0, &limit) <= 0)
        return UINT64_MAX;
    return limit > 2000 ? limit / 2000 : 1;
}

void notify_alive(void)
{
    if (sd_watchdog_enabled(0, NULL) > 0)
        sd_notify(0, "WATCHDOG=1");
}

static int on_timer(zloop_t *loop, int timer, void *self)
{
    (void)loop, (void)timer, (void)self;
    notify_alive();
    return 0;
}

void notify_begin(void *loop)
{
    uint64_t period = notify_period();
    notify_ready();
    if (period < UINT64_MAX)
        zloop_timer(loop, (size_t)period, 0, on_timer, NULL);
}

void notify_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}
#else
void notify_ready(void)
{
}

uint64_t notify_period(void)
{
    return UINT64_MAX;
}

void notify_alive(void)
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
