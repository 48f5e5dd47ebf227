/* resolve: host names to addresses, by glibc's getaddrinfo_a. libzmq would look names up in its one I/O
 * thread, where a slow name server holds up all connections, and would not say that a name is unknown. */
#include "edge/line/resolve.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"

struct resolve {
    struct gaicb request;
    struct gaicb *list[1];
    struct addrinfo hints;
    char *host, *port;
};

/* Runs in a thread of glibc's. */
static void notify(union sigval wake)
{
    uint64_t one = 1;
    ssize_t written = write(wake.sival_int, &one, sizeof one);
    (void)written; /* an eventfd takes it, unless the program is ending */
}

struct resolve *resolve_start(const char *host, const char *port, int wake)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify};
    struct resolve *resolve = mem_zalloc(1, sizeof *resolve);
    resolve->host = mem_text(host, strlen(host));
    resolve->port = mem_text(port, strlen(port));
    resolve->hints.ai_socktype = SOCK_STREAM;
    resolve->hints.ai_flags = AI_NUMERICSERV;
    resolve->request.ar_name = resolve->host;
    resolve->request.ar_service = resolve->port;
    resolve->request.ar_request = &resolve->hints;
    resolve->list[0] = &resolve->request;
    event.sigev_value.sival_int = wake;
    if (getaddrinfo_a(GAI_NOWAIT, resolve->list, 1, &event) == 0)
        return resolve;
    mem_free(resolve->host);
    mem_free(resolve->port);
    mem_free(resolve);
    return NULL;
}

bool resolve_done(struct resolve *resolve, struct addrinfo **addresses, const char **why)
{
    int error = gai_error(&resolve->request);
    if (error == EAI_INPROGRESS)
        return false;
    *addresses = error == 0 ? resolve->request.ar_result : NULL;
    *why = error == 0 ? NULL : gai_strerror(error);
    resolve->request.ar_result = NULL;
    return true;
}

void resolve_free(struct resolve *resolve)
{
    if (!resolve ||
        (gai_error(&resolve->request) == EAI_INPROGRESS && gai_cancel(&resolve->request) != EAI_CANCELED))
        return;
    if (resolve->request.ar_result)
        freeaddrinfo(resolve->request.ar_result);
    mem_free(resolve->host);
    mem_free(resolve->port);
    mem_free(resolve);
}
