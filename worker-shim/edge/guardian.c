/* guardian: the process that owns the workers. Each worker leads a process group of its own and gets SIGKILL
 * when the guardian ends; what it leaves behind becomes the guardian's child, and is found by its
 * environment. It knows nothing of mail. Reports wait here when the shim is slow, so that the shim may block
 * on its commands. */
#include "worker-shim/edge/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/signals.h"
#include "worker-shim/edge/descend.h"
#include "worker-shim/edge/folder.h"
#include "worker-shim/edge/memory.h"
#include "worker-shim/edge/sheet.h"

struct worker {
    pid_t pid;   /* 0: none */
    bool killed; /* by us */
    char name[WORKER_NAME_SIZE];
    struct sheet sheet;
};

struct guardian {
    const struct guardian_plan *plan;
    char folder[FOLDER_SIZE]; /* removed at the end, with all in it */
    int line;                 /* to the shim */
    int children;             /* a signalfd for SIGCHLD */
    struct worker *workers;   /* by slot */
    uint32_t slots;
    uint32_t alive;
    uint64_t memory_kills; /* as far as they are explained */
    struct guardian_report *reports;
    size_t report_count, report_capacity;
    bool ending;     /* told to end, or the shim is gone */
    uint64_t end_at; /* ms: then the rest is killed */
};

static void report(struct guardian *guardian, const struct guardian_report *what)
{
    if (guardian->report_count == guardian->report_capacity) {
        guardian->report_capacity = guardian->report_capacity ? guardian->report_capacity * 2 : 16;
        guardian->reports =
            mem_resize(guardian->reports, guardian->report_capacity, sizeof *guardian->reports);
    }
    guardian->reports[guardian->report_count++] = *what;
}

static void send_reports(struct guardian *guardian)
{
    size_t sent = 0;
    while (sent < guardian->report_count && send(guardian->line, &guardian->reports[sent],
                                                 sizeof *guardian->reports, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        sent++;
    guardian->report_count -= sent;
    if (sent > 0)
        memmove(guardian->reports, guardian->reports + sent,
                guardian->report_count * sizeof *guardian->reports);
}

static struct worker *worker_of(struct guardian *guardian, uint32_t slot)
{
    if (slot >= guardian->slots) {
        guardian->workers = mem_resize(guardian->workers, slot + 1, sizeof *guardian->workers);
        memset(guardian->workers + guardian->slots, 0,
               (slot + 1 - guardian->slots) * sizeof *guardian->workers);
        guardian->slots = slot + 1;
    }
    return &guardian->workers[slot];
}

/* The worker's side of the fork: never returns. `broken` is where to tell why it could not become the
 * command. */
static void become_worker(const struct guardian *self, const struct worker *worker, pid_t guardian,
                          int broken)
{
    static const char *const single[] = {"OMP_NUM_THREADS",     "OPENBLAS_NUM_THREADS",   "MKL_NUM_THREADS",
                                         "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "BLIS_NUM_THREADS"};
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != guardian)
        _exit(1);
    signals_unblock();
    signal(SIGTERM, SIG_IGN); /* who sends it to all means the shim, which ends its workers when it is time */
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing > STDIN_FILENO)
        dup2(nothing, STDIN_FILENO);
    char endpoint[FOLDER_ENDPOINT_SIZE];
    folder_endpoint(self->folder, endpoint);
    setenv("MAILROOM_SHIM", endpoint, 1);
    setenv("MAILROOM_WORKER", worker->name, 1);
    setenv("MAILROOM_PAGE", worker->sheet.page ? worker->sheet.path : "", 1);
    for (size_t i = 0; i < sizeof single / sizeof *single; i++)
        setenv(single[i], "1", 0);
    execvp(self->plan->command[0], self->plan->command);
    int error = errno;
    ssize_t written = write(broken, &error, sizeof error);
    _exit(written < 0 ? 126 : 127);
}

/* Forks a worker. Returns its process, or -1; `*error` is an errno when it could not become the command, else
 * 0. */
static pid_t start_worker(const struct guardian *guardian, const struct worker *worker, int *error)
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
        become_worker(guardian, worker, self, broken[1]);
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

static void spawn(struct guardian *guardian, const struct guardian_command *command)
{
    struct worker *worker = worker_of(guardian, command->slot);
    struct guardian_report spawned = {.kind = GUARDIAN_SPAWNED, .slot = command->slot};
    struct guardian_report exited = {.kind = GUARDIAN_EXITED, .slot = command->slot};
    int error;
    if (worker->pid > 0 || guardian->ending)
        return;
    snprintf(worker->name, sizeof worker->name, "%s", command->name);
    snprintf(guardian->folder, sizeof guardian->folder, "%s", command->folder);
    sheet_make(&worker->sheet, guardian->folder, worker->name);
    pid_t pid = start_worker(guardian, worker, &error);
    spawned.pid = exited.pid = pid;
    report(guardian, &spawned);
    if (error) {
        sheet_drop(&worker->sheet);
        snprintf(exited.text, sizeof exited.text, "could not be started: %s: %s", guardian->plan->command[0],
                 strerror(error));
        report(guardian, &exited);
        return; /* what is left of the fork is reaped as a stranger */
    }
    worker->pid = pid;
    worker->killed = false;
    guardian->alive++;
}

static void kill_worker(struct guardian *guardian, uint32_t slot)
{
    struct worker *worker = worker_of(guardian, slot);
    if (worker->pid <= 0)
        return;
    worker->killed = true;
    kill(-worker->pid, SIGKILL);
}

/* Writes how a process ended. */
static void describe(struct guardian *guardian, const struct worker *worker, int status, char *text)
{
    if (WIFEXITED(status)) {
        snprintf(text, REPORT_TEXT_SIZE, "exited with status %d", WEXITSTATUS(status));
        return;
    }
    int number = WTERMSIG(status);
    const char *reason = worker->killed ? ", as it was told to" : "";
    uint64_t kills = number == SIGKILL && !worker->killed ? memory_kills() : guardian->memory_kills;
    if (kills > guardian->memory_kills)
        reason = ": out of memory (the kernel's count of such kills in this control group rose)";
    guardian->memory_kills = kills;
    snprintf(text, REPORT_TEXT_SIZE, "was killed by signal %d (%s)%s", number, strsignal(number), reason);
}

/* A worker's process has ended: ends what it left behind, and says so. */
static void bury(struct guardian *guardian, uint32_t slot, int status)
{
    struct worker *worker = &guardian->workers[slot];
    struct guardian_report exited = {.kind = GUARDIAN_EXITED, .slot = slot, .pid = worker->pid};
    char entry[WORKER_NAME_SIZE + 32];
    snprintf(entry, sizeof entry, "MAILROOM_WORKER=%s", worker->name);
    descend_kill_marked(entry);
    describe(guardian, worker, status, exited.text);
    exited.asked = WIFSIGNALED(status) && signals_ask(WTERMSIG(status));
    exited.has_word = sheet_read(&worker->sheet, &exited.word);
    report(guardian, &exited);
    sheet_drop(&worker->sheet);
    worker->pid = 0;
    guardian->alive--;
}

static void reap(struct guardian *guardian)
{
    for (;;) {
        siginfo_t info = {0};
        /* first look: while it is not reaped, its number cannot be another's, and its group can be killed
         * safely */
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
            return;
        uint32_t slot = 0;
        while (slot < guardian->slots && guardian->workers[slot].pid != info.si_pid)
            slot++;
        if (slot < guardian->slots)
            kill(-info.si_pid, SIGKILL);
        int status = 0;
        waitpid(info.si_pid, &status, 0);
        if (slot < guardian->slots)
            bury(guardian, slot, status);
    }
}

static void begin_end(struct guardian *guardian, uint32_t grace)
{
    guardian->ending = true;
    guardian->end_at = clock_ms() + grace;
}

static void obey(struct guardian *guardian)
{
    struct guardian_command command;
    for (;;) {
        ssize_t size = recv(guardian->line, &command, sizeof command, MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN)
            return;
        if (size != (ssize_t)sizeof command) {
            begin_end(guardian, 0); /* the shim is gone */
            return;
        }
        switch (command.kind) {
        case GUARDIAN_SPAWN: spawn(guardian, &command); break;
        case GUARDIAN_KILL: kill_worker(guardian, command.slot); break;
        case GUARDIAN_END: begin_end(guardian, command.grace); break;
        }
    }
}

/* Whether all is done: told to end, and no worker left, or no time. */
static bool is_over(const struct guardian *guardian, int *wait)
{
    *wait = -1;
    if (!guardian->ending)
        return false;
    uint64_t now = clock_ms();
    *wait = guardian->end_at > now ? (int)(guardian->end_at - now) : 0;
    return guardian->alive == 0 || *wait == 0;
}

/* The guardian's whole life. */
static void guard(struct guardian *guardian)
{
    int wait;
    while (!is_over(guardian, &wait)) {
        bool waiting = guardian->report_count > 0;
        struct pollfd files[] = {
            {.fd = guardian->line, .events = (short)(waiting ? POLLIN | POLLOUT : POLLIN)},
            {.fd = guardian->children, .events = POLLIN},
        };
        poll(files, 2, wait);
        if (files[0].revents)
            obey(guardian);
        struct signalfd_siginfo ignored;
        if (files[1].revents && read(guardian->children, &ignored, sizeof ignored) > 0)
            reap(guardian);
        send_reports(guardian);
    }
    descend_kill_all();
    folder_remove(guardian->folder);
}

static void run_guardian(const struct guardian_plan *plan, int line)
{
    sigset_t ended;
    struct guardian guardian = {.plan = plan, .line = line, .memory_kills = memory_kills()};
    snprintf(guardian.folder, sizeof guardian.folder, "%s", plan->folder);
    prctl(PR_SET_NAME, "mailroom-guard");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    guardian.children = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
    guard(&guardian);
    _exit(0);
}

int guardian_start(const struct guardian_plan *plan, pid_t *pid)
{
    int lines[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lines) != 0)
        return -1;
    *pid = fork();
    if (*pid == 0) {
        close(lines[0]);
        run_guardian(plan, lines[1]);
    }
    close(lines[1]);
    if (*pid > 0)
        return lines[0];
    close(lines[0]);
    return -1;
}
