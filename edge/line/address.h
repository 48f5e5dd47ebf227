/* address: host and port as people write them: `host`, `host:7473`, `10.0.0.1:7473`, `[::1]:7473`. */
#ifndef MAILROOM_EDGE_ADDRESS_H
#define MAILROOM_EDGE_ADDRESS_H

#include <stdbool.h>

enum { HOST_SIZE = 254, ADDRESS_SIZE = HOST_SIZE + 10 }; /* bytes, with the closing zero */

struct host_port {
    char host[HOST_SIZE]; /* without brackets */
    unsigned port;        /* 1 to 65535 */
};

/* Reads `text`; a missing port is `default_port`. NULL, or what is wrong with it (static). */
const char *address_parse(const char *text, unsigned default_port, struct host_port *address);

/* Writes "host:port", or "[host]:port" for IPv6, into `text` of ADDRESS_SIZE bytes. */
void address_text(const struct host_port *address, char *text);

/* Whether `host` is a numeric address, not a name. */
bool address_is_numeric(const char *host);

/* Whether `host` (a numeric address, or "localhost") is this machine's own loopback. */
bool address_is_loopback(const char *host);

/* Whether `host` is a numeric address, or "localhost" or "*": what one can listen on. */
bool address_is_bindable(const char *host);

#endif
