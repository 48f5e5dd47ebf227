/* forkserver: see forkserver.h. */
#include "worker-shim/edge/forkserver.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    PACKET = 4096,    /* bytes */
    PATIENCE = 10000, /* ms until what is asked is answered */
    PAUSE = 10000     /* ms between the starts of two */
};

/* It is the value of MAILROOM_WORKER, which who looks for a worker's processes reads in their memory: a
 * forked worker writes its own name there, so it is as long as any. */
#define NO_NAME "................................................................"

void forkserver_init(struct forkserver *server)
{
    *server = (struct forkserver){.line = -1, .late_at = UINT64_MAX};
}

void forkserver_start(struct forkserver *server, char *const *command, const char *endpoint,
                      const char *libraries, uint64_t now)
{
    char file[16];
    int lines[2], error;
    if (server->line >= 0 || now < server->again_at || access(libraries, F_OK) != 0)
        return;
    server->again_at = now + PAUSE;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lines) != 0)
        return;
    snprintf(file, sizeof file, "%d", lines[1]);
    launch_environment environment = {"MAILROOM_FORKS",     file,      "MAILROOM_SHIM",   endpoint,
                                      "MAILROOM_LIBRARIES", libraries, "MAILROOM_WORKER", NO_NAME,
                                      "MAILROOM_PAGE",      "",        "MAILROOM_STDERR", ""};
    server->pid =
        launch(&(struct launch){.command = command, .environment = environment, .file = lines[1]}, &error);
    close(lines[1]);
    server->line = lines[0]; /* where it could not be started its end is closed, which is read next */
    server->ready = false;
}

static void stop(struct forkserver *server)
{
    if (launch_is_ours(server->pid))
        kill(server->pid, SIGKILL);
    close(server->line);
    uint64_t again_at = server->again_at;
    forkserver_init(server);
    server->again_at = again_at;
}

bool forkserver_ask(struct forkserver *server, uint32_t slot, const char *const *environment, uint64_t now)
{
    char packet[PACKET];
    if (server->line < 0 || !server->ready)
        return false;
    size_t size = (size_t)snprintf(packet, sizeof packet, "fork %u", slot) + 1;
    for (; *environment; environment++) {
        size_t length = strlen(*environment) + 1;
        if (size + length > sizeof packet)
            return false;
        memcpy(packet + size, *environment, length);
        size += length;
    }
    if (send(server->line, packet, size - 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return false;
    if (server->asked++ == 0)
        server->late_at = now + PATIENCE;
    return true;
}

static void answered(struct forkserver *server, uint64_t now)
{
    server->asked -= server->asked > 0;
    server->late_at = server->asked > 0 ? now + PATIENCE : UINT64_MAX;
}

enum forkserver_news forkserver_read(struct forkserver *server, uint64_t now, uint32_t *slot, pid_t *pid)
{
    char packet[PACKET];
    while (server->line >= 0) {
        ssize_t size = recv(server->line, packet, sizeof packet - 1, MSG_DONTWAIT);
        bool nothing = size < 0 && (errno == EAGAIN || errno == EINTR);
        if (nothing && now < server->late_at)
            return FORKSERVER_NOTHING;
        if (size <= 0) {
            stop(server);
            return FORKSERVER_GONE;
        }
        packet[size] = '\0';
        if (sscanf(packet, "ready %d", pid) == 1) {
            server->pid = *pid;
            server->ready = true;
            continue;
        }
        bool forked = sscanf(packet, "forked %u %d", slot, pid) == 2;
        if (!forked && sscanf(packet, "failed %u", slot) != 1)
            continue;
        answered(server, now);
        return forked ? FORKSERVER_FORKED : FORKSERVER_FAILED;
    }
    return FORKSERVER_NOTHING;
}

void forkserver_go(const struct forkserver *server, uint32_t slot)
{
    char packet[32];
    int size = snprintf(packet, sizeof packet, "go %u", slot);
    if (server->line >= 0)
        send(server->line, packet, (size_t)size,
             MSG_NOSIGNAL); /* it reads, or it is gone, and so is who waits */
}
