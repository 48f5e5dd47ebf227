/* state: where commands keep what lasts: session files, and what jobs write. */
#ifndef MAILROOM_CLI_STATE_H
#define MAILROOM_CLI_STATE_H

/* The path of `name` in the user's folder for state (the XDG specification's): $XDG_STATE_HOME, else
 * ~/.local/state. What of these is not absolute is as if it were not set; without HOME it is the user's of
 * the system. The caller frees it with free. */
char *state_path(const char *name);

#endif
