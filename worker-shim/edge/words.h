/* words: what a worker has said on its standard error as it ended. That is a FIFO in the private folder,
 * which the worker reads as it goes; what it has not read is still there when it is gone. */
#ifndef MAILROOM_SHIM_EDGE_WORDS_H
#define MAILROOM_SHIM_EDGE_WORDS_H

#include <stddef.h>

#include "worker-shim/edge/folder.h"

enum {
    WORDS_PATH_SIZE = FOLDER_SIZE + 80, /* bytes */
    WORDS_TEXT_SIZE = 620               /* bytes of what was said that is told of, with the closing zero */
};

struct words {
    int file; /* its reading end; below 0: there is none, and nothing is told */
    char path[WORDS_PATH_SIZE];
};

/* A FIFO for the worker of this name. */
void words_make(struct words *words, const char *folder, const char *name);

/* What was said last, on one line and without what may not be shown: the beginning and the end where it is
 * long, "" where it is nothing. All of it, 4 KiB at the most, is written to this process's own standard
 * error, unless that would wait. */
void words_take(struct words *words, char text[WORDS_TEXT_SIZE]);

/* Removes the FIFO. */
void words_drop(struct words *words);

#endif
