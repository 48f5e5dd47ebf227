/* folders: whether anybody on the machine can put something else in the place of what a path leads to.
 * clients/python/src/mailroom/_base/folders.py has the same rules. */
#ifndef MAILROOM_EDGE_FOLDERS_H
#define MAILROOM_EDGE_FOLDERS_H

#include <stdbool.h>
#include <stddef.h>

enum { FOLDERS_PATH = 4096 };

/* Whether anybody can add a file to a folder, whose mode is `*mode` then. */
bool folders_is_open(const char *folder, unsigned *mode);

/* Whether nobody can replace `path` (a file or a folder), nor a folder or a link on the way to it. False:
 * `why` (`size` bytes) names the folder, its mode, and what mends it. */
bool folders_are_closed(const char *path, char *why, size_t size);

#endif
