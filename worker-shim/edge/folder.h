/* folder: the private folder of the socket that workers connect to. */
#ifndef MAILROOM_SHIM_EDGE_FOLDER_H
#define MAILROOM_SHIM_EDGE_FOLDER_H

#include <stdbool.h>

enum { FOLDER_SIZE = 80, FOLDER_ENDPOINT_SIZE = FOLDER_SIZE + 16 }; /* bytes */

/* Makes a new folder that only this user can enter, in $XDG_RUNTIME_DIR or /tmp, and writes the ipc endpoint
 * in it. False: errno says why. */
bool folder_make(char *folder, char *endpoint);

/* Removes the folder with its socket; it may be gone already. The guardian does it, and the shim after it. */
void folder_remove(const char *folder);

#endif
