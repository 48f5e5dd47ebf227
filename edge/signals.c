/* signals: the signals that end a program. All that does not mean a crash or a stop is blocked before the
 * first thread is made, so that no system call anywhere is interrupted. */
#include "edge/signals.h"

#include <signal.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

void signals_block(void)
{
    static const int left[] = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGTRAP,
                               SIGABRT, SIGSYS, SIGQUIT, SIGTSTP, SIGCONT};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof left / sizeof *left; i++)
        sigdelset(&blocked, left[i]);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

void signals_unblock(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int signals_open(void)
{
    sigset_t read_here;
    sigemptyset(&read_here);
    sigaddset(&read_here, SIGINT);
    sigaddset(&read_here, SIGTERM);
    sigaddset(&read_here, SIGHUP);
    return signalfd(-1, &read_here, SFD_NONBLOCK | SFD_CLOEXEC);
}

enum signal_wish signals_read(int file)
{
    struct signalfd_siginfo info;
    if (read(file, &info, sizeof info) != (ssize_t)sizeof info)
        return SIGNALS_NOTHING;
    return info.ssi_signo == SIGINT ? SIGNALS_SHUTDOWN : SIGNALS_LEAVE;
}
