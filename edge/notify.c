/* notify: see notify.h. */
#include "edge/notify.h"

#include <stdlib.h>

#ifdef MAILROOM_SYSTEMD
#include <systemd/sd-daemon.h>

void notify_ready(void)
{
    sd_notify(0, "READY=1");
}

void notify_alive(void)
{
    sd_notify(0, "WATCHDOG=1");
}

uint64_t notify_begin(void)
{
    uint64_t limit; /* us */
    notify_ready();
    if (sd_watchdog_enabled(0, &limit) <= 0)
        return 0;
    return limit > 2000 ? limit / 2000 : 1;
}

void notify_stopping(void)
{
    sd_notify(0, "STOPPING=1");
}
#else
void notify_ready(void)
{
}

void notify_alive(void)
{
}

uint64_t notify_begin(void)
{
    return 0;
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
