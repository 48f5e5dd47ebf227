/* signals: the signals that end a program. All that does not mean a crash or a stop is blocked before the
 * first thread is made, so that no system call anywhere is interrupted. */
#include "edge/signals.h"

#include <fcntl.h>
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

bool signals_ask(int number)
{
    return number == SIGTERM || number == SIGINT || number == SIGHUP;
}

void signals_unblock(void)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Whether this process was started in a terminal that is to end it (nohup says no), and is still there. */
static bool has_terminal(void)
{
    struct sigaction action;
    int file = open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
    if (file >= 0)
        close(file);
    return file >= 0 && sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler != SIG_IGN;
}

static bool had_terminal; /* when the signals were opened */

int signals_open(void)
{
    sigset_t read_here;
    had_terminal = has_terminal();
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
    if (info.ssi_signo == SIGINT)
        return SIGNALS_SHUTDOWN;
    /* A SIGHUP because the terminal was closed may come from the shell as well as from the kernel, and looks
     * like any other one: but then the terminal is gone. */
    bool reload = info.ssi_signo == SIGHUP && (!had_terminal || has_terminal());
    return reload ? SIGNALS_RELOAD : SIGNALS_LEAVE;
}
