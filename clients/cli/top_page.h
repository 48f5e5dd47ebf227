/* top_page: how `mailroom top` shows a sample. */
#ifndef MAILROOM_CLI_TOP_PAGE_H
#define MAILROOM_CLI_TOP_PAGE_H

#include <stdio.h>

#include "clients/cli/sample.h"

struct top_page {
    const char *broker;  /* its address */
    const char *trouble; /* why there is nothing newer; NULL: there is */
    const struct sample *before, *now;
    size_t rows, columns; /* of the terminal; 0: as many as it takes */
    const char *end;      /* of each line */
};

void top_page_write(const struct top_page *page, FILE *file);

#endif
