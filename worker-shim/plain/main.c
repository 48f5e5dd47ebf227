/* main: mailroom-plain, a worker of the runtime `plain`: it runs a command for each task, with the task's
 * body as its standard input and its standard output as the result. A status other than 0, or a signal, fails
 * the task with the end of what was written to standard error. One task runs at a time; the line to the shim,
 * and what waits, is libmailroom's affair. */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mailroom.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/signals.h"
#include "edge/streams.h"
#include "mailroom_version.h"
#include "worker-shim/plain/run.h"

enum {
    SIGNALLED_ALIKE = 1000, /* ms between two processes that got the same signal */
    SIGNALLED_REST = 1000,  /* ms after that in which nothing is begun here */
    GRACE = 2000,           /* ms that a command has to end in a worker that was started by hand */
};

struct plain {
    struct mailroom_worker *worker;
    struct run run;
    char *const *command;
    struct mailroom_item *task; /* what runs, or NULL */
    bool cancelled;             /* it is not wanted any more */
    bool ending;                /* told to end */
    bool guarded;     /* a guardian has started this process, and ends it: signals are for the shim */
    bool lost;        /* the line to the shim is over */
    uint64_t told_at; /* ms: when SIGTERM or SIGINT came here, 0: never */
};

static struct mailroom_used used_of(const struct plain *plain)
{
    return (struct mailroom_used){
        .size = sizeof(struct mailroom_used), .cpu = plain->run.cpu, .memory = plain->run.memory};
}

/* The client hears where it was, too. */
static void send_failure(struct plain *plain, const char *why)
{
    struct mailroom_used used = used_of(plain);
    const struct mailroom_work *task = &plain->task->task;
    struct utsname host = {0};
    char text[sizeof host.nodename + 64 + RUN_TEXT];
    uint32_t id = 0;
    uname(&host);
    mailroom_worker_join(plain->worker, 0, &id);
    snprintf(text, sizeof text, "On worker %u (process %ld on %s): %s", id, (long)getpid(), host.nodename,
             why);
    mailroom_worker_fail_used(plain->worker, &task->address,
                              task->breadcrumb_count > 0 ? task->breadcrumbs : &task->address,
                              (struct mailroom_span){text, strlen(text)}, NULL, &used);
}

static void drop_output(void *data, void *hint)
{
    struct slice *output = hint;
    (void)data;
    slice_drop(output);
    mem_free(output);
}

/* Takes over `output`. */
static void send_result(struct plain *plain, struct slice output)
{
    struct slice *kept = mem_copy(&output, sizeof output);
    struct mailroom_body body = {slice_data(kept), kept->size, drop_output, kept};
    struct mailroom_used used = used_of(plain);
    if (mailroom_worker_result_used(plain->worker, &plain->task->task.address, &body, &used) ==
        MAILROOM_ETOOLARGE)
        send_failure(plain, mailroom_why());
}

/* When this worker may say that it is idle: not before its shim has read of a signal that came to both. */
static uint64_t idle_at(const struct plain *plain)
{
    return plain->told_at ? plain->told_at + SIGNALLED_REST : 0;
}

static void drop_task(struct plain *plain)
{
    mailroom_item_free(plain->task);
    plain->task = NULL;
}

/* Runs the command for the task; `item` is kept until that has ended. */
static void begin(struct plain *plain, struct mailroom_item *item)
{
    struct mailroom_worker_counts counts = {.size = sizeof counts};
    char why[512];
    plain->task = item;
    plain->cancelled = false;
    mailroom_worker_counts(plain->worker, &counts);
    struct run_input input = {{item->shared, item->body}, {item->shared_size, item->body_size}};
    if (run_start(&plain->run, plain->command, &input, counts.max_body, why, sizeof why))
        return;
    send_failure(plain, why);
    drop_task(plain);
}

static void read_signals(struct plain *plain, int signals)
{
    struct signalfd_siginfo signal;
    while (read(signals, &signal, sizeof signal) == (ssize_t)sizeof signal) {
        if (signal.ssi_signo != SIGCHLD)
            plain->told_at = clock_ms();
        if (signal.ssi_signo != SIGCHLD && !plain->guarded)
            plain->ending = true;
    }
}

static bool ended_by(int status, int number)
{
    return WIFSIGNALED(status) ? WTERMSIG(status) == number : WEXITSTATUS(status) == 128 + number;
}

/* Whether the command was ended by a signal that came to this process too, give or take a moment. */
static bool was_for_all(struct plain *plain, int signals)
{
    int status = plain->run.status;
    if (!plain->guarded || !(ended_by(status, SIGTERM) || ended_by(status, SIGINT)))
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
    else if (*why && was_for_all(plain, signals)) /* nobody is to blame: the shim hears of it as well */
        mailroom_worker_return(plain->worker, &plain->task->task.address,
                               "its command got the signal that its manager got");
    else if (*why)
        send_failure(plain, why);
    else
        send_result(plain, result);
    drop_task(plain);
}

static bool is_same(const struct mailroom_address *a, const struct mailroom_address *b)
{
    return a->worker == b->worker && a->mailbox == b->mailbox && a->slot == b->slot;
}

/* Ends what runs, if it is the task of that address or descends from it. */
static void cancel(struct plain *plain, const struct mailroom_address *address)
{
    if (!plain->task)
        return;
    const struct mailroom_work *task = &plain->task->task;
    bool belongs = is_same(&task->address, address);
    for (size_t i = 0; i < task->breadcrumb_count; i++)
        belongs |= is_same(&task->breadcrumbs[i], address);
    if (!belongs)
        return;
    plain->cancelled = true;
    run_kill(&plain->run);
}

static void take(struct plain *plain, struct mailroom_item *item)
{
    switch (item->kind) {
    case MAILROOM_ITEM_TASK: begin(plain, item); return;
    case MAILROOM_ITEM_CANCEL: cancel(plain, &item->address); break;
    case MAILROOM_ITEM_END:
        plain->ending = true;
        plain->lost = item->end != MAILROOM_END_TOLD && item->end != MAILROOM_END_LEFT;
        if (plain->lost)
            log_line(LOG_ERROR, "%s", item->text);
        break;
    default: break; /* import paths, messages to tasks: nothing for a command */
    }
    mailroom_item_free(item);
}

/* Says what there is to say, and sees to what has come; whether anything had. What a step has read does not
 * make the descriptor readable again, so nobody sleeps before there is nothing left. */
static bool talk(struct plain *plain)
{
    struct mailroom_item *item;
    bool took = false;
    if (!plain->task && clock_ms() >= idle_at(plain))
        mailroom_worker_waiting(plain->worker);
    mailroom_worker_step(plain->worker);
    while (!plain->ending && mailroom_worker_next(plain->worker, 0, &item) == MAILROOM_OK) {
        take(plain, item);
        took = true;
    }
    return took && !plain->ending;
}

/* One round: sleep until something happens, then see to all of it. */
static void turn(struct plain *plain, int line, int signals)
{
    struct pollfd files[2 + RUN_FILES] = {{.fd = line, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    struct slice output;
    char why[RUN_TEXT];
    uint64_t now = clock_ms();
    run_wants(&plain->run, files + 2);
    poll(files, 2 + RUN_FILES, now < idle_at(plain) ? (int)(idle_at(plain) - now) : -1);
    read_signals(plain, signals);
    run_serve(&plain->run, files + 2);
    if (plain->task && run_end(&plain->run, &output, why))
        finish(plain, output, why, signals);
    while (talk(plain))
        continue;
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
    if (!plain->task)
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

/* Everything until the line is over, or a signal has come. */
static int work(struct plain *plain)
{
    int signals = open_signals(), line = mailroom_worker_fd(plain->worker);
    while (!plain->ending)
        turn(plain, line, signals);
    end_command(plain, signals);
    run_kill(&plain->run);
    drop_task(plain);
    close(signals);
    return plain->lost;
}

int main(int argc, char **argv)
{
    static struct plain plain;
    const char *endpoint = getenv("MAILROOM_SHIM");
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("mailroom-plain " MAILROOM_VERSION);
        return 0;
    }
    streams_hold();
    log_open("mailroom-plain", 0);
    log_never_wait();
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
    struct mailroom_runtime runtime = {"plain", ""};
    struct mailroom_worker_options options = {.size = sizeof options,
                                              .software = "mailroom-plain " MAILROOM_VERSION,
                                              .runtimes = &runtime,
                                              .runtime_count = 1,
                                              .shares = 1};
    if (mailroom_worker_new(&options, &plain.worker) != MAILROOM_OK) {
        log_line(LOG_ERROR, "%s", mailroom_why());
        return 1;
    }
    int code = work(&plain);
    mailroom_worker_destroy(&plain.worker);
    return code;
}
