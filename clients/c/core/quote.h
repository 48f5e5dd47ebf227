/* quote: a command line as a shell reads it. */
#ifndef MAILROOM_C_QUOTE_H
#define MAILROOM_C_QUOTE_H

#include "common/base/blob.h"

/* A script that runs `command` (ended by NULL, at least one word): each word is quoted for sh. The caller's.
 */
struct slice quote_command(char *const *command);

#endif
