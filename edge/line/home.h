/* home: where the programs of one user on one machine meet, when nobody says otherwise: sockets in a folder
 * that is this user's alone, /tmp/mailroom-UID, or the one that MAILROOM_SOCKETS names. Who is in there needs
 * no keys.
 *
 * The name depends on the user only, so that programs find each other from wherever they were started: a
 * terminal, cron, a batch job, a notebook's server. $XDG_RUNTIME_DIR does not: not all of these have it, and
 * it goes, with what is in it, when the user's last terminal is closed. What the folder in /tmp must be
 * instead is checked, as tmux does: a folder, no link, this user's own, and closed to all others. Nobody but
 * root can then take it away or put something in. */
#ifndef MAILROOM_EDGE_HOME_H
#define MAILROOM_EDGE_HOME_H

#include <stdbool.h>

#include "edge/line/address.h"

enum { HOME_WHY = 512 /* bytes of a text that says what is wrong */ };

/* Writes the endpoint of a socket there ("broker", "manager", "workers") into `endpoint` (ADDRESS_SIZE
 * bytes), and makes the folder where there is none. False, and `why`: it is not what it must be, or cannot be
 * made. */
bool home_endpoint(const char *name, char *endpoint, char *why);

/* Whether this endpoint is a socket in that folder. */
bool home_holds(const char *endpoint);

/* The same as home_endpoint for one that is known. True for all that are elsewhere. */
bool home_is_safe(const char *endpoint, char *why);

/* What a program is to dial, when it was told `address`, or the default, `localhost` and the usual port:
 * `localhost` on its usual port is this user's own socket of that name where there are neither keys nor
 * --insecure (`open`), and all other TCP is refused then, since nothing would tell who answers. `hint` says
 * how this program is given the one or the other. False: `why` is a text for people. */
bool home_choose(struct host_port *address, unsigned usual_port, const char *name, bool open,
                 const char *hint, char *why);

/* Whether a process listens on a socket in the file system, which ZeroMQ would take over in silence. */
bool home_is_taken(const char *endpoint);

/* Keeps others from listening in that folder until the descriptor is closed; -1: it is somewhere else. */
int home_hold(const char *endpoint);

#endif
