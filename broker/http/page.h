/* page: the files of the page, compiled in. */
#ifndef MAILROOM_BROKER_HTTP_PAGE_H
#define MAILROOM_BROKER_HTTP_PAGE_H

#include <stdbool.h>

#include "edge/http/http.h"

/* Answers with the file at `path`; false: there is none. */
bool page_answer(const char *path, struct http_answer *answer);

#endif
