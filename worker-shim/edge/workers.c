/* workers: the shim's side of its guardian. */
#include "worker-shim/edge/workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/line/clock.h"
#include "edge/log.h"
#include "edge/signals.h"
#include "worker-shim/edge/descend.h"
#include "worker-shim/edge/sheet.h"

enum { MOST_DEATHS = 3 /* guardians within */, DEATHS_TIME = 60000 /* ms */ };

static bool start_guardian(struct workers *workers)
{
    struct guardian_plan plan = {.command = workers->command, .folder = workers->folder};
    workers->line = guardian_start(&plan, &workers->guardian);
    return workers->line >= 0;
}

bool workers_start(struct workers *workers, const struct guardian_plan *plan)
{
    *workers = (struct workers){.command = plan->command};
    snprintf(workers->folder, sizeof workers->folder, "%s", plan->folder);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* should the guardian die, its workers' descendants become ours */
    return start_guardian(workers);
}

static void command(const struct workers *workers, const struct guardian_command *what)
{
    /* may block for a moment: the guardian always reads */
    while (send(workers->line, what, sizeof *what, MSG_NOSIGNAL) < 0 && errno == EINTR)
        ;
}

/* Who cleans up /tmp may take the socket's folder away: workers that are connected do not mind, new ones
 * would never find their shim. */
static void mend_folder(struct workers *workers)
{
    char folder[FOLDER_SIZE], endpoint[FOLDER_ENDPOINT_SIZE];
    if (folder_is_whole(workers->folder))
        return;
    int error = folder_make(folder) ? 0 : errno;
    if (!error) {
        folder_endpoint(folder, endpoint);
        error = edge_listen_too(workers->edge, DOOR_WORKERS, endpoint);
    }
    if (error) {
        log_line(
            LOG_ERROR,
            "the folder of the workers' socket, %s, was removed, and no other can be made: %s; workers that are "
            "started now cannot connect",
            workers->folder, strerror(error));
        return;
    }
    log_line(
        LOG_WARNING,
        "the folder of the workers' socket, %s, was removed: workers find it at %s from now on (keep what "
        "cleans up there away from it)",
        workers->folder, folder);
    folder_remove(workers->folder); /* what is left of it */
    snprintf(workers->folder, sizeof workers->folder, "%s", folder);
}

static struct worker_process *process_of(struct workers *workers, uint32_t slot)
{
    if (slot >= workers->slots) {
        workers->processes =
            mem_grow(workers->processes, workers->slots, slot + 1, sizeof *workers->processes);
        workers->slots = slot + 1;
    }
    return &workers->processes[slot];
}

static void carry_out(void *self, const struct order *order)
{
    struct workers *workers = self;
    if (order->kind == ORDER_SPAWN)
        mend_folder(workers);
    struct guardian_command what = {.kind = order->kind == ORDER_SPAWN ? GUARDIAN_SPAWN : GUARDIAN_KILL,
                                    .slot = order->conn,
                                    .forks = workers->forks,
                                    .renewed = order->renewed};
    snprintf(what.name, sizeof what.name, "%s", order->text ? order->text : "");
    snprintf(what.folder, sizeof what.folder, "%s", workers->folder);
    if (what.kind == GUARDIAN_SPAWN) {
        struct worker_process *process = process_of(workers, what.slot);
        *process = (struct worker_process){.asked = true};
        snprintf(process->name, sizeof process->name, "%s", what.name);
    }
    command(workers, &what);
}

/* The guardian is dead, which it never should be: nobody is left who could end the workers but us. */
static void kill_all(struct workers *workers)
{
    for (uint32_t slot = 0; slot < workers->slots; slot++) {
        if (workers->processes[slot].pid > 0)
            kill(-workers->processes[slot].pid, SIGKILL);
    }
    descend_kill_all();
}

static void tell(struct workers *workers, const struct guardian_report *report)
{
    bool spawned = report->kind == GUARDIAN_SPAWNED;
    struct event event = {.kind = spawned ? EVENT_SPAWNED : EVENT_EXITED,
                          .number = report->slot,
                          .pid = report->pid,
                          .asked = report->asked,
                          .text = spawned ? NULL : report->text,
                          .word = report->has_word ? &report->word : NULL};
    struct worker_process *process = process_of(workers, report->slot);
    process->pid = spawned ? report->pid : 0;
    process->asked = spawned;
    edge_event(workers->edge, &event);
}

/* The worker of a slot has died with its guardian: what this would have said of it. */
static void tell_of_death(struct workers *workers, uint32_t slot, pid_t guardian)
{
    struct worker_process *process = &workers->processes[slot];
    struct guardian_report report = {.kind = GUARDIAN_SPAWNED, .slot = slot, .pid = process->pid};
    struct sheet sheet;
    sheet_find(&sheet, workers->folder, process->name);
    if (process->pid == 0)
        tell(workers, &report);
    report.kind = GUARDIAN_EXITED;
    report.has_word = sheet_read(&sheet, &report.word);
    sheet_drop(&sheet);
    snprintf(report.text, sizeof report.text, "was ended with its guardian (process %d), which is gone",
             (int)guardian);
    tell(workers, &report);
}

/* Whether another guardian may take the place of one that died. */
static bool may_start_again(struct workers *workers)
{
    uint64_t now = clock_ms();
    if (workers->deaths == 0 || now - workers->since > DEATHS_TIME) {
        workers->deaths = 0;
        workers->since = now;
    }
    return ++workers->deaths < MOST_DEATHS;
}

static void read_reports(void *self);

/* The guardian is gone, and its workers with it: another one, and other workers, take their places. */
static void replace_guardian(struct workers *workers)
{
    pid_t dead = workers->guardian;
    edge_remove_reader(workers->edge);
    close(workers->line);
    kill_all(workers);
    bool may = may_start_again(workers), started = may && start_guardian(workers);
    log_line(LOG_ERROR, "the guardian of the workers (process %d) is gone: %s%s", (int)dead,
             started ? "they are ended, and others are started"
             : may   ? "ending them and this process: no other can be started: "
                     : "ending them and this process: it is the third within a minute",
             started || !may ? "" : strerror(errno));
    if (!started) {
        workers->line = -1;
        edge_exit(workers->edge, 1);
        return;
    }
    edge_add_reader(workers->edge, workers->line, read_reports, workers);
    for (uint32_t slot = 0; slot < workers->slots; slot++) {
        if (workers->processes[slot].asked)
            tell_of_death(workers, slot, dead);
    }
}

static void read_reports(void *self)
{
    struct workers *workers = self;
    struct guardian_report report;
    for (;;) {
        ssize_t size = recv(workers->line, &report, sizeof report, MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN)
            return;
        if (size != (ssize_t)sizeof report) {
            replace_guardian(workers);
            return;
        }
        tell(workers, &report);
    }
}

void workers_attach(struct workers *workers, struct edge *edge)
{
    workers->edge = edge;
    edge_set_spawner(edge, carry_out, workers);
    edge_add_reader(edge, workers->line, read_reports, workers);
}

void workers_end(struct workers *workers, uint32_t grace)
{
    if (workers->line < 0) {
        mem_free(workers->processes);
        return;
    }
    int signals = signals_open();
    command(workers, &(struct guardian_command){.kind = GUARDIAN_END, .grace = grace});
    struct pollfd files[] = {{.fd = workers->line, .events = POLLIN}, {.fd = signals, .events = POLLIN}};
    char report[sizeof(struct guardian_report)];
    do {
        poll(files, 2, -1);
        enum signal_wish wish = files[1].revents ? signals_read(signals) : SIGNALS_NOTHING;
        if (wish == SIGNALS_SHUTDOWN || wish == SIGNALS_LEAVE)
            command(workers, &(struct guardian_command){.kind = GUARDIAN_END, .grace = 0});
    } while (!files[0].revents || recv(workers->line, report, sizeof report, 0) > 0);
    close(workers->line);
    close(signals);
    waitpid(workers->guardian, NULL, 0);
    mem_free(workers->processes);
}
