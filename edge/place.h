/* place: the path of a listening socket in the file system, which others may remove (who cleans up /tmp, the
 * end of a login, somebody's rm): who is connected does not mind, nobody else finds it any more. */
#ifndef MAILROOM_EDGE_PLACE_H
#define MAILROOM_EDGE_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

enum { PLACE_MOST_ANEW = 64 /* times that a socket is bound anew: each leaves libzmq a descriptor */ };

struct place {
    const char *endpoint; /* NULL: nobody looks after it. Borrowed */
    struct stat folder;   /* as they were, */
    struct stat socket;
    unsigned anew; /* times that it was bound anew */
    bool told;     /* the log has said that it cannot be */
};

/* Takes note of what is at an endpoint to which a socket was just bound (borrowed as long as there are
 * turns). Does nothing for one that is not in the file system. */
void place_open(struct place *place, const char *endpoint);

/* Whether what is there is what was there; true where nobody looks after it. */
bool place_is_whole(const struct place *place);

/* Has `bind(self, endpoint)` (0, or an errno) bind there once more, in a folder that is made anew where that
 * is gone too, if there is nothing now. The log says so, and why it cannot be. Call it now and then. */
void place_turn(struct place *place, int (*bind)(void *self, const char *endpoint), void *self);

#endif
