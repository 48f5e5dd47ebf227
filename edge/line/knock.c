/* knock: a connection that is begun to see who is there; see knock.h. */
#include "edge/line/knock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <unistd.h>

static enum knock judge(int error)
{
    return error == ECONNREFUSED || error == ENOENT ? KNOCK_NOBODY : KNOCK_UNSURE;
}

enum knock knock_begin(const struct sockaddr *address, socklen_t size, int *file)
{
    int once = 1; /* more than the first SYN, so that a host that says nothing is given up in some seconds */
    *file = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*file < 0)
        return KNOCK_UNSURE;
    if (address->sa_family != AF_UNIX)
        setsockopt(*file, IPPROTO_TCP, TCP_SYNCNT, &once, sizeof once);
    int error = connect(*file, address, size) == 0 ? 0 : errno;
    if (error == EINPROGRESS)
        return KNOCK_WAITS;
    close(*file);
    *file = -1;
    return judge(error);
}

enum knock knock_end(int file)
{
    struct pollfd look = {.fd = file, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (poll(&look, 1, 0) == 0)
        return KNOCK_WAITS;
    if (getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    close(file);
    return judge(error);
}
