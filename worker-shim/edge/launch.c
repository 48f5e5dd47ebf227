/* launch: see launch.h. */
#include "worker-shim/edge/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "edge/notify.h"
#include "edge/signals.h"

/* The other side of the fork: never returns. `broken` is where to tell why it could not become the command.
 */
static void become(const struct launch *what, pid_t parent, int broken)
{
    static const char *const single[] = {"OMP_NUM_THREADS",     "OPENBLAS_NUM_THREADS",   "MKL_NUM_THREADS",
                                         "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS"};
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    signals_unblock();
    /* who sends these to all means the shim, which ends its workers when it is time, or reads its keys again
     */
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    /* the terminal is not this group's: who asks there for a password gets an error, and is not stopped */
    signal(SIGTTIN, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing > STDIN_FILENO)
        dup2(nothing, STDIN_FILENO);
    if (what->file >= 0)
        fcntl(what->file, F_SETFD, 0);
    notify_forget();
    for (const char *const *entry = what->environment; *entry; entry += 2)
        setenv(entry[0], entry[1], 1);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        setenv(single[i], "1", 0);
    execvp(what->command[0], what->command);
    int error = errno;
    ssize_t written = write(broken, &error, sizeof error);
    _exit(written < 0 ? 126 : 127);
}

pid_t launch(const struct launch *what, int *error)
{
    int broken[2];
    pid_t self = getpid();
    *error = 0;
    if (pipe2(broken, O_CLOEXEC) != 0) {
        *error = errno;
        return -1;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(what, self, broken[1]);
    if (pid < 0)
        *error = errno;
    close(broken[1]);
    if (pid > 0) {
        setpgid(pid, pid); /* whoever comes first */
        if (read(broken[0], error, sizeof *error) != (ssize_t)sizeof *error)
            *error = 0; /* closed by exec */
    }
    close(broken[0]);
    return pid;
}

bool launch_is_ours(pid_t pid)
{
    siginfo_t info;
    return pid > 0 && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}
