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
#include "edge/log.h"
#include "edge/signals.h"
#include "worker-shim/edge/descend.h"

bool workers_start(struct workers *workers, const struct guardian_plan *plan)
{
    *workers = (struct workers){0};
    snprintf(workers->folder, sizeof workers->folder, "%s", plan->folder);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* should the guardian die, its workers' descendants become ours */
    workers->line = guardian_start(plan, &workers->guardian);
    return workers->line >= 0;
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

static void carry_out(void *self, const struct order *order)
{
    struct workers *workers = self;
    if (order->kind == ORDER_SPAWN)
        mend_folder(workers);
    struct guardian_command what = {.kind = order->kind == ORDER_SPAWN ? GUARDIAN_SPAWN : GUARDIAN_KILL,
                                    .slot = order->conn};
    snprintf(what.name, sizeof what.name, "%s", order->text ? order->text : "");
    snprintf(what.folder, sizeof what.folder, "%s", workers->folder);
    command(workers, &what);
}

static void remember(struct workers *workers, uint32_t slot, pid_t pid)
{
    if (slot >= workers->slots) {
        workers->pids = mem_resize(workers->pids, slot + 1, sizeof *workers->pids);
        memset(workers->pids + workers->slots, 0, (slot + 1 - workers->slots) * sizeof *workers->pids);
        workers->slots = slot + 1;
    }
    workers->pids[slot] = pid;
}

/* The guardian is dead, which it never should be: nobody is left who could end the workers but us. */
static void kill_all(struct workers *workers)
{
    for (uint32_t slot = 0; slot < workers->slots; slot++) {
        if (workers->pids[slot] > 0)
            kill(-workers->pids[slot], SIGKILL);
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
    remember(workers, report->slot, spawned ? report->pid : 0);
    edge_event(workers->edge, &event);
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
            log_line(LOG_ERROR,
                     "the guardian of the workers (process %d) is gone: ending them and this process",
                     (int)workers->guardian);
            kill_all(workers);
            edge_exit(workers->edge, 1);
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
    mem_free(workers->pids);
}
