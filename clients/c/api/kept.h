/* kept: a body that a caller keeps beyond the batch that it came in. */
#ifndef MAILROOM_C_KEPT_H
#define MAILROOM_C_KEPT_H

#include "common/base/blob.h"
#include "mailroom.h"

/* Takes a reference of its own; NULL: no memory. */
struct mailroom_kept *kept_new(const struct slice *body);

#endif
