/* page: mailroom's manual page, made from the table of commands. */
#ifndef MAILROOM_CLI_PAGE_H
#define MAILROOM_CLI_PAGE_H

#include <stdio.h>

void page_write(FILE *file);

#endif
