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
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/signals.h"
#include "worker-shim/edge/descend.h"
#include "worker-shim/edge/folder.h"
#include "worker-shim/edge/forkserver.h"
#include "worker-shim/edge/launch.h"
#include "worker-shim/edge/memory.h"
#include "worker-shim/edge/sheet.h"
#include "worker-shim/edge/words.h"

#define GUARDIAN_NAME "mailroom-guard"

enum { ARGUMENT_LINE = 1, ARGUMENT_COMMAND, ARGUMENT_FOLDER, ARGUMENT_COUNT };

struct worker {
    pid_t pid;     /* 0: none */
    bool killed;   /* by us */
    bool forking;  /* the server of forks was asked for it */
    bool unwanted; /* it is to be killed when it is there */
    bool worked;   /* the last one had begun a task: such a process can work */
    char name[WORKER_NAME_SIZE];
    struct sheet sheet;
    struct words words;
};

struct guardian {
    const struct guardian_plan *plan;
    char folder[FOLDER_SIZE]; /* removed at the end, with all in it */
    int line;                 /* to the shim */
    int children;             /* a signalfd for SIGCHLD */
    struct worker *workers;   /* by slot */
    uint32_t slots;
    uint32_t alive;
    struct forkserver forkserver;
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
        guardian->workers = mem_grow(guardian->workers, guardian->slots, slot + 1, sizeof *guardian->workers);
        guardian->slots = slot + 1;
    }
    return &guardian->workers[slot];
}

static void kill_worker(struct guardian *guardian, uint32_t slot)
{
    struct worker *worker = worker_of(guardian, slot);
    worker->unwanted = worker->forking; /* it is killed when it is there */
    if (worker->pid <= 0)
        return;
    worker->killed = true;
    descend_kill_group(worker->pid);
}

/* What a worker finds in its environment. */
struct surroundings {
    char endpoint[FOLDER_ENDPOINT_SIZE], libraries[FOLDER_SIZE + 16];
    launch_environment environment;
};

static void surround(const struct guardian *guardian, const struct worker *worker,
                     struct surroundings *around)
{
    folder_endpoint(guardian->folder, around->endpoint);
    folder_libraries(guardian->folder, around->libraries);
    const char *const entries[] = {"MAILROOM_SHIM",
                                   around->endpoint,
                                   "MAILROOM_WORKER",
                                   worker->name,
                                   "MAILROOM_PAGE",
                                   worker->sheet.page ? worker->sheet.path : "",
                                   "MAILROOM_STDERR",
                                   worker->words.file >= 0 ? worker->words.path : "",
                                   "MAILROOM_LIBRARIES",
                                   around->libraries,
                                   NULL};
    _Static_assert(sizeof entries <= sizeof around->environment, "there is room for all");
    memcpy(around->environment, entries, sizeof entries);
}

/* Takes a process for the worker of a slot, and says so. */
static void take(struct guardian *guardian, uint32_t slot, pid_t pid)
{
    struct worker *worker = &guardian->workers[slot];
    report(guardian, &(struct guardian_report){.kind = GUARDIAN_SPAWNED, .slot = slot, .pid = pid});
    worker->pid = pid;
    worker->killed = worker->forking = false;
    guardian->alive++;
    if (worker->unwanted)
        kill_worker(guardian, slot);
}

/* Has a new process become the command. */
static void start_anew(struct guardian *guardian, uint32_t slot)
{
    struct worker *worker = &guardian->workers[slot];
    struct guardian_report exited = {.kind = GUARDIAN_EXITED, .slot = slot};
    struct surroundings around;
    int error;
    worker->forking = false;
    surround(guardian, worker, &around);
    exited.pid = launch(
        &(struct launch){.command = guardian->plan->command, .environment = around.environment, .file = -1},
        &error);
    if (!error) {
        take(guardian, slot, exited.pid);
        return;
    }
    report(guardian, &(struct guardian_report){.kind = GUARDIAN_SPAWNED, .slot = slot, .pid = exited.pid});
    sheet_drop(&worker->sheet);
    words_drop(&worker->words);
    snprintf(exited.text, sizeof exited.text, "could not be started: %s: %s", guardian->plan->command[0],
             strerror(error));
    report(guardian, &exited); /* what is left of the fork is reaped as a stranger */
}

static void spawn(struct guardian *guardian, const struct guardian_command *command)
{
    struct worker *worker = worker_of(guardian, command->slot);
    struct surroundings around;
    if (worker->pid > 0 || worker->forking || guardian->ending)
        return;
    snprintf(worker->name, sizeof worker->name, "%s", command->name);
    snprintf(guardian->folder, sizeof guardian->folder, "%s", command->folder);
    bool may_fork = command->forks && (command->renewed || worker->worked);
    worker->unwanted = worker->worked = false;
    sheet_make(&worker->sheet, guardian->folder, worker->name);
    words_make(&worker->words, guardian->folder, worker->name);
    surround(guardian, worker, &around);
    worker->forking =
        may_fork && forkserver_ask(&guardian->forkserver, command->slot, around.environment, clock_ms());
    if (!worker->forking)
        start_anew(guardian, command->slot);
    if (may_fork)
        forkserver_start(&guardian->forkserver, guardian->plan->command, around.endpoint, around.libraries,
                         clock_ms());
}

/* Hears the server from which workers are forked. A worker that it made waits until it is known here. */
static void hear_forkserver(struct guardian *guardian)
{
    uint32_t slot;
    pid_t pid;
    for (;;) {
        enum forkserver_news news = forkserver_read(&guardian->forkserver, clock_ms(), &slot, &pid);
        if (news == FORKSERVER_NOTHING)
            return;
        for (uint32_t i = 0; news == FORKSERVER_GONE && i < guardian->slots; i++) {
            if (guardian->workers[i].forking && !guardian->ending)
                start_anew(guardian, i);
        }
        if (news == FORKSERVER_GONE || slot >= guardian->slots || !guardian->workers[slot].forking)
            continue;
        if (news == FORKSERVER_FORKED && launch_is_ours(pid)) {
            take(guardian, slot, pid);
            forkserver_go(&guardian->forkserver, slot);
        } else if (!guardian->ending) {
            start_anew(guardian, slot);
        }
    }
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

/* Adds what it has said as it ended. */
static void tell_words(struct worker *worker, char *text)
{
    char said[WORDS_TEXT_SIZE];
    size_t size = strlen(text);
    words_take(&worker->words, said);
    if (said[0] && !worker->killed)
        snprintf(text + size, REPORT_TEXT_SIZE - size, "; it said: %s", said);
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
    tell_words(worker, exited.text);
    exited.asked = WIFSIGNALED(status) && signals_ask(WTERMSIG(status));
    exited.has_word = sheet_read(&worker->sheet, &exited.word);
    worker->worked = exited.has_word && exited.word.begun > 0;
    report(guardian, &exited);
    sheet_drop(&worker->sheet);
    words_drop(&worker->words);
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
            descend_kill_group(info.si_pid);
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
    uint64_t now = clock_ms(), late_at = guardian->forkserver.late_at;
    *wait = late_at == UINT64_MAX ? -1 : late_at > now ? (int)(late_at - now) : 0;
    if (!guardian->ending)
        return false;
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
            {.fd = guardian->forkserver.line, .events = POLLIN},
        };
        poll(files, 3, wait);
        if (files[0].revents)
            obey(guardian);
        struct signalfd_siginfo ignored;
        if (files[1].revents && read(guardian->children, &ignored, sizeof ignored) > 0)
            reap(guardian);
        hear_forkserver(guardian);
        send_reports(guardian);
    }
    descend_kill_all();
    folder_remove(guardian->folder);
}

bool guardian_is_meant(int argc, char *const *argv)
{
    return argc == ARGUMENT_COUNT && strcmp(argv[0], GUARDIAN_NAME) == 0;
}

static int number_of(const char *argument)
{
    return (int)strtol(argument, NULL, 10);
}

/* Reads what write_command has written, for as long as this process lives. */
static char **read_command(int file)
{
    struct stat about;
    size_t count = 0, size = fstat(file, &about) == 0 ? (size_t)about.st_size : 0;
    char *text = size ? mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0) : MAP_FAILED;
    if (text == MAP_FAILED)
        _exit(1);
    for (size_t i = 0; i < size; i++)
        count += text[i] == '\0';
    char **command = mem_zalloc(count + 1, sizeof *command);
    for (size_t i = 0; i < count; i++, text += strlen(text) + 1)
        command[i] = text;
    close(file);
    return command;
}

void guardian_run(char *const *argv)
{
    sigset_t ended;
    struct guardian_plan plan = {.command = read_command(number_of(argv[ARGUMENT_COMMAND])),
                                 .folder = argv[ARGUMENT_FOLDER]};
    struct guardian guardian = {
        .plan = &plan, .line = number_of(argv[ARGUMENT_LINE]), .memory_kills = memory_kills()};
    fcntl(guardian.line, F_SETFD, FD_CLOEXEC);
    snprintf(guardian.folder, sizeof guardian.folder, "%s", plan.folder);
    prctl(PR_SET_NAME, GUARDIAN_NAME);
    forkserver_init(&guardian.forkserver);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    sigemptyset(&ended);
    sigaddset(&ended, SIGCHLD);
    guardian.children = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
    guard(&guardian);
}

/* The command of the workers goes by a file: as the guardian's own arguments it would look like a worker's.
 */
static int write_command(char *const *command)
{
    int file = memfd_create("mailroom-command", MFD_CLOEXEC);
    for (size_t i = 0; file >= 0 && command[i]; i++) {
        size_t size = strlen(command[i]) + 1;
        if (write(file, command[i], size) != (ssize_t)size) {
            close(file);
            file = -1;
        }
    }
    return file;
}

/* The new process becomes a guardian; only what may be called where there were threads. Never returns. */
static void become_guardian(int line, int command, char *const *arguments)
{
    fcntl(line, F_SETFD, 0);
    fcntl(command, F_SETFD, 0);
    execv("/proc/self/exe", arguments); /* this very program, also when its file was replaced */
    _exit(1);
}

static pid_t start_process(const struct guardian_plan *plan, int line)
{
    char line_text[16], command_text[16], folder[FOLDER_SIZE], name[] = GUARDIAN_NAME;
    int command = write_command(plan->command);
    if (command < 0)
        return -1;
    snprintf(line_text, sizeof line_text, "%d", line);
    snprintf(command_text, sizeof command_text, "%d", command);
    snprintf(folder, sizeof folder, "%s", plan->folder);
    char *arguments[ARGUMENT_COUNT + 1] = {
        name, [ARGUMENT_LINE] = line_text, [ARGUMENT_COMMAND] = command_text, [ARGUMENT_FOLDER] = folder};
    pid_t pid = fork();
    if (pid == 0)
        become_guardian(line, command, arguments);
    close(command);
    return pid;
}

int guardian_start(const struct guardian_plan *plan, pid_t *pid)
{
    int lines[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lines) != 0)
        return -1;
    *pid = start_process(plan, lines[1]);
    close(lines[1]);
    if (*pid > 0)
        return lines[0];
    close(lines[0]);
    return -1;
}
