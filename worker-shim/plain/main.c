/* main: mailroom-plain, a worker of the runtime `plain`: it runs a command for each task, with the task's
 * body as its standard input and its standard output as the result. A status other than 0, or a signal, fails
 * the task with the end of what was written to standard error. One task runs at a time; those that came too
 * early wait. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/signals.h"
#include "mailroom_version.h"
#include "worker-shim/plain/boss.h"
#include "worker-shim/plain/run.h"

enum {
    SIGNALLED_ALIKE = 200, /* ms between two processes that got the same signal */
    SIGNALLED_REST = 1000, /* ms after that in which nothing is begun here */
    GRACE = 2000,          /* ms that a command has to end in a worker that was started by hand */
};

/* A task that waits or runs. */
struct task {
    struct task *next;
    struct address address;
    uint32_t ancestor_count;
    struct address ancestors[MAX_BREADCRUMBS]; /* the root first */
    struct slice body;
};

struct plain {
    struct boss boss;
    struct run run;
    char *const *command;
    struct task *tasks, **last; /* the first one runs */
    bool running;
    bool cancelled;   /* what runs is not wanted any more */
    bool started;     /* CONNECT was answered */
    bool ending;      /* told to end */
    bool idle_told;   /* the last WAITING still holds */
    bool guarded;     /* a guardian has started this process, and ends it: signals are for the shim */
    bool asked;       /* to end by its boss: the command is as well */
    uint64_t told_at; /* ms: when SIGTERM came here, 0: never */
    uint64_t receipt; /* the number of the last SUBMIT read */
    uint32_t id;      /* this worker's */
};

static void add_task(struct plain *plain, const struct task_header *header, struct slice body)
{
    struct task *task = mem_zalloc(1, sizeof *task);
    struct list crumbs = header->breadcrumbs;
    task->address = header->return_address;
    while (task->ancestor_count < MAX_BREADCRUMBS &&
           list_next_address(&crumbs, &task->ancestors[task->ancestor_count]))
        task->ancestor_count++;
    task->body = body;
    *plain->last = task;
    plain->last = &task->next;
}

/* Takes the first task off the list and frees it. */
static void drop_first(struct plain *plain)
{
    struct task *task = plain->tasks;
    plain->tasks = task->next;
    if (!plain->tasks)
        plain->last = &plain->tasks;
    slice_drop(&task->body);
    mem_free(task);
}

/* The client hears where it was, too. */
static void send_failure(struct plain *plain, const struct task *task, const char *why)
{
    struct utsname host = {0};
    char text[sizeof host.nodename + 64 + RUN_TEXT];
    uname(&host);
    snprintf(text, sizeof text, "On worker %u (process %ld on %s): %s", plain->id, (long)getpid(),
             host.nodename, why);
    struct message message = {.kind = KIND_ERROR};
    message.error.code = CODE_TASK_FAILED;
    message.error.text = span_text(text);
    message.error.corr = message.error.slot = NO_NUMBER;
    message.error.has_task = message.error.has_root = true;
    message.error.task = task->address;
    message.error.root = task->ancestor_count > 0 ? task->ancestors[0] : task->address;
    boss_send(&plain->boss, &message, SLICE_NONE);
}

static void send_result(struct plain *plain, const struct task *task, struct slice body)
{
    struct message message = {.kind = KIND_RESULT};
    message.result.return_address = task->address;
    message.result.completed_by = plain->id;
    boss_send(&plain->boss, &message, body);
}

/* Nobody is to blame: SIGTERM was for the shim, which hears of it as well. */
static void send_back(struct plain *plain, const struct task *task)
{
    struct builder list = {0};
    struct message message = {.kind = KIND_RETURN};
    builder_address(&list, &task->address);
    message.returned.reason = RETURN_UNBEGUN;
    message.returned.text = span_text("its command got the SIGTERM that its manager got");
    message.returned.addresses = builder_list(&list);
    boss_send(&plain->boss, &message, SLICE_NONE);
    builder_free(&list);
}

static void send_waiting(struct plain *plain)
{
    struct message message = {.kind = KIND_WAITING};
    message.waiting.idle = message.waiting.room = 1;
    message.waiting.receipt = plain->receipt;
    boss_send(&plain->boss, &message, SLICE_NONE);
    plain->idle_told = true;
}

/* When this worker may say that it is idle: not before its shim has read of a signal that came to both. */
static uint64_t idle_at(const struct plain *plain)
{
    return plain->told_at ? plain->told_at + SIGNALLED_REST : 0;
}

/* Starts the next task, or says that there is none. */
static void go_on(struct plain *plain, uint64_t now)
{
    while (plain->started && !plain->running && plain->tasks) {
        char why[512];
        struct slice body = plain->tasks->body;
        plain->tasks->body = SLICE_NONE; /* run_start takes it over */
        plain->cancelled = false;
        plain->running =
            run_start(&plain->run, plain->command, body, plain->boss.link.peer_max_body, why, sizeof why);
        if (!plain->running) {
            send_failure(plain, plain->tasks, why);
            drop_first(plain);
        }
    }
    if (plain->started && !plain->tasks && !plain->idle_told && now >= idle_at(plain))
        send_waiting(plain);
}

static void read_signals(struct plain *plain, int signals)
{
    struct signalfd_siginfo signal;
    while (read(signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (signal.ssi_signo == SIGTERM)
            plain->told_at = clock_ms();
        if (signal.ssi_signo != SIGCHLD && !plain->guarded)
            plain->ending = true;
    }
}

/* Whether the command was ended by a SIGTERM that came to this process too, give or take a moment. */
static bool was_for_all(struct plain *plain, int signals)
{
    int status = plain->run.status;
    bool terminated =
        WIFSIGNALED(status) ? WTERMSIG(status) == SIGTERM : WEXITSTATUS(status) == 128 + SIGTERM;
    if (!terminated || !plain->guarded)
        return false;
    uint64_t until = clock_ms() + SIGNALLED_ALIKE;
    for (uint64_t now; !plain->told_at && (now = clock_ms()) < until; read_signals(plain, signals))
        poll(&(struct pollfd){.fd = signals, .events = POLLIN}, 1, (int)(until - now));
    return plain->told_at && clock_ms() - plain->told_at < SIGNALLED_REST;
}

/* Sends what came out of the command that has just ended. */
static void finish(struct plain *plain, struct slice result, const char *why, int signals)
{
    if (plain->cancelled)
        slice_drop(&result);
    else if (*why && was_for_all(plain, signals))
        send_back(plain, plain->tasks);
    else if (*why)
        send_failure(plain, plain->tasks, why);
    else
        send_result(plain, plain->tasks, result);
    plain->running = false;
    drop_first(plain);
}

static void take_connect(struct plain *plain, const struct message *message)
{
    struct list ranges = message->connect.ranges;
    struct builder builder = {0};
    uint32_t upper;
    if (plain->started || !list_next_range(&ranges, &plain->id, &upper))
        return;
    struct message answer = {.kind = KIND_STARTED};
    builder_runtime(&builder, span_text("plain"), span_text(""));
    answer.started.total_workers = 1;
    answer.started.runtimes = builder_list(&builder);
    boss_send(&plain->boss, &answer, SLICE_NONE);
    builder_free(&builder);
    plain->started = true;
}

static void take_batch(struct plain *plain, const struct message *message, const struct slice *body)
{
    struct list tasks = message->batch.tasks, lengths = message->batch.lengths;
    struct task_header task;
    uint64_t length, offset = 0;
    while (list_next_task(&tasks, &task) && list_next_number(&lengths, &length) &&
           length <= body->size - offset) {
        add_task(plain, &task, length ? slice_of(body->blob, body->offset + offset, length) : SLICE_NONE);
        offset += length;
    }
}

/* Whether `task` is the one of that address or descends from it. */
static bool belongs_to(const struct task *task, const struct address *address)
{
    for (uint32_t i = 0; i < task->ancestor_count; i++) {
        if (address_equal(&task->ancestors[i], address))
            return true;
    }
    return address_equal(&task->address, address);
}

static void cancel(struct plain *plain, const struct address *address)
{
    struct task **at = &plain->tasks;
    if (plain->running) {
        if (belongs_to(plain->tasks, address)) {
            plain->cancelled = true;
            run_kill(&plain->run);
        }
        at = &plain->tasks->next;
    }
    while (*at) {
        struct task *task = *at;
        if (belongs_to(task, address)) {
            *at = task->next;
            slice_drop(&task->body);
            mem_free(task);
            plain->idle_told = false; /* the boss counts on it */
        } else {
            at = &task->next;
        }
    }
    plain->last = at;
}

/* Whether this worker's own id is one of them. */
static bool is_lost(const struct plain *plain, struct list ranges)
{
    for (uint32_t lower, upper; list_next_range(&ranges, &lower, &upper);) {
        if (plain->started && lower <= plain->id && plain->id < upper)
            return true;
    }
    return false;
}

static void take(struct plain *plain, const struct message *message, struct slice *body)
{
    struct address address;
    switch (message->kind) {
    case KIND_CONNECT: take_connect(plain, message); break;
    case KIND_SUBMIT:
        add_task(plain, &message->submit, *body);
        *body = SLICE_NONE;
        break;
    case KIND_SUBMIT_BATCH: take_batch(plain, message, body); break;
    case KIND_CANCEL:
        for (struct list addresses = message->cancel.addresses; list_next_address(&addresses, &address);)
            cancel(plain, &address);
        break;
    case KIND_EMPLOYEE_LOST: plain->ending |= is_lost(plain, message->lost.ranges); break;
    case KIND_SHUTDOWN:
    case KIND_DISCONNECT: plain->ending = plain->asked = true; break;
    default: break; /* import paths, messages to tasks: nothing for a command */
    }
    if (message->kind == KIND_SUBMIT || message->kind == KIND_SUBMIT_BATCH) {
        plain->receipt = message->seq;
        plain->idle_told = false;
    }
    slice_drop(body);
}

/* One round: sleep until something happens, then see to all of it. */
static void turn(struct plain *plain, int signals)
{
    struct pollfd files[BOSS_FILES + 1 + RUN_FILES];
    struct slice body;
    struct message message;
    char why[RUN_TEXT];
    int lines[BOSS_FILES], wait = -1;
    uint64_t now = clock_ms(), deadline = link_deadline(&plain->boss.link);
    boss_files(&plain->boss, lines);
    for (int i = 0; i < BOSS_FILES; i++)
        files[i] = (struct pollfd){.fd = lines[i], .events = POLLIN};
    files[BOSS_FILES] = (struct pollfd){.fd = signals, .events = POLLIN};
    run_wants(&plain->run, files + BOSS_FILES + 1);
    if (plain->started && !plain->tasks && !plain->idle_told && idle_at(plain) < deadline)
        deadline = idle_at(plain);
    if (deadline != NEVER)
        wait = deadline > now ? (int)(deadline - now) : 0;
    poll(files, BOSS_FILES + 1 + RUN_FILES, boss_has_more(&plain->boss) ? 0 : wait);
    now = clock_ms();
    read_signals(plain, signals);
    run_serve(&plain->run, files + BOSS_FILES + 1);
    if (plain->running && run_end(&plain->run, &body, why))
        finish(plain, body, why, signals);
    while (!plain->ending && boss_receive(&plain->boss, now, &message, &body))
        take(plain, &message, &body);
    go_on(plain, now);
    boss_flush(&plain->boss, now);
}

static int open_signals(void)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGTERM);
    return signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Lets the command end by itself, as long as the guardian does; who was started by hand has a time of its
 * own for it. */
static void end_command(struct plain *plain, int signals)
{
    struct pollfd files[1 + RUN_FILES];
    struct slice body;
    char why[RUN_TEXT];
    uint64_t until = clock_ms() + GRACE, now;
    if (!plain->running || !plain->asked)
        return;
    run_ask(&plain->run);
    while (!run_end(&plain->run, &body, why) && ((now = clock_ms()) < until || plain->guarded)) {
        files[0] = (struct pollfd){.fd = signals, .events = POLLIN};
        run_wants(&plain->run, files + 1);
        poll(files, 1 + RUN_FILES, plain->guarded ? -1 : (int)(until - now));
        read_signals(plain, signals);
        run_serve(&plain->run, files + 1);
    }
    slice_drop(&body);
}

/* Everything between the handshake and the end. */
static int work(struct plain *plain)
{
    int signals = open_signals();
    while (!plain->ending && !plain->boss.over)
        turn(plain, signals);
    if (plain->boss.why)
        log_line(LOG_ERROR, "%s", plain->boss.why);
    end_command(plain, signals);
    run_kill(&plain->run);
    while (plain->tasks)
        drop_first(plain);
    close(signals);
    return plain->boss.why ? 1 : 0;
}

int main(int argc, char **argv)
{
    static struct plain plain;
    const char *endpoint = getenv("MAILROOM_SHIM"), *name = getenv("MAILROOM_WORKER");
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("mailroom-plain " MAILROOM_VERSION);
        return 0;
    }
    log_open("mailroom-plain", 0);
    if (argc < 2 || argv[1][0] == '-' || !endpoint) {
        log_plain(
            "usage: mailroom-plain COMMAND [ARGUMENT...]\n"
            "mailroom-shim --plain starts it: it runs COMMAND for each task that the shim at $MAILROOM_SHIM sends");
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
    }
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigaction(SIGTERM, NULL, &action);
    plain.guarded = action.sa_handler == SIG_IGN;
    signals_block();
    plain.command = argv + 1;
    plain.last = &plain.tasks;
    int code = 1;
    if (boss_open(&plain.boss, endpoint, name ? name : "", clock_ms()))
        code = work(&plain);
    else
        log_line(LOG_ERROR, "cannot connect to %s: %s", endpoint, zmq_strerror(errno));
    boss_close(&plain.boss);
    return code;
}
