/* probe: who is at an address, found out step by step, each of which waits no longer than it is told to:
 * where the name leads, whether somebody takes a connection there, whether he speaks ZeroMQ and with which
 * mechanism, whether he speaks mailroom, and how he is. Opens no session, takes nobody's place. */
#ifndef MAILROOM_CLI_PROBE_H
#define MAILROOM_CLI_PROBE_H

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/wire/message.h"
#include "edge/line/address.h"
#include "edge/line/certificates.h"

/* The addresses of a name, or that of a socket in the file system; NULL: `*why` says why (static). */
struct addrinfo *probe_resolve(const struct host_port *address, const char **why);
void probe_free(struct addrinfo *list);

/* Writes "10.0.0.7", "::1" or "/run/mailroom/broker" into `text` of NI_MAXHOST bytes. */
void probe_address_text(const struct addrinfo *address, char *text);

enum probe_greeting {
    GREETING_NULL,      /* ZeroMQ, without keys */
    GREETING_CURVE,     /* ZeroMQ, with keys */
    GREETING_MECHANISM, /* ZeroMQ, with something else */
    GREETING_FOREIGN,   /* another protocol */
    GREETING_SILENCE,   /* the connection is there, and nothing is said on it */
    GREETING_CLOSED,    /* it was closed again */
    GREETING_TIMEOUT,   /* no connection in time */
    GREETING_FAILED,    /* no connection, errno says why */
};

/* Connects and hears the first that ZeroMQ says, within `timeout` ms. Of another protocol the
 * beginning of what was said is in `said` (32 bytes), printable. */
enum probe_greeting probe_greet(const struct addrinfo *address, uint64_t timeout, char *said);

enum probe_end {
    PROBE_COUNTS,      /* it said how it is */
    PROBE_KEY_REFUSED, /* it does not let this key in */
    PROBE_NO_SHAKE,    /* ZeroMQ's own handshake did not come about */
    PROBE_SILENCE,     /* nothing was said in time */
    PROBE_VERSION,     /* it speaks another version */
    PROBE_ERROR,       /* it answers with an ERROR */
    PROBE_FOREIGN,     /* it says something else */
};

struct probe_answer {
    enum probe_end end;
    struct message message; /* COUNTS: borrows from `header` */
    uint8_t *header;        /* owned */
    char text[512];         /* ERROR, VERSION: what it says in words, "": nothing */
};

/* Asks who is at the address how he is; with `own` and `server` by their keys, NULL: without. The caller
 * frees the answer. */
void probe_ask(const struct addrinfo *address, const struct certificate *own,
               const struct certificate *server, uint64_t timeout, struct probe_answer *answer);
void probe_answer_free(struct probe_answer *answer);

#endif
