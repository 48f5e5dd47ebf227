/* wait: sleeping where no loop runs. */
#include "clients/cli/wait.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

bool wait_ms(uint64_t time)
{
    struct timespec span = {.tv_sec = (time_t)(time / 1000), .tv_nsec = (long)(time % 1000) * 1000000};
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGINT);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGHUP);
    return sigtimedwait(&ending, NULL, &span) < 0;
}

void wait_readable(int file)
{
    struct pollfd item = {.fd = file, .events = POLLIN};
    sigset_t none;
    sigemptyset(&none);
    while (ppoll(&item, 1, NULL, &none) < 0 && errno == EINTR)
        ;
}
