/* resolve: host names to addresses. libzmq would look names up in its one I/O thread, where a slow name
 * server holds up all connections, and would not say that a name is unknown. So a name has a thread of its
 * own for as long as its look-up takes; what is numeric has none. */
#include "edge/line/resolve.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "edge/line/address.h"

struct resolve {
    atomic_uint refs; /* of the caller and of the thread */
    atomic_bool done; /* set by the thread, after all below */
    int wake;         /* an eventfd of its own: the caller's may be closed before it is done */
    char *host, *port;
    struct addrinfo *addresses;
    int error; /* of getaddrinfo */
};

static void drop(struct resolve *resolve)
{
    if (atomic_fetch_sub(&resolve->refs, 1) > 1)
        return;
    if (resolve->addresses)
        freeaddrinfo(resolve->addresses);
    if (resolve->wake >= 0)
        close(resolve->wake);
    mem_free(resolve->host);
    mem_free(resolve->port);
    mem_free(resolve);
}

static void look_up(struct resolve *resolve, int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};
    resolve->error = getaddrinfo(resolve->host, resolve->port, &hints, &resolve->addresses);
    if (resolve->error != 0)
        resolve->addresses = NULL;
    atomic_store(&resolve->done, true);
    uint64_t one = 1;
    ssize_t written = write(resolve->wake, &one, sizeof one);
    (void)written; /* an eventfd takes it */
}

static void *run(void *self)
{
    look_up(self, 0);
    drop(self);
    return NULL;
}

/* A thread in which no signal handler of the program's runs. */
static bool start_thread(struct resolve *resolve)
{
    sigset_t all, old;
    pthread_t thread;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = pthread_create(&thread, NULL, run, resolve) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (started)
        pthread_detach(thread);
    return started;
}

struct resolve *resolve_start(const char *host, const char *port, int wake)
{
    struct resolve *resolve = mem_zalloc(1, sizeof *resolve);
    atomic_init(&resolve->refs, 1);
    resolve->wake = fcntl(wake, F_DUPFD_CLOEXEC, 0);
    resolve->host = mem_text(host, strlen(host));
    resolve->port = mem_text(port, strlen(port));
    if (address_is_numeric(host)) {
        look_up(resolve, AI_NUMERICHOST);
        return resolve;
    }
    atomic_store(&resolve->refs, 2);
    if (resolve->wake >= 0 && start_thread(resolve))
        return resolve;
    atomic_store(&resolve->refs, 1);
    drop(resolve);
    return NULL;
}

bool resolve_done(struct resolve *resolve, struct addrinfo **addresses, const char **why)
{
    if (!atomic_load(&resolve->done))
        return false;
    *addresses = resolve->addresses;
    *why = resolve->error == 0 ? NULL : gai_strerror(resolve->error);
    resolve->addresses = NULL;
    return true;
}

void resolve_free(struct resolve *resolve)
{
    if (resolve)
        drop(resolve);
}
