/* address: host and port as people write them. It resolves nothing. */
#include "edge/line/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IPC "ipc://"
#define TCP "tcp://"

enum { IPC_PATH = 107 /* bytes of the path of a socket in the file system, at most */ };

static const char *parse_port(const char *text, unsigned *port)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return "the port is not a number";
    unsigned long number = strtoul(text, &end, 10);
    if (*end)
        return "the port is not a number";
    if (number < 1 || number > 65535)
        return "the port is not between 1 and 65535";
    *port = (unsigned)number;
    return NULL;
}

/* Finds the host in `text`, and the text after it: "", or ":PORT". */
static const char *split(const char *text, const char **host, size_t *size, const char **rest)
{
    const char *colon = strchr(text, ':');
    if (text[0] == '[') {
        const char *bracket = strchr(text, ']');
        if (!bracket)
            return "']' is missing";
        *host = text + 1;
        *size = (size_t)(bracket - text) - 1;
        *rest = bracket + 1;
    } else {
        /* two colons without brackets: an IPv6 address without a port */
        bool bare = !colon || strchr(colon + 1, ':');
        *host = text;
        *rest = bare ? text + strlen(text) : colon;
        *size = (size_t)(*rest - text);
    }
    if (**rest && **rest != ':')
        return "there is something between ']' and the port";
    return NULL;
}

bool address_is_ipc(const char *host)
{
    return strncmp(host, IPC, strlen(IPC)) == 0;
}

static const char *parse_ipc(const char *text, struct host_port *address)
{
    const char *path = text + strlen(IPC);
    if (path[0] != '/')
        return "after ipc:// comes the path of a socket, which begins with '/'";
    if (strlen(path) > IPC_PATH)
        return "the path of a socket has at most 107 bytes";
    snprintf(address->host, sizeof address->host, "%s", text);
    address->port = 0;
    address->others = NULL;
    return NULL;
}

const char *address_parse(const char *text, unsigned default_port, struct host_port *address)
{
    if (address_is_ipc(text))
        return parse_ipc(text, address);
    const char *host, *rest, *wrong = NULL;
    size_t size;
    wrong = split(text, &host, &size, &rest);
    if (wrong)
        return wrong;
    if (size == 0)
        return "the host is missing";
    if (size >= HOST_SIZE)
        return "the host's name is too long";
    if (strcspn(host, " \t/,") < size)
        return "a host's name holds no blank, no comma and no '/'";
    memcpy(address->host, host, size);
    address->host[size] = '\0';
    address->port = default_port;
    address->others = NULL;
    return *rest == ':' ? parse_port(rest + 1, &address->port) : NULL;
}

/* The first of several, and the text behind it. */
static const char *parse_first(const char *text, unsigned default_port, struct host_port *address)
{
    char first[ADDRESS_SIZE];
    size_t size = strcspn(text, ",");
    if (strncmp(text, TCP, strlen(TCP)) == 0) {
        text += strlen(TCP);
        size -= strlen(TCP);
    }
    if (size >= sizeof first)
        return "the host's name is too long";
    snprintf(first, sizeof first, "%.*s", (int)size, text);
    if (address_is_ipc(first))
        return "one of several brokers is no socket in the file system";
    const char *wrong = address_parse(first, default_port, address);
    address->others = text[size] ? text + size + 1 : NULL;
    address->others_port = default_port;
    return wrong;
}

const char *address_parse_several(const char *text, unsigned default_port, struct host_port *address)
{
    if (!strchr(text, ',') || address_is_ipc(text))
        return address_parse(text, default_port, address);
    const char *wrong = parse_first(text, default_port, address);
    struct host_port other = *address;
    while (!wrong && other.others)
        wrong = parse_first(other.others, default_port, &other);
    return wrong;
}

void address_next(const char **others, unsigned default_port, struct host_port *next)
{
    parse_first(*others, default_port, next);
    *others = next->others;
}

void address_text(const struct host_port *address, char *text)
{
    bool bracketed = strchr(address->host, ':') != NULL;
    if (address_is_ipc(address->host))
        snprintf(text, ADDRESS_SIZE, "%s", address->host);
    else
        snprintf(text, ADDRESS_SIZE, "%s%s%s:%u", bracketed ? "[" : "", address->host, bracketed ? "]" : "",
                 address->port);
}

static bool is_ipv6(const char *host, struct in6_addr *address)
{
    return inet_pton(AF_INET6, host, address) == 1;
}

bool address_is_numeric(const char *host)
{
    struct in_addr v4;
    return strchr(host, ':') || inet_pton(AF_INET, host, &v4) == 1; /* no name holds a colon */
}

bool address_is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return strcmp(host, "localhost") == 0 || address_is_ipc(host) ||
           (is_ipv6(host, &v6) && IN6_IS_ADDR_LOOPBACK(&v6));
}

bool address_is_bindable(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;
    struct host_port ipc;
    return inet_pton(AF_INET, host, &v4) == 1 || is_ipv6(host, &v6) || strcmp(host, "localhost") == 0 ||
           strcmp(host, "*") == 0 || (address_is_ipc(host) && !parse_ipc(host, &ipc));
}
