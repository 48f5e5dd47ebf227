/* resolve: host names to addresses, without stopping the loop: each is looked up in a thread of its own. */
#ifndef MAILROOM_EDGE_RESOLVE_H
#define MAILROOM_EDGE_RESOLVE_H

#include <netdb.h>
#include <stdbool.h>

struct resolve;

/* Begins to look `host` and `port` up (TCP); the eventfd `wake` counts up when it is done. NULL: there are no
 * resources. */
struct resolve *resolve_start(const char *host, const char *port, int wake);

/* Whether it is done. Then either `*addresses` is the list, the caller's to free with freeaddrinfo, or it is
 * NULL and `*why` says why (static). */
bool resolve_done(struct resolve *resolve, struct addrinfo **addresses, const char **why);

/* Frees it; one that is not done is left behind: it cannot be stopped. NULL is ignored. */
void resolve_free(struct resolve *resolve);

#endif
