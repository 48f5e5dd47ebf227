/* hosts: see hosts.h. */
#include "edge/hosts.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Numbers of hosts that no network of IPv6 has: of addresses of IPv4, of users of this host, and of ::1. */
#define HOST_OF_FOUR (UINT64_C(1) << 32)
#define HOST_OF_USER (UINT64_C(2) << 32)
#define HOST_OF_SIX (UINT64_C(3) << 32)

static uint64_t of_four(struct in_addr four)
{
    return HOST_OF_FOUR | ntohl(four.s_addr);
}

static uint64_t of_six(const struct in6_addr *six)
{
    uint64_t network = 0;
    struct in_addr four;
    if (IN6_IS_ADDR_V4MAPPED(six)) {
        memcpy(&four, six->s6_addr + 12, sizeof four);
        return of_four(four);
    }
    for (size_t i = 0; i < sizeof network; i++)
        network = network << 8 | six->s6_addr[i];
    return network ? network : HOST_OF_SIX;
}

uint64_t hosts_of_address(const char *text)
{
    struct in6_addr six;
    struct in_addr four;
    if (text && inet_pton(AF_INET, text, &four) == 1)
        return of_four(four);
    return text && inet_pton(AF_INET6, text, &six) == 1 ? of_six(&six) : 0;
}

uint64_t hosts_of_user(uid_t user)
{
    return HOST_OF_USER | user;
}

uint64_t hosts_of_socket(int file)
{
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    if (getpeername(file, (struct sockaddr *)&peer, &size) != 0)
        return 0;
    if (peer.ss_family == AF_INET)
        return of_four(((const struct sockaddr_in *)&peer)->sin_addr);
    return peer.ss_family == AF_INET6 ? of_six(&((const struct sockaddr_in6 *)&peer)->sin6_addr) : 0;
}
