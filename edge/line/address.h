/* address: host and port as people write them: `host`, `host:7473`, `10.0.0.1:7473`, `[::1]:7473`; or a
 * socket in the file system, `ipc:///run/mailroom/broker`, which stands where a host stands, as it is, and
 * has no port. */
#ifndef MAILROOM_EDGE_ADDRESS_H
#define MAILROOM_EDGE_ADDRESS_H

#include <stdbool.h>

enum { HOST_SIZE = 254, ADDRESS_SIZE = HOST_SIZE + 10 }; /* bytes, with the closing zero */

struct host_port {
    char host[HOST_SIZE]; /* without brackets */
    unsigned port;        /* 1 to 65535; of a socket in the file system 0 */
    const char *others; /* where it is the first of several: the text of those behind it, borrowed for as long
                           as this lives; NULL: there are none */
    unsigned others_port; /* of those that say none */
};

/* Reads `text`; a missing port is `default_port`. NULL, or what is wrong with it (static). */
const char *address_parse(const char *text, unsigned default_port, struct host_port *address);

/* Reads one address, or several with commas between them, hosts of TCP only, which may begin with `tcp://`:
 * they are tried one after the other. NULL, or what is wrong with one of them (static). */
const char *address_parse_several(const char *text, unsigned default_port, struct host_port *address);

/* The next of the others, which *others points to, and moves on; *others is NULL behind the last. */
void address_next(const char **others, unsigned default_port, struct host_port *next);

/* Writes "host:port", or "[host]:port" for IPv6, into `text` of ADDRESS_SIZE bytes. */
void address_text(const struct host_port *address, char *text);

/* Whether `host` is a socket in the file system. */
bool address_is_ipc(const char *host);

/* Whether `host` is a numeric address, or a socket in the file system: not a name that is to be looked up. */
bool address_is_numeric(const char *host);

/* Whether `host` (a numeric address, "localhost", or a socket in the file system) is this machine's own. */
bool address_is_loopback(const char *host);

/* Whether `host` is a numeric address, "localhost" or "*", or a socket in the file system: what one can
 * listen on. */
bool address_is_bindable(const char *host);

#endif
