/* sheet: a page (common/wire/page.h) that the guardian shares with one worker: a file in the private folder,
 * so that whoever finds the socket finds it as well. */
#ifndef MAILROOM_SHIM_EDGE_SHEET_H
#define MAILROOM_SHIM_EDGE_SHEET_H

#include "common/wire/page.h"
#include "worker-shim/edge/folder.h"

enum { SHEET_PATH_SIZE = FOLDER_SIZE + 80 /* bytes */ };

struct sheet {
    struct page
        *page; /* mapped; NULL: there is none, and nobody is the worse for it than before there were any */
    char path[SHEET_PATH_SIZE];
};

/* An empty one for the worker of this name. */
void sheet_make(struct sheet *sheet, const char *folder, const char *name);

/* The one that another process has made for the worker of this name. */
void sheet_find(struct sheet *sheet, const char *folder, const char *name);

/* What the worker last wrote, false: nothing. */
bool sheet_read(const struct sheet *sheet, struct page_word *word);

/* Removes the file. */
void sheet_drop(struct sheet *sheet);

#endif
