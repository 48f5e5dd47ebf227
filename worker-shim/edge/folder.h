/* folder: the private folder of the socket that workers connect to. */
#ifndef MAILROOM_SHIM_EDGE_FOLDER_H
#define MAILROOM_SHIM_EDGE_FOLDER_H

#include <stdbool.h>

enum { FOLDER_SIZE = 80, FOLDER_ENDPOINT_SIZE = FOLDER_SIZE + 16 }; /* bytes */

/* Makes a new folder that only this user can enter, in $XDG_RUNTIME_DIR or /tmp, and removes those there of
 * shims that nobody could clean up after. False: errno says why. */
bool folder_make(char folder[FOLDER_SIZE]);

/* The ipc endpoint in the folder. */
void folder_endpoint(const char *folder, char *endpoint);

/* The file in the folder in which workers say what they have loaded, FOLDER_SIZE + 16 bytes. */
void folder_libraries(const char *folder, char *path);

/* Whether the socket is still in the folder: who cleans up /tmp may have removed it. */
bool folder_is_whole(const char *folder);

/* Removes the folder with all that is in it; it may be gone already. The guardian does it, and the shim after
 * it. */
void folder_remove(const char *folder);

#endif
