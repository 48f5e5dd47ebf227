/* manual: what broker and shim say of themselves beyond --help: their manual page, and their settings as the
 * tables of docs/configuration.md. Both are made from the tables that the programs read. */
#ifndef MAILROOM_EDGE_MANUAL_H
#define MAILROOM_EDGE_MANUAL_H

#include <stdio.h>

#include "edge/options.h"

/* What a setting means, beside its row in a program's table. */
struct setting_doc {
    const char *path;     /* one that begins with '/' is that of all sections which end so */
    const char *unit;     /* of a number; "": it counts */
    const char *standard; /* where the number at the start does not say it: what holds when it is not set */
    const char *meaning;
};

extern const struct setting_doc setting_docs[]; /* setting_docs.c; ended by a row without path */

/* The row for a setting, NULL: there is none. */
const struct setting_doc *setting_doc_find(const char *path);

/* Writes the page of the program whose argp is `argp` ("man"), or a table of its settings in Markdown
 * ("settings"). False: there is nothing else. */
bool manual_write(FILE *file, const struct options *options, const struct argp *argp, const char *what);

#endif
