/* owners: whose processes may connect to a socket in the file system. The folder's mode protects first; this
 * refuses who got past it. The system says who a peer is, not the peer. */
#ifndef MAILROOM_EDGE_OWNERS_H
#define MAILROOM_EDGE_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { MOST_OWNERS = 16 };

/* The users that are let in beside this process's own. */
struct owners {
    uid_t at[MOST_OWNERS];
    size_t count;
    bool any; /* whoever the folder and the socket's mode let in */
};

/* Reads numbers with commas between them, or "any" (NULL: none). NULL, or what is wrong with the text
 * (static). */
const char *owners_read(struct owners *owners, const char *text);

/* Whether a peer is let in whose Peer-Address ZeroMQ gives as `address` (NULL: it gives none), on a socket in
 * the file system: "NAME:UID:GID:PID". One that names no user is let in: this system does not tell. `*uid`
 * becomes the user, where one is named. */
bool owners_let_in(const struct owners *owners, const char *address, uid_t *uid);

#endif
