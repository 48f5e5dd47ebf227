/* knock: whether anybody listens at an address. libzmq does not tell what connect(2) said, so a connection of
 * our own is begun, and closed at once where it comes to be. */
#ifndef MAILROOM_EDGE_KNOCK_H
#define MAILROOM_EDGE_KNOCK_H

#include <stdbool.h>
#include <sys/socket.h>

enum knock {
    KNOCK_WAITS,  /* for an answer */
    KNOCK_NOBODY, /* the host answers, and nothing listens there; or there is no such socket in a folder */
    KNOCK_UNSURE  /* anything else */
};

/* Begins to connect. `file` is the descriptor, which becomes writable when there is an answer, some seconds
 * later at most; or -1, where there is one already. */
enum knock knock_begin(const struct sockaddr *address, socklen_t size, int *file);

/* What has come of it; the descriptor is closed but for KNOCK_WAITS. */
enum knock knock_end(int file);

#endif
